#include "tests/simulation/seams.hpp"

#include "io/sleep.hpp"

#include <openssl/evp.h>

#include <charconv>

namespace simulation {

namespace {

asio::awaitable<void> pause(io::Clock& clock, Milliseconds duration) { return io::sleep_until(clock, clock.now().boot + duration); }

std::string host_of(const std::string& url) {
    const auto begin = url.find("://") + 3;
    return url.substr(begin, url.find_first_of("/:?", begin) - begin);
}

std::size_t target_of(const std::string& host) {
    std::size_t index = 0;
    std::from_chars(host.data() + 1, host.data() + host.size(), index);
    return index;
}

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

/// What a relay says and does, after the connection stands.
struct Script {
    io::MailStep step;
    std::uint16_t code;
    const char* text;
};

Script script_of(RelayMode mode) {
    switch (mode) {
    case RelayMode::greeting_421: return {io::MailStep::greeting, 421, "too busy"};
    case RelayMode::tls_fails: return {io::MailStep::tls, 0, "certificate verify failed"};
    case RelayMode::auth_535: return {io::MailStep::auth, 535, "authentication failed"};
    case RelayMode::mail_451: return {io::MailStep::mail, 451, "local error"};
    case RelayMode::rcpt_451: return {io::MailStep::rcpt, 451, "greylisted"};
    case RelayMode::body_452: return {io::MailStep::answer, 452, "insufficient storage"};
    case RelayMode::body_554: return {io::MailStep::answer, 554, "rejected"};
    default: return {io::MailStep::done, 250, "ok"};
    }
}

} // namespace

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

asio::awaitable<io::HttpResponse> SimulatedProbeHttp::request(io::HttpRequest request) {
    ++world_.attempts;
    auto& target = world_.targets[target_of(host_of(request.url))];
    io::HttpResponse response;
    response.began = clock_.now();
    const auto latency = world_.dice.between(Milliseconds{5}, Milliseconds{50});
    auto mode = world_.network_down ? TargetMode::silent : target.mode;
    switch (mode) {
    case TargetMode::silent:
        co_await pause(clock_, request.timeout);
        response.reason = model::Reason::connect_timeout;
        break;
    case TargetMode::name_lost:
        co_await pause(clock_, latency);
        response.reason = model::Reason::name_not_found;
        break;
    case TargetMode::refused:
        co_await pause(clock_, Milliseconds{1});
        response.reason = model::Reason::refused;
        break;
    case TargetMode::reset:
        co_await pause(clock_, latency);
        response.reason = model::Reason::reset;
        response.request_sent = true;
        break;
    case TargetMode::slow:
        co_await pause(clock_, std::min(request.timeout, latency * 60));
        response.status = 200;
        break;
    case TargetMode::bad_status:
        co_await pause(clock_, latency);
        response.status = 503;
        break;
    case TargetMode::ok:
        co_await pause(clock_, latency);
        response.status = 200;
        break;
    }
    response.ended = clock_.now();
    response.phases.processing = response.ended.boot - response.began.boot;
    if (response.reason != model::Reason::none) response.error = "simulated failure";
    co_return response;
}

void SimulatedWebhookHttp::accept(const io::HttpRequest& request, bool reply_known) {
    Accepted mail;
    mail.at = world_.now;
    mail.contact_address = request.url;
    for (const auto& [name, value] : request.headers) {
        if (name == "webhook-id") mail.message_id = value;
    }
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
    auto& receiver = world_.receivers.at(host_of(request.url));
    io::HttpResponse response;
    response.began = clock_.now();
    const auto mode = world_.network_down ? ReceiverMode::hangs : receiver.mode;
    const auto latency = world_.dice.between(Milliseconds{2}, Milliseconds{80});
    switch (mode) {
    case ReceiverMode::ok:
    case ReceiverMode::slow:
        co_await pause(clock_, mode == ReceiverMode::slow ? latency * 20 : latency);
        accept(request, /*reply_known=*/true);
        response.status = world_.dice.chance(500) ? 200 : 204;
        break;
    case ReceiverMode::refused: response.reason = model::Reason::refused; break;
    case ReceiverMode::hangs:
        co_await pause(clock_, request.timeout);
        response.reason = model::Reason::connect_timeout;
        break;
    case ReceiverMode::reply_lost_accepted:
        co_await pause(clock_, latency);
        accept(request, /*reply_known=*/false);
        response.request_sent = true;
        response.reason = model::Reason::reset;
        break;
    case ReceiverMode::status_500:
    case ReceiverMode::status_503_retry_after:
    case ReceiverMode::status_429_retry_after:
    case ReceiverMode::redirect:
        co_await pause(clock_, latency);
        response.request_sent = true;
        response.status = mode == ReceiverMode::status_500               ? 500
                          : mode == ReceiverMode::redirect               ? 301
                          : mode == ReceiverMode::status_503_retry_after ? 503
                                                                         : 429;
        if (response.status == 503 || response.status == 429) {
            response.headers.emplace_back("retry-after", std::to_string(world_.dice.between(1, 4000)));
        }
        break;
    }
    response.ended = clock_.now();
    co_return response;
}

void SimulatedMail::accept(const io::MailJob& job, bool reply_known) {
    Accepted mail;
    mail.at = world_.now;
    mail.contact_address = job.recipient;
    mail.message_id = header_of(*job.bytes, "Message-ID");
    mail.text = readable(*job.bytes);
    mail.reply_known = reply_known;
    mail.life = world_.life;
    mail.undurable = world_.undurable;
    world_.accepted.push_back(std::move(mail));
}

asio::awaitable<io::MailResult> SimulatedMail::send(io::MailJob job) {
    on_send_(header_of(*job.bytes, "Message-ID"));
    auto& relay = world_.relays.at(job.server.name);
    io::MailResult result;
    result.began = clock_.now();
    const auto mode = world_.network_down ? RelayMode::connect_hangs : relay.mode;
    const auto latency = world_.dice.between(Milliseconds{10}, Milliseconds{400});
    const auto finish = [&](io::MailStep step, std::uint16_t code, std::string text) {
        result.step = step;
        result.code = code;
        result.text = std::move(text);
    };
    const bool refused = world_.refused_recipients.contains(job.recipient);
    const auto script = script_of(mode);
    if (mode == RelayMode::refused) {
        finish(io::MailStep::connect, 0, "connection refused");
    } else if (mode == RelayMode::connect_hangs) {
        co_await pause(clock_, job.server.connect_cap);
        result.timed_out = true;
        finish(io::MailStep::connect, 0, "connect timed out");
    } else if (mode == RelayMode::step_hangs) {
        co_await pause(clock_, latency + job.server.step_cap);
        result.timed_out = true;
        finish(io::MailStep::ehlo, 220, "no answer");
    } else if (script.step < io::MailStep::rcpt) {
        co_await pause(clock_, latency);
        finish(script.step, script.code, script.text);
    } else if (refused) {
        co_await pause(clock_, latency);
        finish(io::MailStep::rcpt, 550, "no such user");
    } else if (script.step != io::MailStep::done) {
        co_await pause(clock_, latency);
        result.handed_over = script.step == io::MailStep::answer;
        finish(script.step, script.code, script.text);
    } else if (mode == RelayMode::drops_mid_body) {
        co_await pause(clock_, latency);
        finish(io::MailStep::body, 0, "connection reset");
    } else {
        co_await pause(clock_, mode == RelayMode::slow ? latency * 10 : latency);
        result.handed_over = true;
        const bool takes_it = mode != RelayMode::reply_lost_dropped;
        const bool replies = mode == RelayMode::ok || mode == RelayMode::slow;
        if (takes_it) accept(job, replies);
        if (mode == RelayMode::hangs_after_dot_accepted) {
            co_await pause(clock_, job.server.final_cap);
            result.timed_out = true;
        }
        result.accepted = replies;
        finish(replies ? io::MailStep::done : io::MailStep::answer, replies ? 250 : 0, replies ? "queued" : "connection closed");
    }
    result.ended = clock_.now();
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

asio::awaitable<bool> SimulatedResolver::server_answers(std::string, model::Milliseconds timeout) {
    co_await pause(clock_, world_.network_down ? timeout : world_.dice.between(Milliseconds{1}, Milliseconds{30}));
    co_return !world_.network_down;
}

asio::awaitable<io::StreamResponse> SimulatedStream::exchange(io::StreamRequest) {
    io::StreamResponse response;
    response.began = response.ended = clock_.now();
    response.reason = model::Reason::refused;
    co_return response;
}

} // namespace simulation
