#include "tests/fakes/nginx.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fakes {

namespace {

constexpr const char* program = "/usr/sbin/nginx";
constexpr int handed_down = 3;  // the descriptor's number in the child

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::generic_category().message(errno)); }

std::filesystem::path make_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "hinomi-nginx-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) fail("mkdtemp");
    return name;
}

int listen_on_loopback(std::uint16_t& port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) fail("socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, generic, length) != 0 || ::listen(listener, 64) != 0 || ::getsockname(listener, generic, &length) != 0)
        fail("listen");
    port = ntohs(address.sin_port);
    return listener;
}

std::string configuration(const std::filesystem::path& folder, std::uint16_t port, const std::string& server, const std::string& listen) {
    std::ostringstream text;
    text << "daemon off;\nmaster_process off;\npid " << folder.string()
         << "/pid;\nevents { worker_connections 64; }\nhttp {\naccess_log off;\n"
         << "default_type text/plain;\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        text << kind << "_temp_path " << folder.string() << "/" << kind << ";\n";
    text << "server {\nlisten 127.0.0.1:" << port << " " << listen << ";\n" << server << "\n}\n}\n";
    return text.str();
}

/// In the child: nothing but async-signal-safe calls.
[[noreturn]] void become_nginx(int listener, char* const* arguments, char* const* environment) {
    if (listener == handed_down) ::fcntl(listener, F_SETFD, 0);
    else ::dup2(listener, handed_down);
    ::execve(program, arguments, environment);
    ::_exit(127);
}

} // namespace

Nginx::Nginx(const std::string& server, const std::string& listen) : folder_(make_folder()) {
    if (::access(program, X_OK) != 0) fail(std::string("install the package nginx-light; ") + program);
    const int listener = listen_on_loopback(port_);
    const auto file = (folder_ / "nginx.conf").string();
    std::ofstream(file) << configuration(folder_, port_, server, listen);
    std::vector<std::string> words{program, "-p", folder_.string(), "-e", (folder_ / "error.log").string(), "-c", file};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::string inherited = "NGINX=" + std::to_string(handed_down) + ";";
    std::array<char*, 2> environment{inherited.data(), nullptr};
    process_ = ::fork();
    if (process_ == 0) become_nginx(listener, arguments.data(), environment.data());
    ::close(listener);
    if (process_ < 0) fail("fork");
}

Nginx::~Nginx() {
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void Nginx::stop() {
    if (process_ <= 0) return;
    ::kill(process_, SIGTERM);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
}

std::string Nginx::url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }

std::string Nginx::error_log() const {
    std::ostringstream text;
    text << std::ifstream(folder_ / "error.log").rdbuf();
    return text.str();
}

} // namespace fakes
