#include "config/url.hpp"

#include <gtest/gtest.h>

namespace {

struct Read {
    config::Problems problems;
    std::optional<config::Url> url;
    explicit Read(const std::string& text) { url = config::read_url(config::parse("'" + text + "'", "a.yaml", problems), problems); }
};

TEST(Url, IsTakenApart) {
    const Read read("HTTPS://monitor@DB1.Example.jp:8443/path?query#part");
    ASSERT_TRUE(read.url);
    EXPECT_EQ(read.url->scheme, "https");
    EXPECT_EQ(read.url->user, "monitor");
    EXPECT_EQ(read.url->host, "db1.example.jp");
    EXPECT_EQ(read.url->port, 8443);
    EXPECT_EQ(read.url->rest, "/path?query#part");
    EXPECT_EQ(Read("tcp://[2001:DB8::1]:25").url->host, "2001:db8::1");
    EXPECT_EQ(Read("http://a.example?x").url->rest, "?x");
    EXPECT_EQ(Read("http://a.example").url->port, std::nullopt);
}

TEST(Url, WithoutSenseIsRefused) {
    for (const std::string text :
         {"portal.example.jp", "://a", "http://", "http:///path", "http://a:0", "http://a:65536", "http://a:x", "http://a:", "http://[::1",
          "http://[zz]:1", "http://[::1]x", "http://a b", "http://-a", "1http://a", "http://a_b..c/ d", "http://@a"}) {
        const Read read(text);
        EXPECT_FALSE(read.url) << text;
        EXPECT_EQ(read.problems.size(), 1U) << text;
    }
}

TEST(Url, WithAPasswordIsRefusedWithoutBeingShown) {
    for (const std::string text : {"http://user:hunter2@a.example/", "postgresql://u:hunter2@@db", "http://:hunter2@a"}) {
        const Read read(text);
        EXPECT_FALSE(read.url);
        ASSERT_EQ(read.problems.size(), 1U);
        EXPECT_EQ(config::describe(read.problems[0]).find("hunter2"), std::string::npos);
        EXPECT_EQ(read.problems[0].text, "a URL must not hold a password");
    }
}

TEST(Loopback, IsKnownByNameAndAddress) {
    for (const std::string host : {"localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.8.9.1", "::1"})
        EXPECT_TRUE(config::is_loopback(host)) << host;
    for (const std::string host : {"128.0.0.1", "::2", "localhost.example", "0.0.0.0", "::", "::7f00:1", ""})
        EXPECT_FALSE(config::is_loopback(host)) << host;
}

TEST(Server, IsNumericWithOrWithoutAPort) {
    for (const std::string text : {"192.0.2.1", "192.0.2.1:53", "2001:db8::1", "[2001:db8::1]:53"})
        EXPECT_TRUE(config::is_server(text)) << text;
    for (const std::string text : {"ns.example", "192.0.2.1:0", "192.0.2.1:x", "[::1]53", "", "[::1"})
        EXPECT_FALSE(config::is_server(text)) << text;
}

} // namespace
