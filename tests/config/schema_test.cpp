#include "config/schema.hpp"

#include "config/keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

Json schema() {
    return Json::parse(config::json_schema({{.kind = "http", .schemes = {"http", "https"}, .keys = {"method", "tls"}},
                                            {.kind = "tcp", .schemes = {"tcp"}, .keys = {"send", "tls"}}}));
}

TEST(Schema, HasEveryKeyOfTheTableAndRefusesOthers) {
    const auto json = schema();
    EXPECT_EQ(json["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for (const auto& key : config::keys()) {
        const auto& section = key.section == "root" ? json : json["$defs"][std::string(key.section)];
        ASSERT_TRUE(section["properties"].contains(std::string(key.name))) << key.section << '.' << key.name;
        EXPECT_EQ(section["additionalProperties"], false) << key.section;
        EXPECT_EQ(section["properties"][std::string(key.name)]["description"].get<std::string>(), key.says);
    }
}

TEST(Schema, FollowsTheFormsOfTheTable) {
    const auto json = schema();
    EXPECT_EQ(json["properties"]["mode"]["enum"], (Json{"live", "rehearsal"}));
    EXPECT_EQ(json["properties"]["mode"]["default"], "live");
    EXPECT_EQ(json["$defs"]["confirm"]["properties"]["failures"]["type"], "integer");
    EXPECT_EQ(json["$defs"]["confirm"]["properties"]["failures"]["default"], 3);
    EXPECT_EQ(json["$defs"]["confirm"]["properties"]["failures"]["x-unit"], "samples");
    EXPECT_EQ(json["$defs"]["tenant"]["required"], (Json{"name", "services", "contacts"}));
    EXPECT_EQ(json["$defs"]["duties"]["properties"]["first_alert"]["anyOf"][1]["properties"]["weaker_than_profile"]["minLength"], 1);
    EXPECT_TRUE(json["properties"]["controls"]["properties"].contains("III.4.2.1 a"));
}

TEST(Schema, HasTheKeysOfTheKindsOfProbes) {
    const auto block = schema()["$defs"]["block"]["properties"];
    EXPECT_EQ(block["method"]["description"], "of http, https targets");
    EXPECT_EQ(block["tls"]["description"], "of http, https targets; of tcp targets");
}

TEST(Reference, InTheDocumentationIsTheOneOfTheTable) {
    std::ifstream stream(std::filesystem::path(HINOMI_SOURCE_DIR) / "doc/configuration.md", std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    EXPECT_EQ(text.str(), config::markdown_reference()) << "make it anew: hinomi config reference > doc/configuration.md";
    EXPECT_THAT(text.str(), HasSubstr("| `first_alert` | limit | `20min` [G] |"));
}

} // namespace
