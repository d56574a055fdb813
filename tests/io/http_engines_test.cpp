#include "io/http_engines.hpp"
#include "io/beast_http_client.hpp"
#include "io/curl_http_client.hpp"
#include "io/system_random.hpp"
#include "tests/io/http_faults.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using exchange_test::FixedResolver;
using http_test::End;
using http_test::FaultyServer;
using http_test::Play;
using model::Milliseconds;
using model::Reason;

/// One scripted server, and every engine asking it the same.
class HttpEngines : public testing::Test {
public:
    HttpEngines() {
        std::filesystem::create_directories(folder);
        write("ca.pem", authority.certificate);
        write("other.pem", make_authority("another authority").certificate);
    }
    ~HttpEngines() override { std::filesystem::remove_all(folder); }

protected:
    void write(const std::string& name, const std::string& text) const { std::ofstream(folder / name) << text; }

    [[nodiscard]] io::HttpRequest asking(const std::string& scheme = "http") const {
        io::HttpRequest request;
        request.url = scheme + "://server.test:" + std::to_string(server.port()) + "/health?deep=1";
        request.timeout = Milliseconds{10'000};
        request.tls.ca_file = folder / "ca.pem";
        return request;
    }

    struct Engine {
        std::string name;
        io::HttpClient& client;
    };
    std::vector<Engine> engines() { return {{"beast", beast}, {"curl", curl}, {"both", *both}}; }

    io::HttpResponse ask(io::HttpClient& client, io::HttpRequest request) {
        return run_to_end(context, client.request(std::move(request)));
    }

    asio::io_context context{1};
    io::BootClock clock{context.get_executor()};
    FixedResolver resolver;
    FaultyServer server{context};
    io::BeastHttpClient beast{context.get_executor(), clock, resolver};
    io::CurlHttpClient curl{context.get_executor(), clock, resolver};
    std::unique_ptr<io::HttpClient> both = io::make_http_client(context.get_executor(), clock, resolver);
    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("hinomi_http_" + std::to_string(io::SystemRandom().next()));
    Certificate authority = make_authority("test authority");
    static constexpr long day = 24 * 3'600;
};

struct Fault {
    const char* name;
    Play play;
    Reason reason;
    std::uint16_t status = 0;
    std::string body = {};
    void (*change)(io::HttpRequest&) = [](io::HttpRequest&) {};
};

std::string many_headers(std::size_t count) {
    std::string text;
    for (std::size_t number = 0; number < count; ++number)
        text += "X-Filler-" + std::to_string(number) + ": " + std::string(80, 'x') + "\r\n";
    return text;
}

constexpr auto small_limits = [](io::HttpRequest& request) {
    request.body_limit = 10;
    request.header_limit = 2'000;
};
constexpr auto by_head = [](io::HttpRequest& request) { request.method = "HEAD"; };
constexpr auto impatient = [](io::HttpRequest& request) { request.timeout = Milliseconds{400}; };
constexpr auto without_body = [](io::HttpRequest& request) { request.need_body = false; };

const std::string ok = "HTTP/1.1 200 OK\r\n";

constexpr const char* handed_over = "a status line without words";

std::vector<Fault> faults() {
    return {
        {"a plain answer", {{ok + "Content-Length: 5\r\n\r\nhello"}, End::hold}, Reason::none, 200, "hello"},
        {"an error page", {{"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"}, End::hold}, Reason::none, 503, "busy"},
        {"a redirect is the answer",
         {{"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"}, End::hold},
         Reason::none,
         302},
        {"no content", {{"HTTP/1.1 204 No Content\r\n\r\n"}, End::hold}, Reason::none, 204},
        {"in chunks",
         {{ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", "lo\r\n1;x=y\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n"}, End::hold},
         Reason::none,
         200,
         "hello!"},
        {"until the end", {{ok + "\r\nhel", "lo"}}, Reason::none, 200, "hello"},
        {"byte by byte",
         {{"H", "TTP/1.1 2", "00 OK", "\r", "\nContent-Le", "ngth: 2\r", "\n\r", "\nh", "i"}, End::hold},
         Reason::none,
         200,
         "hi"},
        {"after an interim answer",
         {{"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok + "Content-Length: 2\r\n\r\nhi"}, End::hold},
         Reason::none,
         200,
         "hi"},
        {"of HTTP/1.0", {{"HTTP/1.0 200 OK\r\n\r\nold"}}, Reason::none, 200, "old"},
        {"HEAD", {{ok + "Content-Length: 5000000\r\n\r\n"}, End::hold}, Reason::none, 200, "", by_head},
        {"the body is dropped", {{ok + "Content-Length: 5\r\n\r\nhello"}, End::hold}, Reason::none, 200, "", without_body},
        {"the body at its limit",
         {{ok + "Content-Length: 10\r\n\r\n0123456789"}, End::hold},
         Reason::none,
         200,
         "0123456789",
         small_limits},
        {handed_over, {{"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi"}, End::hold}, Reason::none, 200, "hi"},

        {"closed at once", {{}}, Reason::reset},
        {"reset at once", {{}, End::reset}, Reason::reset},
        {"reset in the body", {{ok + "Content-Length: 50\r\n\r\nhello"}, End::reset}, Reason::reset},
        {"closed in the header", {{"HTTP/1.1 200 OK\r\nContent-Le"}}, Reason::protocol_error},
        {"closed behind a header line", {{"HTTP/1.1 200 OK\r\nServer: x\r\n"}}, Reason::protocol_error},
        {"closed behind a line of blanks", {{"HTTP/1.1 200 OK\r\nServer: x\r\n \r\n"}}, Reason::protocol_error},
        {"closed in the body", {{ok + "Content-Length: 50\r\n\r\nhello"}}, Reason::protocol_error},
        {"closed in a chunk", {{ok + "Transfer-Encoding: chunked\r\n\r\n50\r\nhello"}}, Reason::protocol_error},
        {"closed behind an interim answer", {{"HTTP/1.1 100 Continue\r\n\r\n"}}, Reason::protocol_error},
        {"no HTTP", {{"220 mail.test ESMTP\r\n"}}, Reason::protocol_error},
        {"a bad chunk", {{ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"}}, Reason::protocol_error},
        {"a length that is no number", {{ok + "Content-Length: many\r\n\r\nhello"}}, Reason::protocol_error},
        {"a long body", {{ok + "Content-Length: 11\r\n\r\n0123456789a"}, End::hold}, Reason::too_large, 0, "", small_limits},
        {"a long body in chunks",
         {{ok + "Transfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n"}, End::hold},
         Reason::too_large,
         0,
         "",
         small_limits},
        {"a long body until the end", {{ok + "\r\n0123456789a"}}, Reason::too_large, 0, "", small_limits},
        {"long headers", {{ok + many_headers(40) + "Content-Length: 0\r\n\r\n"}, End::hold}, Reason::too_large, 0, "", small_limits},
        {"long headers in pieces",
         {{ok + many_headers(15), many_headers(15), many_headers(15) + "\r\n"}, End::hold},
         Reason::too_large,
         0,
         "",
         small_limits},
        {"one long header line", {{ok + "X: " + std::string(5'000, 'x') + "\r\n"}, End::hold}, Reason::too_large, 0, "", small_limits},
        {"many interim answers",
         {{many_headers(0) +
           [] {
               std::string text;
               for (int count = 0; count < 100; ++count) text += "HTTP/1.1 100 Continue\r\nX-Filler: xxxxxxxxxxxxxxxx\r\n\r\n";
               return text;
           }()},
          End::hold},
         Reason::too_large,
         0,
         "",
         small_limits},
        {"silence", {{}, End::hold}, Reason::response_timeout, 0, "", impatient},
        {"silence in the header", {{"HTTP/1.1 200 OK\r\nServer:"}, End::hold}, Reason::response_timeout, 0, "", impatient},
        {"silence in the body", {{ok + "Content-Length: 5\r\n\r\nhel"}, End::hold}, Reason::response_timeout, 0, "", impatient},
    };
}

TEST_F(HttpEngines, EveryEngineGivesTheSameForTheSameFault) {
    for (const std::string scheme : {"http", "https"}) {
        if (scheme == "https") server.use_tls(make_certificate(authority, "DNS:server.test", -day, day));
        for (const auto& fault : faults()) {
            for (const auto& [name, client] : engines()) {
                SCOPED_TRACE(scheme + ", " + fault.name + ", by " + name);
                if (name == "beast" && fault.name == handed_over) continue;  // see AnOddAnswer...
                server.play(fault.play);
                auto request = asking(scheme);
                fault.change(request);
                const auto response = ask(client, request);
                EXPECT_EQ(response.reason, fault.reason) << response.error;
                EXPECT_EQ(response.status, fault.status);
                EXPECT_EQ(response.body, fault.body);
                EXPECT_EQ(response.error.empty(), fault.reason == Reason::none);
                EXPECT_TRUE(response.request_sent);
                EXPECT_EQ(response.peer, "127.0.0.1:" + std::to_string(server.port()));
                EXPECT_EQ(response.tls.verified, scheme == "https");
                EXPECT_GT(response.phases.connect.count(), 0);
                EXPECT_EQ(response.phases.tls.count() > 0, scheme == "https");
            }
        }
    }
}

TEST_F(HttpEngines, EveryEngineGivesTheSameForTheSameCertificate) {
    struct Case {
        const char* name;
        std::string names;
        long ends;
        std::string ca_file;
        std::string server_name;
        bool verify;
        Reason reason;
        bool verified;
    };
    const Case cases[] = {
        {"good", "DNS:server.test", day, "ca.pem", "", true, Reason::none, true},
        {"another name handed in", "DNS:other.test", day, "ca.pem", "other.test", true, Reason::none, true},
        {"wrong name", "DNS:other.test", day, "ca.pem", "", true, Reason::certificate_invalid, false},
        {"expired", "DNS:server.test", -60, "ca.pem", "", true, Reason::certificate_invalid, false},
        {"unknown authority", "DNS:server.test", day, "other.pem", "", true, Reason::certificate_invalid, false},
        {"the system's authorities", "DNS:server.test", day, "", "", true, Reason::certificate_invalid, false},
        {"not verified", "DNS:other.test", -60, "other.pem", "", false, Reason::none, false},
        {"no such file", "DNS:server.test", day, "missing.pem", "", true, Reason::tls_failed, false},
    };
    server.play({{ok + "Content-Length: 2\r\n\r\nhi"}, End::hold});
    for (const auto& [what, names, ends, ca_file, server_name, verify, reason, verified] : cases) {
        server.use_tls(make_certificate(authority, names, -2 * day, ends));
        for (const auto& [name, client] : engines()) {
            if (name == "curl" && !server_name.empty()) continue;  // libcurl cannot: one name for all
            SCOPED_TRACE(std::string(what) + ", by " + name);
            auto request = asking("https");
            request.tls = {.verify = verify,
                           .ca_file = ca_file.empty() ? "" : (folder / ca_file).string(),
                           .server_name = server_name,
                           .certificate_file = "",
                           .key_file = ""};
            const auto response = ask(client, request);
            EXPECT_EQ(response.reason, reason) << response.error;
            EXPECT_EQ(response.tls.verified, verified);
            EXPECT_EQ(response.body, reason == Reason::none ? "hi" : "");
            EXPECT_EQ(response.request_sent, reason == Reason::none);
        }
    }
}

TEST_F(HttpEngines, EveryEngineGivesTheSameWhenThereIsNoTls) {
    struct Case {
        const char* name;
        Play play;
        Reason reason;
    };
    const Case cases[] = {
        {"plain text instead", {{"220 mail.test ESMTP\r\n"}, End::hold}, Reason::tls_failed},
        {"closed", {}, Reason::tls_failed},
        {"reset", {{}, End::reset}, Reason::reset},
        {"silence", {{}, End::hold}, Reason::response_timeout},
    };
    for (const auto& [what, play, reason] : cases) {
        for (const auto& [name, client] : engines()) {
            SCOPED_TRACE(std::string(what) + ", by " + name);
            server.play(play, FaultyServer::Waits::for_any_byte);
            auto request = asking("https");
            if (reason == Reason::response_timeout) request.timeout = Milliseconds{400};
            const auto response = ask(client, request);
            EXPECT_EQ(response.reason, reason) << response.error;
            EXPECT_FALSE(response.error.empty());
            EXPECT_FALSE(response.request_sent);
            EXPECT_FALSE(response.tls.verified);
        }
    }
}

TEST_F(HttpEngines, EveryEngineGivesTheSameWhenNothingIsConnected) {
    struct Case {
        const char* name;
        io::ResolveResult resolved;
        Reason reason;
    };
    const Case cases[] = {
        {"no such name", {.reason = Reason::name_not_found, .addresses = {}, .took = {}, .error = "why"}, Reason::name_not_found},
        {"no name server", {.reason = Reason::name_timeout, .addresses = {}, .took = {}, .error = "why"}, Reason::name_timeout},
        {"refused", {.reason = Reason::none, .addresses = {"127.0.0.2"}, .took = {}, .error = ""}, Reason::refused},
        {"no route", {.reason = Reason::none, .addresses = {"255.255.255.255"}, .took = {}, .error = ""}, Reason::no_route},
        {"one refuses, the next answers",
         {.reason = Reason::none, .addresses = {"127.0.0.2", "127.0.0.1"}, .took = {}, .error = ""},
         Reason::none},
    };
    server.play({{ok + "Content-Length: 0\r\n\r\n"}, End::hold});
    for (const auto& [what, resolved, reason] : cases) {
        for (const auto& [name, client] : engines()) {
            SCOPED_TRACE(std::string(what) + ", by " + name);
            resolver.result = resolved;
            const auto response = ask(client, asking());
            EXPECT_EQ(response.reason, reason) << response.error;
            EXPECT_EQ(response.status, reason == Reason::none ? 200 : 0);
            EXPECT_EQ(response.request_sent, reason == Reason::none);
            EXPECT_EQ(response.error.empty(), reason == Reason::none);
        }
    }
}

TEST_F(HttpEngines, EveryEngineGivesTheSameWhenTheConnectionHangs) {
    const tcp::endpoint here(asio::ip::make_address("127.0.0.1"), 0);
    tcp::acceptor full(context);
    full.open(here.protocol());
    full.bind(here);
    full.listen(0);
    std::vector<tcp::socket> fill;  // the queue of the listener: further connections wait
    for (int count = 0; count < 3; ++count) {
        auto& socket = fill.emplace_back(context);
        socket.open(tcp::v4());
        socket.async_connect(full.local_endpoint(), [](const boost::system::error_code&) {});
    }
    for (const auto& [name, client] : engines()) {
        SCOPED_TRACE(name);
        auto request = asking();
        request.url = "http://server.test:" + std::to_string(full.local_endpoint().port()) + "/";
        request.timeout = Milliseconds{400};
        const auto response = ask(client, request);
        EXPECT_EQ(response.reason, Reason::connect_timeout) << response.error;
        EXPECT_FALSE(response.request_sent);
    }
}

TEST_F(HttpEngines, EveryEngineAsksTheSame) {
    server.play({{ok + "Content-Length: 0\r\n\r\n"}, End::hold});
    for (const auto& [name, client] : engines()) {
        SCOPED_TRACE(name);
        auto request = asking();
        request.headers = {{"Accept", "text/plain"}, {"X-Empty", ""}};
        ask(client, request);
        auto lines = server.asked().back();
        EXPECT_TRUE(lines.starts_with("GET /health?deep=1 HTTP/1.1\r\n")) << lines;
        for (const auto& line : {"Host: server.test:" + std::to_string(server.port()), std::string("User-Agent: hinomi"),
                                 std::string("Accept: text/plain"), std::string("X-Empty:")})
            EXPECT_NE(lines.find("\r\n" + line), std::string::npos) << line << " in " << lines;
        EXPECT_EQ(lines.find("*/*"), std::string::npos) << lines;
        request.headers = {{"Host", "other.test"}};
        ask(client, request);
        lines = server.asked().back();
        EXPECT_NE(lines.find("\r\nHost: other.test\r\n"), std::string::npos) << lines;
        EXPECT_EQ(lines.find("server.test"), std::string::npos) << lines;
    }
}

TEST_F(HttpEngines, AnOddAnswerIsAskedForAgainByTheEngineThatReadsIt) {
    server.play({{"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi"}, End::hold});
    EXPECT_EQ(ask(beast, asking()).reason, Reason::protocol_error);
    EXPECT_EQ(server.asked().size(), 1);
    const auto response = ask(*both, asking());
    EXPECT_EQ(response.reason, Reason::none) << response.error;
    EXPECT_EQ(response.body, "hi");
    EXPECT_EQ(server.asked().size(), 3);
}

TEST_F(HttpEngines, AFailureIsNeverAskedForAgain) {
    for (const auto& answer : {std::string(), ok + "Content-Le", ok + "Content-Length: 50\r\n\r\nhello"}) {
        server.play({{answer}});
        EXPECT_NE(ask(*both, asking()).reason, Reason::none);
        EXPECT_EQ(server.asked().size(), 1) << answer;
    }
}

TEST_F(HttpEngines, WhatBeastCannotIsDoneByTheOther) {
    struct Case {
        const char* name;
        void (*change)(io::HttpRequest&);
        bool plain;
    };
    const Case cases[] = {
        {"GET", [](io::HttpRequest&) {}, true},
        {"HEAD", by_head, true},
        {"POST", [](io::HttpRequest& request) { request.method = "POST"; }, false},
        {"a body", [](io::HttpRequest& request) { request.body = "x"; }, false},
        {"redirects", [](io::HttpRequest& request) { request.redirects = 1; }, false},
        {"a line end in a header", [](io::HttpRequest& request) { request.headers = {{"X", "a\r\nb: c"}}; }, false},
        {"no ASCII", [](io::HttpRequest& request) { request.url += "\xc3\xa9"; }, false},
    };
    server.play({{ok + "Content-Length: 0\r\n\r\n"}, End::hold});
    for (const auto& [name, change, plain] : cases) {
        SCOPED_TRACE(name);
        auto request = asking();
        change(request);
        EXPECT_EQ(ask(beast, request).answered(), plain);
        EXPECT_EQ(ask(*both, request).reason, Reason::none);
        const bool by_beast = server.asked().back().find("Connection: close") != std::string::npos;
        EXPECT_EQ(by_beast, plain) << server.asked().back();
    }
    auto broken = asking();
    broken.url = "http://";
    for (const auto& [name, client] : engines()) EXPECT_EQ(ask(client, broken).reason, Reason::protocol_error) << name;
}

TEST_F(HttpEngines, CancellingTheCallerCutsItOff) {
    for (const auto& [name, client] : engines()) {
        SCOPED_TRACE(name);
        server.play({{}, End::hold});
        asio::cancellation_signal cancel;
        server.on_request([&] { asio::post(context, [&] { cancel.emit(asio::cancellation_type::terminal); }); });
        std::exception_ptr failure;
        auto asked = client.request(asking());
        asio::co_spawn(context, std::move(asked),
                       asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr thrown, const io::HttpResponse&) {
                           failure = thrown;
                           context.stop();
                       }));
        context.restart();
        context.run();
        ASSERT_NE(failure, nullptr);
        EXPECT_THROW(std::rethrow_exception(failure), boost::system::system_error);
    }
}

} // namespace
