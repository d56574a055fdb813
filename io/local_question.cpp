#include "io/local_socket.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace io {

namespace {

constexpr std::size_t largest_answer = 64U << 20;

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    [[nodiscard]] int get() const { return number_; }

private:
    int number_;
};

/// Waits until the socket can be read or written; false: time is over.
bool wait_for(int socket, short what, std::chrono::steady_clock::time_point until) {
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        pollfd poll_for{.fd = socket, .events = what, .revents = 0};
        const int ready = poll(&poll_for, 1, static_cast<int>(left.count()));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return false;
    }
}

} // namespace

std::expected<std::string, LocalFailure> ask_local(const std::string& path, const std::string& question, model::Milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    const auto fail = [](bool unreachable, std::string what) { return std::unexpected(LocalFailure{unreachable, std::move(what)}); };
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return fail(true, path + ": the path is too long for a socket");
    path.copy(address.sun_path, path.size());
    const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail(true, path + ": " + std::strerror(errno));
    const auto line = question + "\n";
    std::size_t sent = 0;
    while (sent < line.size()) {
        if (!wait_for(socket.get(), POLLOUT, until)) return fail(false, "the daemon did not take the question in time");
        const auto count = send(socket.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
        if (count < 0) return fail(false, std::string("the daemon closed the connection: ") + std::strerror(errno));
        sent += static_cast<std::size_t>(count);
    }
    std::string answer;
    std::string piece(std::size_t{64} << 10, '\0');
    while (answer.find('\n') == std::string::npos) {
        if (!wait_for(socket.get(), POLLIN, until))
            return fail(false, "the daemon did not answer in time; what was asked may still be done");
        const auto count = recv(socket.get(), piece.data(), piece.size(), 0);
        if (count <= 0) return fail(false, "the daemon closed the connection without an answer: too many at a time, or it is stopping");
        answer.append(piece, 0, static_cast<std::size_t>(count));
        if (answer.size() > largest_answer) return fail(false, "the answer is too long");
    }
    answer.resize(answer.find('\n'));
    return answer;
}

} // namespace io
