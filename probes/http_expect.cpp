#include "probes/http_expect.hpp"

#include "probes/detail.hpp"
#include "probes/http_secrets.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace probes {

namespace {

constexpr std::uint16_t lowest_status = 100;
constexpr std::uint16_t highest_status = 599;

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
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

/// `200-299, 401`
void read_ranges(const config::Node& node, std::vector<StatusRange>& ranges, config::Problems& problems) {
    const auto text = config::read_string(node, problems);
    for (std::size_t from = 0; text && from <= text->size();) {
        const auto comma = std::min(text->find(',', from), text->size());
        const auto word = trimmed(std::string_view(*text).substr(from, comma - from));
        from = comma + 1;
        if (const auto range = range_of(word)) {
            ranges.push_back(*range);
            continue;
        }
        problems.push_back(
            {node.position(), fmt::format("{} is no status", config::shown(word)), "Write 200, \"200-299, 401\", or a list: [200, 404]"});
    }
}

std::vector<StatusRange> read_statuses(const config::Node& node, config::Problems& problems) {
    std::vector<StatusRange> ranges;
    if (node.kind() != config::NodeKind::list) read_ranges(node, ranges, problems);
    else
        for (const auto& item : node.items()) read_ranges(item, ranges, problems);
    if (ranges.empty()) ranges.emplace_back();
    return ranges;
}

HeaderRule read_header(std::string name, const config::Node& node, config::Problems& problems) {
    HeaderRule rule;
    for (char& letter : name) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    rule.name = std::move(name);
    if (node.kind() == config::NodeKind::scalar) {
        if (auto text = config::read_text(node, problems)) rule.text.add_equal(std::move(*text));
        return rule;
    }
    if (!config::is_map(node, problems)) return rule;
    config::refuse_unknown_keys(node, {"equals", "contains", "not_contains", "matches", "not_matches", "present"}, problems);
    rule.present = config::read_bool(node.get("present"), problems).value_or(true);
    rule.text = TextRules::read(node, "", problems);
    if (auto text = config::read_text(node.get("equals"), problems)) rule.text.add_equal(std::move(*text));
    if (!rule.present && !rule.text.empty()) {
        problems.push_back({node.position(), "a header that must be absent cannot say anything", "Keep only present: false"});
    }
    return rule;
}

void read_headers(const config::Node& map, HttpExpect& result, config::Problems& problems) {
    if (!config::is_map(map, problems)) return;
    for (const auto& [name, node] : map.entries()) {
        if (is_token(name)) result.headers.push_back(read_header(name, node, problems));
        else
            problems.push_back({map.key_position(name), fmt::format("{} cannot be the name of a header", config::shown(name)),
                                "Use letters, digits and dashes"});
    }
}

/// One of several headers with the name must fit; what is told is about the last.
std::optional<std::string> broken(const HeaderRule& rule, const io::HttpResponse& response) {
    std::optional<std::string> finding = fmt::format("the header {} is missing", rule.name);
    if (!rule.present) finding.reset();
    const bool is_secret = holds_secret(rule.name) || rule.name == "set-cookie";
    for (const auto& [name, value] : response.headers) {
        if (name != rule.name) continue;
        if (!rule.present) return fmt::format("the header {} is there, and must not be", rule.name);
        finding = rule.text.broken_by(value, "the header " + rule.name);
        if (!finding) return std::nullopt;
        if (!is_secret) *finding += ": " + config::shown(excerpt_of(value));
    }
    return finding;
}

std::string beginning_of(const std::string& body, std::string_view lead) {
    return body.empty() ? std::string{} : std::string(lead) + excerpt_of(body);
}

} // namespace

std::optional<Finding> HttpExpect::broken_by(const io::HttpResponse& response) const {
    const auto fits = [&](const StatusRange& range) { return response.status >= range.first && response.status <= range.last; };
    if (std::ranges::none_of(statuses, fits)) {
        return Finding{model::Reason::bad_status, fmt::format("HTTP {}, expected {}{}", response.status, shown(statuses),
                                                              beginning_of(response.body, "; the body begins: "))};
    }
    for (const auto& rule : headers) {
        if (auto text = broken(rule, response))
            return Finding{model::Reason::bad_header, fmt::format("HTTP {}, but {}", response.status, *text)};
    }
    const auto subject = fmt::format("the body of {} bytes", response.body.size());
    auto text = body.broken_by(response.body, subject);
    if (!text) text = json.broken_by(response.body);
    if (!text) return std::nullopt;
    const auto lead = text->ends_with(subject) ? ", which begins: " : "; the body begins: ";
    return Finding{model::Reason::bad_body, fmt::format("HTTP {}, but {}{}", response.status, *text, beginning_of(response.body, lead))};
}

HttpExpect read_http_expect(const config::Node& expect, std::string_view method, config::Problems& problems) {
    HttpExpect result;
    if (!config::is_map(expect, problems)) return result;
    config::refuse_unknown_keys(
        expect, {"status", "headers", "body_contains", "body_not_contains", "body_matches", "body_not_matches", "json"}, problems);
    result.statuses = read_statuses(expect.get("status"), problems);
    read_headers(expect.get("headers"), result, problems);
    result.body = TextRules::read(expect, "body_", problems);
    result.json = JsonRules::read(expect.get("json"), problems);
    for (const std::string_view key : {"body_contains", "body_not_contains", "body_matches", "body_not_matches", "json"}) {
        if (method != "HEAD" || !expect.get(key).present()) continue;
        problems.push_back(
            {expect.get(key).position(), "an answer to HEAD has no body", fmt::format("Use method: GET, or remove {}", key)});
    }
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
