#include "daemon/duty_keeper.hpp"

#include "incidents/duties.hpp"
#include "incidents/elapsed.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace hinomi {

namespace {

constexpr int most_rounds_per_turn = 16;  // a plan that never empties must not stop the probing

/// When the recipient hears of these incidents next at the latest: the earliest limit of an open follow-up, or the
/// follow-up interval from now.
model::WallTime next_report(const incidents::Release& release, const incidents::Book& book, const model::DutyRules& rules,
                            const model::Instant& now) {
    auto wait = rules.follow_up_further;
    bool open = false;
    for (const auto& subject : release.subjects) {
        const auto incident = book.incidents.find(subject);
        open = open || (incident != book.incidents.end() && incident->second.open());
        for (const auto& [id, duty] : incidents::duties_below(book.duties, subject + "/follow_up/")) {
            if (duty.recipient != release.recipient || duty.state != model::DutyState::armed) continue;
            if (release.stage == model::Stage::follow_up) continue;  // this notice is it
            wait = std::min(wait, duty.deadline.limit - incidents::elapsed(duty.deadline, now));
        }
    }
    return open ? now.wall + std::max(wait, model::Milliseconds{0}) : model::WallTime{};
}

/// The incident without what no text needs and what may be long: other tenants, history.
model::Incident facts_of(const model::Incident& incident) {
    auto facts = incident;
    facts.tenants.clear();
    facts.history.clear();
    return facts;
}

} // namespace

io::asio::awaitable<void> DutyKeeper::run() {
    while (!stopping_) {
        const auto next = do_what_is_due();
        ++progress_;
        if (next == model::Milliseconds::max()) co_await alarm_.wait();
        else co_await alarm_.wait_until(next);
    }
}

void DutyKeeper::stop() {
    stopping_ = true;
    alarm_.ring();
}

void DutyKeeper::page_on_call(const std::string& word) {
    incidents::Release release;
    release.recipient.kind = model::RecipientKind::on_call;
    release.stage = model::Stage::page;
    release.page = word;
    parts_.journal.append({model::NoticeComposed{compose(release)}});
}

model::Notice DutyKeeper::test_notice(const model::Recipient& recipient) {
    incidents::Release release;
    release.recipient = recipient;
    release.stage = model::Stage::test;
    return compose(release);
}

model::Milliseconds DutyKeeper::do_what_is_due() {
    for (int round = 0; round < most_rounds_per_turn; ++round) {
        auto plan = incidents::plan(parts_.book, parts_.directory, parts_.moments.now());
        if (plan.events.empty() && plan.releases.empty()) return plan.next;
        if (!plan.events.empty()) parts_.journal.append(std::move(plan.events));
        for (const auto& release : plan.releases) parts_.journal.append({model::NoticeComposed{compose(release)}});
    }
    spdlog::error("the plan of duties did not come to rest in one turn; going on in the next");
    return parts_.clock.now().boot + model::Milliseconds{100};
}

/// Those that were stored when the duties were armed.
std::vector<model::Contact> DutyKeeper::former_contacts(const std::vector<model::Duty>& duties) const {
    std::vector<model::Contact> contacts;
    for (const auto& duty : duties) {
        for (const auto& id : duty.contacts) {
            if (std::ranges::find(contacts, id, &model::Contact::id) != contacts.end()) continue;
            const auto* known = parts_.outbox.contact(id);
            if (known != nullptr) contacts.push_back(*known);
        }
    }
    return contacts;
}

model::Notice DutyKeeper::compose(const incidents::Release& release) {
    notifier::NoticeRequest request;
    request.recipient = release.recipient;
    request.stage = release.stage;
    request.page = release.page;
    request.percent = release.percent;
    request.now = parts_.clock.now();
    request.avoid = parts_.book.bounced_contacts(release.duties);
    for (const auto& id : release.duties) {
        const auto duty = parts_.book.duties.find(id);
        if (duty == parts_.book.duties.end()) continue;
        request.duties.push_back(duty->second);
        request.combined = request.combined || (release.stage == model::Stage::recovery && duty->second.stage == model::Stage::first_alert);
    }
    for (const auto& subject : release.subjects) {
        if (const auto window = parts_.book.maintenances.find(subject); window != parts_.book.maintenances.end()) {
            request.maintenance = window->second.maintenance;
            request.maintenance->end = window->second.declared_end;  // also of one that was cancelled since
        }
        if (const auto incident = parts_.book.incidents.find(subject); incident != parts_.book.incidents.end()) {
            request.incidents.push_back(facts_of(incident->second));
            request.incidents.back().reports = parts_.book.reports_to(subject, release.recipient);
        }
        for (auto& [contact, message] : parts_.outbox.thread(subject)) request.thread.try_emplace(contact, std::move(message));
    }
    if (release.recipient.kind == model::RecipientKind::tenant && !parts_.directory.tenants.contains(release.recipient.name))
        request.former = former_contacts(request.duties);
    request.next_report = next_report(release, parts_.book, parts_.directory.rules, request.now);
    request.supersedes = parts_.outbox.superseded_by(release.duties);
    auto notice = notifier::compose(request, parts_.directory, parts_.templates, parts_.random, parts_.domain);
    notice.subjects = release.subjects;  // maintenances as well: a bounce must find what the notice was about
    return notice;
}

} // namespace hinomi
