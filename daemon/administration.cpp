#include "daemon/administration.hpp"

#include "daemon/exit_code.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace hinomi {

namespace {

constexpr std::size_t longest_reason = 1'000;

/// Fewer than for scrapes: this listener is for a few people, and whoever is in the middle of a handshake keeps his place.
constexpr web::Limits limits{.connections = 32};

/// In one line of a log.
std::string one_line(std::string text) {
    std::ranges::replace_if(text, [](char letter) { return static_cast<unsigned char>(letter) < ' '; }, ' ');
    return text;
}

web::Answer refusal(const web::Request& request, std::string_view what) {
    const auto who = fmt::format("{}", fmt::join(request.certificate_names, ", "));
    spdlog::warn("administration: {} ({}) may not {}", who.empty() ? "somebody without a name" : who, request.peer, what);
    return web::text_answer(403, fmt::format("the certificate of {} may not {}. See `administration` of the configuration",
                                             who.empty() ? "nobody by name" : who, what));
}

} // namespace

Administration::Administration(asio::any_io_executor executor, io::Clock& clock, config::AdministrationSettings settings,
                               std::shared_ptr<asio::ssl::context> tls, Reload reload)
    : settings_(std::move(settings)), reload_(std::move(reload)), server_(std::move(executor), clock, router_, limits, std::move(tls)) {
    router_.add("GET", "/-/healthy", [this](const web::Request& request) {
        return right_of(request) == Right::none ? refusal(request, "look") : web::text_answer(200, "hinomi is healthy");
    });
    for (const auto* method : {"POST", "PUT"}) {
        router_.add(method, "/-/reload", [this](web::Request request) { return this->reload(std::move(request)); }, longest_reason);
    }
}

void Administration::set_rights(const std::optional<config::AdministrationSettings>& settings) {
    settings_.viewer = settings ? settings->viewer : std::vector<std::string>{};
    settings_.admin = settings ? settings->admin : std::vector<std::string>{};
}

void Administration::start() {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(settings_.address, error);
    if (error) spdlog::error("administration: {}: {}", settings_.address, error.message());
    else server_.listen({{address, settings_.port}});
}

Administration::Right Administration::right_of(const web::Request& request) const {
    const auto named = [&request](const std::vector<std::string>& names) {
        return std::ranges::any_of(request.certificate_names,
                                   [&names](const auto& name) { return std::ranges::find(names, name) != names.end(); });
    };
    if (named(settings_.admin)) return Right::change;
    return named(settings_.viewer) ? Right::look : Right::none;
}

asio::awaitable<web::Answer> Administration::reload(web::Request request) {
    if (right_of(request) != Right::change) co_return refusal(request, "reload");
    Reloader::Wish wish;
    wish.actor = one_line(request.certificate_names.front());
    wish.origin = "http " + request.peer;
    wish.reason = one_line(request.body);
    const auto answer = co_await reload_(std::move(wish));
    co_return web::text_answer(answer.exit_code == exit_ok ? 200 : 409, answer.message);
}

} // namespace hinomi
