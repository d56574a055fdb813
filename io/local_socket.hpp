#pragma once

#include "io/clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

/// One question, one answer over a Unix domain socket of this machine: a line of text each way.
namespace io {

namespace asio = boost::asio;

/// Who is at the other end, as the kernel knows it (SO_PEERCRED, unix(7)).
struct Peer {
    std::uint32_t user = 0;
    std::uint32_t group = 0;
    std::int32_t process = 0;
};

struct LocalLimits {
    std::size_t largest_question = 64 << 10;     ///< bytes, with the newline
    model::Milliseconds patience{10'000};        ///< for the question to arrive, and for the answer to be taken
    std::uint32_t connections = 16;
    std::uint32_t connections_per_user = 4;      ///< root apart: one user cannot lock the others out
};

/// Serves the socket. The listener's thread only; must be closed or destroyed on it.
class LocalListener {
public:
    /// Makes the answer, without the newline.
    using Answer = std::function<asio::awaitable<std::string>(Peer peer, std::string question)>;

    LocalListener(asio::any_io_executor executor, Clock& clock, std::string path, Answer answer, LocalLimits limits = {});
    ~LocalListener();
    LocalListener(const LocalListener&) = delete;
    LocalListener& operator=(const LocalListener&) = delete;

    /// Binds and serves. A socket that a dead process left is replaced; one that answers is another daemon's: an error.
    /// Every local user may connect; `answer` decides who may do what.
    std::expected<void, std::string> open();

    /// Closes and removes the socket; connections end without an answer.
    void close();

private:
    struct State;
    std::shared_ptr<State> state_;
};

struct LocalFailure {
    bool unreachable = false;   ///< nobody listens: the question was not taken
    std::string what;
};

/// Asks and waits, on the calling thread. `patience` bounds the whole exchange. The answer is at most 64 MB.
std::expected<std::string, LocalFailure> ask_local(const std::string& path, const std::string& question, model::Milliseconds patience);

} // namespace io
