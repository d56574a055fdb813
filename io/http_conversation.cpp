#include "io/http_conversation.hpp"

#include "io/http_rules.hpp"

#include <boost/asio/ssl/error.hpp>

#include <algorithm>

namespace io {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using Reason = model::Reason;

constexpr std::size_t piece = 4'096;            ///< read at a time
constexpr std::size_t longest_header = 1 << 30;

bool is_interim(const http::response_header<>& header) {
    const auto status = header.result_int();
    return status >= lowest_status && status < 200 && status != switching_protocols;
}

} // namespace

void HttpConversation::fail(Reason reason, std::string error) {
    response_.reason = reason;
    response_.error = std::move(error);
}

void HttpConversation::time_is_over() {
    if (opening_.time_is_over(url_.host)) return;
    (read_any_ ? response_.phases.transfer : response_.phases.processing) += opening_.watch().lap();
    const auto* const what = read_any_ ? "the answer was not complete" : "connected, but no answer";
    fail(Reason::response_timeout, what + (" within " + std::to_string(request_.timeout.count()) + " ms"));
}

HttpResponse HttpConversation::take_response() {
    auto& opened = opening_.opened();
    if (opened.reason != Reason::none) fail(opened.reason, std::move(opened.error));
    response_.peer = std::move(opened.peer);
    response_.tls = std::move(opened.tls);
    response_.phases.resolve = opened.phases.resolve;
    response_.phases.connect = opened.phases.connect;
    response_.phases.tls = opened.phases.tls;
    return std::move(response_);
}

asio::awaitable<void> HttpConversation::run(Resolver& resolver, TlsContexts& contexts) {
    if (!co_await opening_.connect(resolver, url_.host, url_.port, request_.family)) co_return;
    if (url_.scheme == "http") {
        co_await talk(opening_.socket());
        co_return;
    }
    auto* const context = opening_.context_of(contexts, request_.tls);
    if (context == nullptr) co_return;
    TlsStream stream(opening_.socket().get(), *context);
    constexpr unsigned char protocols[] = "\x08http/1.1";
    SSL_set_alpn_protos(stream.native_handle(), protocols, sizeof(protocols) - 1);
    if (co_await opening_.shake_hands(stream, request_.tls, url_.host)) co_await talk(stream);
}

std::string HttpConversation::request_text() const {
    const auto given = [this](std::string_view wanted) {
        return std::ranges::any_of(request_.headers, [&](const auto& header) { return same_name(header.first, wanted); });
    };
    std::string text = request_.method + " " + url_.target + " HTTP/1.1\r\n";
    if (!given("host")) {
        const bool six = url_.host.find(':') != std::string::npos;
        text += "Host: " + (six ? "[" + url_.host + "]" : url_.host);
        if (url_.port != (url_.scheme == "https" ? 443 : 80)) text += ":" + std::to_string(url_.port);
        text += "\r\n";
    }
    if (!given("user-agent")) text += "User-Agent: hinomi\r\n";
    if (!given("accept")) text += "Accept: */*\r\n";
    if (!given("connection")) text += "Connection: close\r\n";
    for (const auto& [name, value] : request_.headers) text += name + ": " + value + "\r\n";
    return text + "\r\n";
}

template <typename Stream> asio::awaitable<void> HttpConversation::talk(Stream& stream) {
    const auto text = request_text();
    const auto [error, count] = co_await write_all(stream, text);
    opening_.socket().check(error);
    if (error) {
        response_.phases.processing += opening_.watch().lap();
        fail(Reason::reset, "sending: " + error.message());
        co_return;
    }
    response_.request_sent = true;
    co_await read_answer(stream);
}

template <typename Stream> asio::awaitable<void> HttpConversation::read_answer(Stream& stream) {
    begin_answer();
    bool more = true;
    while (more) {
        const auto [error, count] = co_await read_some(stream, buffer_.prepare(piece));
        opening_.socket().check(error);
        (read_any_ ? response_.phases.transfer : response_.phases.processing) += opening_.watch().lap();
        buffer_.commit(count);
        read_any_ = read_any_ || count > 0;
        more = parse();
        if (!more || !error) continue;
        end_of_stream(error);
        more = false;
    }
}

void HttpConversation::begin_answer() {
    parser_.emplace();
    parser_->skip(request_.method == "HEAD");
    parser_->body_limit(request_.body_limit);
    parser_->header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(request_.header_limit, longest_header)));
    parser_->get().body().keep = request_.need_body;
}

bool HttpConversation::parse() {
    while (buffer_.size() > 0) {
        const bool in_header = !parser_->is_header_done();
        error_code error;
        const auto used = parser_->put(buffer_.data(), error);
        buffer_.consume(used);
        if (in_header) header_bytes_ += used;
        const auto unread = error == http::error::need_more ? buffer_.size() : 0;
        if (header_bytes_ > request_.header_limit || unread > request_.header_limit) error = http::error::header_limit;
        if (error == http::error::need_more) return true;
        if (error) {
            refuse(error);
            return false;
        }
        if (!parser_->is_done()) continue;
        if (!is_interim(parser_->get())) {
            take_answer();
            return false;
        }
        begin_answer();
    }
    return true;
}

void HttpConversation::refuse(const error_code& error) {
    if (error == http::error::header_limit) {
        fail(Reason::too_large, "the header of the answer is longer than " + std::to_string(request_.header_limit) + " bytes");
    } else if (error == http::error::body_limit) {
        fail(Reason::too_large, "the body of the answer is longer than " + std::to_string(request_.body_limit) + " bytes");
    } else {
        unreadable_ = true;
        fail(Reason::protocol_error, "the answer is not HTTP: " + error.message());
    }
}

void HttpConversation::end_of_stream(const error_code& error) {
    if (!is_end(error)) return fail(Reason::reset, "reading: " + error.message());
    if (!read_any_) return fail(Reason::reset, "the peer closed the connection without an answer");
    const bool cut = error == asio::ssl::error::stream_truncated;  // anybody on the way could have ended it here
    error_code incomplete = http::error::partial_message;
    if (parser_->got_some() && !cut) parser_->put_eof(incomplete);
    if (incomplete) {
        const std::string_view unread(static_cast<const char*>(buffer_.data().data()), buffer_.size());
        unreadable_ = !parser_->is_header_done() && unread.starts_with('\n');  // an end of the header, but not for the parser
        return fail(Reason::protocol_error, "the peer closed the connection in the middle of the answer");
    }
    take_answer();
}

void HttpConversation::take_answer() {
    auto& answer = parser_->get();
    const auto coding = answer.find(http::field::transfer_encoding);
    // the parser takes any three digits
    if (answer.result_int() < lowest_status || answer.result_int() == switching_protocols) return refuse(http::error::bad_status);
    if (coding != answer.end() && !is_known_coding(coding->value())) return refuse(http::error::bad_transfer_encoding);
    response_.status = static_cast<std::uint16_t>(answer.result_int());
    for (const auto& field : answer) {
        std::string name(field.name_string());
        std::ranges::transform(name, name.begin(), lower);
        response_.headers.emplace_back(std::move(name), field.value());
    }
    response_.body = std::move(answer.body().text);
}

} // namespace io
