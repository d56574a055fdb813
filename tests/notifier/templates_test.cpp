#include "notifier/templates.hpp"
#include "notifier/words_render.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace {

using notifier::check_template;
using notifier::Escape;
using notifier::render;
using notifier::Templates;
using notifier::Values;

TEST(Templates, HaveTheSameTextsInBothLanguages) {
    const Templates templates;
    std::set<std::string> ja;
    std::set<std::string> en;
    for (const std::string& name : templates.names()) (name.starts_with("ja/") ? ja : en).insert(name.substr(3));
    EXPECT_EQ(ja, en);
    for (const char* name :
         {"first_alert", "follow_up", "recovery", "correction", "digest", "page", "blind", "line_fault", "test", "general"}) {
        EXPECT_TRUE(ja.contains(std::string{name} + ".subject")) << name;
        EXPECT_TRUE(ja.contains(std::string{name} + ".text")) << name;
    }
    EXPECT_TRUE(ja.contains("notice.html"));
}

TEST(Templates, PassTheirOwnChecks) {
    Templates templates;
    for (const std::string& name : templates.names()) {
        const auto taken = templates.override_with(name, templates.built_in(name));
        EXPECT_TRUE(taken) << taken.error();
    }
}

TEST(Templates, LetAnOperatorOverrideOne) {
    Templates templates;
    ASSERT_TRUE(templates.override_with("ja/test.text", "届きましたか"));
    EXPECT_EQ(templates.text("ja/test.text"), "届きましたか");
    EXPECT_NE(templates.built_in("ja/test.text"), "届きましたか");
    EXPECT_EQ(templates.text("xx/nothing"), "");
}

TEST(Templates, KeepTheBuiltInTextWhenAnOverrideIsBroken) {
    struct Case {
        std::string name;
        std::string text;
        std::string complaint;
    };
    const std::vector<Case> cases{
        {"en/nothing.text", "x", "there is no template of this name"},
        {"en/test.text", "a\nb {{composed_at", "line 2: a tag is not closed"},
        {"en/test.text", "{{servise}}", "line 1: there is no value named \"servise\""},
        {"en/test.text", "{{}}", "there is no value named \"\""},
        {"en/test.text", "{{.}}", "there is no value named \".\""},
        {"en/test.text", "\n\n{{#stop}}x", "line 3: the section \"stop\" is not closed"},
        {"en/test.text", "x{{/stop}}", "the section \"stop\" was never opened"},
        {"en/test.text", "{{#stop}}{{#fault}}{{/stop}}{{/fault}}", "the section \"stop\" is closed where \"fault\" is open"},
        {"en/test.text", "{{>general}}", "other templates cannot be included"},
        {"en/test.text", "{{=<% %>=}}", "the delimiters cannot be changed"},
        {"en/test.text", "{{{support}}}", "unescaped tags are not allowed"},
        {"en/test.text", "{{&support}}", "unescaped tags are not allowed"},
        {"en/test.text", "{{#incidents}}{{#watches}}x{{/watches}}{{/incidents}}", "inside another list"},
        {"en/test.text", "{{#incidents}}" + std::string(5000, 'x') + "{{/incidents}}", "repeats more than 4096 bytes"},
        {"en/test.text", std::string(70'000, 'x'), "at most 65536"},
        {"en/first_alert.text", "Something broke at {{detected_at}}.",
         "customers must be told more: add {{services}}, {{symptom_sentence}}"},
        {"en/notice.html", "<p>nothing</p>", "add {{lines}}"},
    };
    for (const Case& one : cases) {
        Templates templates;
        const auto taken = templates.override_with(one.name, one.text);
        ASSERT_FALSE(taken) << one.text;
        EXPECT_NE(taken.error().find(one.complaint), std::string::npos) << taken.error();
        EXPECT_EQ(templates.text(one.name), templates.built_in(one.name));
    }
}

TEST(Templates, HaveEveryNameInTheirReadme) {
    std::ifstream file{std::string{HINOMI_TEST_DATA} + "/../../notifier/templates/README.md"};
    const std::string readme{std::istreambuf_iterator<char>{file}, {}};
    ASSERT_FALSE(readme.empty());
    for (const std::string_view name : notifier::template_names()) {
        EXPECT_NE(readme.find("`" + std::string{name} + "`"), std::string::npos) << name;
    }
}

TEST(Templates, RefuseDeepNesting) {
    std::string deep;
    for (int depth = 0; depth < 9; ++depth) deep += "{{#stop}}";
    for (int depth = 0; depth < 9; ++depth) deep += "{{/stop}}";
    EXPECT_NE(check_template(deep).error().find("nested too deeply"), std::string::npos);
}

TEST(Templates, AreCompiledOnceAndFilledWithOtherValuesEachTime) {
    Templates templates;
    ASSERT_TRUE(templates.override_with("en/test.text", "{{#stop}}stop {{/stop}}{{number}}"));
    const auto* ready = templates.ready("en/test.text");
    ASSERT_NE(ready, nullptr);
    EXPECT_EQ(ready, templates.ready("en/test.text"));
    Values values;
    values.texts["number"] = "INC-<1>";
    EXPECT_EQ(ready->fill(values, Escape::none).value(), "INC-<1>");
    values.flags["stop"] = true;
    values.texts["number"] = std::string(300'000, 'x');
    EXPECT_FALSE(ready->fill(values, Escape::none));
    values.texts["number"] = "INC-<2>";
    EXPECT_EQ(ready->fill(values, Escape::html).value(), "stop INC-&lt;2&gt;");
    EXPECT_EQ(templates.ready("en/no_such.text"), nullptr);
}

TEST(Templates, ANewOverrideCountsAlsoAfterTheOldOneWasUsed) {
    Templates templates;
    const auto built_in = templates.ready("en/test.text")->fill({}, Escape::none).value();
    ASSERT_TRUE(templates.override_with("en/test.text", "first"));
    EXPECT_EQ(templates.ready("en/test.text")->fill({}, Escape::none).value(), "first");
    ASSERT_TRUE(templates.override_with("en/test.text", "second"));
    const auto copy = templates;
    EXPECT_EQ(copy.ready("en/test.text")->fill({}, Escape::none).value(), "second");
    EXPECT_EQ(copy.ready_built_in("en/test.text")->fill({}, Escape::none).value(), built_in);
}

TEST(Render, EscapesOnlyForHtml) {
    Values values;
    values.texts["support"] = "<b>&\"'";
    EXPECT_EQ(render("{{support}}", values, Escape::none).value(), "<b>&\"'");
    EXPECT_EQ(render("{{support}}", values, Escape::html).value(), "&lt;b&gt;&amp;&quot;&#39;");
}

TEST(Render, NeverInterpretsValues) {
    Values values;
    values.texts["support"] = "{{number}} {{#incidents}} {{>x}}";
    values.texts["number"] = "INC-1";
    EXPECT_EQ(render("{{support}}", values, Escape::none).value(), "{{number}} {{#incidents}} {{>x}}");
}

TEST(Render, TreatsEmptyAndUnsetAsFalse) {
    Values values;
    values.texts["support"] = "";
    values.flags["stop"] = true;
    const char* text = "{{#support}}a{{/support}}{{^support}}b{{/support}}{{^number}}c{{/number}}{{#stop}}d{{/stop}}{{number}}";
    EXPECT_EQ(render(text, values, Escape::none).value(), "bcd");
}

TEST(Render, LeavesNoTraceOfLoneSectionLines) {
    Values values;
    values.flags["stop"] = true;
    values.lists["incidents"] = {Values{{{"number", "1"}}, {}, {}}, Values{{{"number", "2"}}, {}, {}}};
    const std::string text =
        "a\n{{#stop}}\nb\n\n{{/stop}}\n{{#fault}}\nnever\n{{/fault}}\n{{! a comment }}\n"
        "c\n\n{{#incidents}}\n- {{number}}\n{{/incidents}}\nd\n";
    EXPECT_EQ(render(text, values, Escape::none).value(), "a\nb\n\nc\n\n- 1\n- 2\nd\n");
}

TEST(Render, StopsWhenTheOutputGrowsTooLong) {
    Values item;
    item.texts["text"] = std::string(2000, '<');
    Values values;
    values.lists["lines"] = std::vector<Values>(2000, item);
    std::string text = "{{#lines}}";
    for (int count = 0; count < 200; ++count) text += "{{text}}";
    const auto rendered = render(text + "{{/lines}}", values, Escape::html);
    ASSERT_FALSE(rendered);
    EXPECT_NE(rendered.error().find("more than 262144 bytes"), std::string::npos);
    const auto literal = render("{{#lines}}" + std::string(4000, 'x') + "{{/lines}}", values, Escape::none);
    EXPECT_FALSE(literal);
}

} // namespace
