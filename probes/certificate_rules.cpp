#include "probes/certificate_rules.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace probes {

namespace {

constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int64_t most_days = 3'650;

std::int64_t unix_seconds(model::WallTime time) { return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count(); }

/// Whole days from now on; negative when it is over.
std::int64_t days_until(std::int64_t end, model::WallTime now) { return (end - unix_seconds(now)) / seconds_per_day; }

/// `2026-12-24`, in UTC.
std::string date_of(std::int64_t seconds) {
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds{std::chrono::seconds{seconds}})};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

/// The certificate that ends first.
const io::CertificateFacts* earliest(const io::TlsFacts& facts) {
    const auto found = std::ranges::min_element(facts.chain, {}, &io::CertificateFacts::not_after);
    return found == facts.chain.end() ? nullptr : &*found;
}

} // namespace

std::optional<std::string> CertificateRules::broken_by(const io::TlsFacts& facts, bool verify, model::WallTime now) const {
    if (verify && !facts.verified) return "the certificate is not valid: " + facts.finding;
    const auto* first = earliest(facts);
    if (first == nullptr) return "no certificate was presented";
    if (days_left > 0 && days_until(first->not_after, now) < days_left) {
        return fmt::format("the certificate of {} ends in {} days, on {}; expected at least {} days", first->subject,
                           days_until(first->not_after, now), date_of(first->not_after), days_left);
    }
    const auto& own = facts.chain.front();
    for (const auto& name : names) {
        if (std::ranges::find(own.names, name) == own.names.end()) return fmt::format("{} is not among the names of the certificate", name);
    }
    if (issuer.empty()) return std::nullopt;
    auto finding = issuer.broken_by(own.issuer, "the issuer");
    if (finding) *finding += ": " + config::shown(own.issuer);
    return finding;
}

CertificateRules read_certificate_rules(const config::Node& node, config::Problems& problems) {
    CertificateRules rules;
    if (!config::is_map(node, problems)) return rules;
    config::refuse_unknown_keys(
        node, {"days_left", "names", "issuer_contains", "issuer_not_contains", "issuer_matches", "issuer_not_matches"}, problems);
    rules.days_left = config::read_integer(node.get("days_left"), 1, most_days, problems).value_or(0);
    rules.names = config::read_strings(node.get("names"), problems);
    rules.issuer = TextRules::read(node, "issuer_", problems);
    return rules;
}

std::string describe_certificates(const io::TlsFacts& facts, model::WallTime now) {
    const auto* first = earliest(facts);
    if (first == nullptr) return facts.version.empty() ? std::string{} : facts.version + ", no certificate";
    const auto& own = facts.chain.front();
    const auto which = first == &own ? std::string{} : fmt::format(", {} in the chain", first->subject);
    return fmt::format("{}, {} by {}{} until {} ({} days){}", facts.version, own.subject, own.issuer, which, date_of(first->not_after),
                       days_until(first->not_after, now), facts.name_matches ? "" : ", for other names");
}

} // namespace probes
