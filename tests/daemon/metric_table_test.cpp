#include "daemon/metric_table.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

namespace hinomi {
namespace {

std::string read(const std::string& path) {
    std::ifstream file(std::string(HINOMI_SOURCE_DIR) + "/" + path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string_view part_of(Metric::Part part) {
    switch (part) {
    case Metric::Part::offering: return "service";
    case Metric::Part::daemon: return "daemon";
    case Metric::Part::basic: return "watch";
    case Metric::Part::full: return "watch, full";
    }
    return "";
}

/// The table of the manual, as it must be.
std::string table() {
    std::string text = "| series | type | of | labels | meaning |\n|---|---|---|---|---|\n";
    for (const auto& each : metric_table())
        text += fmt::format("| `{}` | {} | {} | {} | {} |\n", each.name, word_of(each.kind), part_of(each.part), each.labels, each.help);
    return text;
}

TEST(MetricTable, IsTheTableOfTheManual) {
    const auto page = read("doc/metrics.md");
    EXPECT_NE(page.find(table()), std::string::npos) << "doc/metrics.md must hold exactly this:\n" << table();
}

TEST(MetricTable, NamesFollowTheConventions) {
    std::set<std::string_view> names;
    for (const auto& each : metric_table()) {
        EXPECT_TRUE(names.insert(each.name).second) << each.name;
        EXPECT_TRUE(each.name.starts_with("hinomi_") || each.name.starts_with("process_")) << each.name;
        EXPECT_EQ(each.name.ends_with("_total"), each.kind == Metric::Kind::counter) << each.name;
        if (each.kind == Metric::Kind::histogram) EXPECT_TRUE(each.name.ends_with("_seconds")) << each.name;
        EXPECT_TRUE(each.help.ends_with('.')) << each.name;
        for (const auto* avoided :
             {"type", "region", "zone", "owner", "customer", "stage", "service", "environment", "env", "job", "instance"})
            EXPECT_EQ((", " + std::string(each.labels) + ",").find(fmt::format(", {},", avoided)), std::string::npos) << each.name;
    }
}

TEST(MetricTable, DashboardsAndRulesUseOnlyWhatIsThere) {
    std::set<std::string> used;
    for (const auto* path : {"dashboards/alerts.yaml", "dashboards/hinomi.json"}) {
        const auto text = read(path);
        ASSERT_FALSE(text.empty()) << path;
        re2::StringPiece rest(text);
        std::string name;
        while (RE2::FindAndConsume(&rest, R"(\b((?:hinomi|process)_[a-z0-9_]+))", &name)) used.insert(name);
    }
    EXPECT_GT(used.size(), 15U);
    for (auto name : used) {
        for (const auto* suffix : {"_bucket", "_sum", "_count"}) {
            if (name.ends_with(suffix)) name.resize(name.size() - std::string_view(suffix).size());
        }
        EXPECT_NO_THROW(metric(name)) << name;
    }
}

} // namespace
} // namespace hinomi
