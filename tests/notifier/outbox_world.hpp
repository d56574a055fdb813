#pragma once

#include "io/spawn.hpp"
#include "notifier/outbox.hpp"
#include "tests/fakes/counting_random.hpp"
#include "tests/fakes/fold_journal.hpp"
#include "tests/fakes/run_loop.hpp"
#include "tests/fakes/scripted_http.hpp"
#include "tests/fakes/scripted_mail.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

/// An outbox with everything around it faked, under a manual clock. Contact ids that begin with `hook` are webhooks.
class OutboxWorld {
public:
    OutboxWorld() {
        add_relay("r1:25");
        add_relay("r2:25");
        add_contact("mail-a");
        add_contact("mail-b");
        add_contact("hook-a", "https://a.example/in/TOKEN-A");
        add_contact("hook-b", "https://b.example/in/TOKEN-B");
    }
    ~OutboxWorld() { end(); }
    OutboxWorld(const OutboxWorld&) = delete;
    OutboxWorld& operator=(const OutboxWorld&) = delete;

    void add_relay(const std::string& name, double send_rate = 0) {
        notifier::Relay relay;
        relay.server.name = name;
        relay.server.password = "relay-password";
        relay.from = "status@provider.example";
        relay.send_rate = send_rate;
        relays.push_back(relay);
    }

    void add_contact(const std::string& id, const std::string& url = {}) {
        model::Contact contact;
        contact.id = id;
        contact.channel = url.empty() ? model::ChannelKind::mail : model::ChannelKind::webhook;
        contact.address = url.empty() ? id + "@acme.example" : url;
        contact.secret = url.empty() ? "" : "hook-secret-0123456789abcdef";
        contacts[id] = contact;
    }

    void start() {
        outbox = std::make_unique<notifier::Outbox>(loop.executor(), notifier::OutboxEffects{clock, random, journal, mail, http}, settings,
                                                    relays, contacts);
        for (const auto& event : journal.events) outbox->apply(event);
        journal.fold = [this](const model::Event& event) { outbox->apply(event); };
        outbox->start();
        loop.settle();
    }

    /// The process dies: what was under way never reports.
    void end() {
        journal.fold = nullptr;
        outbox.reset();
        loop.settle();
        clock.clear();
    }

    void restart() {
        end();
        start();
    }

    void arm(const std::string& duty, model::Milliseconds limit = std::chrono::minutes{20}) {
        model::Duty armed;
        armed.id = duty;
        armed.deadline = {.base = clock.now(), .limit = limit, .anchor = clock.now()};
        journal.append({model::DutiesArmed{{armed}}});
    }

    [[nodiscard]] model::Notice notice(const std::string& id, const std::vector<std::string>& to) const {
        model::Notice made;
        made.id = id;
        made.composed = clock_now();
        made.subject = "【障害速報】ポータル";
        made.text = "接続できません\n";
        made.data = R"({"type":"first_alert"})";
        for (const auto& contact : to) {
            model::Envelope envelope;
            envelope.id = id + "/" + contact;
            envelope.contact = contact;
            envelope.channel = contacts.contains(contact) ? contacts.at(contact).channel : model::ChannelKind::mail;
            envelope.message_id = id + "." + contact + (envelope.channel == model::ChannelKind::mail ? "@provider.example" : "");
            envelope.order = static_cast<std::uint32_t>(made.envelopes.size());
            made.envelopes.push_back(envelope);
        }
        return made;
    }

    void send(model::Notice made) {
        journal.append({model::NoticeComposed{std::move(made)}});
        loop.settle();
    }
    void send(const std::string& id, const std::vector<std::string>& to) { send(notice(id, to)); }

    [[nodiscard]] std::vector<model::Delivery> deliveries(const std::string& envelope = {}) const {
        std::vector<model::Delivery> found;
        for (auto& recorded : journal.all<model::DeliveryRecorded>()) {
            if (envelope.empty() || recorded.delivery.envelope == envelope) found.push_back(recorded.delivery);
        }
        return found;
    }

    /// Seconds since the world began.
    [[nodiscard]] double at(const model::Instant& instant) const {
        return static_cast<double>((instant.boot - began.boot).count()) / 1'000;
    }

    /// When each mail was handed to a relay, as `seconds relay recipient`.
    [[nodiscard]] std::vector<double> mail_times() const {
        std::vector<double> times;
        for (const auto& sent : mail.sent) times.push_back(at(sent.at));
        return times;
    }

    mutable fakes::ManualClock clock;
    const model::Instant began = clock.now();
    fakes::RunLoop loop{clock};
    fakes::CountingRandom random;
    fakes::FoldJournal journal{clock};
    fakes::ScriptedMail mail{clock};
    fakes::ScriptedHttp http{clock};
    notifier::OutboxSettings settings;
    std::vector<notifier::Relay> relays;
    std::map<model::ContactId, model::Contact> contacts;
    std::unique_ptr<notifier::Outbox> outbox;

private:
    [[nodiscard]] model::Instant clock_now() const { return clock.now(); }
};
