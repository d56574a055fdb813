#include "tests/fakes/dnsmasq.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fakes {

namespace {

constexpr const char* program = "/usr/sbin/dnsmasq";

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::generic_category().message(errno)); }

/// A port that was free for TCP a moment ago.
std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (socket < 0 || ::bind(socket, generic, length) != 0 || ::getsockname(socket, generic, &length) != 0) fail("bind");
    ::close(socket);
    return ntohs(address.sin_port);
}

/// Reads what the process says until it has started; false when it ends first.
bool wait_for_start(int output) {
    std::string said;
    std::array<char, 512> buffer{};
    while (said.find("started, version") == std::string::npos) {
        const auto size = ::read(output, buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return false;
        said.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return true;
}

} // namespace

Dnsmasq::Dnsmasq(const std::vector<std::string>& options) : port_(free_port()) {
    if (::access(program, X_OK) != 0) fail(std::string("install the package dnsmasq-base; ") + program);
    std::vector<std::string> words{program,      "--keep-in-foreground", "--conf-file=/dev/null",          "--no-resolv",
                                   "--no-hosts", "--log-facility=-",     "--listen-address=127.0.0.1",     "--bind-interfaces",
                                   "--pid-file", "--user=root",          "--port=" + std::to_string(port_)};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<char*, 1> environment{nullptr};
    std::array<int, 2> output{};
    if (::pipe(output.data()) != 0) fail("pipe");
    process_ = ::fork();
    if (process_ == 0) {
        ::dup2(output[1], STDERR_FILENO);
        ::close(output[0]);
        ::execve(program, arguments.data(), environment.data());
        ::_exit(127);
    }
    ::close(output[1]);
    const bool started = process_ > 0 && wait_for_start(output[0]);
    ::close(output[0]);
    if (!started) throw std::runtime_error("dnsmasq does not start");
}

Dnsmasq::~Dnsmasq() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

} // namespace fakes
