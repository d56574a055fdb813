#include "web/metric_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

TEST(MetricText, WritesFamilies) {
    std::string out;
    web::append_family(out, "hinomi_x_total", "counter", "What it \"is\":\n a back\\slash");
    EXPECT_EQ(out, "# HELP hinomi_x_total What it \"is\":\\n a back\\\\slash\n# TYPE hinomi_x_total counter\n");
}

TEST(MetricText, EscapesLabelValues) {
    std::string out = "x{";
    web::append_label(out, "target", "a\"b\\c\nd");
    web::append_label(out, "class", "fault");
    EXPECT_EQ(out, "x{target=\"a\\\"b\\\\c\\nd\",class=\"fault\"");
}

TEST(MetricText, WritesNumbers) {
    std::string out;
    web::append_number(out, std::numeric_limits<std::uint64_t>::max());
    out += ' ';
    web::append_number(out, 0.995);
    out += ' ';
    web::append_number(out, std::numeric_limits<double>::quiet_NaN());
    out += ' ';
    web::append_number(out, -std::numeric_limits<double>::infinity());
    EXPECT_EQ(out, "18446744073709551615 0.995 NaN -Inf");
}

TEST(MetricText, WritesSecondsExactly) {
    std::string out;
    web::append_milliseconds(out, 1'795'406'706'007);
    out += ' ';
    web::append_milliseconds(out, -1'500);
    out += ' ';
    web::append_milliseconds(out, 0);
    out += ' ';
    web::append_microseconds(out, 1'000'020);
    EXPECT_EQ(out, "1795406706.007 -1.500 0.000 1.000020");
}

} // namespace
