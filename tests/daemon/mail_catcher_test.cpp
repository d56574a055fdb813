#include "daemon/mail_catcher.hpp"

#include "io/boot_clock.hpp"
#include "io/spawn.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace hinomi {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Catching : public testing::Test {
public:
    ~Catching() override {
        clock_.clear();
        catcher_.reset();
        context_.restart();
        context_.poll();
    }

protected:
    /// Says all of it at once and returns everything that was answered until the other side closed.
    std::string talk(const std::string& said, MailCatcherLimits limits = {}) {
        catcher_.emplace(context_.get_executor(), clock_, [this](CaughtMail mail) { caught_.push_back(std::move(mail)); }, limits);
        const auto port = catcher_->listen();
        EXPECT_TRUE(port);
        std::string answers;
        io::spawn(context_.get_executor(), client(*port, said, answers), [this](std::exception_ptr failure) {
            EXPECT_EQ(failure, nullptr);
            context_.stop();
        });
        context_.restart();
        context_.run();
        return answers;
    }

    asio::awaitable<void> client(std::uint16_t port, std::string said, std::string& answers) {
        asio::ip::tcp::socket socket(context_);
        co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
        boost::system::error_code error;
        co_await asio::async_write(socket, asio::buffer(said), asio::redirect_error(asio::use_awaitable, error));
        co_await asio::async_read(socket, asio::dynamic_buffer(answers), asio::redirect_error(asio::use_awaitable, error));
    }

    asio::io_context context_{1};
    io::BootClock clock_{context_.get_executor()};
    std::optional<MailCatcher> catcher_;
    std::vector<CaughtMail> caught_;
};

TEST_F(Catching, takes_a_mail_as_it_was_handed_over) {
    const auto answers = talk(
        "EHLO me\r\nMAIL FROM:<status@shop.example>\r\nRCPT TO:<it@acme.example>\r\nDATA\r\n"
        "Subject: x\r\n\r\n..dotted\r\n.\r\nQUIT\r\n");
    ASSERT_EQ(caught_.size(), 1U);
    EXPECT_EQ(caught_[0].sender, "status@shop.example");
    EXPECT_EQ(caught_[0].recipient, "it@acme.example");
    EXPECT_EQ(caught_[0].content, "Subject: x\r\n\r\n.dotted\r\n");
    EXPECT_EQ(answers, "220 demo ESMTP\r\n250-demo\r\n250 8BITMIME\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 2.0.0 caught\r\n221 bye\r\n");
}

TEST_F(Catching, takes_several_mails_of_one_client_and_forgets_what_is_reset) {
    const std::string mail = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nx\r\n.\r\n";
    talk("HELO me\r\n" + mail + "MAIL FROM:<e@f.example>\r\nRSET\r\nNOOP\r\n" + mail + "QUIT\r\n");
    ASSERT_EQ(caught_.size(), 2U);
    EXPECT_EQ(caught_[1].sender, "a@b.example");
}

TEST_F(Catching, says_what_it_does_not_understand) {
    EXPECT_THAT(talk("VRFY root\r\nRCPT TO:nobody\r\nDATA\r\nQUIT\r\n"),
                EndsWith("500 not known here\r\n501 whom?\r\n503 RCPT first\r\n221 bye\r\n"));
    EXPECT_TRUE(caught_.empty());
}

TEST_F(Catching, leaves_a_client_that_is_too_much) {
    MailCatcherLimits small;
    small.line = 40;
    small.mail = 100;
    EXPECT_EQ(talk("EHLO " + std::string(100, 'x') + "\r\nQUIT\r\n", small), "220 demo ESMTP\r\n") << "a line that is too long";
    std::string text;
    for (int line = 0; line < 20; ++line) text += "0123456789\r\n";
    EXPECT_THAT(talk("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n" + text + ".\r\n", small), HasSubstr("552 too large"));
    EXPECT_TRUE(caught_.empty());
}

TEST_F(Catching, leaves_a_client_that_takes_too_long) {
    MailCatcherLimits hasty;
    hasty.session = model::Milliseconds{1};
    EXPECT_THAT(talk("", hasty), StartsWith("220"));  // and returns: it was closed on us
}

} // namespace
} // namespace hinomi
