#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// A TCP server on 127.0.0.1 that plays a script with each connection: the faulty peer of the adapters' tables. It runs on the
/// test's own loop, so no thread and no waiting is involved.
namespace scripted {

/// One thing that the server does.
struct Move {
    enum class Kind : std::uint8_t {
        hear,    ///< reads until `text` has come; it and what was before it is forgotten
        say,     ///< writes `text`
        flood,   ///< writes `text` again and again, as fast as it is taken
        drip,    ///< writes `text` again and again, a byte at a time with a pause
        secure,  ///< the TLS handshake, as a server
        close,   ///< orderly: what was said arrives, and TLS says good-bye
        cut,     ///< the same without TLS's good-bye
        reset,   ///< RST
        stall,   ///< takes everything, says nothing
        deaf,    ///< takes nothing, says nothing
    };
    Kind kind = Kind::stall;
    std::string text;
};

/// Played in order; then the connection is closed in an orderly way. A peer that leaves ends it.
using Script = std::vector<Move>;

inline Move hear(std::string until) { return {Move::Kind::hear, std::move(until)}; }
inline Move say(std::string text) { return {Move::Kind::say, std::move(text)}; }
inline Move flood(std::string text) { return {Move::Kind::flood, std::move(text)}; }
inline Move drip(std::string text) { return {Move::Kind::drip, std::move(text)}; }
inline Move secure() { return {Move::Kind::secure, {}}; }
inline Move close() { return {Move::Kind::close, {}}; }
inline Move cut() { return {Move::Kind::cut, {}}; }
inline Move reset() { return {Move::Kind::reset, {}}; }
inline Move stall() { return {Move::Kind::stall, {}}; }
inline Move deaf() { return {Move::Kind::deaf, {}}; }

/// One script after the other.
Script operator+(Script first, const Script& second);

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

class Server {
public:
    /// The connection of number n plays `scripts[n]`, all further ones the last. `tls`: for `secure`.
    Server(boost::asio::io_context& context, std::vector<Script> scripts, TlsContext tls = nullptr);
    Server(boost::asio::io_context& context, Script script, TlsContext tls = nullptr)
        : Server(context, std::vector<Script>{std::move(script)}, std::move(tls)) {}
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::uint16_t port() const;

    /// How many connections there have been.
    [[nodiscard]] std::size_t connections() const;

    /// All that the connection of this number has said so far, without TLS around it; empty when there is none.
    [[nodiscard]] std::string heard(std::size_t connection = 0) const;

private:
    class State;
    std::shared_ptr<State> state_;
};

/// A port of 127.0.0.1 on which nobody listens: connecting is refused.
std::uint16_t refusing_port(boost::asio::io_context& context);

/// A listener whose queue is full: connecting hangs.
class FullListener {
public:
    explicit FullListener(boost::asio::io_context& context);
    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    boost::asio::ip::tcp::acceptor acceptor_;
    std::vector<boost::asio::ip::tcp::socket> fill_;
};

} // namespace scripted
