#include "notifier/mail_channel.hpp"

#include "notifier/digest.hpp"
#include "notifier/evidence.hpp"
#include "notifier/mail_header.hpp"
#include "notifier/mail_message.hpp"

#include <utility>

namespace notifier {

namespace {

using model::DeliveryOutcome;

const char* step_name(io::MailStep step) {
    switch (step) {
    case io::MailStep::resolve:
    case io::MailStep::connect: return "connect";
    case io::MailStep::tls:
    case io::MailStep::starttls: return "tls";
    case io::MailStep::greeting: return "greeting";
    case io::MailStep::ehlo: return "ehlo";
    case io::MailStep::auth: return "auth";
    case io::MailStep::mail: return "mail";
    case io::MailStep::rcpt: return "rcpt";
    case io::MailStep::data: return "data";
    case io::MailStep::body: return "body";
    case io::MailStep::answer: return "answer";
    case io::MailStep::done: return "done";
    }
    return "connect";
}

struct Judgement {
    DeliveryOutcome outcome = DeliveryOutcome::retry;
    bool relay_fault = false;
};

/// The rows of semantics 1.4, in the order in which they apply.
Judgement judge(const io::MailResult& result) {
    const int reply = result.code / 100;
    if (result.accepted && reply == 2) return {DeliveryOutcome::accepted, false};
    const bool rejected = !result.timed_out && (reply == 4 || reply == 5);
    if (result.handed_over && !rejected) return {DeliveryOutcome::unknown, true};
    if (!rejected) return {DeliveryOutcome::retry, true};  // connect failure, time-out, or a connection that was dropped
    if (result.code == 421) return {DeliveryOutcome::retry, true};
    if (reply == 4) return {DeliveryOutcome::retry, false};
    if (result.step < io::MailStep::rcpt) return {DeliveryOutcome::retry, true};
    return {DeliveryOutcome::refused, false};
}

class MailChannel final : public Channel {
public:
    explicit MailChannel(io::MailTransaction& mail) : mail_(mail) {}

    asio::awaitable<model::Delivery> send(Shipment shipment) override {
        const auto bytes = std::make_shared<const std::string>(
            mail_message(*shipment.notice, shipment.envelope, shipment.relay->from, shipment.contact.address));
        io::MailJob job;
        job.server = shipment.relay->server;
        job.sender = parse_mailbox(shipment.relay->from).address;
        job.recipient = bare(shipment.contact.address);
        job.bytes = bytes;
        const auto result = co_await mail_.send(std::move(job));
        auto delivery = classify(result);
        delivery.text = evidence_text(delivery.text, secrets_of(shipment));
        delivery.sha256 = sha256_hex(*bytes);
        co_return delivery;
    }

private:
    io::MailTransaction& mail_;
};

} // namespace

model::Delivery classify(const io::MailResult& result) {
    const auto judgement = judge(result);
    model::Delivery delivery;
    delivery.outcome = judgement.outcome;
    delivery.relay_fault = judgement.relay_fault;
    delivery.step = step_name(result.step);
    delivery.code = result.code;
    delivery.text = result.text;
    delivery.tls = result.tls;
    delivery.began = result.began;
    delivery.ended = result.ended;
    return delivery;
}

std::unique_ptr<Channel> make_mail_channel(ChannelEffects effects, const OutboxSettings&) {
    return std::make_unique<MailChannel>(effects.mail);
}

} // namespace notifier
