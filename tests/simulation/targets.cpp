#include "tests/simulation/targets.hpp"

#include "io/sleep.hpp"
#include "tests/simulation/seams.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace simulation {

namespace {

constexpr std::uint16_t dns_port = 53;
constexpr std::uint8_t is_response = 0x80;
constexpr std::uint8_t is_truncated = 0x02;
constexpr std::uint8_t server_failure = 2;
constexpr std::size_t header_size = 12;

/// An answer to a DNS question: one address, a refusal, or the request to ask again by TCP.
std::string answer_to(std::string_view question, bool fails, bool cut_short) {
    auto end = header_size;
    while (end < question.size() && question[end] != '\0') end += static_cast<unsigned char>(question[end]) + std::size_t{1};
    end += 5;  // the root's empty label, type and class
    std::string answer(question.substr(0, end));
    answer[2] = static_cast<char>(static_cast<std::uint8_t>(answer[2]) | is_response | (cut_short ? is_truncated : 0));
    answer[3] = static_cast<char>(fails ? server_failure : 0);
    for (std::size_t index = 6; index < header_size; ++index) answer[index] = '\0';
    if (fails || cut_short) return answer;
    answer[7] = 1;
    // the name asked for, A, IN, 60 s, 192.0.2.1
    return answer + std::string("\xC0\x0C\x00\x01\x00\x01\x00\x00\x00\x3C\x00\x04\xC0\x00\x02\x01", 16);
}

std::string framed(const std::string& message) {
    return std::string{static_cast<char>(message.size() >> 8U), static_cast<char>(message.size() & 0xFFU)} + message;
}

model::Reason reason_of(TargetMode mode) {
    switch (mode) {
    case TargetMode::silent: return model::Reason::connect_timeout;
    case TargetMode::stalls: return model::Reason::response_timeout;
    case TargetMode::refused: return model::Reason::refused;
    case TargetMode::no_route: return model::Reason::no_route;
    case TargetMode::name_lost: return model::Reason::name_not_found;
    case TargetMode::reset: return model::Reason::reset;
    case TargetMode::tls_failed: return model::Reason::tls_failed;
    case TargetMode::garbled: return model::Reason::protocol_error;
    case TargetMode::probe_crashes: return model::Reason::probe_crashed;
    case TargetMode::slow:
    case TargetMode::bad_answer:
    case TargetMode::ok: break;
    }
    return model::Reason::none;
}

Milliseconds time_of(TargetMode mode, Milliseconds latency, Milliseconds timeout) {
    if (mode == TargetMode::silent || mode == TargetMode::stalls) return timeout;
    if (mode == TargetMode::refused) return std::min(Milliseconds{1}, timeout);
    return std::min(mode == TargetMode::slow ? latency * 60 : latency, timeout);
}

/// What every protocol tells of a visit.
template <typename Response> Response response_to(const SimulatedTargets::Visit& visit) {
    Response response;
    response.began = visit.began;
    response.ended = visit.ended;
    response.reason = visit.reason;
    if (visit.reason != model::Reason::none) response.error = "simulated failure";
    return response;
}

} // namespace

asio::awaitable<SimulatedTargets::Visit> SimulatedTargets::visit(std::string host, Milliseconds timeout) {
    ++world_.attempts;
    std::size_t index = 0;
    std::from_chars(host.data() + 1, host.data() + host.size(), index);
    auto& target = world_.targets.at(index);
    if (!host.contains('-')) on_probe_(target);
    const auto latency = world_.dice.between(Milliseconds{5}, Milliseconds{50});
    if (target.good_per_mille > 0) ++world_.uneven_visits;
    const bool well_all_the_same =
        (target.good_per_mille > 0 && world_.dice.chance(target.good_per_mille)) || (target.gateway_lives && host.contains("-gateway"));
    const auto mode = world_.network_down ? TargetMode::silent : well_all_the_same ? TargetMode::ok : target.mode;
    if (mode == TargetMode::probe_crashes) throw std::runtime_error("simulated fault of a probe");
    const auto began = clock_.now();
    co_await io::sleep_until(clock_, began.boot + time_of(mode, latency, timeout));
    co_return Visit{mode, reason_of(mode), began, clock_.now()};
}

asio::awaitable<io::HttpResponse> TargetHttp::request(io::HttpRequest request) {
    const auto visit = co_await targets_.visit(host_of(request.url), request.timeout);
    auto response = response_to<io::HttpResponse>(visit);
    response.phases.processing = visit.took();
    if (visit.reason == model::Reason::none) response.status = visit.mode == TargetMode::bad_answer ? 503 : 200;
    co_return response;
}

asio::awaitable<io::StreamResponse> TargetStream::exchange(io::StreamRequest request) {
    const auto visit = co_await targets_.visit(request.host, request.timeout);
    auto response = response_to<io::StreamResponse>(visit);
    response.phases.connect = visit.took();
    if (visit.reason != model::Reason::none) co_return response;
    const bool bad = visit.mode == TargetMode::bad_answer;
    if (request.port == dns_port) {
        response.received = framed(answer_to(std::string_view(request.send).substr(2), bad, /*cut_short=*/false));
    } else if (!request.complete) {
        if (bad) response.reason = model::Reason::reset;
    } else {
        response.received = bad ? "554 go away\r\n" : "220 ready\r\n";
        if (!request.complete(response.received)) {
            response.reason = model::Reason::not_expected;
            response.error = "the peer closed the connection";
        }
    }
    co_return response;
}

asio::awaitable<io::DatagramResponse> TargetDatagram::exchange(io::DatagramRequest request) {
    const auto visit = co_await targets_.visit(request.host, request.timeout);
    auto response = response_to<io::DatagramResponse>(visit);
    response.phases.processing = visit.took();
    if (visit.reason == model::Reason::none)
        response.received = answer_to(request.payload, visit.mode == TargetMode::bad_answer, targets_.dice().chance(50));
    co_return response;
}

asio::awaitable<io::EchoResponse> TargetDatagram::echo(io::EchoRequest request) {
    const auto visit = co_await targets_.visit(request.host, request.timeout);
    auto response = response_to<io::EchoResponse>(visit);
    response.round_trips.resize(request.count);
    // an echo has no port to refuse and no words to get wrong: it comes back, or somebody says that it cannot, or nothing comes
    const bool comes_back = visit.mode == TargetMode::ok || visit.mode == TargetMode::slow;
    if (!comes_back) {
        const bool said = visit.reason == model::Reason::no_route || visit.reason == model::Reason::name_not_found;
        if (!said) response.reason = model::Reason::response_timeout;
        response.error = "simulated failure";
        co_return response;
    }
    for (auto& round_trip : response.round_trips) {
        if (!targets_.dice().chance(30)) round_trip = visit.took();
    }
    response.round_trips.back() = visit.took();  // never all of them: that is another mode
    co_return response;
}

} // namespace simulation
