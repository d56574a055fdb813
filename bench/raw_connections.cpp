#include "bench/raw_connections.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace bench {

namespace {

using Clock = std::chrono::steady_clock;

enum class Step { more, good, bad };

int checked(int result, const char* what) {
    if (result < 0) throw std::system_error(errno, std::generic_category(), what);
    return result;
}

std::string request_for(const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: raw\r\nConnection: close\r\n\r\n";
}

/// "HTTP/1.1 200"
bool says_ok(std::string_view answer) { return answer.size() > 12 && answer.substr(9, 3) == "200"; }

bool connected(int socket) {
    int error = 0;
    socklen_t length = sizeof(error);
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length);
    return error == 0;
}

class TcpTalk {
public:
    explicit TcpTalk(const RawOptions&) {}
    void begin(int) {}
    Step step(int socket, std::uint32_t events) {
        if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return Step::more;
        return connected(socket) ? Step::good : Step::bad;
    }
    void end() {}
};

class HttpTalk {
public:
    explicit HttpTalk(const RawOptions& options) : request_(request_for(options.path)) {}
    void begin(int) { sent_ = good_ = false; }
    Step step(int socket, std::uint32_t events) {
        if (!sent_) {
            if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return Step::more;
            if (!connected(socket)) return Step::bad;
            sent_ = ::send(socket, request_.data(), request_.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request_.size());
            return sent_ ? Step::more : Step::bad;
        }
        for (;;) {
            const auto count = ::recv(socket, buffer_.data(), buffer_.size(), 0);
            if (count == 0) return good_ ? Step::good : Step::bad;
            if (count < 0) return errno == EAGAIN ? Step::more : Step::bad;
            good_ = good_ || says_ok({buffer_.data(), static_cast<std::size_t>(count)});
            if ((events & EPOLLRDHUP) == 0 && std::cmp_less(count, buffer_.size())) return Step::more;
        }
    }
    void end() {}

private:
    std::string request_;
    std::array<char, 16'384> buffer_{};
    bool sent_ = false;
    bool good_ = false;
};

class TlsTalk {
public:
    explicit TlsTalk(const RawOptions& options) : request_(request_for(options.path)) {
        if (context().get() != nullptr) return;
        context().reset(SSL_CTX_new(TLS_client_method()));
        auto* const made = context().get();
        SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
        if (SSL_CTX_load_verify_locations(made, options.ca_file.c_str(), nullptr) != 1)
            throw std::runtime_error("no authority in " + options.ca_file);
    }
    void begin(int socket) {
        const int one = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        ssl_.reset(SSL_new(context().get()));
        SSL_set_fd(ssl_.get(), socket);
        SSL_set_connect_state(ssl_.get());
        SSL_set_tlsext_host_name(ssl_.get(), "localhost");
        SSL_set1_host(ssl_.get(), "localhost");
        sent_ = good_ = false;
    }
    Step step(int, std::uint32_t) {
        if (!sent_) {
            const int result = SSL_do_handshake(ssl_.get());
            if (result != 1) return waits(result) ? Step::more : Step::bad;
            SSL_write(ssl_.get(), request_.data(), static_cast<int>(request_.size()));
            sent_ = true;
        }
        for (;;) {
            const int count = SSL_read(ssl_.get(), buffer_.data(), static_cast<int>(buffer_.size()));
            if (count <= 0) {
                if (waits(count)) return Step::more;
                return good_ ? Step::good : Step::bad;
            }
            good_ = good_ || says_ok({buffer_.data(), static_cast<std::size_t>(count)});
        }
    }
    void end() {
        SSL_set_quiet_shutdown(ssl_.get(), 1);
        ssl_.reset();
    }

private:
    template <auto Free> struct Freer {
        template <typename Value> void operator()(Value* value) const { Free(value); }
    };
    using Context = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;

    /// One for all connections.
    static Context& context() {
        static Context shared;
        return shared;
    }
    [[nodiscard]] bool waits(int result) const {
        const int error = SSL_get_error(ssl_.get(), result);
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    }

    std::string request_;
    std::unique_ptr<SSL, Freer<SSL_free>> ssl_;
    std::array<char, 16'384> buffer_{};
    bool sent_ = false;
    bool good_ = false;
};

/// One of the connections under way.
template <typename Talk> struct Slot {
    int socket = -1;
    Talk talk;
};

template <typename Talk> class Driver {
public:
    explicit Driver(const RawOptions& options) : options_(options), epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
        for (int index = 0; index < options.concurrency; ++index) slots_.push_back({-1, Talk(options)});
    }
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    ~Driver() { ::close(epoll_); }

    RawTally run() {
        for (auto& slot : slots_) {
            if (tally_.started < options_.count) start(slot);
        }
        std::array<epoll_event, 512> events{};
        const auto end = Clock::now() + std::chrono::seconds{options_.seconds};
        while (tally_.done < options_.count && Clock::now() < end) {
            const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1'000);
            for (int index = 0; index < count; ++index) advance(events.at(static_cast<std::size_t>(index)));
        }
        return tally_;
    }

private:
    void start(Slot<Talk>& slot) {
        sockaddr_in target{};
        target.sin_family = AF_INET;
        target.sin_port = htons(options_.port);
        target.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(tally_.started++) % options_.addresses);
        slot.socket = checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
        const int begun = ::connect(slot.socket, reinterpret_cast<const sockaddr*>(&target), sizeof(target));
        if (begun < 0 && errno != EINPROGRESS) checked(begun, "connect");
        slot.talk.begin(slot.socket);
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        event.data.ptr = &slot;
        checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, slot.socket, &event), "epoll_ctl");
    }

    void advance(const epoll_event& event) {
        auto& slot = *static_cast<Slot<Talk>*>(event.data.ptr);
        const auto step = slot.talk.step(slot.socket, event.events);
        if (step == Step::more) return;
        slot.talk.end();
        ::close(slot.socket);
        ++tally_.done;
        if (step == Step::good) ++tally_.good;
        if (tally_.started < options_.count) start(slot);
    }

    RawOptions options_;
    int epoll_;
    std::vector<Slot<Talk>> slots_;
    RawTally tally_;
};

} // namespace

RawTally run_connections(const RawOptions& options) {
    if (options.kind == "tcp") return Driver<TcpTalk>(options).run();
    if (options.kind == "tls") return Driver<TlsTalk>(options).run();
    return Driver<HttpTalk>(options).run();
}

} // namespace bench
