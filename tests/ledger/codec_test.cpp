#include "ledger/codec.hpp"

#include "ledger/codec_words.hpp"
#include "tests/ledger/payload_samples.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace ledger {
namespace {

TEST(Codec, every_kind_of_event_comes_back_as_it_went) {
    const auto events = samples::one_of_each();
    ASSERT_EQ(std::variant_size_v<model::PayloadKinds>, events.size()) << "a new kind of event needs a sample";
    std::set<std::size_t> kinds;
    for (const auto& event : events) {
        kinds.insert(event.payload.index());
        const auto text = encode(event, /*undurable=*/false);
        const auto back = decode(event.sequence, payload_version, text);
        ASSERT_TRUE(back) << back.error();
        EXPECT_EQ(event.payload.index(), back->payload.index());
        EXPECT_EQ(event.time, back->time);
        EXPECT_EQ(text, encode(*back, /*undurable=*/false));
    }
    EXPECT_EQ(events.size(), kinds.size());
}

/// Counts the leaves that hold what a default-constructed field would hold: a field that the codec forgot reads as one.
std::size_t default_leaves(const nlohmann::json& node) {
    if (node.is_object() || node.is_array()) {
        std::size_t count = 0;
        for (const auto& child : node) count += default_leaves(child);
        return count;
    }
    return node == "" || node == 0 || node == false || node == "none" ? 1 : 0;
}

TEST(Codec, no_field_is_forgotten) {
    for (const auto& event : samples::one_of_each()) {
        const auto text = encode(*decode(event.sequence, payload_version, encode(event, /*undurable=*/false)), /*undurable=*/false);
        auto json = nlohmann::json::parse(text);
        for (const char* honest : {"cross_checked", "verified"}) json.erase(honest);                      // false is their telling value
        if (json.contains("incident") && json["incident"].is_object()) json["incident"].erase("cross_checked");
        EXPECT_EQ(0u, default_leaves(json)) << text;
    }
}

TEST(Codec, an_event_that_had_to_wait_in_memory_is_marked) {
    const auto event = samples::one_of_each().front();
    EXPECT_NE(std::string::npos, encode(event, /*undurable=*/true).find("\"undurable\":true"));
    EXPECT_EQ(std::string::npos, encode(event, /*undurable=*/false).find("undurable"));
    EXPECT_TRUE(decode(1, payload_version, encode(event, /*undurable=*/true)));
}

TEST(Codec, what_cannot_be_read_is_told_with_its_place) {
    const struct {
        const char* payload;
        const char* told;
    } rows[] = {
        {"", "not a JSON object"},
        {"[1]", "not a JSON object"},
        {R"({"event":"started"})", "its time is not readable"},
        {R"({"at":{"wall":1,"boot":2,"boot_id":"0000000000000003"}})", "names no event"},
        {R"({"event":"invented","at":{"wall":1,"boot":2,"boot_id":"0000000000000003"}})", "unknown event 'invented'"},
        {R"({"event":"duty_at_risk","percent":"many","at":{"wall":1,"boot":2,"boot_id":"03"}})",
         "duty_at_risk.percent: unexpected value \"many\""},
        {R"({"event":"duty_at_risk","percent":-1,"at":{"wall":1,"boot":2,"boot_id":"03"}})", "duty_at_risk.percent: unexpected value -1"},
        {R"({"event":"worsened","severity":"worse","at":{"wall":1,"boot":2,"boot_id":"03"}})",
         "worsened.severity: unexpected value \"worse\""},
        {R"({"event":"stopped","at":{"wall":1,"boot":2,"boot_id":"zz"}})", "its time is not readable"},
    };
    for (const auto& row : rows) {
        const auto back = decode(42, payload_version, row.payload);
        ASSERT_FALSE(back) << row.payload;
        EXPECT_NE(std::string::npos, back.error().find(row.told)) << back.error();
        EXPECT_NE(std::string::npos, back.error().find("event 42")) << back.error();
    }
}

TEST(Codec, a_newer_format_is_refused_with_the_remedy) {
    const auto back = decode(1, payload_version + 1, encode(samples::one_of_each().front(), /*undurable=*/false));
    ASSERT_FALSE(back);
    EXPECT_NE(std::string::npos, back.error().find("upgrade hinomi"));
}

TEST(Codec, missing_fields_keep_their_defaults_and_unknown_ones_are_ignored) {
    const auto back =
        decode(1, payload_version, R"({"event":"duty_missed","duty":"d","new_field":[1],"at":{"wall":1,"boot":2,"boot_id":"03"}})");
    ASSERT_TRUE(back) << back.error();
    EXPECT_EQ("", std::get<model::DutyMissed>(back->payload).cause);
}

TEST(Codec, texts_that_are_not_utf8_do_not_stop_the_ledger) {
    model::Event event{1, {}, model::Stopped{.reason = "bad \xff byte"}};
    EXPECT_TRUE(decode(1, payload_version, encode(event, /*undurable=*/false)));
}

TEST(Codec, retention_follows_the_guideline) {
    EXPECT_EQ(model::RetentionClass::usage, retention_of(model::Suspected{}));
    EXPECT_EQ(model::RetentionClass::exception, retention_of(model::Opened{}));
    EXPECT_EQ(model::RetentionClass::exception, retention_of(model::DutyMissed{}));
    EXPECT_EQ(model::RetentionClass::permanent, retention_of(model::Sealed{}));
}

TEST(Codec, an_event_belongs_to_a_tenant_only_when_it_speaks_of_that_one_alone) {
    model::Duty acme;
    acme.recipient = {model::RecipientKind::tenant, "acme"};
    model::Duty globex;
    globex.recipient = {model::RecipientKind::tenant, "globex"};
    EXPECT_EQ("acme", tenant_of(model::DutiesArmed{{acme, acme}}));
    EXPECT_EQ("", tenant_of(model::DutiesArmed{{acme, globex}}));
    EXPECT_EQ("", tenant_of(model::Stopped{}));
}

template <typename Enum> void check_words(std::size_t count) {
    std::set<std::string_view> words;
    for (const auto& [value, word] : Words<Enum>::list) {
        EXPECT_EQ(value, from_word<Enum>(word_of(value)));
        words.insert(word);
    }
    EXPECT_EQ(count, words.size());
}

TEST(Codec, every_word_stands_for_one_value) {
    check_words<model::Reason>(static_cast<std::size_t>(model::Reason::shutting_down) + 1);
    check_words<model::Stage>(static_cast<std::size_t>(model::Stage::test) + 1);
    check_words<model::Severity>(5);
    check_words<model::IncidentKind>(static_cast<std::size_t>(model::IncidentKind::line) + 1);
    check_words<model::DutyState>(static_cast<std::size_t>(model::DutyState::voided) + 1);
    check_words<model::DeliveryOutcome>(static_cast<std::size_t>(model::DeliveryOutcome::undeliverable) + 1);
    EXPECT_FALSE(from_word<model::Stage>("first alert"));
}

} // namespace
} // namespace ledger
