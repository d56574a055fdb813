#include "notifier/mail_channel.hpp"

#include "notifier/evidence.hpp"

#include <gtest/gtest.h>

namespace {

using enum model::DeliveryOutcome;
using io::MailStep;

struct Row {
    const char* what;
    MailStep step;
    std::uint16_t code;
    bool accepted;
    bool handed_over;
    bool timed_out;
    model::DeliveryOutcome outcome;
    bool relay_fault;
};

TEST(MailOutcome, followsTheTableOfTheSemantics) {
    for (const auto& row : std::vector<Row>{
             {"2xx to the end of DATA", MailStep::done, 250, true, true, false, accepted, false},
             {"connection refused", MailStep::connect, 0, false, false, false, retry, true},
             {"connect timed out", MailStep::connect, 0, false, false, true, retry, true},
             {"certificate not valid", MailStep::tls, 0, false, false, false, retry, true},
             {"421 at the greeting", MailStep::greeting, 421, false, false, false, retry, true},
             {"554 at the greeting is the relay's fault", MailStep::greeting, 554, false, false, false, retry, true},
             {"no STARTTLS", MailStep::starttls, 502, false, false, false, retry, true},
             {"password refused is the relay's fault", MailStep::auth, 535, false, false, false, retry, true},
             {"sender refused is the relay's fault", MailStep::mail, 550, false, false, false, retry, true},
             {"4xx at MAIL", MailStep::mail, 451, false, false, false, retry, false},
             {"greylisted", MailStep::rcpt, 450, false, false, false, retry, false},
             {"421 at RCPT", MailStep::rcpt, 421, false, false, false, retry, true},
             {"no such user", MailStep::rcpt, 550, false, false, false, refused, false},
             {"5xx at DATA", MailStep::data, 554, false, false, false, refused, false},
             {"silence at RCPT after a 250", MailStep::rcpt, 250, false, false, true, retry, true},
             {"dropped within the body", MailStep::body, 354, false, false, false, retry, true},
             {"4xx to the final dot", MailStep::answer, 452, false, true, false, retry, false},
             {"421 to the final dot", MailStep::answer, 421, false, true, false, retry, true},
             {"5xx to the final dot", MailStep::answer, 554, false, true, false, refused, false},
             {"silence after the final dot", MailStep::answer, 354, false, true, true, unknown, true},
             {"dropped after the final dot", MailStep::answer, 0, false, true, false, unknown, true},
             {"called accepted without a 2xx", MailStep::answer, 354, true, true, false, unknown, true},
         }) {
        io::MailResult result;
        result.step = row.step;
        result.code = row.code;
        result.accepted = row.accepted;
        result.handed_over = row.handed_over;
        result.timed_out = row.timed_out;
        const auto delivery = notifier::classify(result);
        EXPECT_EQ(delivery.outcome, row.outcome) << row.what;
        EXPECT_EQ(delivery.relay_fault, row.relay_fault) << row.what;
        EXPECT_EQ(delivery.code, row.code);
    }
}

TEST(Evidence, holdsNoAddressNoPasswordAndNoControlCharacter) {
    notifier::Shipment shipment;
    shipment.contact.address = "it@acme.example";
    auto relay = std::make_shared<notifier::Relay>();
    relay->server.username = "status";
    relay->server.password = "hunter22";
    shipment.relay = relay;
    const auto text =
        notifier::evidence_text("550 5.1.1 <IT@Acme.example>: no\r\nAUTH hunter22 aHVudGVyMjI= hun\x01ter22 " + std::string(5'000, 'x'),
                                notifier::secrets_of(shipment));
    EXPECT_TRUE(text.starts_with("550 5.1.1 <(address)>: no AUTH (password) (password) (password) ")) << text;
    EXPECT_LE(text.size(), 500U);
}

TEST(Evidence, holdsNoPathOfAWebhookAndNoSecret) {
    notifier::Shipment shipment;
    shipment.contact.channel = model::ChannelKind::webhook;
    shipment.contact.address = "https://hooks.example/in/TOKEN?key=1";
    shipment.contact.secret = "the-secret";
    const auto secrets = notifier::secrets_of(shipment);
    EXPECT_EQ(notifier::evidence_text("POST https://hooks.example/in/TOKEN?key=1 failed at /in/TOKEN?key=1 the-secret", secrets),
              "POST (address) failed at (path) (secret)");
}

} // namespace
