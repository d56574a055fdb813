#include "io/child_process.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

extern "C" {
#include <sys/pidfd.h>  // glibc 2.36 declares pidfd_open for C only
}

namespace io {

namespace {

constexpr int could_not_run = 127;  // as shells have it
constexpr int ended_by_signal = 128;

/// In the child, between fork and exec: only calls that are safe there (signal-safety(7)).
[[noreturn]] void become(const char* path, char* const* arguments, int output, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(could_not_run);  // it died before we asked
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
        _exit(could_not_run);
    if (close_range(STDERR_FILENO + 1, ~0U, 0) != 0) _exit(could_not_run);  // a listener that it held would go on taking connections
    execv(path, arguments);
    _exit(could_not_run);
}

} // namespace

ChildProcess::ChildProcess(const asio::any_io_executor& executor, int process, int descriptor)
    : process_(process), descriptor_(executor, descriptor) {}

std::expected<std::unique_ptr<ChildProcess>, std::string> ChildProcess::start(const asio::any_io_executor& executor,
                                                                              const Program& program) {
    const int output = open(program.output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (output < 0) return std::unexpected(program.output + " cannot be written: " + std::strerror(errno));
    auto words = program.arguments;
    words.insert(words.begin(), program.path);
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const auto parent = getpid();
    const auto process = fork();
    if (process == 0) become(program.path.c_str(), arguments.data(), output, parent);
    const int forked = errno;
    close(output);
    if (process < 0) return std::unexpected(std::string("no process can be made: ") + std::strerror(forked));
    const int descriptor = pidfd_open(process, 0);
    if (descriptor < 0) {
        const std::string why = std::strerror(errno);
        kill(process, SIGKILL);
        waitpid(process, nullptr, 0);
        return std::unexpected("the process cannot be waited for: " + why);
    }
    return std::unique_ptr<ChildProcess>(new ChildProcess(executor, process, descriptor));
}

ChildProcess::~ChildProcess() {
    if (code_) return;
    kill(process_, SIGKILL);
    reap();
}

void ChildProcess::signal(int number) {
    if (!code_) kill(process_, number);
}

int ChildProcess::reap() {
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : ended_by_signal + WTERMSIG(status);
    return *code_;
}

asio::awaitable<int> ChildProcess::ended() {
    if (code_) co_return *code_;
    boost::system::error_code error;
    co_await descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, asio::redirect_error(asio::use_awaitable, error));
    if (error) throw boost::system::system_error(error);
    co_return code_ ? *code_ : reap();
}

} // namespace io
