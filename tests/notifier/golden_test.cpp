#include "notice_samples.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

// Whole notices, compared with tests/data/notices/. After a deliberate change of words run this test with
// HINOMI_WRITE_GOLDEN=1 in the environment and read the difference as a customer would.
namespace {

using namespace std::chrono_literals;
using model::Stage;

struct Sample {
    std::string name;
    std::function<notifier::NoticeRequest(const std::string& tenant)> make;
};

notifier::NoticeRequest relapsed(const std::string& tenant) {
    auto request = samples::request(Stage::first_alert, tenant);
    model::Incident& incident = request.incidents.front();
    incident.members = {{"portal-web/liveness", samples::member(model::Severity::stop, model::Reason::response_timeout, 40min)}};
    incident.relapses = 1;
    incident.occurrence = 2;
    incident.reports = 3;
    request.duties.front().deadline.base = samples::after(41min);
    request.now = samples::after(42min);
    request.next_report = samples::after(101min).wall;
    return request;
}

notifier::NoticeRequest worsened(const std::string& tenant) {
    auto request = samples::request(Stage::first_alert, tenant);
    model::Incident& incident = request.incidents.front();
    incident.members["portal-web/liveness"] = samples::member(model::Severity::stop, model::Reason::refused, 20min);
    incident.members["portal-web/fault"] = samples::member(model::Severity::fault, model::Reason::bad_status, 0s);
    incident.occurrence = 2;
    incident.reports = 1;
    request.duties.front().deadline.base = samples::after(21min);
    request.now = samples::after(22min);
    return request;
}

notifier::NoticeRequest follow_up(const std::string& tenant) {
    auto request = samples::request(Stage::follow_up, tenant);
    request.incidents.front().reports = 1;
    request.now = samples::after(46min);
    request.next_report = samples::after(106min).wall;
    return request;
}

notifier::NoticeRequest eased(const std::string& tenant) {
    auto request = follow_up(tenant);
    model::Incident& incident = request.incidents.front();
    incident.members = {{"portal-web/performance", samples::member(model::Severity::performance, model::Reason::too_slow, 10min)}};
    incident.severity = model::Severity::performance;
    incident.relapses = 2;
    return request;
}

notifier::NoticeRequest combined(const std::string& tenant) {
    auto request = samples::recovery(tenant);
    request.incidents.front().restore = samples::after(4min);
    request.incidents.front().reports = 0;
    request.combined = true;
    request.now = samples::after(5min);
    return request;
}

notifier::NoticeRequest correction(const std::string& tenant) {
    auto request = samples::recovery(tenant);
    request.stage = Stage::correction;
    request.incidents.front().reports = 3;
    request.now = samples::after(50min);
    return request;
}

notifier::NoticeRequest digest(const std::string& tenant, Stage stage) {
    auto request = stage == Stage::recovery ? samples::recovery(tenant) : samples::request(stage, tenant);
    model::Incident second = request.incidents.front();
    second.id = "INC-20261123-02";
    second.reason = model::Reason::bad_status;
    second.severity = model::Severity::fault;
    second.worst = model::Severity::fault;
    second.services = {tenant == "acme" ? "mail" : "portal"};
    if (stage != Stage::recovery) {
        second.members = {{"mail/fault", samples::member(model::Severity::fault, model::Reason::bad_status, 30s)}};
    }
    request.incidents.push_back(second);
    return request;
}

notifier::NoticeRequest staff(const std::string& tenant, Stage stage, const std::string& page) {
    auto request = samples::request(stage, tenant);
    const Stage told = stage == Stage::page ? Stage::first_alert : stage;
    request.duties = {samples::duty(request.incidents.front(), told, {model::RecipientKind::tenant, tenant}, 60s)};
    const bool to_manager = stage == Stage::line_fault || page == "missed";
    request.recipient = {to_manager ? model::RecipientKind::manager : model::RecipientKind::on_call, ""};
    request.page = page;
    request.percent = 75;
    request.next_report = {};
    return request;
}

notifier::NoticeRequest blind(const std::string& tenant) {
    auto request = staff(tenant, Stage::blind, "");
    request.duties.clear();
    model::Incident& incident = request.incidents.front();
    incident.kind = model::IncidentKind::blind;
    incident.members = {{"portal-web/liveness", samples::member(model::Severity::blind, model::Reason::connect_timeout, 0s)}};
    incident.cross_checked = false;
    return request;
}

notifier::NoticeRequest line_fault(const std::string& tenant) {
    auto request = staff(tenant, Stage::line_fault, "");
    request.duties.clear();
    model::Incident& incident = request.incidents.front();
    incident.kind = model::IncidentKind::line;
    incident.services.clear();
    incident.first_watch = "isp-a/line";
    incident.members = {{"isp-a/line", samples::member(model::Severity::line, model::Reason::no_route, 0s)}};
    return request;
}

notifier::NoticeRequest undurable(const std::string& tenant) {
    auto request = staff(tenant, Stage::page, "undurable");
    request.duties.clear();
    request.incidents.clear();
    return request;
}

notifier::NoticeRequest noted(const std::string& tenant) {
    auto request = follow_up(tenant);
    request.incidents.front().notes = {{"cause", "A disk of the database was full."},
                                       {"measures", "Space was added; the database is being started."},
                                       {"scope", "Searching only."},
                                       {"workaround", "Use the list of recent documents."},
                                       {"forecast", "Within 30 minutes."},
                                       {"remark", "No data is lost."},
                                       {"symptom", "Search results do not appear."}};
    return request;
}

notifier::NoticeRequest by_hand(notifier::NoticeRequest request) {
    auto& incident = request.incidents.front();
    incident.first_watch = model::by_hand;
    incident.members = {{model::by_hand, samples::member(model::Severity::stop, model::Reason::none, 0s)}};
    incident.reason = model::Reason::none;
    return request;
}

/// Entered so late that the first alert was owed no more.
notifier::NoticeRequest born_late(const std::string& tenant) {
    auto request = by_hand(follow_up(tenant));
    request.incidents.front().reports = 0;
    return request;
}

notifier::NoticeRequest voided(const std::string& tenant) {
    auto request = correction(tenant);
    request.incidents.front().void_reason = "the probe was wrong";
    return request;
}

notifier::NoticeRequest maintenance(const std::string& tenant, Stage stage, bool in_time) {
    auto request = samples::request(stage, tenant);
    request.incidents.clear();
    request.next_report = {};
    request.maintenance = model::Maintenance{.id = "MNT-20261123-01",
                                             .title = "Upgrade of the database",
                                             .services = {"mail", "portal"},
                                             .tenants = {tenant},
                                             .start = samples::after(48h).wall,
                                             .end = samples::after(50h).wall,
                                             .declared = request.now,
                                             .regular = false,
                                             .in_time = in_time};
    return request;
}

std::vector<Sample> all() {
    const auto plain = [](Stage stage) { return [stage](const std::string& tenant) { return samples::request(stage, tenant); }; };
    const auto many = [](Stage stage) { return [stage](const std::string& tenant) { return digest(tenant, stage); }; };
    const auto page = [](const std::string& word) {
        return [word](const std::string& tenant) { return staff(tenant, Stage::page, word); };
    };
    return {{"first_alert", plain(Stage::first_alert)},
            {"relapsed", relapsed},
            {"worsened", worsened},
            {"follow_up", follow_up},
            {"eased", eased},
            {"recovery", samples::recovery},
            {"combined", combined},
            {"correction", correction},
            {"digest_first_alert", many(Stage::first_alert)},
            {"digest_follow_up", many(Stage::follow_up)},
            {"digest_recovery", many(Stage::recovery)},
            {"digest_correction", many(Stage::correction)},
            {"at_risk", page("at_risk")},
            {"missed", page("missed")},
            {"no_contact", page("no_contact")},
            {"unverified", page("unverified")},
            {"unverified_recovered", page("unverified_recovered")},
            {"undurable", undurable},
            {"opened_page", page("opened")},
            {"restored_page", page("restored")},
            {"reload_rejected", page("reload_rejected")},
            {"relay_lost", page("relay_lost")},
            {"backup_old", page("backup_old")},
            {"other_page", page("something_new")},
            {"noted", noted},
            {"by_hand", [](const std::string& tenant) { return by_hand(samples::request(Stage::first_alert, tenant)); }},
            {"by_hand_recovery", [](const std::string& tenant) { return by_hand(samples::recovery(tenant)); }},
            {"by_hand_page", [](const std::string& tenant) { return by_hand(staff(tenant, Stage::page, "opened")); }},
            {"born_late", born_late},
            {"void", voided},
            {"maintenance", [](const std::string& tenant) { return maintenance(tenant, Stage::maintenance, true); }},
            {"maintenance_emergency", [](const std::string& tenant) { return maintenance(tenant, Stage::maintenance, false); }},
            {"maintenance_cancelled", [](const std::string& tenant) { return maintenance(tenant, Stage::correction, true); }},
            {"maintenance_regular",
             [](const std::string& tenant) {
                 auto request = maintenance(tenant, Stage::maintenance, true);
                 request.maintenance->title.clear();
                 return request;
             }},
            {"blind", blind},
            {"line_fault", line_fault},
            {"test", plain(Stage::test)},
            {"general", plain(Stage::maintenance)}};
}

std::string compose_text(const Sample& sample, model::Language language) {
    model::Directory directory = samples::directory();
    directory.manager.language = language;
    directory.on_call.language = language;
    if (language == model::Language::en) {
        directory.provider = "Hinomi Cloud Inc.";
        directory.support = "Support desk: support@provider.example\nPhone: +81 3 0000 0000 (24 h)";
    }
    samples::CountingRandom random;
    const auto request = sample.make(language == model::Language::ja ? "acme" : "globex");
    const model::Notice notice = notifier::compose(request, directory, notifier::Templates{}, random, "status.provider.example");
    return "Subject: " + notice.subject + "\n\n" + notice.text;
}

void compare(const std::string& name, const std::string& text) {
    const std::string path = std::string{HINOMI_TEST_DATA} + "/notices/" + name;
    if (std::getenv("HINOMI_WRITE_GOLDEN") != nullptr) {
        std::ofstream{path, std::ios::binary} << text;
        return;
    }
    std::ifstream file{path, std::ios::binary};
    ASSERT_TRUE(file) << path;
    const std::string wanted{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_EQ(text, wanted) << path;
}

TEST(Golden, EveryNoticeInJapaneseIsAsOnFile) {
    for (const Sample& sample : all()) compare("ja_" + sample.name + ".txt", compose_text(sample, model::Language::ja));
}

TEST(Golden, EveryNoticeInEnglishIsAsOnFile) {
    for (const Sample& sample : all()) compare("en_" + sample.name + ".txt", compose_text(sample, model::Language::en));
}

TEST(Golden, HtmlIsAsOnFile) {
    samples::CountingRandom random;
    const notifier::Templates templates;
    const model::Directory directory = samples::directory();
    compare("ja_first_alert.html", notifier::compose(samples::request(Stage::first_alert, "acme"), directory, templates, random, "x").html);
    compare("en_recovery.html", notifier::compose(samples::recovery("globex"), directory, templates, random, "x").html);
}

} // namespace
