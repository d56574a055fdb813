#include "notifier/words_clean.hpp"
#include "notifier/words_symptom.hpp"
#include "notifier/words_time.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace std::chrono_literals;
using notifier::clean;
using notifier::Lines;

model::WallTime at(std::int64_t seconds) { return model::WallTime{model::Milliseconds{seconds * 1000}}; }

TEST(Clean, RepairsAndStripsWhatForgesText) {
    struct Case {
        std::string in;
        std::string out;
    };
    const std::vector<Case> cases{
        {"plain", "plain"},
        {"日本語", "日本語"},
        {"a\r\nBcc: x", "a Bcc: x"},
        {"a\tb\nc", "a b c"},
        {std::string{"nul\0l", 5}, "null"},
        {"\x1b[31mred", "[31mred"},
        {"del\x7f", "del"},
        {"c1\xC2\x9B!", "c1!"},
        {"\xE2\x80\xAE"
         "evil\xE2\x80\xAC",
         "evil"},
        {"\xE2\x81\xA6iso\xE2\x81\xA9", "iso"},
        {"zero\xE2\x80\x8Bwidth\xEF\xBB\xBF", "zerowidth"},
        {"line\xE2\x80\xA8sep", "line sep"},
        {"bad\xFF", "bad\xEF\xBF\xBD"},
        {"cut\xE6\x97", "cut\xEF\xBF\xBD"},
        {"overlong\xC0\xAF", "overlong\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"surrogate\xED\xA0\x80", "surrogate\xEF\xBF\xBD"},
        {"beyond\xF4\x90\x80\x80", "beyond\xEF\xBF\xBD"},
        {"emoji\xF0\x9F\x94\xA5", "emoji\xF0\x9F\x94\xA5"},
        {"  \n ", ""},
        {"", ""},
    };
    for (const Case& one : cases) EXPECT_EQ(clean(one.in, 100), one.out) << testing::PrintToString(one.in);
}

TEST(Clean, KeepsLineBreaksOnlyWhenAskedTo) {
    EXPECT_EQ(clean("a\r\nb\rc\n", 100, Lines::several), "a\nb\nc");
    EXPECT_EQ(clean("a\nb", 100), "a b");
}

TEST(Clean, CutsAtCodePointsWithAnEllipsis) {
    EXPECT_EQ(clean("日本語", 3), "日本語");
    EXPECT_EQ(clean("日本語だ", 3), "日本…");
    EXPECT_EQ(clean("abc", 0), "");
    EXPECT_EQ(clean(std::string(10'000'000, 'x'), 5), "xxxx…");
}

TEST(EscapeHtml, LeavesNoMarkup) { EXPECT_EQ(notifier::escape_html("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"); }

TEST(SayTime, NamesTheZoneAlways) {
    struct Case {
        std::int64_t seconds;
        const char* zone;
        const char* said;
    };
    const std::vector<Case> cases{
        {1'795'406'700, "Asia/Tokyo", "2026-11-23 13:05 JST"},
        {1'795'406'700, "UTC", "2026-11-23 04:05 UTC"},
        {1'795'406'700, "", "2026-11-23 04:05 UTC"},
        {1'795'406'700, "No/Such_Zone", "2026-11-23 04:05 UTC"},
        {1'795'406'700, "../../etc/passwd", "2026-11-23 04:05 UTC"},
        {1'792'889'999, "Europe/Berlin", "2026-10-25 02:59 CEST"},  // the hour that comes twice
        {1'792'890'000, "Europe/Berlin", "2026-10-25 02:00 CET"},
        {1'772'953'199, "America/New_York", "2026-03-08 01:59 EST"},  // the hour that is left out
        {1'772'953'200, "America/New_York", "2026-03-08 03:00 EDT"},
        {1'795'406'700, "America/Sao_Paulo", "2026-11-23 01:05 UTC-03"},
        {0, "Asia/Tokyo", ""},
        {-5, "Asia/Tokyo", ""},
        {900'000'000'000'000, "Asia/Tokyo", ""},
    };
    for (const Case& one : cases) EXPECT_EQ(notifier::say_time(at(one.seconds), one.zone), one.said) << one.zone;
}

TEST(SayDay, IsTheDayInTheZone) {
    EXPECT_EQ(notifier::say_day(at(1'795'446'000), "Asia/Tokyo"), "20261124");
    EXPECT_EQ(notifier::say_day(at(1'795'446'000), "UTC"), "20261123");
}

TEST(Rfc3339, IsUtcWithMilliseconds) {
    EXPECT_EQ(notifier::rfc3339(at(1'795'406'700) + 7ms), "2026-11-23T04:05:00.007Z");
    EXPECT_EQ(notifier::rfc3339({}), "");
}

TEST(SayDuration, CountsMinutes) {
    using model::Language;
    EXPECT_EQ(notifier::say_duration(0ms, Language::ja), "1分未満");
    EXPECT_EQ(notifier::say_duration(-5min, Language::en), "less than 1 minute");
    EXPECT_EQ(notifier::say_duration(61s, Language::en), "1 minute");
    EXPECT_EQ(notifier::say_duration(34min, Language::ja), "34分");
    EXPECT_EQ(notifier::say_duration(120min, Language::ja), "120分(2時間)");
    EXPECT_EQ(notifier::say_duration(75min, Language::en), "75 minutes (1 h 15 min)");
}

TEST(Symptom, SaysForEveryReasonAndSeverityWhatACustomerSees) {
    using model::Language;
    using model::Severity;
    for (int reason = 0; reason <= static_cast<int>(model::Reason::shutting_down); ++reason) {
        for (const Severity severity : {Severity::performance, Severity::fault, Severity::stop}) {
            for (const Language language : {Language::ja, Language::en}) {
                const auto now = notifier::symptom(static_cast<model::Reason>(reason), severity, language, notifier::Tense::present);
                const auto then = notifier::symptom(static_cast<model::Reason>(reason), severity, language, notifier::Tense::past);
                EXPECT_FALSE(now.brief.empty());
                EXPECT_FALSE(now.phrase.empty());
                EXPECT_NE(now.sentence, then.sentence);
                EXPECT_TRUE(now.sentence.ends_with(language == Language::ja ? "状態です。" : ".")) << now.sentence;
            }
        }
        if (reason > 0) EXPECT_NE(notifier::word(static_cast<model::Reason>(reason)), "none");
    }
}

TEST(Symptom, SpeaksOfFunctionsOnAFaultAndOfSlownessOnPerformance) {
    using model::Language;
    using model::Reason;
    using model::Severity;
    using notifier::Tense;
    EXPECT_EQ(notifier::symptom(Reason::refused, Severity::stop, Language::ja, Tense::present).brief, "接続できない状態");
    EXPECT_EQ(notifier::symptom(Reason::refused, Severity::stop, Language::en, Tense::present).brief, "cannot be reached");
    EXPECT_EQ(notifier::symptom(Reason::bad_status, Severity::fault, Language::ja, Tense::present).brief, "一部の機能でエラーが返る状態");
    EXPECT_EQ(notifier::symptom(Reason::bad_status, Severity::fault, Language::en, Tense::present).phrase, "some functions return errors");
    EXPECT_EQ(notifier::symptom(Reason::refused, Severity::performance, Language::en, Tense::past).sentence,
              "Responses took longer than agreed.");
}

} // namespace
