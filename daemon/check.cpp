#include "daemon/check.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <limits>

namespace hinomi {

namespace {

std::string human(model::Milliseconds duration) {
    if (duration < model::Milliseconds{120'000}) return fmt::format("{:.1f} s", static_cast<double>(duration.count()) / 1'000.0);
    return fmt::format("{:.1f} min", static_cast<double>(duration.count()) / 60'000.0);
}

incidents::BoundInput input_for(const LoadedConfiguration& loaded, const model::Watch& watch, const std::string& service) {
    const auto& settings = loaded.settings;
    incidents::BoundInput input;
    input.watch = watch;
    input.rules = settings.directory.rules;
    const auto affected = settings.directory.tenants_of.find(service);
    for (const auto& contact : settings.contacts) {
        if (!contact.owner.starts_with("tenant:") || affected == settings.directory.tenants_of.end()) continue;
        if (std::ranges::find(affected->second, contact.owner.substr(7)) == affected->second.end()) continue;
        if (contact.channel == model::ChannelKind::mail) ++input.mail_recipients;
        else ++input.webhook_recipients;
    }
    input.send_rates.clear();
    for (const auto& relay : settings.relays) {
        input.send_rates.push_back(relay.send_rate > 0 ? relay.send_rate : std::numeric_limits<double>::infinity());
        input.connect_cap = std::max(input.connect_cap, relay.connect_cap);
        input.step_cap = std::max(input.step_cap, relay.step_cap);
        input.final_cap = std::max(input.final_cap, relay.final_cap);
        input.parallel = std::min(input.parallel, relay.parallel);
    }
    return input;
}

void print_row(const BoundRow& row, std::ostream& out) {
    const auto hanging = row.bound.told_one_hanging > model::Milliseconds{0} ? human(row.bound.told_one_hanging)
                         : row.relays == 1                                   ? std::string("one relay only")
                                                                             : std::string("-");
    fmt::print(out, "{:<16} {:<32} {:>10} {:>10} {:>16}  {}\n", row.service, row.watch, human(row.bound.seen), human(row.bound.told),
               hanging,
               row.bound.refused  ? "REFUSED"
               : row.bound.warned ? "warning"
                                  : "ok");
}

} // namespace

std::vector<BoundRow> bounds(const LoadedConfiguration& loaded) {
    std::vector<BoundRow> rows;
    for (const auto& declared : loaded.watches) {
        for (const auto& service : declared.watch.services) {
            rows.push_back(
                {service, declared.watch.id, incidents::bound(input_for(loaded, declared.watch, service)), loaded.settings.relays.size()});
        }
    }
    return rows;
}

int print_check(const LoadedConfiguration& loaded, bool strict, std::ostream& out, std::ostream& errors) {
    bool refused = false;
    bool warned = false;
    const auto rows = bounds(loaded);
    fmt::print(out, "{:<16} {:<32} {:>10} {:>10} {:>16}\n", "SERVICE", "WATCH", "SEEN", "TOLD", "ONE RELAY HANGS");
    for (const auto& row : rows) {
        print_row(row, out);
        refused = refused || row.bound.refused;
        warned = warned || row.bound.warned;
    }
    fmt::print(out, "seen: true stop until detected. told: detected until the last customer's relay has accepted the first alert.\n");
    if (loaded.settings.relays.size() == 1) {
        fmt::print(errors, "warning: there is one relay only; while it hangs no mail gets out. Add a second one under `relays`.\n");
        warned = true;
    }
    if (refused) {
        fmt::print(errors,
                   "error: a row marked REFUSED cannot keep its limit (seen within the interval limit, told within half of the first\n"
                   "alert's limit). Shorten `every`, `timeout` or `confirm`, raise `send_rate`, or add a relay.\n");
    }
    if (refused || (strict && warned)) return 78;
    fmt::print(out, "{} watches, {} tenants, {} relays: ok\n", loaded.watches.size(), loaded.settings.directory.tenants.size(),
               loaded.settings.relays.size());
    return 0;
}

} // namespace hinomi
