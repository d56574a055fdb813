#include "probes/stream_settings.hpp"

#include "config/url.hpp"
#include "probes/common_keys.hpp"

#include <utility>

#include <fmt/format.h>

namespace probes {

namespace {

constexpr std::size_t longest_text = 4'096;
constexpr std::size_t most_turns = 16;

/// The target with its port, or nothing and a problem.
std::optional<config::Url> read_target(const config::Node& target, config::Problems& problems) {
    auto url = config::read_plain_url(target, {"tcp", "tls"}, problems);
    if (!url) return std::nullopt;
    if (!url->port) problems.push_back({target.position(), "the port is missing", fmt::format("Write {}://HOST:PORT", url->scheme)});
    const bool path = !url->rest.empty() && url->rest != "/";
    if (path)
        problems.push_back(
            {target.position(), fmt::format("a {} target has no path", url->scheme), fmt::format("Write {}://HOST:PORT", url->scheme)});
    if (!url->port || path) return std::nullopt;
    return url;
}

/// What is sent; at most 4096 bytes.
std::string read_sent(const config::Node& node, config::Problems& problems) {
    auto text = config::read_text(node, problems).value_or("");
    if (text.size() > longest_text) problems.push_back({node.position(), "the text is longer than 4096 bytes", "Shorten it"});
    return text;
}

/// `{contains: TEXT, matches: RE2}`: what has come in must say all of it before it is complete.
TextRules read_expected(const config::Node& node, config::Problems& problems) {
    if (!config::is_map(node, problems)) return {};
    config::refuse_unknown_keys(node, {"contains", "matches"}, problems);
    auto rules = TextRules::read(node, "", problems);
    if (!node.get("contains").present() && !node.get("matches").present())
        config::require(node, "contains", "Write expect: {contains: TEXT}, or {matches: EXPRESSION}", problems);
    return rules;
}

io::IsComplete complete_when(TextRules rules) {
    if (rules.empty()) return {};
    return [rules = std::move(rules)](std::string_view received) { return !rules.broken_by(received, ""); };
}

/// Complete once a line that begins like this has ended.
io::IsComplete line_begins(std::string_view beginning) {
    return [wanted = "\n" + std::string(beginning)](std::string_view received) {
        const auto text = "\n" + std::string(received);
        const auto at = text.find(wanted);
        return at != std::string::npos && text.find('\n', at + wanted.size()) != std::string::npos;
    };
}

/// How the protocol comes to TLS in the middle of a connection.
std::vector<io::StreamStep> starttls_steps(std::string_view protocol) {
    const auto begin_tls = [](io::IsComplete complete) {
        return io::StreamStep{.complete = std::move(complete), .send = {}, .start_tls = true};
    };
    if (protocol == "smtp")
        return {{.complete = line_begins("220 "), .send = "EHLO hinomi\r\n"},
                {.complete = line_begins("250 "), .send = "STARTTLS\r\n"},
                begin_tls(line_begins("220 "))};
    if (protocol == "imap") return {{.complete = line_begins("* OK"), .send = "a STARTTLS\r\n"}, begin_tls(line_begins("a OK"))};
    if (protocol == "pop3") return {{.complete = line_begins("+OK"), .send = "STLS\r\n"}, begin_tls(line_begins("+OK"))};
    if (protocol == "ftp") return {{.complete = line_begins("220 "), .send = "AUTH TLS\r\n"}, begin_tls(line_begins("234 "))};
    // PostgreSQL's SSLRequest: length 8, code 80877103; the answer is one byte
    return {{.complete = {}, .send = std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8)},
            begin_tls([](std::string_view received) { return received.starts_with('S'); })};
}

void read_dialogue(const config::Node& dialogue, io::StreamRequest& request, config::Problems& problems) {
    if (!config::is_list(dialogue, problems)) return;
    if (dialogue.items().size() > most_turns) {
        problems.push_back({dialogue.position(), "the dialogue has more than 16 turns", "Shorten it"});
        return;
    }
    for (const auto& turn : dialogue.items()) {
        if (!config::is_map(turn, problems)) continue;
        config::refuse_unknown_keys(turn, {"expect", "send"}, problems);
        request.steps.push_back(
            {.complete = complete_when(read_expected(turn.get("expect"), problems)), .send = read_sent(turn.get("send"), problems)});
    }
}

void read_tls_part(const config::Node& block, StreamSettings& result, config::Problems& problems) {
    result.tls = read_tls(block, problems);
    result.request.tls = result.tls.options;
    result.request.tls.inspect = true;
    result.tls.options.inspect = true;
    const auto protocol = config::read_word(block.get("starttls"), {"smtp", "imap", "pop3", "ftp", "postgresql"}, problems);
    result.request.use_tls = !protocol;
    if (protocol) result.request.steps = starttls_steps(*protocol);
    result.certificate = read_certificate_rules(block.get("certificate"), problems);
}

} // namespace

const std::vector<std::string_view>& tcp_keys() {
    static const std::vector<std::string_view> keys{"send", "expect", "dialogue", "ip_version"};
    return keys;
}

const std::vector<std::string_view>& tls_keys() {
    static const std::vector<std::string_view> keys{"send", "expect", "dialogue", "ip_version", "tls", "starttls", "certificate"};
    return keys;
}

std::optional<config::TargetFacts> describe_stream(const config::Node& target, config::Problems& problems) {
    const auto url = read_target(target, problems);
    if (!url) return std::nullopt;
    return config::TargetFacts{.probe_kind = url->scheme,
                               .destination = config::join_host_port(url->host, *url->port),
                               .loopback = config::is_loopback(url->host)};
}

std::optional<StreamSettings> read_stream_settings(const config::WatchSettings& settings, config::Problems& problems) {
    config::Problems found;
    StreamSettings result;
    auto& request = result.request;
    const auto& block = settings.block;
    const auto url = read_target(block.get("target"), found);
    const bool by_tls = url && url->scheme == "tls";
    if (url && !by_tls && block.get("tls").present()) {
        found.push_back({block.key_position("tls"), "tls is of no use for a tcp target", "Write tls:// in the target, or remove tls"});
    }
    refuse_other_keys(block, by_tls || block.get("tls").present() ? tls_keys() : tcp_keys(), found);
    if (url) {
        request.host = url->host;
        request.port = *url->port;
    }
    if (by_tls) read_tls_part(block, result, found);
    request.family = read_family(block, found);
    read_dialogue(block.get("dialogue"), request, found);
    request.send = read_sent(block.get("send"), found);
    result.expect = read_expected(block.get("expect"), found);
    request.complete = complete_when(result.expect);
    problems.insert(problems.end(), found.begin(), found.end());
    if (config::any_error(found)) return std::nullopt;
    return result;
}

} // namespace probes
