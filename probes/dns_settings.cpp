#include "config/url.hpp"
#include "probes/common_keys.hpp"
#include "probes/dns_probe.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace probes {

namespace {

constexpr std::int64_t most_records = 512;
constexpr std::string_view target_form = "Write dns://SERVER[:PORT]/NAME";

/// Server and name, or nothing and a problem.
std::optional<std::pair<config::Url, std::string>> read_target(const config::Node& target, config::Problems& problems) {
    auto url = config::read_plain_url(target, {"dns"}, problems);
    if (!url) return std::nullopt;
    auto name = url->rest.empty() ? std::string{} : url->rest.substr(1);
    if (!is_dns_name(name)) {
        problems.push_back({target.position(), fmt::format("{} is no name to ask for", config::shown(name)), std::string(target_form)});
        return std::nullopt;
    }
    return std::pair{std::move(*url), normalised(RecordType::ns, name == "." ? "" : name)};
}

void read_expect(const config::Node& expect, DnsSettings& result, config::Problems& problems) {
    if (!config::is_map(expect, problems)) return;
    config::refuse_unknown_keys(expect, {"code", "answers", "no_others", "at_least", "contains", "not_contains", "matches", "not_matches"},
                                problems);
    const auto code = config::read_word(expect.get("code"), {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"}, problems);
    result.code = code_of(code.value_or("NOERROR")).value_or(0);
    const auto told = problems.size();
    for (const auto& text : config::read_strings(expect.get("answers"), problems))
        result.answers.push_back(normalised(result.question.type, text));
    if (expect.get("answers").kind() == config::NodeKind::list && result.answers.empty() && problems.size() == told) {
        problems.push_back({expect.get("answers").position(), "no answer is listed",
                            "List the records that must be there, expect NXDOMAIN where there must be none, or remove answers"});
    }
    result.no_others = config::read_bool(expect.get("no_others"), problems).value_or(false);
    const auto at_least = config::read_integer(expect.get("at_least"), 0, most_records, problems);
    result.at_least = static_cast<std::size_t>(at_least.value_or(1));
    result.text = TextRules::read(expect, "", problems);
    if (result.no_others && !expect.get("answers").present()) {
        problems.push_back({expect.get("no_others").position(), "no_others needs the answers that are expected", "Add answers: [...]"});
    }
    if (result.code != 0 && !result.answers.empty()) {
        problems.push_back({expect.get("answers").position(), fmt::format("{} comes without answers", code_name(result.code)),
                            "Remove answers, or expect NOERROR"});
    }
}

} // namespace

const std::vector<std::string_view>& dns_keys() {
    static const std::vector<std::string_view> keys{"type", "transport", "recursion", "expect", "ip_version"};
    return keys;
}

std::optional<config::TargetFacts> describe_dns(const config::Node& target, config::Problems& problems) {
    const auto read = read_target(target, problems);
    if (!read) return std::nullopt;
    const auto& url = read->first;
    return config::TargetFacts{.probe_kind = "dns",
                               .destination = config::join_host_port(url.host, url.port.value_or(53)),
                               .loopback = config::is_loopback(url.host)};
}

std::optional<DnsSettings> read_dns_settings(const config::WatchSettings& settings, config::Problems& problems) {
    config::Problems found;
    DnsSettings result;
    const auto& block = settings.block;
    refuse_other_keys(block, dns_keys(), found);
    if (auto target = read_target(block.get("target"), found)) {
        result.server = target->first.host;
        result.port = target->first.port.value_or(53);
        result.question.name = std::move(target->second);
    }
    const auto type = config::read_word(block.get("type"), {"A", "AAAA", "MX", "TXT", "CNAME", "NS", "SOA"}, found);
    result.question.type = record_type_of(type.value_or("A")).value_or(RecordType::a);
    result.by_tcp = config::read_word(block.get("transport"), {"udp", "tcp"}, found) == "tcp";
    result.question.recursion = config::read_bool(block.get("recursion"), found).value_or(true);
    result.family = read_family(block, found);
    read_expect(block.get("expect"), result, found);
    problems.insert(problems.end(), found.begin(), found.end());
    if (config::any_error(found)) return std::nullopt;
    return result;
}

} // namespace probes
