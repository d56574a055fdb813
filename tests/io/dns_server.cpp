#include "tests/io/dns_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

constexpr std::size_t header_size = 12;

std::string number(std::uint16_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)}; }

DnsServer::Question parse(const std::string& bytes) {
    DnsServer::Question question{.name = {}, .type = 0, .bytes = bytes};
    auto at = header_size;
    for (auto length = static_cast<std::size_t>(bytes.at(at)); length != 0; length = static_cast<std::size_t>(bytes.at(at))) {
        question.name += (question.name.empty() ? "" : ".") + bytes.substr(at + 1, length);
        at += length + 1;
    }
    question.type =
        static_cast<std::uint16_t>((static_cast<unsigned char>(bytes.at(at + 1)) << 8) | static_cast<unsigned char>(bytes.at(at + 2)));
    return question;
}

} // namespace

DnsServer::DnsServer(asio::io_context& context, Script script) : socket_(context), acceptor_(context), script_(std::move(script)) {
    take_a_port();
    receive();
}

/// One that is free for both protocols. Nobody listens by TCP yet, who comes is refused.
void DnsServer::take_a_port() {
    const auto loopback = asio::ip::address_v4::loopback();
    for (boost::system::error_code taken = asio::error::address_in_use; taken;) {
        socket_ = udp::socket(socket_.get_executor(), udp::endpoint(loopback, 0));
        acceptor_ = tcp::acceptor(socket_.get_executor(), tcp::v4());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind({loopback, socket_.local_endpoint().port()}, taken);
    }
}

std::string DnsServer::address() const { return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port()); }

std::string DnsServer::reply(const Question& question, std::uint8_t code, const std::string& data) {
    const auto question_size = (question.name.empty() ? 1 : question.name.size() + 2) + 4;
    std::string bytes = question.bytes.substr(0, 2);
    bytes += number(static_cast<std::uint16_t>(0x8180 | code));
    bytes += number(1) + number(data.empty() ? 0 : 1) + number(0) + number(0);
    bytes += question.bytes.substr(header_size, question_size);
    if (data.empty()) return bytes;
    bytes += number(0xc00c) + number(question.type) + number(1) + number(0) + number(60);
    return bytes + number(static_cast<std::uint16_t>(data.size())) + data;
}

void DnsServer::receive() {
    socket_.async_receive_from(asio::buffer(buffer_), peer_, [this](const boost::system::error_code& error, std::size_t size) {
        if (error) return;
        const auto question = parse({buffer_.data(), size});
        asked_.push_back(question);
        if (const auto answer = script_(question)) socket_.send_to(asio::buffer(*answer), peer_);
        receive();
    });
}

void DnsServer::listen_by_tcp(Script script) {
    tcp_script_ = std::move(script);
    open_acceptor();
}

void DnsServer::listen_by_tcp_with(std::string bytes) {
    tcp_bytes_ = std::move(bytes);
    open_acceptor();
}

void DnsServer::open_acceptor() {
    if (std::exchange(listening_, true)) return;
    acceptor_.listen();
    accept();
}

void DnsServer::accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, asio::ip::tcp::socket socket) {
        if (error) return;
        const auto executor = socket.get_executor();
        asio::co_spawn(executor, converse(std::move(socket)), [](const std::exception_ptr&) {});
        accept();
    });
}

asio::awaitable<void> DnsServer::converse(asio::ip::tcp::socket socket) {
    constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
    for (;;) {
        std::array<unsigned char, 2> length{};
        if (std::get<0>(co_await asio::async_read(socket, asio::buffer(length), as_result))) co_return;
        std::string bytes(static_cast<std::size_t>(length[0] << 8 | length[1]), '\0');
        if (std::get<0>(co_await asio::async_read(socket, asio::buffer(bytes), as_result))) co_return;
        ++asked_by_tcp_;
        if (!tcp_script_) {
            co_await asio::async_write(socket, asio::buffer(tcp_bytes_), as_result);
            co_return;
        }
        const auto answer = tcp_script_(parse(bytes));
        if (!answer) continue;
        const auto framed = number(static_cast<std::uint16_t>(answer->size())) + *answer;
        co_await asio::async_write(socket, asio::buffer(framed), as_result);
    }
}
