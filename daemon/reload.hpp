#pragma once

#include "daemon/configuration.hpp"
#include "daemon/control.hpp"
#include "daemon/engine.hpp"
#include "daemon/heartbeat_out.hpp"

#include <functional>
#include <optional>
#include <string>

namespace hinomi {

/// Takes over a changed configuration while the daemon runs: reads and checks all of it aside, shows what it changes, and
/// swaps in one turn. Whatever is wrong leaves the running configuration as it is, and on-call is told. State thread only.
class Reloader {
public:
    struct Wish {
        std::string actor;           ///< a Unix user, or who sent a signal
        std::string origin;          ///< `control socket`, `signal`, `http`
        std::string reason;
        bool dry_run = false;
        bool force = false;          ///< watches with an open incident may leave
    };
    /// What changes outside of the engine.
    struct TakenOver {
        const config::Settings& settings;
        std::optional<HeartbeatOut::Target> heartbeat_out;
    };
    struct Parts {
        boost::asio::any_io_executor executor;
        io::Clock& clock;
        Engine& engine;
        std::string file;
        std::function<std::optional<std::string>(const std::string&)> environment;  ///< for secrets; called on another thread
        std::function<void(bool under_way)> announce;                               ///< to the service manager
        std::function<void(const TakenOver&)> taken_over;  ///< in the turn in which the engine changed
    };

    Reloader(Parts parts, config::Settings running) : parts_(std::move(parts)), running_(std::move(running)) {}

    /// Answers when the new configuration is durable, or with why it was not taken.
    asio::awaitable<Answer> reload(Wish wish);

    /// Of the last attempt; for metrics.
    struct Last {
        bool successful = true;
        model::WallTime at{};  ///< of the last success; zero: only the start
    };
    [[nodiscard]] const Last& last() const { return last_; }

    /// The configuration in force, without what there is very much of (`forget_very_many`).
    [[nodiscard]] const config::Settings& running() const { return running_; }

private:
    asio::awaitable<Answer> attempt(Wish wish);
    Answer reject(const Wish& wish, std::string why);

    Parts parts_;
    config::Settings running_;
    Last last_;
    bool under_way_ = false;
};

} // namespace hinomi
