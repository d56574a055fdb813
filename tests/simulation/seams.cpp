#include "tests/simulation/seams.hpp"

#include "io/sleep.hpp"

#include <openssl/evp.h>

namespace simulation {

namespace {

asio::awaitable<void> pause(io::Clock& clock, Milliseconds duration) { return io::sleep_until(clock, clock.now().boot + duration); }

std::string decode_base64(std::string text) {
    std::erase_if(text, [](char letter) { return letter == '\r' || letter == '\n'; });
    std::string decoded(text.size() / 4 * 3 + 3, '\0');
    const auto length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) return "(not base64)";
    decoded.resize(static_cast<std::size_t>(length));
    while (!decoded.empty() && decoded.back() == '\0') decoded.pop_back();
    return decoded;
}

/// What the sender sees when `step` fails in the way of `fault`.
void fail_at(io::MailResult& result, io::MailStep step, RelayFault fault) {
    result.step = step;
    result.handed_over = step == io::MailStep::answer;
    switch (fault) {
    case RelayFault::answers_4xx: result.code = 451; break;
    case RelayFault::answers_5xx: result.code = step == io::MailStep::auth ? 535 : 554; break;
    case RelayFault::answers_421: result.code = 421; break;
    case RelayFault::closes: result.text = "connection closed"; return;
    case RelayFault::stalls:
        result.timed_out = true;
        result.text = "no answer in time";
        return;
    }
    result.text = "simulated refusal";
}

Milliseconds patience(const io::MailServer& server, io::MailStep step) {
    return step == io::MailStep::answer ? server.final_cap : server.step_cap;
}

} // namespace

std::string host_of(const std::string& url) {
    const auto begin = url.find("://") + 3;
    return url.substr(begin, url.find_first_of("/:?", begin) - begin);
}

std::string header_of(const std::string& message, const std::string& name) {
    std::size_t at = 0;
    const auto end = message.find("\r\n\r\n");
    while (at < end) {
        auto line_end = message.find("\r\n", at);
        while (line_end < end && (message[line_end + 2] == ' ' || message[line_end + 2] == '\t'))
            line_end = message.find("\r\n", line_end + 2);
        if (message.compare(at, name.size() + 1, name + ":") == 0) {
            auto value = message.substr(at + name.size() + 1, line_end - at - name.size() - 1);
            std::erase_if(value, [](char letter) { return letter == '\r' || letter == '\n'; });
            return value.substr(std::min(value.size(), value.find_first_not_of(' ')));
        }
        at = line_end + 2;
    }
    return {};
}

std::string readable(const std::string& message) {
    std::string text;
    const auto subject = header_of(message, "Subject");
    for (std::size_t at = 0; at < subject.size();) {
        const auto begin = subject.find("=?", at);
        text += subject.substr(at, begin - at);
        if (begin == std::string::npos) break;
        const auto payload = subject.find('?', subject.find('?', begin + 2) + 1) + 1;
        const auto end = subject.find("?=", payload);
        text += decode_base64(subject.substr(payload, end - payload));
        at = end + 2;
    }
    constexpr std::string_view marker = "base64\r\n";
    for (auto at = message.find(marker); at != std::string::npos; at = message.find(marker, at + 1)) {
        const auto begin = message.find("\r\n\r\n", at);
        if (begin == std::string::npos) break;
        const auto end = message.find("\r\n--", begin);
        text += "\n" + decode_base64(message.substr(begin + 4, end - begin - 4));
    }
    return text;
}

void SimulatedWebhookHttp::accept(const io::HttpRequest& request, bool reply_known) {
    Accepted mail;
    mail.at = world_.now;
    mail.contact_address = request.url;
    for (const auto& [name, value] : request.headers) {
        if (name == "webhook-id") mail.message_id = value;
        mail.head += name + ": " + value + "\r\n";
    }
    mail.head += "\r\n";
    mail.text = request.body;
    mail.reply_known = reply_known;
    mail.life = world_.life;
    mail.undurable = world_.undurable;
    world_.accepted.push_back(std::move(mail));
}

asio::awaitable<io::HttpResponse> SimulatedWebhookHttp::request(io::HttpRequest request) {
    for (const auto& [name, value] : request.headers) {
        if (name == "webhook-id") on_send_(value);
    }
    io::HttpResponse response;
    response.began = clock_.now();
    const auto mode = world_.network_down ? ReceiverMode::hangs : world_.receivers.at(host_of(request.url)).mode;
    const auto latency = world_.slow_transactions ? world_.dice.between(Milliseconds{3'000}, Milliseconds{5'000})
                                                  : world_.dice.between(Milliseconds{2}, Milliseconds{80});
    const bool answers = mode != ReceiverMode::hangs && mode != ReceiverMode::stalls_accepted && mode != ReceiverMode::stalls_dropped;
    const auto wait = !answers ? request.timeout : mode == ReceiverMode::slow ? latency * 20 : latency;
    if (mode == ReceiverMode::stalls_accepted) accept(request, /*reply_known=*/false);  // long before the sender gives up
    if (mode != ReceiverMode::refused) co_await pause(clock_, wait);
    answer(request, mode, response);
    response.ended = clock_.now();
    co_return response;
}

void SimulatedWebhookHttp::answer(const io::HttpRequest& request, ReceiverMode mode, io::HttpResponse& response) {
    const auto status = [&](std::uint16_t code) {
        response.request_sent = true;
        response.status = code;
    };
    const auto breaks_off = [&] {
        response.request_sent = true;
        response.reason = model::Reason::reset;
        response.error = "simulated reset";
    };
    switch (mode) {
    case ReceiverMode::ok:
    case ReceiverMode::slow: accept(request, /*reply_known=*/true); return status(world_.dice.chance(500) ? 200 : 204);
    case ReceiverMode::refused: response.reason = model::Reason::refused; return;
    case ReceiverMode::name_lost: response.reason = model::Reason::name_not_found; return;
    case ReceiverMode::hangs: response.reason = model::Reason::connect_timeout; return;
    case ReceiverMode::certificate_invalid: response.reason = model::Reason::certificate_invalid; return;
    case ReceiverMode::status_400: return status(400);
    case ReceiverMode::status_401: return status(401);
    case ReceiverMode::status_410: return status(410);
    case ReceiverMode::status_413: return status(413);
    case ReceiverMode::status_500: return status(500);
    case ReceiverMode::redirect: return status(301);
    case ReceiverMode::status_429_retry_after:
    case ReceiverMode::status_503_retry_after:
        status(mode == ReceiverMode::status_429_retry_after ? 429 : 503);
        response.headers.emplace_back("retry-after", std::to_string(world_.dice.between(1, 4000)));
        return;
    case ReceiverMode::truncated:
    case ReceiverMode::reply_lost_accepted: accept(request, /*reply_known=*/false); return breaks_off();
    case ReceiverMode::reply_lost_dropped: return breaks_off();
    case ReceiverMode::stalls_accepted:
    case ReceiverMode::stalls_dropped:
        response.request_sent = true;
        response.reason = model::Reason::response_timeout;
        return;
    }
}

void SimulatedMail::accept(const io::MailJob& job, bool reply_known) {
    Accepted mail;
    mail.at = world_.now;
    mail.contact_address = job.recipient;
    mail.message_id = header_of(*job.bytes, "Message-ID");
    mail.head = job.bytes->substr(0, job.bytes->find("\r\n\r\n") + 4);
    mail.text = readable(*job.bytes);
    mail.reply_known = reply_known;
    mail.life = world_.life;
    mail.undurable = world_.undurable;
    world_.accepted.push_back(std::move(mail));
}

asio::awaitable<io::MailResult> SimulatedMail::send(io::MailJob job) {
    on_send_(header_of(*job.bytes, "Message-ID"));
    io::MailResult result;
    result.began = clock_.now();
    const auto relay = world_.relays.at(job.server.name);  // as it is now, to the end of this transaction
    const auto mode = world_.network_down && !relay.out_of_band ? RelayMode::connect_hangs : relay.mode;
    const auto latency = world_.slow_transactions ? world_.dice.between(Milliseconds{3'000}, Milliseconds{5'000})
                                                  : world_.dice.between(Milliseconds{10}, Milliseconds{400});
    const bool fails = mode == RelayMode::fails_at_step;
    const bool no_such_user = world_.refused_recipients.contains(job.recipient);
    if (mode == RelayMode::refused) {
        result.step = io::MailStep::connect;
        result.text = "connection refused";
    } else if (mode == RelayMode::connect_hangs) {
        co_await pause(clock_, job.server.connect_cap);
        result.step = io::MailStep::connect;
        result.timed_out = true;
    } else if (no_such_user && !(fails && relay.step < io::MailStep::rcpt)) {
        co_await pause(clock_, latency);
        result.step = io::MailStep::rcpt;
        result.code = 550;
        result.text = "no such user";
    } else if (fails) {
        co_await pause(clock_, relay.fault == RelayFault::stalls ? latency + patience(job.server, relay.step) : latency);
        fail_at(result, relay.step, relay.fault);
    } else {
        result = co_await deliver(std::move(job), mode, mode == RelayMode::slow ? latency * 10 : latency, std::move(result));
    }
    result.ended = clock_.now();
    co_return result;
}

/// Every step went well up to the final dot.
asio::awaitable<io::MailResult> SimulatedMail::deliver(io::MailJob job, RelayMode mode, Milliseconds latency, io::MailResult result) {
    co_await pause(clock_, latency);
    result.handed_over = true;
    const bool dropped = mode == RelayMode::reply_lost_dropped || mode == RelayMode::hangs_after_dot_dropped;
    const bool replies = mode == RelayMode::ok || mode == RelayMode::slow;
    if (!dropped) accept(job, replies);
    if (mode == RelayMode::hangs_after_dot_accepted || mode == RelayMode::hangs_after_dot_dropped) {
        co_await pause(clock_, job.server.final_cap);
        result.timed_out = true;
    }
    result.accepted = replies;
    result.step = replies ? io::MailStep::done : io::MailStep::answer;
    result.code = replies ? 250 : 0;
    result.text = replies ? "queued" : "connection closed";
    co_return result;
}

asio::awaitable<io::ResolveResult> SimulatedResolver::resolve(std::string host, io::AddressFamily, model::Milliseconds timeout) {
    io::ResolveResult result;
    if (world_.network_down) {
        co_await pause(clock_, timeout);
        result.reason = model::Reason::name_timeout;
    } else {
        result.addresses.push_back(host);
    }
    co_return result;
}

asio::awaitable<bool> SimulatedResolver::server_answers(std::string server, model::Milliseconds timeout) {
    const bool silent = world_.network_down || world_.silent_references.contains(server);
    co_await pause(clock_, silent ? timeout : world_.dice.between(Milliseconds{1}, Milliseconds{30}));
    co_return !silent;
}

} // namespace simulation
