#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

/// A name server on 127.0.0.1 that plays a script, on the test's own loop.
class DnsServer {
public:
    struct Question {
        std::string name;  ///< without the final dot; empty for the root
        std::uint16_t type = 0;
        std::string bytes;  ///< the whole query
    };
    /// The reply's bytes; nothing: silence.
    using Script = std::function<std::optional<std::string>(const Question&)>;

    DnsServer(boost::asio::io_context& context, Script script);

    /// Answers by TCP too, at the same port, by a script of its own; what it returns is written with its length in front.
    /// Returning nothing leaves the connection open in silence.
    void listen_by_tcp(Script script);

    /// Raw bytes instead, without the length; then the connection is closed.
    void listen_by_tcp_with(std::string bytes);

    /// The questions that came by TCP.
    [[nodiscard]] std::size_t asked_by_tcp() const { return asked_by_tcp_; }

    [[nodiscard]] std::string address() const;
    [[nodiscard]] const std::vector<Question>& asked() const { return asked_; }
    void close() { socket_.close(); }

    /// A reply to `question`: its id and question, `code` as reply code, and one record of the asked type with `data` unless
    /// that is empty.
    static std::string reply(const Question& question, std::uint8_t code, const std::string& data);

private:
    void take_a_port();
    void receive();
    void open_acceptor();
    void accept();
    boost::asio::awaitable<void> converse(boost::asio::ip::tcp::socket socket);

    boost::asio::ip::udp::socket socket_;
    boost::asio::ip::tcp::acceptor acceptor_;
    bool listening_ = false;
    boost::asio::ip::udp::endpoint peer_;
    std::array<char, 512> buffer_{};
    Script script_;
    std::vector<Question> asked_;
    Script tcp_script_;
    std::string tcp_bytes_;
    std::size_t asked_by_tcp_ = 0;
};
