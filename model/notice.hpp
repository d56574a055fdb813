#pragma once

#include "model/duty.hpp"
#include "model/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace model {

enum class ChannelKind : std::uint8_t { mail, webhook };
enum class Language : std::uint8_t { ja, en };

/// How a recipient's contacts share the work (semantics 1.4).
enum class ContactPolicy : std::uint8_t {
    any,     ///< every contact gets an envelope at once; one acceptance meets the duty
    primary, ///< in order: the next starts on refusal, after the second failed round, or after 60 s
    all,     ///< every one must accept
};

/// Opaque and stable; what events hold. The address behind it lives in an erasable table.
using ContactId = std::string;
using NoticeId = std::string;
using EnvelopeId = std::string;

/// Where a contact is reached. Held in memory and in the erasable table only, never in an event or a log line.
struct Contact {
    ContactId id;
    ChannelKind channel = ChannelKind::mail;
    std::string address;  ///< mail address or URL
    std::string secret;   ///< webhook signing secret, decoded; empty for mail. Memory only
    Language language = Language::ja;
    bool out_of_band = false;  ///< reached by a way that survives the loss of the declared lines
};

/// (notice, contact). The message id is minted once, stored with the intent, and reused on every retry and relay.
struct Envelope {
    EnvelopeId id;
    ContactId contact;
    ChannelKind channel = ChannelKind::mail;
    std::string message_id;   ///< Message-ID without angle brackets, or webhook-id
    std::uint32_t order = 0;  ///< position among the recipient's contacts, for `primary`
    std::string in_reply_to;  ///< message id of the thread's first mail to this contact; empty: this is the first
};

/// One text for one recipient; lists the 0..n duties that it fulfils. Frozen: retries send the same bytes.
struct Notice {
    NoticeId id;
    Recipient recipient;
    Stage stage = Stage::first_alert;
    std::vector<DutyId> duties;
    std::vector<std::string> subjects;  ///< the incidents it speaks of
    Language language = Language::ja;
    ContactPolicy policy = ContactPolicy::any;
    Instant composed;
    std::string subject;                ///< mail subject, UTF-8, one line
    std::string text;                   ///< plain text, UTF-8, LF line ends
    std::string html;
    std::string data;                   ///< webhook body, JSON
    std::vector<Envelope> envelopes;
    std::vector<EnvelopeId> supersedes; ///< undelivered older envelopes whose duties this notice takes over
    bool fallback_text = false;         ///< an operator's template was broken; the built-in text was used
};

/// How one attempt ended.
enum class DeliveryOutcome : std::uint8_t {
    accepted,    ///< 2xx to the end of DATA, or a complete 2xx webhook answer
    retry,       ///< temporary: another relay or a later round
    refused,     ///< permanent for this contact
    unknown,     ///< failed after the last byte was handed over: sent again with the same id
    undeliverable, ///< given up: three days of rounds are over, or the contact is gone
};

/// One attempt at one envelope: the evidence of semantics 1.4.
struct Delivery {
    EnvelopeId envelope;
    DeliveryOutcome outcome = DeliveryOutcome::retry;
    std::uint32_t attempt = 1;
    std::uint32_t round = 0;
    std::string relay;        ///< relay's name, or the webhook's host
    std::string step;         ///< where it ended: connect, tls, greeting, ehlo, auth, mail, rcpt, data, body, answer, done
    std::uint16_t code = 0;   ///< reply or status code
    std::string text;         ///< reply text or error, at most 500 bytes, without secrets
    std::string tls;          ///< TLS version, empty in clear text
    std::string sha256;       ///< hex digest of the bytes sent
    bool relay_fault = false; ///< the relay, not the recipient, was at fault: the next relay at once
    Milliseconds retry_after{0}; ///< what the receiver asked for
    Instant began;
    Instant ended;
};

} // namespace model
