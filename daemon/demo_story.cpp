#include "daemon/demo_story.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <utility>
#include <variant>

namespace hinomi {

namespace {

using model::Language;
using model::Milliseconds;
using model::Stage;
using Kind = DemoLine::Kind;

/// `19 min 53.9 s`, `6.1 s`.
std::string say(Milliseconds duration, Language language) {
    const auto tenths = duration.count() / 100;
    const auto minutes = tenths / 600;
    const auto seconds = fmt::format("{}.{}", tenths % 600 / 10, tenths % 10);
    if (language == Language::ja) return minutes == 0 ? seconds + "秒" : fmt::format("{}分{}秒", minutes, seconds);
    return minutes == 0 ? seconds + " s" : fmt::format("{} min {} s", minutes, seconds);
}

std::string whole_minutes(Milliseconds duration, Language language) {
    return fmt::format("{}{}", duration.count() / 60'000, language == Language::ja ? "分" : " min");
}

std::string name_of(Stage stage, Language language) {
    const bool ja = language == Language::ja;
    switch (stage) {
    case Stage::first_alert: return ja ? "速報" : "first alert";
    case Stage::follow_up: return ja ? "続報" : "follow-up";
    case Stage::recovery: return ja ? "復旧報" : "recovery notice";
    default: return ja ? "通知" : "notice";
    }
}

/// Of a notice that says again what the first alert said only the beginning.
constexpr std::size_t lines_of_recovery = 12;

std::vector<std::string> lines_of(const model::Notice& notice) {
    std::vector<std::string> lines{"Subject: " + notice.subject, ""};
    std::istringstream text(notice.text);
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    while (lines.back().empty()) lines.pop_back();
    if (notice.stage != Stage::recovery || lines.size() <= lines_of_recovery) return lines;
    lines.resize(lines_of_recovery);
    lines.emplace_back("[...]");
    return lines;
}

} // namespace

std::vector<DemoLine> DemoStory::tell(const model::Event& event) {
    Lines lines;
    std::visit([&](const auto& payload) { tell(payload, lines); }, event.payload);
    return lines;
}

std::size_t DemoStory::told(Stage stage) const {
    const auto found = told_.find(stage);
    return found == told_.end() ? 0 : found->second;
}

void DemoStory::tell(const model::Verified& event, Lines& lines) {
    ++passed_;
    lines.push_back({Kind::good,
                     in("正常", "well"),
                     fmt::format(fmt::runtime(in("{} の初回の監視に成功", "{} passes for the first time")), event.watch),
                     {}});
}

void DemoStory::tell(const model::Suspected& event, Lines& lines) {
    lines.push_back({Kind::trouble,
                     in("異常の疑い", "suspected"),
                     fmt::format(fmt::runtime(in("{}: {}。お客様への期限はここから数えます(この時点で記録済み)",
                                                 "{}: {}. The customers' clocks run from here; it is written down already")),
                                 event.watch, event.detail),
                     {}});
}

void DemoStory::tell(const model::Confirmed& event, Lines& lines) {
    lines.push_back(
        {Kind::trouble,
         in("異常確定", "confirmed"),
         fmt::format(fmt::runtime(in("{}: 連続する失敗を確認(検知から{})", "{}: it failed again and again; {} after the detection")),
                     event.watch, say(event.confirm.boot - event.detect.boot, language_)),
         {}});
}

void DemoStory::tell(const model::Opened& event, Lines& lines) {
    lines.push_back({Kind::trouble,
                     in("障害", "incident"),
                     fmt::format(fmt::runtime(in("{}: 対象サービス {}、影響するお客様 {}", "{}: service {}; customers affected: {}")),
                                 event.incident.id, fmt::join(event.incident.services, ", "), fmt::join(event.incident.tenants, ", ")),
                     {}});
}

void DemoStory::tell(const model::DutiesArmed& event, Lines& lines) {
    for (const auto& duty : event.duties) {
        duties_[duty.id] = duty;
        if (duty.stage == Stage::follow_up && duty.ordinal > 1) continue;
        lines.push_back({Kind::plain,
                         in("期限", "owed"),
                         fmt::format(fmt::runtime(in("{1} へ{0}: {2}以内(送信前に台帳へ記録)",
                                                     "{0} to {1} within {2}; in the ledger before anything is sent")),
                                     name_of(duty.stage, language_), duty.recipient.name, whole_minutes(duty.deadline.limit, language_)),
                         {}});
    }
}

void DemoStory::tell(const model::NoticeComposed& event, Lines&) {
    for (const auto& envelope : event.notice.envelopes) notices_[envelope.id] = event.notice;
}

void DemoStory::met(const model::Duty& duty, Milliseconds elapsed, Lines& lines) {
    const auto margin = duty.deadline.limit - elapsed;
    if (duty.stage == Stage::first_alert) least_margin_ = std::min(least_margin_, margin);
    lines.push_back({margin >= Milliseconds{0} ? Kind::good : Kind::trouble,
                     margin >= Milliseconds{0} ? in("期限内", "met") : in("期限超過", "late"),
                     fmt::format(fmt::runtime(in("{1} への{0}: {2}で受理。期限の{4}まで残り{3}",
                                                 "{0} to {1} accepted after {2}: {3} of its {4} were left")),
                                 name_of(duty.stage, language_), duty.recipient.name, say(elapsed, language_), say(margin, language_),
                                 whole_minutes(duty.deadline.limit, language_)),
                     {}});
}

void DemoStory::tell(const model::DeliveryRecorded& event, Lines& lines) {
    const auto& delivery = event.delivery;
    const auto found = notices_.find(delivery.envelope);
    if (found == notices_.end() || delivery.outcome != model::DeliveryOutcome::accepted) return;
    const auto notice = found->second;
    notices_.erase(found);
    if (notice.recipient.kind != model::RecipientKind::tenant) {
        lines.push_back({Kind::plain, in("当番へ", "on-call"), notice.subject, {}});
        return;
    }
    ++told_[notice.stage];
    lines.push_back({Kind::mail,
                     {},
                     fmt::format(fmt::runtime(in("{} が受け取ったメール:", "the mail that {} received:")), notice.recipient.name),
                     lines_of(notice)});
    for (const auto& id : notice.duties) {
        const auto duty = duties_.find(id);
        if (duty != duties_.end()) met(duty->second, delivery.ended.boot - duty->second.deadline.base.boot, lines);
    }
}

void DemoStory::tell(const model::Restored& event, Lines& lines) {
    lines.push_back({Kind::good,
                     in("復旧", "restored"),
                     fmt::format(fmt::runtime(in("{}: 続けて正常を確認", "{}: it passes again, and again")), event.incident),
                     {}});
}

} // namespace hinomi
