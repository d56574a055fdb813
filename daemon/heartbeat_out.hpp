#pragma once

#include "io/clock.hpp"
#include "io/http_client.hpp"
#include "io/random.hpp"
#include "io/sleep.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
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

    /// `secret` signs the ping as webhooks are signed; empty: unsigned.
    HeartbeatOut(Parts parts, std::string url, model::Milliseconds every, std::string secret);

    /// Pings until it is cancelled.
    asio::awaitable<void> run();

    [[nodiscard]] const Counts& counts() const { return counts_; }

private:
    [[nodiscard]] io::HttpRequest ping();
    void note(const io::HttpResponse& response);

    Parts parts_;
    std::string url_;
    model::Milliseconds every_;
    std::string secret_;
    Counts counts_;
    bool well_ = true;   ///< as far as the log has been told
};

} // namespace hinomi
