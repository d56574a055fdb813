#pragma once

#include "notifier/outbox_settings.hpp"
#include "notifier/waiting.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace notifier {

/// Webhook receivers by host: who waits for which, and how many requests are under way. Bounded in all and per host; a
/// host that failed gets one request at a time, after the healthy ones, until it answers. Each call is O(log n).
class Receivers {
public:
    explicit Receivers(const OutboxSettings& settings);

    void wait(const std::string& host, Place place);
    void leave(const std::string& host, Place place);

    struct Turn {
        std::string host;
        Place place;
    };
    /// Who may be sent to now; stays in line until `leave`.
    [[nodiscard]] std::optional<Turn> next() const;

    void begin(const std::string& host);

    enum class End : std::uint8_t { answered, failed, cut };
    void end(const std::string& host, End how);

private:
    struct Head {
        bool suspect = false;
        Place place;
        std::string host;

        friend auto operator<=>(const Head&, const Head&) = default;
        friend bool operator==(const Head&, const Head&) = default;
    };
    struct Host {
        std::uint32_t in_use = 0;
        bool suspect = false;
        std::set<Place> line;
        std::optional<Head> head;  ///< as it stands in `heads_`
    };

    void refresh(const std::string& name, Host& host);

    std::map<std::string, Host> hosts_;
    std::set<Head> heads_;  ///< one for each host that has a free slot and somebody waiting
    std::uint32_t in_use_ = 0;
    std::uint32_t parallel_;
    std::uint32_t parallel_per_host_;
};

} // namespace notifier
