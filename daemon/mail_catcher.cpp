#include "daemon/mail_catcher.hpp"

#include "io/spawn.hpp"
#include "io/timed_socket.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

namespace hinomi {

namespace {

using asio::ip::tcp;
using boost::system::error_code;

bool is_verb(std::string_view line, std::string_view verb) {
    if (line.size() < verb.size()) return false;
    return std::ranges::equal(line.substr(0, verb.size()), verb, {},
                              [](char letter) { return std::toupper(static_cast<unsigned char>(letter)); });
}

/// What stands between the angle brackets of MAIL FROM and RCPT TO.
std::string path_of(std::string_view line) {
    const auto open = line.find('<');
    const auto close = line.find('>', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    return std::string(line.substr(open + 1, close - open - 1));
}

} // namespace

/// Shared with the sessions, so that one that goes on late finds it stopped instead of gone.
struct MailCatcher::State : std::enable_shared_from_this<MailCatcher::State> {
    State(asio::any_io_executor on, io::Clock& clock_in, OnMail take, MailCatcherLimits limits_in)
        : executor(std::move(on)), clock(clock_in), on_mail(std::move(take)), limits(limits_in), acceptor(executor) {}

    static asio::awaitable<void> accept(std::shared_ptr<State> self);

    asio::any_io_executor executor;
    io::Clock& clock;
    OnMail on_mail;
    MailCatcherLimits limits;
    tcp::acceptor acceptor;
    std::size_t sessions = 0;
    bool stopped = false;
};

namespace {

/// One client.
class Session {
public:
    Session(tcp::socket socket, io::Clock& clock, const MailCatcherLimits& limits)
        : limits_(limits), timed_(socket.get_executor(), clock, clock.now().boot + limits.session) {
        timed_.get() = std::move(socket);
    }

    /// Until the client leaves, or is too much.
    asio::awaitable<void> talk(MailCatcher::OnMail on_mail) {
        co_await say("220 demo ESMTP");
        while (const auto line = co_await read_line()) {
            if (is_verb(*line, "QUIT")) {
                co_await say("221 bye");
                co_return;
            }
            if (is_verb(*line, "DATA")) {
                if (!co_await take_mail(on_mail)) co_return;
                continue;
            }
            co_await say(answer(*line));
        }
    }

private:
    std::string answer(std::string_view line) {
        if (is_verb(line, "EHLO")) return "250-demo\r\n250 8BITMIME";
        if (is_verb(line, "HELO") || is_verb(line, "NOOP")) return "250 ok";
        if (is_verb(line, "RSET")) {
            mail_ = {};
            return "250 ok";
        }
        if (is_verb(line, "MAIL FROM:")) {
            mail_ = {.sender = path_of(line), .recipient = {}, .content = {}};
            return "250 ok";
        }
        if (is_verb(line, "RCPT TO:")) {
            mail_.recipient = path_of(line);
            return mail_.recipient.empty() ? "501 whom?" : "250 ok";
        }
        return "500 not known here";
    }

    asio::awaitable<bool> take_mail(MailCatcher::OnMail on_mail) {
        if (mail_.recipient.empty()) {
            co_await say("503 RCPT first");
            co_return true;
        }
        co_await say("354 go on");
        while (auto line = co_await read_line()) {
            if (*line == ".") {
                on_mail(std::exchange(mail_, {}));
                co_await say("250 2.0.0 caught");
                co_return true;
            }
            if (line->starts_with('.')) line->erase(0, 1);
            if (mail_.content.size() + line->size() > limits_.mail) {
                co_await say("552 too large");
                co_return false;
            }
            mail_.content += *line + "\r\n";
        }
        co_return false;
    }

    /// Without its line end; nothing when the client has gone, its time is over, or the line is too long.
    asio::awaitable<std::optional<std::string>> read_line() {
        error_code error;
        const auto size = co_await asio::async_read_until(timed_.get(), asio::dynamic_buffer(buffer_, limits_.line), '\n',
                                                          asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return std::nullopt;
        auto line = buffer_.substr(0, size - 1);
        buffer_.erase(0, size);
        if (line.ends_with('\r')) line.pop_back();
        co_return line;
    }

    asio::awaitable<void> say(std::string text) {
        text += "\r\n";
        error_code ignored;  // whoever does not listen is found out by the next reading
        co_await asio::async_write(timed_.get(), asio::buffer(text), asio::redirect_error(asio::use_awaitable, ignored));
    }

    MailCatcherLimits limits_;
    io::TimedSocket timed_;
    std::string buffer_;
    CaughtMail mail_;
};

} // namespace

asio::awaitable<void> MailCatcher::State::accept(std::shared_ptr<State> self) {
    while (!self->stopped) {
        error_code error;
        auto socket = co_await self->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (self->stopped) co_return;
        if (error || self->sessions >= self->limits.connections) continue;  // its socket closes: no more than so many at a time
        const auto session = std::make_shared<Session>(std::move(socket), self->clock, self->limits);
        ++self->sessions;
        io::spawn(self->executor, session->talk(self->on_mail), [self, session](std::exception_ptr failure) {
            --self->sessions;
            if (failure != nullptr) spdlog::error("a session of the mail catcher ended by a fault of its own");
        });
    }
}

MailCatcher::MailCatcher(asio::any_io_executor executor, io::Clock& clock, OnMail on_mail, MailCatcherLimits limits)
    : state_(std::make_shared<State>(std::move(executor), clock, std::move(on_mail), limits)) {}

MailCatcher::~MailCatcher() { stop(); }

std::expected<std::uint16_t, std::string> MailCatcher::listen() {
    error_code error;
    const tcp::endpoint anywhere(asio::ip::address_v4::loopback(), 0);
    state_->acceptor.open(anywhere.protocol(), error);
    if (!error) state_->acceptor.bind(anywhere, error);
    if (!error) state_->acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (error) return std::unexpected("no port of 127.0.0.1 can be opened: " + error.message());
    io::spawn(state_->executor, State::accept(state_), [](std::exception_ptr failure) {
        if (failure != nullptr) spdlog::error("the mail catcher ended by a fault of its own");
    });
    return state_->acceptor.local_endpoint().port();
}

void MailCatcher::stop() {
    state_->stopped = true;
    error_code ignored;
    state_->acceptor.close(ignored);
}

} // namespace hinomi
