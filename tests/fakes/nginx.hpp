#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/types.h>

namespace fakes {

/// A private nginx on a loopback port of its own, with its files in a temporary folder. It takes requests from the moment
/// the constructor returns: the socket listens before the process starts, and is handed down to it.
class Nginx {
public:
    /// `server`: what stands in the server block besides `listen`, for example `location / { return 204; }`.
    /// `listen`: what follows its port, for example `ssl http2`.
    /// Throws std::runtime_error when nginx is not installed or cannot be started.
    explicit Nginx(const std::string& server, const std::string& listen = "");
    ~Nginx();
    Nginx(const Nginx&) = delete;
    Nginx& operator=(const Nginx&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(const std::string& path) const;
    [[nodiscard]] std::string error_log() const;

    /// Ends the process; the port refuses from then on.
    void stop();

private:
    std::filesystem::path folder_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

} // namespace fakes
