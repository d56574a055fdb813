#include "daemon/check.hpp"

#include "config/coverage.hpp"
#include "daemon/configuration_told.hpp"
#include "daemon/exit_code.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace hinomi {

namespace {

constexpr std::string_view unkept_remedy = "Shorten `every`, `timeout` or `confirm`, raise `send_rate`, or add a relay; see `hinomi check`";

std::string human(model::Milliseconds duration) {
    if (duration < model::Milliseconds{120'000}) return fmt::format("{:.1f} s", static_cast<double>(duration.count()) / 1'000.0);
    return fmt::format("{:.1f} min", static_cast<double>(duration.count()) / 60'000.0);
}

/// Envelopes of one first alert to tenants.
struct Recipients {
    std::uint32_t mails = 0;
    std::uint32_t webhooks = 0;
};

/// Who is to be told of a stop of a watch; counted once for each set of services.
class RecipientCount {
public:
    explicit RecipientCount(const LoadedConfiguration& loaded) : directory_(loaded.settings.directory) {
        std::set<const void*> added;
        for (const auto& declared : loaded.watches) {
            if (added.insert(&*declared.watch.services).second) told_.add(declared.watch);
        }
        for (const auto& contact : loaded.settings.contacts) {
            if (!contact.owner.starts_with("tenant:")) continue;
            auto& owned = of_tenant_[contact.owner.substr(7)];
            ++(contact.channel == model::ChannelKind::mail ? owned.mails : owned.webhooks);
        }
    }

    Recipients of(const model::Watch& watch) {
        auto services = told_.of(watch);
        const auto known = counted_.find(services);
        if (known != counted_.end()) return known->second;
        std::set<std::string> tenants;
        for (const auto& service : services) {
            if (const auto found = directory_.tenants_of.find(service); found != directory_.tenants_of.end())
                tenants.insert(found->second.begin(), found->second.end());
        }
        Recipients sum;
        for (const auto& tenant : tenants) {
            sum.mails += of_tenant_[tenant].mails;
            sum.webhooks += of_tenant_[tenant].webhooks;
        }
        counted_.emplace(std::move(services), sum);
        return sum;
    }

private:
    const model::Directory& directory_;
    incidents::ServicesTold told_;
    std::map<std::string, Recipients> of_tenant_;
    std::map<std::set<std::string>, Recipients> counted_;
};

incidents::BoundInput input_for(const LoadedConfiguration& loaded, const model::Watch& watch, const Recipients& recipients) {
    const auto& settings = loaded.settings;
    incidents::BoundInput input;
    input.watch = watch;
    input.rules = settings.directory.rules;
    input.mail_recipients = recipients.mails;
    input.webhook_recipients = recipients.webhooks;
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

/// Very many watches have few answers: those of one pattern share their services and rules.
class BoundOfWatch {
public:
    explicit BoundOfWatch(const LoadedConfiguration& loaded) : loaded_(loaded), recipients_(loaded) {}

    incidents::Bound operator()(const model::Watch& watch) {
        const auto key =
            std::tuple(&*watch.services, &*watch.rules, watch.watch_class, watch.interval, watch.timeout, watch.interval_limit);
        const auto [found, is_new] = known_.try_emplace(key);
        if (is_new) found->second = incidents::bound(input_for(loaded_, watch, recipients_.of(watch)));
        return found->second;
    }

private:
    using Key = std::tuple<const void*, const void*, model::WatchClass, model::Milliseconds, model::Milliseconds, model::Milliseconds>;
    const LoadedConfiguration& loaded_;
    RecipientCount recipients_;
    std::map<Key, incidents::Bound> known_;
};

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

/// The matrix of the checklist, one line for each item. Returns whether an item that settings can cover is missing.
bool print_coverage(const LoadedConfiguration& loaded, std::ostream& out) {
    const auto& profile = config::built_in_profile();
    std::array<std::size_t, 4> counts{};
    bool missing = false;
    fmt::print(out, "\n{:<14} {:<9} {:<58} BY\n", "ITEM", "COVERED", profile.title_en);
    for (const auto& row : config::coverage(loaded.settings, profile)) {
        fmt::print(out, "{:<14} {:<9} {:<58} {}\n", row.item->id + (row.item->must ? " *" : ""), config::word_for(row.coverage),
                   row.item->title_en, row.by);
        ++counts.at(static_cast<std::size_t>(row.coverage));
        missing = missing || (row.by_settings && row.coverage == config::Coverage::missing);
    }
    fmt::print(out, "* must be achieved. {} items: {} covered, {} partly, {} missing, {} not applicable.\n", profile.items.size(),
               counts[0], counts[1], counts[2], counts[3]);
    return missing;
}

nlohmann::ordered_json to_json(const BoundRow& row) {
    return {{"service", row.service},
            {"watch", row.watch},
            {"seen_seconds", static_cast<double>(row.bound.seen.count()) / 1'000.0},
            {"told_seconds", static_cast<double>(row.bound.told.count()) / 1'000.0},
            {"told_one_relay_hanging_seconds", static_cast<double>(row.bound.told_one_hanging.count()) / 1'000.0},
            {"refused", row.bound.refused},
            {"warned", row.bound.warned}};
}

} // namespace

std::vector<BoundRow> bounds(const LoadedConfiguration& loaded) {
    std::vector<BoundRow> rows;
    BoundOfWatch bound_of(loaded);
    for (const auto& declared : loaded.watches) {
        const auto bound = bound_of(declared.watch);
        for (const auto& service : *declared.watch.services)
            rows.push_back({service, declared.watch.id, bound, loaded.settings.relays.size()});
    }
    return rows;
}

bool refuse_unkept(const LoadedConfiguration& loaded, config::Problems& problems) {
    BoundOfWatch bound_of(loaded);
    bool refused = false;
    for (const auto& declared : loaded.settings.watches) {
        if (declared.watch.services->empty()) continue;  // of no customer
        const auto bound = bound_of(declared.watch);
        if (!bound.refused) continue;
        refused = true;
        problems.push_back(
            {declared.block.position(),
             fmt::format("the watch {} cannot keep its limits: a stop is seen within {} (limit {}), and the last customer told within {}, "
                         "or {} with one relay hanging (half of {})",
                         config::shown(declared.watch.id), human(bound.seen), human(bound.seen_limit), human(bound.told),
                         human(std::max(bound.told, bound.told_one_hanging)), human(bound.told_limit)),
             std::string(unkept_remedy)});
    }
    return refused;
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
    if (print_coverage(loaded, out)) {
        fmt::print(errors, "warning: an item that settings can cover is missing: see the matrix.\n");
        warned = true;
    }
    if (refused) {
        fmt::print(errors,
                   "error: a row marked REFUSED cannot keep its limit (seen within the interval limit, told within half of the first\n"
                   "alert's limit), and hinomi does not run with it. {}.\n",
                   unkept_remedy);
    }
    if (refused || (strict && warned)) return 78;
    fmt::print(out, "{} watches, {} tenants, {} relays: ok\n", loaded.watches.size(), loaded.settings.directory.tenants.size(),
               loaded.settings.relays.size());
    return 0;
}

int print_broken_json(const config::Problems& problems, std::ostream& out) {
    auto json = refusal_json(problems);
    json["accepted"] = false;
    out << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    return exit_configuration;
}

int print_check_json(const LoadedConfiguration& loaded, const config::Problems& problems, bool strict, std::ostream& out) {
    nlohmann::ordered_json json{{"watches", loaded.watches.size()},
                                {"tenants", loaded.settings.directory.tenants.size()},
                                {"relays", loaded.settings.relays.size()},
                                {"profile", loaded.settings.profile}};
    bool refused = false;
    bool warned = loaded.settings.relays.size() == 1;
    json["bounds"] = nlohmann::ordered_json::array();
    for (const auto& row : bounds(loaded)) {
        json["bounds"].push_back(to_json(row));
        refused = refused || row.bound.refused;
        warned = warned || row.bound.warned;
    }
    json["items"] = nlohmann::ordered_json::array();
    for (const auto& row : config::coverage(loaded.settings, config::built_in_profile())) {
        json["items"].push_back({{"id", row.item->id},
                                 {"title", row.item->title_en},
                                 {"must", row.item->must},
                                 {"coverage", config::word_for(row.coverage)},
                                 {"by", row.by}});
        warned = warned || (row.by_settings && row.coverage == config::Coverage::missing);
    }
    const bool accepted = !refused && !(strict && warned);
    json["problems"] = to_json(problems);
    json["accepted"] = accepted;
    out << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    return accepted ? 0 : 78;
}

} // namespace hinomi
