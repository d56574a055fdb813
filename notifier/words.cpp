#include "notifier/words.hpp"

#include <fmt/format.h>

#include <array>

namespace notifier {

namespace {

struct StageWords {
    model::Stage stage;
    std::string_view word;
    std::string_view ja;
    std::string_view en;
};

using model::Stage;

constexpr std::array<StageWords, 11> stages{{
    {Stage::first_alert, "first_alert", "障害速報", "incident alert"},
    {Stage::follow_up, "follow_up", "障害続報", "incident update"},
    {Stage::recovery, "recovery", "復旧報", "recovery report"},
    {Stage::correction, "correction", "訂正", "correction"},
    {Stage::line_fault, "line_fault", "外部回線の障害", "external network fault"},
    {Stage::blind, "blind", "監視不能", "monitoring blind"},
    {Stage::maintenance, "maintenance", "計画メンテナンス", "planned maintenance"},
    {Stage::final_report, "final_report", "障害報告書", "final report"},
    {Stage::monthly_report, "monthly_report", "月次報告", "monthly report"},
    {Stage::page, "page", "呼び出し", "page"},
    {Stage::test, "test", "訓練", "drill"},
}};

const StageWords& words_of(Stage stage) {
    for (const StageWords& words : stages) {
        if (words.stage == stage) return words;
    }
    return stages.front();
}

bool is_ja(model::Language language) { return language == model::Language::ja; }

} // namespace

std::string_view word(Stage stage) { return words_of(stage).word; }

std::string_view stage_title(Stage stage, model::Language language) { return is_ja(language) ? words_of(stage).ja : words_of(stage).en; }

std::string_view severity_title(model::Severity severity, model::Language language) {
    switch (severity) {
    case model::Severity::performance: return is_ja(language) ? "応答の遅延" : "slow responses";
    case model::Severity::fault: return is_ja(language) ? "一部機能の障害" : "partial fault";
    case model::Severity::line: return is_ja(language) ? "外部回線の障害" : "external network fault";
    case model::Severity::blind: return is_ja(language) ? "監視不能" : "monitoring blind";
    case model::Severity::stop: break;
    }
    return is_ja(language) ? "サービスの停止" : "outage";
}

std::string recipient_word(const model::Recipient& recipient) {
    switch (recipient.kind) {
    case model::RecipientKind::manager: return "manager";
    case model::RecipientKind::on_call: return "on_call";
    case model::RecipientKind::tenant: break;
    }
    return "tenant:" + recipient.name;
}

std::string join_words(const std::vector<std::string>& words, std::size_t more, model::Language language) {
    std::string out;
    for (const std::string& word : words) {
        if (!out.empty()) out += is_ja(language) ? "、" : ", ";
        out += word;
    }
    if (more > 0) out += is_ja(language) ? fmt::format(" ほか{}件", more) : fmt::format(" and {} more", more);
    return out;
}

std::string_view some_service(model::Language language) { return is_ja(language) ? "ご利用中のサービス" : "Your service"; }

std::string_view drill_mark(model::Language language) { return is_ja(language) ? "【訓練】" : "[Drill] "; }

std::string rehearsal_line(const std::string& recipient, model::Language language) {
    if (is_ja(language))
        return fmt::format("【訓練】訓練モードのため、お客様({})には送信していません。以下は、本番であればお送りする文面です。\n\n",
                           recipient);
    return fmt::format("[Drill] Rehearsal mode: this was not sent to the customer ({}). Below is what would have been sent.\n\n",
                       recipient);
}

} // namespace notifier
