#include "config/document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using config::Problems;
using model::Milliseconds;
using testing::ElementsAre;

std::vector<std::string> described(const Problems& problems) {
    std::vector<std::string> lines;
    for (const auto& problem : problems) lines.push_back(config::describe(problem));
    return lines;
}

struct Parsed {
    Problems problems;
    config::Node root;
    explicit Parsed(std::string_view text) { root = config::parse(text, "a.yaml", problems); }
};

TEST(Document, TellsTheLineAndTheColumnInCharactersNotBytes) {
    const Parsed parsed("title: {ja: ポータル, en: Portal}\n");
    EXPECT_TRUE(parsed.problems.empty());
    EXPECT_EQ(config::describe(parsed.root.get("title").get("en").position()), "a.yaml:1:23");
    EXPECT_EQ(config::describe(parsed.root.get("title").key_position("en")), "a.yaml:1:19");
}

TEST(Document, KeepsNoAndYesAsText) {
    const Parsed parsed("a: no\nb: 'true'\nc: true\n");
    Problems problems;
    EXPECT_EQ(config::read_string(parsed.root.get("a"), problems), "no");
    EXPECT_EQ(config::read_bool(parsed.root.get("c"), problems), true);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(config::read_bool(parsed.root.get("a"), problems), std::nullopt);
    EXPECT_EQ(config::read_bool(parsed.root.get("b"), problems), std::nullopt);
    EXPECT_EQ(problems.size(), 2U);
}

TEST(Document, ReportsEveryDuplicateKeyAndGoesOn) {
    const Parsed parsed("a: 1\na: 2\nb: {c: 1, c: {d: 2}, e: 3}\n");
    EXPECT_THAT(described(parsed.problems),
                ElementsAre("a.yaml:2:1: error: the key \"a\" is given twice; first at line 1, column 1. Keep one of the two",
                            "a.yaml:3:11: error: the key \"c\" is given twice; first at line 3, column 5. Keep one of the two"));
    EXPECT_EQ(parsed.root.get("a").scalar(), "1");
    EXPECT_EQ(parsed.root.get("b").get("e").scalar(), "3");
}

TEST(Document, SharesAliasesUpToALimit) {
    const Parsed parsed("a: &x {k: v}\nb: *x\n");
    EXPECT_TRUE(parsed.problems.empty());
    EXPECT_EQ(parsed.root.get("b").get("k").scalar(), "v");
    std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level < 10; ++level) {
        laughs += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
        for (int item = 0; item < 10; ++item) laughs += (item == 0 ? "*a" : ", *a") + std::to_string(level - 1);
        laughs += "]\n";
    }
    const Parsed bomb(laughs);
    ASSERT_EQ(bomb.problems.size(), 1U);
    EXPECT_EQ(bomb.problems[0].text, "more than 1000000 values");
}

TEST(Document, RefusesWhatBreaksItsLimits) {
    EXPECT_EQ(Parsed(std::string(33, '[') + std::string(33, ']')).problems.at(0).text, "nested deeper than 32 levels");
    EXPECT_EQ(Parsed(std::string((1 << 20) + 1, ' ')).problems.at(0).text, "the file is larger than 1 MiB");
    EXPECT_EQ(Parsed("a: &x [*x]\n").problems.at(0).text, "an alias stands inside its own anchor");
    EXPECT_EQ(Parsed("a: 1\n---\nb: 2\n").problems.at(0).text, "a second document begins here");
    EXPECT_EQ(Parsed("a: !!binary abc\n").problems.at(0).text, "the tag \"tag:yaml.org,2002:binary\" is not understood");
    EXPECT_EQ(Parsed("? [a]\n: b\n").problems.at(0).text, "a key must be a word");
}

TEST(Document, RefusesRawTextThatIsNotCleanUtf8) {
    EXPECT_THAT(described(Parsed("a:\n\tb: 1\n").problems), ElementsAre("a.yaml:2:1: error: a tab in the indentation. Indent with spaces"));
    EXPECT_THAT(described(Parsed("a: \xff\n").problems),
                ElementsAre("a.yaml:1:4: error: a byte that is not UTF-8. Save the file as UTF-8"));
    EXPECT_THAT(described(Parsed(std::string("a: \0b\n", 6)).problems), ElementsAre("a.yaml:1:4: error: a control character. Remove it"));
    for (const std::string_view broken : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE3\x81"}) {
        EXPECT_FALSE(Parsed(broken).problems.empty()) << broken;
    }
    EXPECT_TRUE(Parsed("\xEF\xBB\xBF"
                       "a: 火の見\n")
                    .problems.empty());
}

TEST(Document, EmptyTextIsNullAndBrokenTextIsAbsent) {
    EXPECT_TRUE(Parsed("").root.present());
    EXPECT_EQ(Parsed("# only a comment\n").root.kind(), config::NodeKind::null);
    const Parsed broken("a: [1\n");
    EXPECT_FALSE(broken.root.present());
    EXPECT_EQ(broken.problems.size(), 1U);
}

TEST(Document, ReadsDurations) {
    const std::vector<std::pair<std::string, std::int64_t>> good{{"250ms", 250},  {"10s", 10'000},   {"5min", 300'000},
                                                                 {"2m", 120'000}, {"1h", 3'600'000}, {"3d", 259'200'000},
                                                                 {"0s", 0},       {"10 s", 10'000}};
    for (const auto& [text, expected] : good) {
        Problems problems;
        EXPECT_EQ(config::read_duration(Parsed(text).root, problems), Milliseconds{expected}) << text;
        EXPECT_TRUE(problems.empty()) << text;
    }
    for (const std::string text : {"10", "-5s", "1.5s", "s", "10 years", "99999999999999d", "9999999999999999999999s", "[10s]", "''"}) {
        Problems problems;
        EXPECT_EQ(config::read_duration(Parsed(text).root, problems), std::nullopt) << text;
        EXPECT_EQ(problems.size(), 1U) << text;
    }
    Problems problems;
    config::read_duration(Parsed("10").root, problems);
    EXPECT_EQ(config::describe(problems[0]),
              "a.yaml:1:1: error: the duration \"10\" has no unit. Write 10s, 10min or 10ms, as you mean it");
}

TEST(Document, WritesDurationsAsAnOperatorDoes) {
    EXPECT_EQ(config::shown(Milliseconds{299'000}), "299s");
    EXPECT_EQ(config::shown(Milliseconds{300'000}), "5min");
    EXPECT_EQ(config::shown(Milliseconds{60'000}), "60s");
    EXPECT_EQ(config::shown(Milliseconds{1'200'000}), "20min");
    EXPECT_EQ(config::shown(Milliseconds{3'600'000}), "1h");
    EXPECT_EQ(config::shown(Milliseconds{1'500}), "1500ms");
    EXPECT_EQ(config::shown(Milliseconds{0}), "0s");
}

TEST(Document, ReadsRates) {
    Problems problems;
    EXPECT_EQ(config::read_rate(Parsed("5/s").root, problems), 5.0);
    EXPECT_EQ(config::read_rate(Parsed("300/min").root, problems), 5.0);
    EXPECT_EQ(config::read_rate(Parsed("3600/h").root, problems), 1.0);
    EXPECT_TRUE(problems.empty());
    for (const std::string text : {"5", "0/s", "-1/s", "5/week", "/s", "1.5/s"}) {
        EXPECT_EQ(config::read_rate(Parsed(text).root, problems), std::nullopt) << text;
    }
    EXPECT_EQ(problems.size(), 6U);
}

TEST(Document, ReadsNumbersWithinTheirRange) {
    Problems problems;
    EXPECT_EQ(config::read_integer(Parsed("7").root, 1, 7, problems), 7);
    EXPECT_EQ(config::read_number(Parsed("99.5").root, 0, 100, problems), 99.5);
    EXPECT_TRUE(problems.empty());
    for (const std::string text : {"8", "0", "1.5", "'7'", "seven", "[7]", "99999999999999999999"}) {
        EXPECT_EQ(config::read_integer(Parsed(text).root, 1, 7, problems), std::nullopt) << text;
    }
    for (const std::string text : {"nan", "inf", "100.1", "-1", "'5'"}) {
        EXPECT_EQ(config::read_number(Parsed(text).root, 0, 100, problems), std::nullopt) << text;
    }
    EXPECT_EQ(problems.size(), 12U);
}

TEST(Document, AbsentNodesAreNoProblemAndEmptyOnesAre) {
    Problems problems;
    const Parsed parsed("a:\n");
    EXPECT_EQ(config::read_string(parsed.root.get("b"), problems), std::nullopt);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(config::read_string(parsed.root.get("a"), problems), std::nullopt);
    EXPECT_THAT(described(problems),
                ElementsAre("a.yaml:1:1: error: text is expected here, and there is nothing. Give a value, or remove the key"));
}

TEST(Suggestion, FindsTheCloseWordAndOnlyThat) {
    const std::vector<std::string_view> known{"timeout", "target", "every", "expect"};
    EXPECT_EQ(config::did_you_mean("timeuot", known), "timeout");
    EXPECT_EQ(config::did_you_mean("targets", known), "target");
    EXPECT_EQ(config::did_you_mean("evry", known), "every");
    EXPECT_EQ(config::did_you_mean("colour", known), "");
    EXPECT_EQ(config::did_you_mean("", known), "");
    EXPECT_EQ(config::did_you_mean(std::string(1'000, 'x'), known), "");
}

TEST(Shown, QuotesCutsAndEscapes) {
    EXPECT_EQ(config::shown("a\nb"), "\"a\\x0ab\"");
    EXPECT_EQ(config::shown(std::string(100, 'x')), "\"" + std::string(60, 'x') + "...\"");
    EXPECT_EQ(config::shown("ポータル"), "\"ポータル\"");
}

TEST(CanonicalText, IsEqualForWhatSaysTheSame) {
    EXPECT_EQ(config::canonical_text(Parsed("a: 1\nb: [x, y]\n").root), config::canonical_text(Parsed("{b: ['x', \"y\"], a: 1}").root));
    EXPECT_NE(config::canonical_text(Parsed("a: 1\n").root), config::canonical_text(Parsed("a: 2\n").root));
}

} // namespace
