#include "probes/dns_probe.hpp"

#include "probes/detail.hpp"
#include "probes/outcome.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace probes {

namespace {

constexpr std::size_t largest_message = 65'535;

/// Not guessable from one attempt to the next; the port, which is the kernel's choice, does the rest.
std::uint16_t id_of(const model::Attempt& attempt, const model::Instant& now) {
    std::uint64_t mixed = attempt.number * 0x9E37'79B9'7F4A'7C15U + attempt.watch;
    mixed ^= static_cast<std::uint64_t>(now.wall.time_since_epoch().count()) ^ now.boot_id;
    mixed *= 0xBF58'476D'1CE4'E5B9U;
    return static_cast<std::uint16_t>(mixed >> 40U);
}

/// By TCP a message has its length before it (RFC 1035, 4.2.2).
std::string with_length(const std::string& message) {
    std::string framed;
    framed += static_cast<char>(message.size() >> 8U);
    framed += static_cast<char>(message.size() & 0xFFU);
    return framed + message;
}

bool is_whole(std::string_view received) {
    if (received.size() < 2) return false;
    const auto size = (static_cast<unsigned char>(received[0]) << 8U) | static_cast<unsigned char>(received[1]);
    return received.size() - 2 >= static_cast<std::size_t>(size);
}

std::string listed(const std::vector<std::string>& records) {
    return records.empty() ? "nothing" : excerpt_of(fmt::format("{}", fmt::join(records, ", ")));
}

} // namespace

asio::awaitable<DnsProbe::Reply> DnsProbe::by_udp(DnsQuestion question, model::Milliseconds timeout, io::ProbeEffects& effects) const {
    io::DatagramRequest request;
    request.host = settings_.server;
    request.port = settings_.port;
    request.family = settings_.family;
    request.payload = encode(question);
    request.accept = [question](std::string_view received) { return probes::answers(received, question); };
    request.timeout = timeout;
    auto response = co_await effects.datagram.exchange(std::move(request));
    co_return Reply{response.reason, std::move(response.received), std::move(response.error), response.phases};
}

asio::awaitable<DnsProbe::Reply> DnsProbe::by_tcp(DnsQuestion question, model::Milliseconds timeout, io::ProbeEffects& effects) const {
    io::StreamRequest request;
    request.host = settings_.server;
    request.port = settings_.port;
    request.family = settings_.family;
    request.send = with_length(encode(question));
    request.complete = is_whole;
    request.read_limit = largest_message + 2;
    request.timeout = timeout;
    auto response = co_await effects.stream.exchange(std::move(request));
    if (response.reason == model::Reason::not_expected) response.reason = model::Reason::protocol_error;
    co_return Reply{response.reason, response.received.substr(std::min<std::size_t>(2, response.received.size())),
                    std::move(response.error), response.phases};
}

std::optional<std::string> DnsProbe::broken_by(const DnsAnswer& answer) const {
    for (const auto& wanted : settings_.answers) {
        if (std::ranges::find(answer.records, wanted) == answer.records.end())
            return fmt::format("{} is not among the answers: {}", config::shown(wanted), listed(answer.records));
    }
    for (const auto& record : answer.records) {
        if (settings_.no_others && std::ranges::find(settings_.answers, record) == settings_.answers.end())
            return fmt::format("{} is among the answers, and was not expected", config::shown(excerpt_of(record)));
    }
    if (answer.code == 0 && answer.records.size() < settings_.at_least)
        return fmt::format("{} answers of the type, expected at least {}", answer.records.size(), settings_.at_least);
    if (auto text = settings_.text.broken_by(fmt::format("{}", fmt::join(answer.records, "\n")), "the answers"))
        return *text + ": " + listed(answer.records);
    return std::nullopt;
}

asio::awaitable<model::Observation> DnsProbe::observe(model::Attempt attempt, io::ProbeEffects& effects) const {
    const auto started = effects.clock.now();
    auto left = time_left(attempt, started);
    if (left == model::Milliseconds{0}) co_return too_late(started);
    auto question = settings_.question;
    question.id = id_of(attempt, started);
    Reply reply;
    if (settings_.by_tcp) reply = co_await by_tcp(question, left, effects);
    else reply = co_await by_udp(question, left, effects);
    auto answer = reply.reason == model::Reason::none ? decode(reply.message, question) : std::nullopt;
    left = time_left(attempt, effects.clock.now());
    if (answer && answer->truncated && !settings_.by_tcp && left > model::Milliseconds{0}) {
        reply = co_await by_tcp(question, left, effects);
        answer = reply.reason == model::Reason::none ? decode(reply.message, question) : std::nullopt;
    }
    Sample sample{.reason = reply.reason,
                  .phases = reply.phases,
                  .started = started,
                  .completed = effects.clock.now(),
                  .status = 0,
                  .detail = reply.error};
    if (reply.reason == model::Reason::none && !answer) {
        sample.reason = model::Reason::protocol_error;
        sample.detail = fmt::format("the answer of {} bytes is no answer to the question", reply.message.size());
    }
    if (answer) {
        sample.status = answer->code;
        sample.detail = fmt::format("{}: {}", code_name(answer->code), listed(answer->records));
        auto finding = broken_by(*answer);
        if (answer->code != settings_.code) {
            sample.reason = model::Reason::bad_status;
            sample.detail = fmt::format("{}, expected {}", code_name(answer->code), code_name(settings_.code));
        } else if (finding) {
            sample.reason = model::Reason::not_expected;
            sample.detail = std::move(*finding);
        }
    }
    co_return observation_of(std::move(sample));
}

} // namespace probes
