#pragma once

#include "io/clock.hpp"
#include "io/mail_transaction.hpp"
#include "io/sleep.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace fakes {

struct MailReply {
    io::MailResult result;
    model::Milliseconds takes{0};
};

/// A relay that takes `takes` and then accepts.
inline MailReply accepts(model::Milliseconds takes = model::Milliseconds{100}) {
    io::MailResult result;
    result.step = io::MailStep::done;
    result.accepted = result.handed_over = true;
    result.code = 250;
    result.text = "queued";
    return {.result = result, .takes = takes};
}

/// A relay that answers `code` at `step`.
inline MailReply replies(io::MailStep step, std::uint16_t code, std::string text = "no") {
    io::MailResult result;
    result.step = step;
    result.code = code;
    result.text = std::move(text);
    result.handed_over = step == io::MailStep::answer;
    return {.result = result, .takes = model::Milliseconds{100}};
}

/// A relay that says nothing at `step` until the cap of `takes` is over.
inline MailReply hangs(io::MailStep step, model::Milliseconds takes) {
    io::MailResult result;
    result.step = step;
    result.timed_out = true;
    result.text = "no answer";
    result.handed_over = step == io::MailStep::answer;
    return {.result = result, .takes = takes};
}

/// Mail by script: records what was sent and answers as `script` says; without one, accepts.
class ScriptedMail final : public io::MailTransaction {
public:
    explicit ScriptedMail(io::Clock& clock) : clock_(clock) {}

    struct Sent {
        io::MailJob job;
        model::Instant at;
    };

    io::asio::awaitable<io::MailResult> send(io::MailJob job) override {
        const auto began = clock_.now();
        sent.push_back({job, began});
        auto reply = script ? script(job) : accepts();
        auto& busy = busy_[job.server.name];
        most[job.server.name] = std::max(most[job.server.name], ++busy);
        co_await io::sleep_until(clock_, began.boot + reply.takes);
        --busy;
        reply.result.began = began;
        reply.result.ended = clock_.now();
        co_return reply.result;
    }

    /// The recipients that `relay` was asked for, in order.
    [[nodiscard]] std::vector<std::string> asked(const std::string& relay) const {
        std::vector<std::string> recipients;
        for (const auto& one : sent) {
            if (one.job.server.name == relay) recipients.push_back(one.job.recipient);
        }
        return recipients;
    }

    std::function<MailReply(const io::MailJob&)> script;
    std::vector<Sent> sent;
    std::map<std::string, int> most;  ///< transactions at a time, by relay

private:
    io::Clock& clock_;
    std::map<std::string, int> busy_;
};

} // namespace fakes
