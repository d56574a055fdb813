#include "notifier/digest.hpp"
#include "notifier/webhook_channel.hpp"
#include "notifier/webhook_message.hpp"

#include <gtest/gtest.h>

#include <map>

namespace {

using enum model::DeliveryOutcome;
using model::Milliseconds;
using model::Reason;

TEST(Digest, agreesWithPublishedVectors) {
    EXPECT_EQ(notifier::base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(notifier::base64("fooba"), "Zm9vYmE=");
    EXPECT_EQ(notifier::base64(""), "");
    EXPECT_EQ(notifier::sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    // RFC 4231, test case 2
    EXPECT_EQ(notifier::base64(notifier::hmac_sha256("Jefe", "what do ya want for nothing?")),
              "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
}

TEST(WebhookSignature, agreesWithTheStandardsOwnExample) {
    // standardwebhooks.com, specification 1.0.0: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
    const std::string secret = "\x31\xf2\x90\xf6\xbf\x06\x29\x8a\xab\x4f\x08\xd4\x3c\x3f\x08\x2c\xf6\x48\xa3\x62\xda\x2d\xa4\xb0";
    EXPECT_EQ(notifier::webhook_signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1'614'265'330, R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookRequest, isASignedJsonPostUnderTheEnvelopesId) {
    model::Notice notice;
    notice.data = R"({"type":"test"})";
    model::Envelope envelope;
    envelope.message_id = "msg_1";
    model::Contact contact;
    contact.address = "https://acme.example/hook";
    contact.secret = "secret";
    const auto request =
        notifier::webhook_request(notice, envelope, contact, model::WallTime{Milliseconds{1'700'000'000'999}}, Milliseconds{10'000});
    const std::map<std::string, std::string> headers(request.headers.begin(), request.headers.end());
    EXPECT_EQ(request.method + " " + request.url, "POST https://acme.example/hook");
    EXPECT_EQ(request.body, notice.data);
    EXPECT_EQ(request.redirects, 0U);
    EXPECT_EQ(request.timeout, Milliseconds{10'000});
    EXPECT_EQ(headers.at("Content-Type"), "application/json");
    EXPECT_EQ(headers.at("User-Agent"), "hinomi");
    EXPECT_EQ(headers.at("webhook-id"), "msg_1");
    EXPECT_EQ(headers.at("webhook-timestamp"), "1700000000");
    EXPECT_EQ(headers.at("webhook-signature"), notifier::webhook_signature("secret", "msg_1", 1'700'000'000, notice.data));
    contact.secret.clear();
    for (const auto& [name, value] : notifier::webhook_request(notice, envelope, contact, {}, Milliseconds{1}).headers)
        EXPECT_NE(name, "webhook-signature");
}

TEST(WebhookHost, isWhatTheEvidenceNames) {
    for (const auto& [url, host] : std::map<std::string, std::string>{{"https://Acme.Example/hook?x", "acme.example"},
                                                                      {"http://127.0.0.1:8080", "127.0.0.1:8080"},
                                                                      {"https://user:pass@acme.example/", "acme.example"},
                                                                      {"https://[::1]:9/x", "[::1]:9"}}) {
        EXPECT_EQ(notifier::webhook_host(url), host);
    }
}

struct Answer {
    std::uint16_t status;
    model::DeliveryOutcome outcome;
};

TEST(WebhookOutcome, ofACompleteAnswerFollowsTheSemantics) {
    for (const auto& row :
         std::vector<Answer>{{200, accepted}, {202, accepted}, {204, accepted}, {299, accepted}, {100, retry},   {301, refused},
                             {302, refused},  {308, refused},  {400, refused},  {401, refused},  {403, refused}, {404, refused},
                             {408, retry},    {410, refused},  {413, refused},  {422, refused},  {425, retry},   {429, retry},
                             {500, retry},    {502, retry},    {503, retry},    {504, retry}}) {
        io::HttpResponse response;
        response.status = row.status;
        response.request_sent = true;
        const auto delivery = notifier::classify(response);
        EXPECT_EQ(delivery.outcome, row.outcome) << row.status;
        EXPECT_EQ(delivery.code, row.status);
        EXPECT_FALSE(delivery.relay_fault) << row.status;
    }
}

TEST(WebhookOutcome, withoutACompleteAnswerIsUnknownOnceTheRequestWasSent) {
    for (const auto reason :
         {Reason::refused, Reason::connect_timeout, Reason::name_not_found, Reason::tls_failed, Reason::certificate_invalid, Reason::reset,
          Reason::response_timeout, Reason::protocol_error, Reason::too_large}) {
        io::HttpResponse response;
        response.reason = reason;
        EXPECT_EQ(notifier::classify(response).outcome, retry);
        EXPECT_TRUE(notifier::classify(response).relay_fault);
        response.request_sent = true;
        EXPECT_EQ(notifier::classify(response).outcome, unknown);
    }
}

TEST(RetryAfterHeader, isSecondsOrADate) {
    const model::WallTime now{Milliseconds{784'111'777'000 - 60'000}};  // one minute before 06 Nov 1994 08:49:37
    const std::map<std::string, std::int64_t> rows{{"120", 120'000},
                                                   {" 7 ", 7'000},
                                                   {"0", 0},
                                                   {"Sun, 06 Nov 1994 08:49:37 GMT", 60'000},
                                                   {"Sun, 06 Nov 1994 08:00:00 GMT", 0},
                                                   {"Sun, 31 Feb 1994 08:00:00 GMT", 0},
                                                   {"Sun, 06 Nov 1994 99:49:37 GMT", 0},
                                                   {"Sun, 06 Nov 1994 08:49:37 CET", 0},
                                                   {"soon", 0},
                                                   {"-5", 0},
                                                   {"", 0},
                                                   {"99999999999", 30LL * 24 * 3'600'000},
                                                   {"99999999999999999999999", 0}};
    for (const auto& [value, expected] : rows) EXPECT_EQ(notifier::parse_retry_after(value, now).count(), expected) << value;
}

TEST(RetryAfterHeader, countsWith429And503Only) {
    for (const auto& [status, expected] : std::map<std::uint16_t, std::int64_t>{{429, 30'000}, {503, 30'000}, {500, 0}, {408, 0}}) {
        io::HttpResponse response;
        response.status = status;
        response.headers = {{"retry-after", "30"}};
        EXPECT_EQ(notifier::classify(response).retry_after.count(), expected) << status;
    }
}

} // namespace
