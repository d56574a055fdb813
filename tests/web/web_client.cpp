#include "tests/web/web_client.hpp"

#include "io/instant.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <deque>

namespace asio = boost::asio;

bool turn_until(asio::io_context& context, const std::function<bool()>& condition) {
    const auto give_up = io::read_instant().boot + std::chrono::seconds(30);
    while (!condition() && io::read_instant().boot < give_up) {
        context.restart();
        context.run_one_for(std::chrono::milliseconds(20));
    }
    return condition();
}

struct WebClient::State : std::enable_shared_from_this<WebClient::State> {
    explicit State(asio::io_context& context) : socket(context) {}

    void read() {
        reading = true;
        socket.async_read_some(asio::buffer(buffer), [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
            self->reading = false;
            self->received.append(self->buffer.data(), size);
            if (error) self->ended = true;
            else if (self->wants) self->read();
        });
    }

    void write() {
        writing = true;
        asio::async_write(socket, asio::buffer(outgoing.front()),
                          [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                              self->writing = false;
                              self->outgoing.pop_front();
                              if (!error && !self->outgoing.empty()) self->write();
                          });
    }

    asio::ip::tcp::socket socket;
    std::array<char, 65536> buffer{};
    std::string received;
    std::deque<std::string> outgoing;
    bool ended = false;
    bool wants = true;
    bool reading = false;
    bool writing = false;
};

WebClient::WebClient(asio::io_context& context, asio::ip::tcp::endpoint server)
    : context_(context), state_(std::make_shared<State>(context)) {
    state_->socket.connect(server);
    state_->read();
}

WebClient::~WebClient() { close(); }

void WebClient::send(std::string bytes) {
    state_->outgoing.push_back(std::move(bytes));
    if (!state_->writing) state_->write();
}

void WebClient::close() {
    boost::system::error_code ignored;
    state_->socket.close(ignored);
}

const std::string& WebClient::received() const { return state_->received; }
bool WebClient::ended() const { return state_->ended; }

const std::string& WebClient::until_end() {
    turn_until(context_, [this] { return state_->ended; });
    return state_->received;
}

bool WebClient::until(std::string_view text) {
    return turn_until(context_, [this, text] { return state_->received.find(text) != std::string::npos; });
}

void WebClient::stop_reading() {
    state_->wants = false;
    boost::system::error_code ignored;
    state_->socket.cancel(ignored);
    turn_until(context_, [this] { return !state_->reading; });
    state_->ended = false;
}

int status_of(const std::string& received) {
    int status = 0;
    if (received.size() > 12 && received.starts_with("HTTP/1.1 ")) std::from_chars(received.data() + 9, received.data() + 12, status);
    return status;
}

std::string body_of(const std::string& received) {
    const auto end = received.find("\r\n\r\n");
    if (end == std::string::npos) return {};
    auto rest = received.substr(end + 4);
    if (received.substr(0, end).find("Transfer-Encoding: chunked") == std::string::npos) return rest;
    std::string body;
    while (!rest.empty()) {
        std::size_t size = 0;
        std::from_chars(rest.data(), rest.data() + rest.size(), size, 16);
        const auto line = rest.find("\r\n");
        if (line == std::string::npos || size == 0) break;
        body += rest.substr(line + 2, size);
        rest.erase(0, std::min(rest.size(), line + 2 + size + 2));
    }
    return body;
}
