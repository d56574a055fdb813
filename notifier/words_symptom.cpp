#include "notifier/words_symptom.hpp"

#include <array>

namespace notifier {

namespace {

struct Row {
    model::Reason reason;
    std::string_view word;
    std::string_view ja_brief;
    std::string_view ja_clause;   ///< ends in 状態; です or でした follows
    std::string_view en_service;  ///< after "the service"
    std::string_view en_functions;///< after "some functions"
    std::string_view en_now;      ///< a sentence without its full stop
    std::string_view en_then;
};

using model::Reason;

constexpr std::string_view unreachable = "接続できない状態";
constexpr std::string_view incorrect = "正常に動作していない状態";
constexpr std::string_view reached = "cannot be reached";
constexpr std::string_view works = "does not work correctly";
constexpr std::string_view work = "do not work correctly";

constexpr std::array<Row, 19> rows{{
    // What a person opened without a word on the symptom, or slowness that became something worse: nothing is said of our checks.
    {Reason::none, "none", "正常に利用できない状態", "正常にご利用いただけない状態", "cannot be used normally", "cannot be used normally",
     "The service cannot be used normally", "The service could not be used normally"},
    {Reason::refused, "refused", unreachable, "外部からの接続が拒否され、接続できない状態", reached, reached,
     "Connections from outside are refused", "Connections from outside were refused"},
    {Reason::reset, "reset", unreachable, "外部からの接続が途中で切断される状態", reached, reached,
     "Connections from outside are cut off before an answer arrives", "Connections from outside were cut off before an answer arrived"},
    {Reason::connect_timeout, "connect_timeout", unreachable, "外部から接続を試みても応答がなく、接続できない状態", reached, reached,
     "Attempts to connect from outside get no answer", "Attempts to connect from outside got no answer"},
    {Reason::no_route, "no_route", unreachable, "外部からサービスへ通信が届かず、接続できない状態", reached, reached,
     "Traffic from outside does not reach the service", "Traffic from outside did not reach the service"},
    {Reason::name_not_found, "name_not_found", unreachable, "サービスのドメイン名が見つからず、接続できない状態", reached, reached,
     "The domain name of the service is not found, so connections fail",
     "The domain name of the service was not found, so connections failed"},
    {Reason::name_timeout, "name_timeout", unreachable, "サービスのドメイン名の問い合わせに応答がなく、接続できない状態", reached, reached,
     "Look-ups of the domain name of the service get no answer, so connections fail",
     "Look-ups of the domain name of the service got no answer, so connections failed"},
    {Reason::tls_failed, "tls_failed", "安全に接続できない状態", "暗号化通信(TLS)を開始できず、接続できない状態",
     "cannot be reached securely", "cannot be reached securely", "An encrypted connection (TLS) cannot be established",
     "An encrypted connection (TLS) could not be established"},
    {Reason::certificate_invalid, "certificate_invalid", "安全に接続できない状態",
     "サーバー証明書を正しく確認できず、安全に接続できない状態", "cannot be reached securely", "cannot be reached securely",
     "The server certificate does not pass verification, so no secure connection is possible",
     "The server certificate did not pass verification, so no secure connection was possible"},
    {Reason::response_timeout, "response_timeout", "応答がない状態", "接続後、所定の時間内に応答が返らない状態", "does not respond",
     "do not respond", "No response arrives within the time limit", "No response arrived within the time limit"},
    {Reason::protocol_error, "protocol_error", incorrect, "応答を正しく受け取れない状態", works, work, "Responses cannot be read correctly",
     "Responses could not be read correctly"},
    {Reason::too_large, "too_large", incorrect, "応答の内容が通常と異なる状態", works, work, "Responses differ from normal ones",
     "Responses differed from normal ones"},
    {Reason::bad_status, "bad_status", "エラーが返る状態", "アクセスするとエラーが返る状態", "returns errors", "return errors",
     "Requests are answered with errors", "Requests were answered with errors"},
    {Reason::bad_body, "bad_body", incorrect, "応答の内容が通常と異なる状態", works, work, "Responses differ from normal ones",
     "Responses differed from normal ones"},
    {Reason::bad_header, "bad_header", incorrect, "応答の内容が通常と異なる状態", works, work, "Responses differ from normal ones",
     "Responses differed from normal ones"},
    {Reason::not_expected, "not_expected", incorrect, "応答の内容が通常と異なる状態", works, work, "Responses differ from normal ones",
     "Responses differed from normal ones"},
    {Reason::too_slow, "too_slow", "応答に時間がかかる状態", "応答に通常より時間がかかる状態", "responds slowly", "respond slowly",
     "Responses take longer than agreed", "Responses took longer than agreed"},
    {Reason::probe_crashed, "probe_crashed", "正常な動作を確認できない状態", "外部からの監視で、正常な動作を確認できない状態",
     "cannot be confirmed to work", "cannot be confirmed to work", "Our external checks cannot confirm normal operation",
     "Our external checks could not confirm normal operation"},
    {Reason::shutting_down, "shutting_down", "正常な動作を確認できない状態", "外部からの監視で、正常な動作を確認できない状態",
     "cannot be confirmed to work", "cannot be confirmed to work", "Our external checks cannot confirm normal operation",
     "Our external checks could not confirm normal operation"},
}};

const Row& row_of(Reason reason) {
    for (const Row& row : rows) {
        if (row.reason == reason) return row;
    }
    return rows.front();
}

std::string join(std::string_view first, std::string_view second, std::string_view third = {}) {
    std::string out{first};
    out += second;
    out += third;
    return out;
}

} // namespace

Symptom symptom(Reason reason, model::Severity severity, model::Language language, Tense tense) {
    const bool some = severity == model::Severity::fault;
    // Slowness is the symptom of a performance incident, and too weak a word for one that became worse.
    const bool slow = severity == model::Severity::performance;
    const bool blind = severity == model::Severity::blind;
    const Row& row = row_of(slow ? Reason::too_slow : blind ? Reason::probe_crashed : reason == Reason::too_slow ? Reason::none : reason);
    if (language == model::Language::ja) {
        const std::string_view scope = some ? "一部の機能で" : "";
        return {join(scope, row.ja_brief), join(scope, row.ja_brief),
                join(some ? "一部の機能で、" : "", row.ja_clause, tense == Tense::past ? "でした。" : "です。")};
    }
    const std::string sentence = join(tense == Tense::past ? row.en_then : row.en_now, some ? " (some functions)." : ".");
    if (some) return {join("some functions ", row.en_functions), join("some functions ", row.en_functions), sentence};
    return {std::string{row.en_service}, join("the service ", row.en_service), sentence};
}

std::string_view word(Reason reason) { return row_of(reason).word; }

std::string_view word(model::Severity severity) {
    switch (severity) {
    case model::Severity::performance: return "performance";
    case model::Severity::fault: return "fault";
    case model::Severity::stop: return "stop";
    case model::Severity::line: return "line";
    case model::Severity::blind: return "blind";
    }
    return "stop";
}

} // namespace notifier
