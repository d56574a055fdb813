#include "daemon/log_sink.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hinomi {
namespace {

struct Line {
    std::string text;
    std::string shown;
};

TEST(LogLines, hold_no_control_characters_of_others) {
    const std::vector<Line> table{
        {"", ""},
        {"confirmed bad, ポータル", "confirmed bad, ポータル"},
        {"typo\n2026-11-30T09:00:00.000+09:00 critical all is lost", "typo\\n2026-11-30T09:00:00.000+09:00 critical all is lost"},
        {"a\r\nb\tc", "a\\r\\nb\\tc"},
        {"\x1b[2Jcleared\x7f", "\\x1b[2Jcleared\\x7f"},
        {"c1 \xc2\x9b"
         "31m, and no c1 \xc2\xa5 \xc2",
         "c1 \\x9b31m, and no c1 \xc2\xa5 \xc2"},
        {std::string("nul\0nul", 7), "nul\\x00nul"},
    };
    for (const auto& [text, shown] : table) EXPECT_EQ(in_one_line(text), shown);
}

TEST(LogLines, of_a_text_of_ours_stand_behind_each_other) {
    EXPECT_EQ(joined_lines("hinomi.yaml:3:1: error: a\nhinomi.yaml:4:1: error: b\n"),
              "hinomi.yaml:3:1: error: a; hinomi.yaml:4:1: error: b");
    EXPECT_EQ(joined_lines("\n"), "");
}

TEST(LogLines, are_one_for_each_entry) {
    ::testing::internal::CaptureStderr();
    make_logger()->warn("{}: void: {}", "INC-1", "typo\nforged");
    const auto written = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::ranges::count(written, '\n'), 1) << written;
    EXPECT_NE(written.find("void: typo\\nforged"), std::string::npos) << written;
}

} // namespace
} // namespace hinomi
