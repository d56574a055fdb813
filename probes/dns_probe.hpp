#pragma once

#include "config/settings.hpp"
#include "io/datagram_exchange.hpp"
#include "probes/dns_message.hpp"
#include "probes/probe.hpp"
#include "probes/text_rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace probes {

/// What a dns watch asks, and what it takes for a good answer.
struct DnsSettings {
    std::string server;
    std::uint16_t port = 53;
    io::AddressFamily family = io::AddressFamily::any;
    DnsQuestion question;               ///< all but the id
    bool by_tcp = false;                ///< from the start; a truncated answer is asked for by TCP anyway
    std::uint16_t code = 0;
    std::vector<std::string> answers;   ///< each must be there
    bool no_others = false;             ///< and nothing else
    std::size_t at_least = 1;           ///< so many records
    TextRules text;                     ///< of all records together, one a line
};

/// One DNS question to one server, by UDP, and by TCP when the answer was cut short.
class DnsProbe final : public Probe {
public:
    explicit DnsProbe(DnsSettings settings) : settings_(std::move(settings)) {}

    asio::awaitable<model::Observation> observe(model::Attempt attempt, io::ProbeEffects& effects) const override;

private:
    /// What came back, by whichever way.
    struct Reply {
        model::Reason reason = model::Reason::none;
        std::string message;
        std::string error;
        model::Phases phases;
    };

    asio::awaitable<Reply> by_udp(DnsQuestion question, model::Milliseconds timeout, io::ProbeEffects& effects) const;
    asio::awaitable<Reply> by_tcp(DnsQuestion question, model::Milliseconds timeout, io::ProbeEffects& effects) const;
    [[nodiscard]] std::optional<std::string> broken_by(const DnsAnswer& answer) const;

    DnsSettings settings_;
};

/// The keys of a block besides the common ones.
const std::vector<std::string_view>& dns_keys();

/// host:port of a dns target, dns://SERVER[:PORT]/NAME.
std::optional<config::TargetFacts> describe_dns(const config::Node& target, config::Problems& problems);

/// Nothing, and at least one problem, when a key does not fit.
std::optional<DnsSettings> read_dns_settings(const config::WatchSettings& settings, config::Problems& problems);

} // namespace probes
