#include "daemon/references.hpp"

#include "io/ares_resolver.hpp"
#include "io/default_gateway.hpp"
#include "io/spawn.hpp"

#include <algorithm>
#include <string_view>

namespace hinomi {

namespace {

constexpr model::Milliseconds known_for{5 * 60'000};
constexpr std::string_view by_echo = "icmp://";

/// Whether a reference is there: a name server by a question, anything else by an echo.
asio::awaitable<bool> answers(io::ProbeEffects& effects, std::string reference, model::Milliseconds timeout) {
    if (!reference.starts_with(by_echo)) co_return co_await effects.resolver.server_answers(std::move(reference), timeout);
    io::EchoRequest request;
    request.host = reference.substr(by_echo.size());
    request.timeout = timeout;
    const auto response = co_await effects.datagram.echo(std::move(request));
    co_return response.reason == model::Reason::none;
}

} // namespace

References::References(asio::any_io_executor executor, io::ProbeLanes& lanes, io::Clock& clock, std::vector<std::string> servers,
                       model::Milliseconds timeout)
    : executor_(std::move(executor)), lanes_(lanes), clock_(clock), timeout_(timeout), added_(clock) {
    for (auto& server : servers) references_.push_back(std::make_shared<Reference>(Reference{.server = std::move(server)}));
}

void References::replace(std::vector<std::string> servers) {
    std::vector<std::shared_ptr<Reference>> next;
    for (auto& server : servers) {
        const auto known = std::ranges::find_if(references_, [&](const auto& reference) { return reference->server == server; });
        if (known == references_.end()) added_.ring();
        next.push_back(known != references_.end() ? *known : std::make_shared<Reference>(Reference{.server = std::move(server)}));
    }
    references_ = std::move(next);
}

asio::awaitable<void> References::ask(std::shared_ptr<Reference> reference, std::uint32_t lane) {
    const auto server = reference->server;
    const auto timeout = timeout_;
    reference->answered = false;
    io::CheckWork work = [server, timeout](io::ProbeEffects& effects) { return answers(effects, server, timeout); };
    reference->answered = co_await lanes_.check(lane, std::move(work));
    reference->usable = reference->usable || reference->answered;
}

asio::awaitable<void> References::round() {
    io::Alarm mine(clock_);
    waiting_.push_back(&mine);
    if (!round_under_way_) {
        round_under_way_ = true;
        asked_ = references_.size();
        for (std::size_t index = 0; index < references_.size(); ++index) {
            io::spawn(executor_, ask(references_[index], static_cast<std::uint32_t>(index) % lanes_.count()), [this](std::exception_ptr) {
                if (--asked_ != 0) return;
                round_under_way_ = false;
                for (auto* alarm : std::exchange(waiting_, {})) alarm->ring();
            });
        }
    }
    try {
        co_await mine.wait();
    } catch (...) {
        std::erase(waiting_, &mine);
        throw;
    }
}

model::CrossCheck References::result() const {
    bool any_usable = false;
    for (const auto& reference : references_) {
        if (reference->answered) return model::CrossCheck::answered;
        any_usable = any_usable || reference->usable;
    }
    return any_usable ? model::CrossCheck::all_silent : model::CrossCheck::none_usable;
}

asio::awaitable<model::CrossCheck> References::cross_check() {
    if (references_.empty()) co_return model::CrossCheck::none_usable;
    co_await round();
    co_return result();
}

asio::awaitable<void> References::keep_known() {
    while (true) {
        if (!references_.empty()) co_await round();
        co_await added_.wait_until(clock_.now().boot + known_for);
    }
}

std::vector<std::string> default_references() {
    auto references = io::configured_name_servers();
    if (const auto gateway = io::default_gateway()) references.push_back(std::string(by_echo) + *gateway);
    return references;
}

std::size_t References::usable() const {
    return static_cast<std::size_t>(std::ranges::count_if(references_, [](const auto& reference) { return reference->usable; }));
}

} // namespace hinomi
