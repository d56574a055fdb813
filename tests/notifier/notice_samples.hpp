#pragma once

#include "model/directory.hpp"
#include "notifier/composer.hpp"

#include <cstdint>
#include <span>
#include <string>

/// A small provider with two tenants that share an incident, and requests of every stage.
namespace samples {

using namespace std::chrono_literals;

/// Counts up, so that ids are distinct and the same in every run.
class CountingRandom final : public io::Random {
public:
    void fill(std::span<std::uint8_t> bytes) override {
        for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(next() * 37U);
    }
    std::uint64_t next() override { return ++count_; }

private:
    std::uint64_t count_ = 0;
};

inline model::Instant after(model::Milliseconds since_start) {
    model::Instant instant;
    instant.wall = model::WallTime{model::Milliseconds{1'795'406'700'000}} + since_start;  // 2026-11-23 13:05:00 JST
    instant.boot = model::Milliseconds{1'000'000} + since_start;
    return instant;
}

inline model::Contact contact(const std::string& id, model::ChannelKind channel) {
    model::Contact made;
    made.id = id;
    made.channel = channel;
    made.address = channel == model::ChannelKind::mail ? id + "@customer.example" : "https://customer.example/" + id;
    return made;
}

inline model::Directory directory() {
    model::Directory made;
    made.services["portal"] = {"portal", "ポータル", "Portal", "Asia/Tokyo"};
    made.services["mail"] = {"mail", "メール配信", "Mail delivery", "Asia/Tokyo"};
    made.services["secret-lab"] = {"secret-lab", "極秘ラボ", "Secret lab", "Asia/Tokyo"};
    made.tenants["acme"] = {"acme",
                            {"mail", "portal"},
                            model::Language::ja,
                            model::ContactPolicy::primary,
                            {contact("c1", model::ChannelKind::mail), contact("c2", model::ChannelKind::webhook)}};
    made.tenants["globex"] = {
        "globex", {"portal", "secret-lab"}, model::Language::en, model::ContactPolicy::any, {contact("c3", model::ChannelKind::mail)}};
    made.manager = {model::Language::ja, model::ContactPolicy::all, {contact("m1", model::ChannelKind::mail)}};
    made.on_call = {model::Language::ja,
                    model::ContactPolicy::any,
                    {contact("o1", model::ChannelKind::webhook), contact("o2", model::ChannelKind::mail)}};
    made.provider = "火の見クラウド株式会社";
    made.support = "サポート窓口 support@provider.example\n電話 03-0000-0000(24時間)";
    made.time_zone = "Asia/Tokyo";
    return made;
}

inline model::Member member(model::Severity severity, model::Reason reason, model::Milliseconds first_bad) {
    return {severity, reason, after(first_bad), after(first_bad + 60s), "connect to db1.internal.example:5432: Connection refused", {}};
}

inline model::Incident incident() {
    model::Incident made;
    made.id = "INC-20261123-01";
    made.services = {"portal"};
    made.tenants = {"acme", "globex"};
    made.members["portal-web/liveness"] = member(model::Severity::stop, model::Reason::refused, 0s);
    made.reason = model::Reason::refused;
    made.first_watch = "portal-web/liveness";
    made.first_bad = after(0s);
    made.detect = after(60s);
    made.discover = made.detect;
    made.confirm = after(95s);
    return made;
}

inline model::Incident restored(model::Incident made) {
    made.members.clear();
    made.restore = after(35min);
    made.recover_confirm = after(35min + 10s);
    made.reports = 2;
    return made;
}

inline model::Duty duty(const model::Incident& incident, model::Stage stage, const model::Recipient& recipient, model::Milliseconds base) {
    model::Duty made;
    made.id = incident.id + "/stage/1/tenant:" + recipient.name;
    made.subject = incident.id;
    made.stage = stage;
    made.recipient = recipient;
    made.deadline.base = after(base);
    made.deadline.limit = 20min;
    made.contacts = {"c1"};
    return made;
}

/// Two minutes after the start, except where the stage speaks of later.
inline notifier::NoticeRequest request(model::Stage stage, const std::string& tenant) {
    notifier::NoticeRequest made;
    made.recipient = {model::RecipientKind::tenant, tenant};
    made.stage = stage;
    made.incidents = {incident()};
    made.duties = {duty(made.incidents.front(), stage, made.recipient, 60s)};
    made.now = after(2min);
    made.next_report = after(61min).wall;
    return made;
}

inline notifier::NoticeRequest recovery(const std::string& tenant) {
    notifier::NoticeRequest made = request(model::Stage::recovery, tenant);
    made.incidents = {restored(incident())};
    made.now = after(36min);
    made.next_report = {};
    return made;
}

} // namespace samples
