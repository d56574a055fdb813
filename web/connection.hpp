#pragma once

#include "io/scoped_timer.hpp"
#include "web/peer_stream.hpp"
#include "web/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace web {

/// What all connections of a server share.
struct Serving {
    io::Clock& clock;
    const Router& router;
    Limits limits;
    Counts counts;
    std::shared_ptr<asio::ssl::context> tls;  ///< null: clear text
};

/// One client. Its coroutine owns it; the server knows it weakly, to close it. State thread only.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(asio::ip::tcp::socket socket, std::shared_ptr<Serving> serving);

    /// Answers requests until either side ends it.
    static asio::awaitable<void> serve(std::shared_ptr<Connection> self);

    /// Says that there is no room, and closes.
    static asio::awaitable<void> turn_away(std::shared_ptr<Connection> self);

    void close();

    /// Boot time since when it has been waiting for a request; max: it is busy with one.
    [[nodiscard]] model::Milliseconds idle_since() const { return idle_since_; }

private:
    using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    static asio::awaitable<bool> shake_hands(std::shared_ptr<Connection> self);
    static asio::awaitable<void> say_goodbye(std::shared_ptr<Connection> self);
    static asio::awaitable<bool> exchange(std::shared_ptr<Connection> self);
    static asio::awaitable<bool> wait_for_request(std::shared_ptr<Connection> self);
    static asio::awaitable<bool> refuse(std::shared_ptr<Connection> self, Answer answer);
    static asio::awaitable<bool> send(std::shared_ptr<Connection> self, Answer answer, bool keep);
    static asio::awaitable<bool> send_source(std::shared_ptr<Connection> self, Answer answer, bool keep);
    static asio::awaitable<bool> write(std::shared_ptr<Connection> self, std::string bytes);
    static asio::awaitable<Answer> handle(std::shared_ptr<Connection> self, const Route* route, Request request);
    static asio::awaitable<void> linger(std::shared_ptr<Connection> self);

    [[nodiscard]] std::string head_of(const Answer& answer, bool keep);
    [[nodiscard]] Request request_of(Parser& parser) const;
    /// Closes the socket after `limit`, which ends whatever waits for it.
    [[nodiscard]] std::unique_ptr<io::ScopedTimer> cut_after(model::Milliseconds limit);

    std::shared_ptr<Serving> serving_;
    PeerStream stream_;
    std::vector<std::string> names_;  ///< of the client's certificate
    boost::beast::flat_buffer buffer_;
    model::Milliseconds idle_since_ = model::Milliseconds::max();
    bool head_only_ = false;  ///< the request under way is HEAD
    bool chunked_ = true;     ///< the client of the request under way knows chunks (HTTP/1.1)
    bool late_ = false;       ///< a limit of time closed it
};

} // namespace web
