#include "probes/http_settings.hpp"

#include "config/url.hpp"
#include "config/watch_keys.hpp"
#include "probes/tls_settings.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace probes {

namespace {

constexpr std::int64_t most_redirects = 10;
constexpr std::uint16_t lowest_status = 100;
constexpr std::uint16_t highest_status = 599;

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& letter : result) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return result;
}

/// A token of RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
    constexpr std::string_view also = "!#$%&'*+-.^_`|~";
    const auto fits = [&](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
               also.find(letter) != std::string_view::npos;
    };
    return !text.empty() && std::ranges::all_of(text, fits);
}

bool holds_secret(std::string_view name) {
    const auto word = lower(name);
    return word == "authorization" || word == "proxy-authorization" || word == "cookie" || word == "x-api-key" || word == "x-auth-token";
}

std::optional<std::uint16_t> status_of(std::string_view text) {
    std::uint16_t status = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
    const bool whole = error == std::errc{} && end == text.data() + text.size();
    return whole && status >= lowest_status && status <= highest_status ? std::optional(status) : std::nullopt;
}

/// `200` or `200-299`.
std::optional<StatusRange> range_of(std::string_view text) {
    const auto dash = std::min(text.find('-'), text.size());
    const auto first = status_of(text.substr(0, dash));
    const auto last = dash < text.size() ? status_of(text.substr(dash + 1)) : first;
    if (!first || !last || *first > *last) return std::nullopt;
    return StatusRange{*first, *last};
}

void read_status(const config::Node& node, HttpSettings& result, config::Problems& problems) {
    if (!node.present()) return;
    std::vector<StatusRange> ranges;
    for (const auto& item : node.kind() == config::NodeKind::list ? node.items() : std::vector{node}) {
        const auto text = config::read_string(item, problems);
        if (!text) continue;
        if (const auto range = range_of(*text)) ranges.push_back(*range);
        else
            problems.push_back(
                {item.position(), fmt::format("{} is no status", config::shown(*text)), "Write 200, \"200-299\", or a list: [200, 404]"});
    }
    if (!ranges.empty()) result.statuses = std::move(ranges);
}

void read_expect(const config::Node& block, HttpSettings& result, config::Problems& problems) {
    const auto expect = block.get("expect");
    if (!config::is_map(expect, problems)) return;
    config::refuse_unknown_keys(expect, {"status", "body_contains"}, problems);
    read_status(expect.get("status"), result, problems);
    const auto contains = expect.get("body_contains");
    result.body_contains = config::read_string(contains, problems).value_or("");
    if (!result.body_contains.empty() && result.request.method == "HEAD") {
        problems.push_back({contains.position(), "an answer to HEAD has no body", "Use method: GET, or remove body_contains"});
    }
}

void read_headers(const config::Node& block, HttpSettings& result, config::Problems& problems) {
    const auto headers = block.get("headers");
    if (!config::is_map(headers, problems)) return;
    for (const auto& [name, node] : headers.entries()) {
        if (!is_token(name)) {
            problems.push_back({headers.key_position(name), fmt::format("{} cannot be the name of a header", config::shown(name)),
                                "Use letters, digits and dashes"});
        } else if (holds_secret(name)) {
            problems.push_back({headers.key_position(name), fmt::format("the header {} would hold a secret", name),
                                "Secrets never stand in the configuration: watch a page that needs no login"});
        } else if (auto value = config::read_string(node, problems)) {
            result.request.headers.emplace_back(name, std::move(*value));
        }
    }
}

} // namespace

const std::vector<std::string_view>& http_keys() {
    static const std::vector<std::string_view> keys{"method", "headers", "body", "expect", "redirects", "tls"};
    return keys;
}

std::optional<config::TargetFacts> describe_http(const config::Node& target, config::Problems& problems) {
    const auto url = config::read_plain_url(target, {"http", "https"}, problems);
    if (!url) return std::nullopt;
    const auto port = url->port.value_or(url->scheme == "https" ? 443 : 80);
    return config::TargetFacts{
        .probe_kind = "http", .destination = config::join_host_port(url->host, port), .loopback = config::is_loopback(url->host)};
}

std::optional<HttpSettings> read_http_settings(const config::WatchSettings& settings, config::Problems& problems) {
    config::Problems found;
    HttpSettings result;
    const auto& block = settings.block;
    auto known = config::common_watch_keys();
    known.insert(known.end(), http_keys().begin(), http_keys().end());
    config::refuse_unknown_keys(block, known, found);
    const auto url = config::read_plain_url(block.get("target"), {"http", "https"}, found);
    if (url) {
        const auto path = url->rest.substr(0, url->rest.find('#'));
        const auto host = url->host.find(':') == std::string::npos ? url->host : "[" + url->host + "]";
        const auto port = url->port ? fmt::format(":{}", *url->port) : std::string{};
        result.request.url = fmt::format("{}://{}{}{}{}", url->scheme, host, port, path.starts_with('/') ? "" : "/", path);
    }
    const auto method = config::read_word(block.get("method"), {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, found);
    result.request.method = method.value_or("GET");
    read_headers(block, result, found);
    result.request.body = config::read_text(block.get("body"), found).value_or("");
    read_expect(block, result, found);
    const auto redirects = config::read_integer(block.get("redirects"), 0, most_redirects, found);
    result.request.redirects = static_cast<std::uint32_t>(redirects.value_or(0));
    result.request.tls = read_tls(block, found);
    if (url && url->scheme == "http" && block.get("tls").present() && result.request.redirects == 0) {
        found.push_back({block.key_position("tls"), "tls is of no use for an http target", "Write https:// in the target, or remove tls"});
    }
    result.request.need_body = !result.body_contains.empty();
    problems.insert(problems.end(), found.begin(), found.end());
    if (config::any_error(found)) return std::nullopt;
    return result;
}

std::string shown(const std::vector<StatusRange>& statuses) {
    std::string text;
    for (const auto& range : statuses) {
        if (!text.empty()) text += ", ";
        text += range.first == range.last ? fmt::format("{}", range.first) : fmt::format("{}-{}", range.first, range.last);
    }
    return text;
}

} // namespace probes
