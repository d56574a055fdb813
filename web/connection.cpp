#include "web/connection.hpp"

#include "web/http_date.hpp"
#include "web/server_tls.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cctype>
#include <utility>

namespace web {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t lingering_bytes = std::size_t{64} << 10;
constexpr std::size_t tls_read_bytes = 4096;

asio::redirect_error_t<asio::use_awaitable_t<>> into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

std::string lower(std::string_view text) {
    std::string result(text);
    for (auto& letter : result) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return result;
}

/// What to say to bytes that are no request; nothing when the client has just gone.
std::optional<Answer> complaint(const error_code& error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return text_answer(431, "request line and headers are too long");
    if (error == http::error::body_limit) return text_answer(413, "the body is too long");
    if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
    if (error.category() == make_error_code(http::error::bad_method).category()) return text_answer(400, "this is no HTTP/1.1 request");
    return std::nullopt;
}

Answer nobody_answers(const Router::Match& match) {
    if (match.allow.empty()) return text_answer(404, "there is nothing here");
    auto answer = text_answer(405, "use " + match.allow);
    answer.headers.emplace_back("Allow", match.allow);
    return answer;
}

/// Path and query of the target; an absolute one loses scheme and authority (RFC 9112, 3.2.2).
void split_target(std::string_view target, Request& request) {
    if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != std::string_view::npos) {
        const auto path = target.find_first_of("/?", scheme + 3);
        target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
    }
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
}

} // namespace

Connection::Connection(asio::ip::tcp::socket socket, std::shared_ptr<Serving> serving)
    : serving_(std::move(serving)), stream_(std::move(socket), serving_->tls.get()), buffer_(serving_->limits.header_bytes + 4096) {
    error_code ignored;
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Connection::close() {
    idle_since_ = model::Milliseconds::max();
    error_code ignored;
    stream_.socket().close(ignored);
}

std::unique_ptr<io::ScopedTimer> Connection::cut_after(model::Milliseconds limit) {
    return std::make_unique<io::ScopedTimer>(serving_->clock, serving_->clock.now().boot + limit, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self == nullptr) return;
        self->late_ = true;
        self->close();
    });
}

asio::awaitable<void> Connection::serve(std::shared_ptr<Connection> self) {
    if (self->stream_.tls() != nullptr && !co_await shake_hands(self)) {
        self->close();
        co_return;
    }
    while (co_await exchange(self)) continue;
    if (self->stream_.tls() != nullptr) co_await say_goodbye(self);
    self->close();
}

/// True: the client is who its certificate says.
asio::awaitable<bool> Connection::shake_hands(std::shared_ptr<Connection> self) {
    const auto timer = self->cut_after(self->serving_->limits.handshake);
    error_code error;
    const auto remote = self->stream_.socket().remote_endpoint(error);
    co_await self->stream_.tls()->async_handshake(asio::ssl::stream_base::server, into(error));
    if (!error) self->names_ = peer_names(self->stream_.tls()->native_handle());
    if (!error && !self->names_.empty()) co_return true;
    ++self->serving_->counts.handshakes_failed;
    const auto why = self->late_ ? "too slow" : error ? error.message() : "its certificate has no name";
    spdlog::warn("a TLS client at {} is not let in: {}", remote.address().to_string(), why);
    co_return false;
}

/// The end of TLS, so that a client knows the last answer as whole.
asio::awaitable<void> Connection::say_goodbye(std::shared_ptr<Connection> self) {
    const auto timer = self->cut_after(self->serving_->limits.linger);
    error_code ignored;
    co_await self->stream_.tls()->async_shutdown(into(ignored));
}

asio::awaitable<void> Connection::turn_away(std::shared_ptr<Connection> self) {
    auto answer = text_answer(503, "too many connections; come again");
    answer.headers.emplace_back("Retry-After", "1");
    co_await refuse(self, std::move(answer));
    self->close();
}

/// An idle connection holds nothing but its socket.
asio::awaitable<bool> Connection::wait_for_request(std::shared_ptr<Connection> self) {
    if (self->buffer_.size() > 0) co_return true;  // pipelined
    self->buffer_.shrink_to_fit();
    self->idle_since_ = self->serving_->clock.now().boot;
    const auto timer = self->cut_after(self->serving_->limits.idle);
    error_code error;
    if (self->stream_.tls() == nullptr) {
        co_await self->stream_.socket().async_wait(asio::ip::tcp::socket::wait_read, into(error));
    } else {  // what TLS has read already, no socket tells
        self->buffer_.commit(co_await self->stream_.async_read_some(self->buffer_.prepare(tls_read_bytes), into(error)));
    }
    self->idle_since_ = model::Milliseconds::max();
    co_return !error;
}

Request Connection::request_of(Parser& parser) const {
    auto& message = parser.get();
    Request request;
    request.method = message.method_string();
    split_target(message.target(), request);
    for (const auto& field : message) request.headers.emplace_back(lower(field.name_string()), field.value());
    request.body = std::move(message.body());
    error_code ignored;
    if (const auto remote = stream_.socket().remote_endpoint(ignored); !ignored)
        request.peer = fmt::format("{}:{}", remote.address().to_string(), remote.port());
    request.certificate_names = names_;
    return request;
}

/// One request and its answer. True: the connection may carry another.
asio::awaitable<bool> Connection::exchange(std::shared_ptr<Connection> self) {
    if (!co_await wait_for_request(self)) co_return false;
    const auto& limits = self->serving_->limits;
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    self->head_only_ = false;
    self->chunked_ = true;
    auto timer = self->cut_after(limits.request);
    error_code error;
    co_await http::async_read_header(self->stream_, self->buffer_, parser, into(error));
    if (error) {
        auto answer = complaint(error);
        if (self->late_ || !answer) co_return false;
        co_return co_await refuse(self, std::move(*answer));
    }
    auto& message = parser.get();
    self->head_only_ = message.method() == http::verb::head;
    self->chunked_ = message.version() >= 11;
    const bool named = message.version() < 11 || message.count(http::field::host) == 1;
    if (!named) co_return co_await refuse(self, text_answer(400, "exactly one Host header is needed"));
    auto request = self->request_of(parser);
    const auto match = self->serving_->router.find(request.method, request.path);
    const auto body_limit = match.route == nullptr ? 0 : match.route->body_limit;
    if (match.route == nullptr && !parser.is_done()) co_return co_await refuse(self, nobody_answers(match));
    if (parser.content_length().value_or(0) > body_limit) co_return co_await refuse(self, text_answer(413, "the body is too long"));
    if (!parser.is_done()) {
        parser.body_limit(body_limit);
        if (message[http::field::expect] == "100-continue" && !co_await write(self, "HTTP/1.1 100 Continue\r\n\r\n")) co_return false;
        co_await http::async_read(self->stream_, self->buffer_, parser, into(error));
        if (error) {
            auto answer = complaint(error);
            if (self->late_ || !answer) co_return false;
            co_return co_await refuse(self, std::move(*answer));
        }
        request.body = std::move(message.body());
    }
    timer.reset();
    const bool keep = message.keep_alive();
    if (match.route == nullptr) co_return co_await send(self, nobody_answers(match), keep);
    co_return co_await send(self, co_await handle(self, match.route, std::move(request)), keep);
}

asio::awaitable<Answer> Connection::handle(std::shared_ptr<Connection> self, const Route* route, Request request) {
    const auto timer = self->cut_after(self->serving_->limits.handling);
    const auto path = request.path;
    try {
        co_return co_await route->handler(std::move(request));
    } catch (const std::exception& error) {
        spdlog::error("answering {} {} failed: {}", route->method, path, error.what());
    }
    co_return text_answer(500, "this failed; the log says why");
}

std::string Connection::head_of(const Answer& answer, bool keep) {
    ++serving_->counts.answers[answer.status];
    auto head = fmt::format(
        "HTTP/1.1 {} {}\r\nDate: {}\r\nConnection: {}\r\nContent-Type: {}\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n",
        answer.status, reason_phrase(answer.status), http_date(serving_->clock.now().wall), keep ? "keep-alive" : "close",
        answer.content_type);
    for (const auto& [name, value] : answer.headers) head += fmt::format("{}: {}\r\n", name, value);
    if (answer.source == nullptr) head += fmt::format("Content-Length: {}\r\n", answer.body.size());
    else if (chunked_) head += "Transfer-Encoding: chunked\r\n";
    return head + "\r\n";
}

asio::awaitable<bool> Connection::write(std::shared_ptr<Connection> self, std::string bytes) {
    const auto timer = self->cut_after(self->serving_->limits.piece);
    error_code error;
    co_await asio::async_write(self->stream_, asio::buffer(bytes), into(error));
    co_return !error;
}

asio::awaitable<bool> Connection::send(std::shared_ptr<Connection> self, Answer answer, bool keep) {
    if (answer.source != nullptr) co_return co_await send_source(self, std::move(answer), keep && self->chunked_);
    auto bytes = self->head_of(answer, keep);
    if (!self->head_only_) bytes += answer.body;
    co_return co_await write(self, std::move(bytes)) && keep;
}

/// A piece a turn: making it and handing it to the kernel is all that anybody else waits for.
asio::awaitable<bool> Connection::send_source(std::shared_ptr<Connection> self, Answer answer, bool keep) {
    const auto timer = self->cut_after(self->serving_->limits.answer);
    if (!co_await write(self, self->head_of(answer, keep))) co_return false;
    if (self->head_only_) co_return keep;
    std::string piece;
    bool more = true;
    while (more) {
        piece.clear();
        try {
            more = answer.source->next(piece);
        } catch (const std::exception& error) {
            spdlog::error("an answer broke off: {}", error.what());
            co_return false;  // without its last chunk the client knows it as incomplete
        }
        const auto size = fmt::format("{:x}\r\n", piece.size());
        const std::string_view end = more ? "\r\n" : "\r\n0\r\n\r\n";
        const std::array<asio::const_buffer, 3> chunk{asio::buffer(size), asio::buffer(piece), asio::buffer(end)};
        const std::array<asio::const_buffer, 2> last_only{asio::buffer(std::string_view("0\r\n")), asio::buffer(std::string_view("\r\n"))};
        const auto piece_timer = self->cut_after(self->serving_->limits.piece);
        error_code error;
        if (!self->chunked_) co_await asio::async_write(self->stream_, asio::buffer(piece), into(error));
        else if (!piece.empty()) co_await asio::async_write(self->stream_, chunk, into(error));
        else if (!more) co_await asio::async_write(self->stream_, last_only, into(error));
        if (more && piece.empty()) co_await asio::post(self->stream_.get_executor(), asio::use_awaitable);
        if (error) co_return false;
    }
    co_return keep;
}

/// Tells the client what is wrong with what it sends, and ends the connection: the rest of it cannot be understood.
asio::awaitable<bool> Connection::refuse(std::shared_ptr<Connection> self, Answer answer) {
    if (co_await write(self, self->head_of(answer, /*keep=*/false) + answer.body)) co_await linger(self);
    co_return false;
}

/// Closing on unread bytes would reset the connection, and the answer with it.
asio::awaitable<void> Connection::linger(std::shared_ptr<Connection> self) {
    const auto timer = self->cut_after(self->serving_->limits.linger);
    error_code error;
    if (self->stream_.tls() != nullptr) co_return;  // its end is said by `say_goodbye`, which listens for the client's
    self->stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    std::array<char, 4096> dropped{};
    for (std::size_t read = 0; !error && read < lingering_bytes;)
        read += co_await self->stream_.async_read_some(asio::buffer(dropped), into(error));
}

} // namespace web
