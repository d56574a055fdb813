#pragma once

#include "io/answer_body.hpp"
#include "io/http_client.hpp"
#include "io/stream_opening.hpp"
#include "io/url.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace io {

/// One exchange of BeastHttpClient: where it has come to, and what is known so far. One thread only.
class HttpConversation {
public:
    /// `deadline`: boot time. `request` is without body and outlives this.
    HttpConversation(SocketWatch& sockets, Clock& clock, const HttpRequest& request, Url url, model::Milliseconds deadline)
        : request_(request), url_(std::move(url)), opening_(sockets, clock, deadline, request.timeout) {}

    /// Resolve, connect, handshake, ask, read; what happened is in the response. Throws operation_aborted when the time is
    /// over, or the caller was cancelled.
    asio::awaitable<void> run(Resolver& resolver, TlsContexts& contexts);

    /// Whether the time was over; `time_is_over` then says which step took too long.
    [[nodiscard]] bool expired() { return opening_.socket().expired(); }
    void time_is_over();

    [[nodiscard]] HttpResponse take_response();

    /// Whether something answered that Beast's strict parser does not read; a more lenient one might.
    [[nodiscard]] bool unreadable() const { return unreadable_; }

private:
    using Parser = boost::beast::http::response_parser<AnswerBody>;

    template <typename Stream> asio::awaitable<void> talk(Stream& stream);
    template <typename Stream> asio::awaitable<void> read_answer(Stream& stream);
    void begin_answer();
    /// Hands what was read to the parser. False: the answer is complete, or cannot become so.
    bool parse();
    void refuse(const boost::system::error_code& error);
    void take_answer();
    void end_of_stream(const boost::system::error_code& error);
    void fail(model::Reason reason, std::string error);
    [[nodiscard]] std::string request_text() const;

    const HttpRequest& request_;
    Url url_;
    StreamOpening opening_;
    HttpResponse response_;
    std::optional<Parser> parser_;
    boost::beast::flat_buffer buffer_;
    std::size_t header_bytes_ = 0;  ///< of all answers, interim ones too: Beast's own limit is per call
    bool read_any_ = false;
    bool unreadable_ = false;
};

} // namespace io
