#include "daemon/control.hpp"
#include "daemon/times.hpp"
#include "incidents/commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>

/// What people ask for, handed to the rules of incidents/commands.hpp.
namespace hinomi {

namespace {

using Refused = std::unexpected<std::string>;

struct Desk {
    const Request& request;
    Engine& engine;
    incidents::Moment moment;

    [[nodiscard]] const incidents::Book& book() const { return engine.book(); }
    [[nodiscard]] const model::Directory& directory() const { return engine.directory(); }
    [[nodiscard]] std::string text(std::string_view name) const { return request.given.text(name); }
    [[nodiscard]] std::string incident() const { return request.given.text("incident"); }
};

Deciding decided(incidents::Decision decision, std::vector<std::string> subjects, std::string message, nlohmann::json fields) {
    if (!decision) return Refused(decision.error());
    return Decided{
        .events = std::move(*decision), .subjects = std::move(subjects), .message = std::move(message), .fields = std::move(fields)};
}

/// About the incident that was named.
Deciding decided(const Desk& desk, incidents::Decision decision, std::string_view message) {
    const auto incident = desk.incident();
    return decided(std::move(decision), {incident}, incident + std::string(message), {{"incident", incident}});
}

constexpr const char* time_remedy = "write 2026-11-30T02:00+09:00, or \"2026-11-30 02:00\" in the provider's zone";

std::expected<model::WallTime, std::string> time_of(const Desk& desk, std::string_view option) {
    const auto text = desk.text(option);
    const auto time = parse_time(text, desk.directory().time_zone);
    if (!time)
        return std::unexpected(fmt::format("--{}: \"{}\" is no time, or none that comes exactly once; {}", option, text, time_remedy));
    return *time;
}

/// A moment that a person tells, as an instant of this boot.
model::Instant instant_of(model::WallTime wall, const model::Instant& now) {
    return {.wall = wall, .boot = now.boot - (now.wall - wall), .boot_id = now.boot_id};
}

Deciding open(const Desk& desk) {
    const auto severity = desk.text("severity");
    incidents::HandOpened asked;
    asked.services = desk.request.given.list("service");
    asked.symptom = desk.text("symptom");
    if (severity == "fault") asked.severity = model::Severity::fault;
    else if (severity == "performance") asked.severity = model::Severity::performance;
    else if (!severity.empty() && severity != "stop") return Refused("--severity is stop, fault or performance");
    asked.discover = desk.moment.now;
    if (desk.request.given.has("discovered")) {
        const auto time = time_of(desk, "discovered");
        if (!time) return Refused(time.error());
        asked.discover = instant_of(*time, desk.moment.now);
    }
    auto decision = incidents::open_by_hand(desk.book(), desk.directory(), desk.moment, std::move(asked));
    if (!decision) return Refused(decision.error());
    const auto incident = std::get<model::Opened>(decision->front()).incident;
    return decided(std::move(decision), {incident.id}, fmt::format("{} is open; {} tenants are told", incident.id, incident.tenants.size()),
                   {{"incident", incident.id}, {"tenants", incident.tenants}});
}

Deciding acknowledge(const Desk& desk) {
    return decided(desk, incidents::acknowledge(desk.book(), desk.incident()),
                   " is acknowledged: no more pages about it; its customers are told all the same");
}

Deciding note(const Desk& desk) {
    std::map<std::string, std::string> fields;
    for (const auto field : incidents::note_fields) {
        if (desk.request.given.has(field)) fields.emplace(field, desk.text(field));
    }
    const bool now = desk.request.given.has("now");
    const auto* what_follows = !incidents::report_to_come(desk.book(), desk.incident())
                                   ? ": noted. It is over and its last report has gone out: no customer is told of this by itself"
                               : now ? ": noted; the follow-up goes out now"
                                     : ": noted; the next report carries it";
    return decided(desk, incidents::note(desk.book(), desk.incident(), fields, now), what_follows);
}

Deciding resolve(const Desk& desk) {
    std::optional<model::Instant> restore;
    if (desk.request.given.has("restored")) {
        const auto time = time_of(desk, "restored");
        if (!time) return Refused(time.error());
        restore = instant_of(*time, desk.moment.now);
    }
    return decided(desk, incidents::resolve(desk.book(), desk.directory(), desk.moment, desk.incident(), restore),
                   ": what was in a person's hands has ended");
}

Deciding make_void(const Desk& desk) {
    return decided(desk, incidents::void_incident(desk.book(), desk.directory(), desk.moment, desk.incident(), desk.text("reason")),
                   " is void; whoever was told gets a correction");
}

Deciding confirm(const Desk& desk) {
    std::map<std::string, std::vector<std::string>> services;
    const auto& watching = std::as_const(desk.engine).watching();
    for (std::size_t index = 0; index < watching.size(); ++index) {
        if (!watching.vacant(index)) services.emplace(watching.watch(index).id, watching.watch(index).services);
    }
    return decided(desk, incidents::confirm(desk.book(), desk.directory(), desk.moment, desk.incident(), services),
                   " is confirmed: its customers are told; see `hinomi incident list`");
}

/// 90m, 2h, 45min, 1d.
std::optional<model::Milliseconds> duration_of(const std::string& text) {
    struct Unit {
        std::string_view name;
        std::int64_t length;
    };
    static constexpr std::array<Unit, 5> units{{{"min", 60'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}, {"s", 1'000}}};
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    for (const auto& unit : units) {
        if (error == std::errc{} && rest == unit.name && number > 0 && number < 1'000'000) return model::Milliseconds{number * unit.length};
    }
    return std::nullopt;
}

Deciding add_maintenance(const Desk& desk) {
    const auto start = time_of(desk, "start");
    if (!start) return Refused(start.error());
    if (desk.request.given.has("end") == desk.request.given.has("for")) return Refused("give either --end or --for");
    model::WallTime end{};
    if (desk.request.given.has("end")) {
        const auto time = time_of(desk, "end");
        if (!time) return Refused(time.error());
        end = *time;
    } else {
        const auto length = duration_of(desk.text("for"));
        if (!length) return Refused("--for: \"" + desk.text("for") + "\" is no duration; write 90m or 2h");
        end = *start + *length;
    }
    auto decision = incidents::declare_maintenance(desk.book(), desk.directory(), desk.moment,
                                                   {.title = desk.text("title"),
                                                    .services = desk.request.given.list("service"),
                                                    .tenants = desk.request.given.list("tenant"),
                                                    .start = *start,
                                                    .end = end});
    if (!decision) return Refused(decision.error());
    const auto made = std::get<model::MaintenanceDeclared>(decision->front()).maintenance;
    auto message = fmt::format("{} is declared; {} tenants get its announcement", made.id, made.tenants.size());
    if (!made.in_time)
        message += fmt::format("\nwarning: it starts in less than the agreed {}: it counts as an outage in the availability",
                               spoken(desk.directory().rules.maintenance_lead));
    return decided(std::move(decision), {made.id}, std::move(message),
                   {{"maintenance", made.id}, {"tenants", made.tenants}, {"in_time", made.in_time}});
}

Deciding cancel_maintenance(const Desk& desk) {
    const auto id = desk.text("maintenance");
    return decided(incidents::cancel_maintenance(desk.book(), desk.directory(), desk.moment, id, desk.text("reason")), {id},
                   id + " is cancelled; whoever was told gets a correction", {{"maintenance", id}});
}

Deciding test_notice(const Desk& desk) {
    model::Recipient recipient;
    const auto tenant = desk.text("tenant");
    const auto role = desk.text("role");
    if (tenant.empty() == role.empty()) return Refused("give either --tenant NAME or --role on_call|manager");
    if (!tenant.empty()) {
        if (!desk.directory().tenants.contains(tenant)) return Refused("there is no tenant " + tenant);
        recipient = {model::RecipientKind::tenant, tenant};
    } else if (role == "manager" || role == "on_call") {
        recipient.kind = role == "manager" ? model::RecipientKind::manager : model::RecipientKind::on_call;
    } else {
        return Refused("--role is on_call or manager");
    }
    auto notice = desk.engine.keeper().test_notice(recipient);
    if (notice.envelopes.empty()) return Refused("nobody can be told: there is no contact");
    auto message = fmt::format("{} is on its way to {} contacts; see `hinomi outbox list`", notice.id, notice.envelopes.size());
    nlohmann::json fields{{"notice", notice.id}, {"envelopes", notice.envelopes.size()}};
    return decided(std::vector<model::Payload>{model::NoticeComposed{std::move(notice)}}, {}, std::move(message), std::move(fields));
}

Deciding retry(const Desk& desk) {
    const auto count = desk.engine.outbox().retry_now();
    return decided(std::vector<model::Payload>{}, {}, fmt::format("{} envelopes are tried now", count), {{"envelopes", count}});
}

Deciding bounce(const Desk& desk) {
    auto message = desk.text("message");
    if (message.starts_with('<') && message.ends_with('>')) message = message.substr(1, message.size() - 2);
    if (message.empty()) return Refused("give the MESSAGE-ID of the message that came back, or the returned mail on standard input");
    return decided(incidents::bounce(desk.book(), message, desk.text("diagnostic"), desk.moment), {message},
                   "noted: that contact was not reached; where nobody else was, the notice is owed again", {{"message_id", message}});
}

/// `hinomi backup` tells; who did it stands in the event that is appended before.
Deciding backup_made(const Desk& desk) {
    const auto id = desk.text("backup");
    std::vector<std::string> subjects{id};
    if (desk.request.given.has("events")) subjects.push_back(desk.text("events") + " events, verified");
    return decided(std::vector<model::Payload>{}, std::move(subjects), "backup " + id + " is in the ledger", {{"backup", id}});
}

Deciding backup_failed(const Desk&) { return decided(std::vector<model::Payload>{}, {}, "the failure is in the ledger", {}); }

Deciding go_live(const Desk& desk) {
    if (!desk.directory().rehearsal) return Refused("this is no rehearsal: customers are told already");
    return decided(incidents::go_live(desk.book(), desk.directory(), desk.moment), {},
                   "the rehearsal is over: customers are told from now on, of open incidents and of maintenance to come too. "
                   "Remove `mode: rehearsal` from the configuration",
                   {{"live", true}});
}

struct Entry {
    std::string_view verb;
    Deciding (*decide)(const Desk& desk);
};
constexpr std::array<Entry, 14> entries{{{"incident open", open},
                                         {"incident ack", acknowledge},
                                         {"incident note", note},
                                         {"incident resolve", resolve},
                                         {"incident void", make_void},
                                         {"incident confirm", confirm},
                                         {"maintenance add", add_maintenance},
                                         {"maintenance cancel", cancel_maintenance},
                                         {"notify test", test_notice},
                                         {"outbox retry", retry},
                                         {"outbox bounce", bounce},
                                         {"go-live", go_live},
                                         {"backup made", backup_made},
                                         {"backup failed", backup_failed}}};

} // namespace

Deciding decide(const Request& request, Engine& engine) {
    const Desk desk{request, engine, engine.moments().now()};
    for (const auto& entry : entries) {
        if (entry.verb == request.given.verb) return entry.decide(desk);
    }
    return Refused("the daemon does not know how to `" + request.given.verb + "`");
}

} // namespace hinomi
