#pragma once

#include "reports/availability_fold.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// A history told in minutes, as the daemon would write it into the journal.
class History {
public:
    /// Declares a watch of one service; its tenants are those of `tenants`.
    void watch(const std::string& id, const std::string& service, model::WatchClass watch_class = model::WatchClass::liveness,
               std::int64_t interval = 1);
    void tenants(const std::string& service, std::vector<std::string> names);
    /// Forgets the watch, as a reload does.
    void undeclare(const std::string& id);

    void started(std::int64_t at, std::int64_t last_heartbeat = -1);
    void stopped(std::int64_t at);
    void passed_first(std::int64_t at, const std::string& watch, bool by_person = false);
    void confirmed(std::int64_t at, const std::string& watch, std::int64_t first_bad, bool verified = true);
    void recovered(std::int64_t at, const std::string& watch, std::int64_t restore);
    void unknown_began(std::int64_t at, const std::string& watch, std::int64_t since);
    void unknown_ended(std::int64_t at, const std::string& watch);
    void runs_missed(std::int64_t at, const std::string& watch, std::int64_t gap, std::uint32_t count);
    void opened(std::int64_t at, const std::string& incident, const std::string& service, const std::string& watch, std::int64_t first_bad,
                model::IncidentKind kind = model::IncidentKind::customer, model::Severity severity = model::Severity::stop);
    void joined(std::int64_t at, const std::string& incident, const std::string& watch, std::int64_t first_bad);
    void eased(std::int64_t at, const std::string& incident, const std::string& watch);
    void restored(std::int64_t at, const std::string& incident, std::int64_t restore);
    void voided(std::int64_t at, const std::string& incident);
    void maintenance(std::int64_t at, const std::string& id, const std::string& service, std::int64_t from, std::int64_t to,
                     bool in_time = true, bool regular = false);
    void announced(std::int64_t at, const std::string& maintenance, const std::string& tenant);
    void went_live(std::int64_t at);
    void cancelled(std::int64_t at, const std::string& maintenance);

    [[nodiscard]] reports::AvailabilityFold fold() const;
    [[nodiscard]] const std::vector<model::Event>& events() const { return events_; }
    [[nodiscard]] const model::Directory& directory() const { return directory_; }
    [[nodiscard]] std::vector<const model::Watch*> declared() const;

private:
    void append(std::int64_t at, model::Payload payload);
    [[nodiscard]] model::WatchClass class_of(const std::string& watch) const;

    std::vector<model::Watch> watches_;
    model::Directory directory_;
    std::vector<model::Event> events_;
};

model::WallTime minute_time(std::int64_t minute);
model::Instant minute_instant(std::int64_t minute);
reports::Interval minutes(std::int64_t from, std::int64_t to);

/// `10-20 30-`: in minutes; a side that is open is empty.
std::string shown(const reports::IntervalSet& set);
