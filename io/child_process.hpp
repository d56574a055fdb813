#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace io {

namespace asio = boost::asio;

/// A child of this process, waited for on the loop by its pidfd (pidfd_open(2)): no SIGCHLD. It never outlives us: the kernel
/// sends it SIGTERM when we die, and the destructor ends what still runs. One thread only, the one that started it.
class ChildProcess {
public:
    struct Program {
        std::string path;
        std::vector<std::string> arguments;  ///< after the name
        std::string output;                  ///< a file of mode 0600 that takes what it says on both streams
    };

    /// Starts it with our environment and an empty standard input. The error says what could not be done.
    static std::expected<std::unique_ptr<ChildProcess>, std::string> start(const asio::any_io_executor& executor, const Program& program);

    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Sends a signal; nothing when it has ended.
    void signal(int number);

    /// Returns when it has ended: its exit code, or 128 and the number of the signal that ended it.
    asio::awaitable<int> ended();

private:
    ChildProcess(const asio::any_io_executor& executor, int process, int descriptor);
    int reap();

    int process_;
    asio::posix::stream_descriptor descriptor_;
    std::optional<int> code_;
};

} // namespace io
