#pragma once

#include "config/settings.hpp"
#include "daemon/secrets.hpp"
#include "io/clock.hpp"
#include "io/http_client.hpp"
#include "io/random.hpp"
#include "io/sleep.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace hinomi {

namespace asio = boost::asio;

/// Pings an outside party that notices when we fall silent (design section 5). It pings only while every part of the
/// daemon makes progress: a daemon that hangs must not look alive. State thread only.
class HeartbeatOut {
public:
    struct Parts {
        io::Clock& clock;
        io::HttpClient& http;
        io::Random& random;
        std::function<bool()> healthy;
    };
    struct Counts {
        std::uint64_t sent = 0;
        std::uint64_t failed = 0;
    };

    /// Who is pinged.
    struct Target {
        std::string url;
        model::Milliseconds every{60'000};
        std::string secret;                ///< signs the ping as webhooks are signed; empty: unsigned

        friend bool operator==(const Target&, const Target&) = default;
    };

    HeartbeatOut(Parts parts, std::optional<Target> target)
        : parts_(std::move(parts)), target_(std::move(target)), changed_(parts_.clock) {}

    /// From now on this one, at once if it is another; nothing: nobody is pinged.
    void set_target(std::optional<Target> target);

    /// Pings until it is cancelled.
    asio::awaitable<void> run();

    [[nodiscard]] const Counts& counts() const { return counts_; }

private:
    [[nodiscard]] io::HttpRequest ping(const Target& target);
    void note(const io::HttpResponse& response);

    Parts parts_;
    std::optional<Target> target_;
    io::Alarm changed_;
    Counts counts_;
    bool well_ = true;   ///< as far as the log has been told
};

/// Whom the configuration names, with the secret read; nothing where it names none, or where the secret is a problem.
std::optional<HeartbeatOut::Target> heartbeat_target(const config::Settings& settings, Secrets& secrets, config::Problems& problems);

} // namespace hinomi
