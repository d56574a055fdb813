#pragma once

#include "io/clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace hinomi {

namespace asio = boost::asio;

/// A mail as it was handed over.
struct CaughtMail {
    std::string sender;
    std::string recipient;  ///< the last one named; hinomi sends one transaction per envelope
    std::string content;    ///< header and body, CRLF line ends, dots unstuffed
};

/// What one client can take.
struct MailCatcherLimits {
    std::size_t connections = 16;
    std::size_t line = 1'000;                ///< bytes with the line end (RFC 5321, 4.5.3.1.6)
    std::size_t mail = 1 << 20;              ///< bytes
    model::Milliseconds session{60'000};
};

/// The demo's stand-in for a mail relay: takes every mail on a loopback port (RFC 5321) and hands it over; delivers nothing. Not
/// for production. One thread; must be stopped or destroyed on it.
class MailCatcher {
public:
    using OnMail = std::function<void(CaughtMail)>;

    MailCatcher(asio::any_io_executor executor, io::Clock& clock, OnMail on_mail, MailCatcherLimits limits = {});
    ~MailCatcher();
    MailCatcher(const MailCatcher&) = delete;
    MailCatcher& operator=(const MailCatcher&) = delete;

    /// Opens a port of 127.0.0.1 that was free; returns it.
    std::expected<std::uint16_t, std::string> listen();
    void stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace hinomi
