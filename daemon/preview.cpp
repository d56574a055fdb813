#include "daemon/preview.hpp"

#include "config/document.hpp"
#include "daemon/configuration_told.hpp"
#include "daemon/exit_code.hpp"
#include "io/boot_clock.hpp"
#include "io/system_files.hpp"
#include "io/system_random.hpp"
#include "ledger/codec_words.hpp"
#include "notifier/mail_message.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <vector>

namespace hinomi {

namespace {

using namespace std::chrono_literals;
using model::RecipientKind;
using model::Stage;

/// The stages of which there is a notice for the recipient.
bool suits(Stage stage, RecipientKind recipient) {
    switch (stage) {
    case Stage::first_alert:
    case Stage::follow_up:
    case Stage::recovery:
    case Stage::correction:
    case Stage::maintenance: return recipient == RecipientKind::tenant;
    case Stage::line_fault: return recipient == RecipientKind::manager;
    case Stage::blind:
    case Stage::page: return recipient != RecipientKind::tenant;
    default: return true;
    }
}

model::Instant before(const model::Instant& now, model::Milliseconds duration) {
    return {now.wall - duration, std::max(now.boot - duration, model::Milliseconds{0}), now.boot_id};
}

model::Incident imagined(Stage stage, const std::string& service, const model::Instant& now) {
    const bool line = stage == Stage::line_fault;
    const bool blind = stage == Stage::blind;
    model::Incident incident;
    incident.id = "INC-00000000-00";
    incident.kind = line ? model::IncidentKind::line : blind ? model::IncidentKind::blind : model::IncidentKind::customer;
    incident.severity = incident.worst = line ? model::Severity::line : blind ? model::Severity::blind : model::Severity::stop;
    incident.services = {service};
    incident.reason = model::Reason::refused;
    incident.first_watch = "preview/liveness";
    incident.first_bad = before(now, 10min);
    incident.detect = incident.discover = before(now, 10min - 1s);
    incident.confirm = before(now, 9min);
    incident.members[incident.first_watch] = {incident.severity, incident.reason, incident.first_bad, incident.detect, "preview", {}};
    if (stage == Stage::recovery) {
        incident.members.clear();
        incident.restore = before(now, 30s);
        incident.recover_confirm = before(now, 10s);
    }
    if (stage == Stage::correction) incident.void_reason = "preview";
    incident.reports = stage == Stage::first_alert ? 0 : 1;
    return incident;
}

std::string first_service(const model::Directory& directory, const model::Recipient& recipient) {
    if (recipient.kind == RecipientKind::tenant) {
        const auto& services = directory.tenants.at(recipient.name).services;
        if (!services.empty()) return services.front();
    }
    return directory.services.empty() ? std::string() : directory.services.begin()->first;
}

std::vector<std::string_view> names(const auto& map) {
    std::vector<std::string_view> made;
    made.reserve(map.size());
    for (const auto& [name, value] : map) made.push_back(name);
    return made;
}

constexpr std::array stages{Stage::first_alert, Stage::follow_up, Stage::recovery, Stage::correction, Stage::maintenance,
                            Stage::line_fault,  Stage::blind,     Stage::page,     Stage::test};

PreviewWish wish_of(const Given& given) {
    PreviewWish wish;
    wish.service = given.text("service");
    wish.recipient = {RecipientKind::tenant, given.text("tenant")};
    if (given.has("role")) wish.recipient = {given.text("role") == "manager" ? RecipientKind::manager : RecipientKind::on_call, {}};
    const auto stage = given.has("stage") ? given.text("stage") : given.has("role") ? std::string("page") : std::string("first_alert");
    wish.stage = *std::ranges::find(stages, stage, &ledger::word_of<Stage>);
    return wish;
}

void set_language(model::Directory& directory, const model::Recipient& recipient, const std::string& language) {
    const auto wanted = language == "ja" ? model::Language::ja : model::Language::en;
    if (recipient.kind == RecipientKind::manager) directory.manager.language = wanted;
    else if (recipient.kind == RecipientKind::on_call) directory.on_call.language = wanted;
    else if (const auto tenant = directory.tenants.find(recipient.name); tenant != directory.tenants.end())
        tenant->second.language = wanted;
}

void print_form(const model::Notice& notice, const std::string& form, const std::string& from) {
    if (form == "html") std::cout << notice.html << '\n';
    else if (form == "json") std::cout << notice.data << '\n';
    else if (form == "eml") std::cout << notifier::mail_message(notice, notice.envelopes.front(), from, "preview@localhost");
    else std::cout << "Subject: " << notice.subject << "\n\n" << notice.text << '\n';
}

} // namespace

Answer preview_answer(const model::Notice& notice) {
    return done("", {{"stage", ledger::word_of(notice.stage)},
                     {"language", ledger::word_of(notice.language)},
                     {"subject", notice.subject},
                     {"text", notice.text},
                     {"html", notice.html},
                     {"data", nlohmann::json::parse(notice.data, nullptr, /*allow_exceptions=*/false)},
                     {"fallback_text", notice.fallback_text}});
}

std::expected<notifier::NoticeRequest, std::string> preview_request(const PreviewWish& wish, const model::Directory& directory,
                                                                    const model::Instant& now) {
    const auto& recipient = wish.recipient;
    if (recipient.kind == RecipientKind::tenant && recipient.name.empty())
        return std::unexpected("say --tenant NAME, or --role on_call|manager");
    if (recipient.kind == RecipientKind::tenant && !directory.tenants.contains(recipient.name))
        return std::unexpected("there is no tenant " + recipient.name + ". " +
                               config::suggest(recipient.name, names(directory.tenants), "See `tenants`"));
    if (!suits(wish.stage, recipient.kind)) {
        std::vector<std::string_view> fitting;
        for (const auto stage : stages) {
            if (suits(stage, recipient.kind)) fitting.push_back(ledger::word_of(stage));
        }
        return std::unexpected("this recipient never gets a notice of that stage. Ask for one of: " + config::list_of(fitting));
    }
    const auto service = wish.service.empty() ? first_service(directory, recipient) : wish.service;
    if (!directory.services.contains(service))
        return std::unexpected("there is no service " + service + ". " +
                               config::suggest(service, names(directory.services), "See `services`"));
    notifier::NoticeRequest request;
    request.recipient = recipient;
    request.stage = wish.stage;
    request.page = wish.stage == Stage::page ? "opened" : "";
    request.now = now;
    if (wish.stage == Stage::maintenance) {
        auto& maintenance = request.maintenance.emplace();
        maintenance.id = "MNT-00000000-00";
        maintenance.title = "preview";
        maintenance.services = {service};
        maintenance.tenants = {recipient.name};
        maintenance.start = now.wall + 48h;
        maintenance.end = now.wall + 50h;
        return request;
    }
    if (wish.stage == Stage::test) return request;
    request.incidents = {imagined(wish.stage, service, now)};
    const bool goes_on = wish.stage == Stage::first_alert || wish.stage == Stage::follow_up;
    if (goes_on) request.next_report = now.wall + 50min;
    model::Duty duty;
    duty.subject = request.incidents.front().id;
    duty.stage = wish.stage;
    duty.recipient = recipient;
    duty.deadline.base = request.incidents.front().detect;
    duty.deadline.limit = directory.rules.first_alert;
    request.duties = {duty};
    return request;
}

int preview_verb(const Given& given) {
    io::SystemFiles files;
    auto loaded = load_and_tell(given, files);
    if (!loaded) return exit_configuration;
    config::Problems problems;
    auto templates = load_templates(loaded->settings.templates_directory, files, problems);
    for (const auto& problem : problems) std::cerr << config::describe(problem) << '\n';
    const auto wish = wish_of(given);
    auto& directory = loaded->settings.directory;
    if (given.has("language")) set_language(directory, wish.recipient, given.text("language"));
    // One made-up contact: addresses and their secrets are nobody's business here.
    model::Contact contact;
    contact.id = "preview";
    for (auto& [name, tenant] : directory.tenants) tenant.contacts = {contact};
    directory.manager.contacts = directory.on_call.contacts = {contact};
    boost::asio::io_context context{1};
    io::BootClock clock(context.get_executor());
    const auto request = preview_request(wish, directory, clock.now());
    if (!request) {
        print(failed(request.error(), exit_usage), given.format, std::cout, std::cerr);
        return exit_usage;
    }
    io::SystemRandom random;
    auto notice = notifier::compose(*request, directory, templates, random, "localhost");
    if (notice.fallback_text) std::cerr << "warning: the template fails with these facts: the built-in text is shown, and would be sent\n";
    if (given.format != Format::table) {
        print(preview_answer(notice), given.format, std::cout, std::cerr);
        return exit_ok;
    }
    const auto from = loaded->settings.relays.empty() ? std::string("preview@localhost") : loaded->settings.relays.front().from;
    print_form(notice, given.has("as") ? given.text("as") : std::string("text"), from);
    return exit_ok;
}

} // namespace hinomi
