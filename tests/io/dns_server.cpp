#include "tests/io/dns_server.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <utility>

namespace {

namespace asio = boost::asio;
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

DnsServer::DnsServer(asio::io_context& context, Script script)
    : socket_(context, udp::endpoint(asio::ip::address_v4::loopback(), 0)), script_(std::move(script)) {
    receive();
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
