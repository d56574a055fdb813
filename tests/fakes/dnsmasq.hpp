#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace fakes {

/// A private dnsmasq on a loopback port of its own that knows what `options` say and asks nobody. It answers from the moment
/// the constructor returns.
class Dnsmasq {
public:
    /// Throws std::runtime_error when dnsmasq is not installed or does not start.
    explicit Dnsmasq(const std::vector<std::string>& options);
    ~Dnsmasq();
    Dnsmasq(const Dnsmasq&) = delete;
    Dnsmasq& operator=(const Dnsmasq&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

} // namespace fakes
