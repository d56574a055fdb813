#pragma once

#include "io/tls_options.hpp"
#include "model/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace io {

namespace asio = boost::asio;

enum class MailSecurity : std::uint8_t {
    tls,      ///< smtps://
    starttls, ///< smtp://, STARTTLS required
    none,     ///< smtp:// on loopback only
};

/// One relay and how it may be used. Holds the password: never logged.
struct MailServer {
    std::string name;  ///< as in metrics and evidence: host:port
    std::string host;
    std::uint16_t port = 25;
    MailSecurity security = MailSecurity::starttls;
    std::string username;
    std::string password;
    TlsOptions tls;
    model::Milliseconds connect_cap{5'000};
    model::Milliseconds step_cap{20'000};    ///< of each step up to DATA
    model::Milliseconds final_cap{60'000};   ///< after the final dot
};

/// The order of the steps is the order of the transaction. In SMTP we say step, never stage.
enum class MailStep : std::uint8_t { resolve, connect, tls, greeting, ehlo, starttls, auth, mail, rcpt, data, body, answer, done };

/// What the longest transaction takes, whatever the relay does: name, connection, each step up to DATA and the final answer use up
/// their caps, and each step is looked at once a second only.
constexpr model::Milliseconds longest_transaction(const MailServer& server) {
    constexpr int steps = 12;  // greeting, EHLO, STARTTLS, TLS, EHLO, AUTH and its two answers, MAIL, RCPT, DATA, the message
    constexpr model::Milliseconds look{1'000};
    return 2 * server.connect_cap + steps * server.step_cap + server.final_cap + (steps + 3) * look;
}

struct MailJob {
    MailServer server;
    std::string sender;
    std::string recipient;
    std::shared_ptr<const std::string> bytes; ///< the message, CRLF line ends, without the final dot
};

struct MailResult {
    MailStep step = MailStep::connect;  ///< reached: the step that answered badly or did not answer; `done` when accepted
    bool accepted = false;              ///< 2xx to the end of DATA for a RCPT that was itself 2xx
    bool handed_over = false;           ///< the final dot was sent: without an answer the outcome is unknown
    bool timed_out = false;
    std::uint16_t code = 0;             ///< of the last reply; 0 when there was none
    std::string text;                   ///< last reply or error, at most 500 bytes, printable
    std::string tls;                    ///< version, empty in clear text
    model::Instant began;
    model::Instant ended;
};

/// One mail, one recipient, one connection. Never throws for a sick relay; each cap bounds its step.
class MailTransaction {
public:
    virtual ~MailTransaction() = default;
    virtual asio::awaitable<MailResult> send(MailJob job) = 0;
};

} // namespace io
