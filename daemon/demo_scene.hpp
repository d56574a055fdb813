#pragma once

#include "daemon/mail_catcher.hpp"
#include "web/server.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace hinomi {

/// What the demo watches, and where its mails go. State thread only; the clock outlives it.
class DemoScene {
public:
    static constexpr std::array<const char*, 3> parts{"page", "login", "payment"};
    static constexpr std::size_t broken_part = 1;

    DemoScene(asio::any_io_executor executor, io::Clock& clock);

    /// Opens every port. The error says which could not be.
    asio::awaitable<std::string> open();

    void break_part();
    void mend_part();

    /// The long form of the daemon's configuration. `folder` takes its data.
    [[nodiscard]] std::string configuration(const std::string& folder) const;
    [[nodiscard]] std::uint16_t metrics_port() const { return metrics_port_; }
    [[nodiscard]] std::size_t mails() const { return mails_; }

private:
    asio::any_io_executor executor_;
    io::Clock& clock_;
    web::Router router_;
    std::array<std::unique_ptr<web::Server>, parts.size()> servers_;
    std::array<std::uint16_t, parts.size()> ports_{};
    MailCatcher catcher_;
    std::uint16_t mail_port_ = 0;
    std::uint16_t metrics_port_ = 0;
    std::size_t mails_ = 0;
};

} // namespace hinomi
