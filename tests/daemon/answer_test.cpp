#include "daemon/answer.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace hinomi {
namespace {

struct Printed {
    std::string out;
    std::string error;
};

Printed printed(const Answer& answer, Format format) {
    std::ostringstream out;
    std::ostringstream error;
    print(answer, format, out, error);
    return {out.str(), error.str()};
}

Answer rows() {
    Answer answer;
    answer.message = "two";
    answer.columns = {"watch", "next_in"};
    answer.rows = {{{"watch", "ポータル"}, {"next_in", 5}, {"more", true}}, {{"watch", "a,\"b\"\x1b[2J"}, {"next_in", nullptr}}};
    return answer;
}

TEST(Answers, columns_line_up_under_wide_letters_and_control_characters_do_not_reach_the_terminal) {
    EXPECT_EQ(printed(rows(), Format::table).out,
              "WATCH      NEXT IN\n"
              "ポータル   5\n"
              "a,\"b\" [2J\n"
              "two\n");
}

TEST(Answers, json_holds_all_fields_and_says_whether_it_went_well) {
    const auto read = nlohmann::json::parse(printed(rows(), Format::json).out);
    EXPECT_EQ(read["ok"], true);
    EXPECT_EQ(read["items"][0]["more"], true);
    const auto failure = printed(failed("no"), Format::json);
    EXPECT_EQ(nlohmann::json::parse(failure.out)["ok"], false);
}

TEST(Answers, csv_quotes_and_defuses_formulas) {
    auto answer = rows();
    answer.rows.push_back({{"watch", "=1+1"}, {"next_in", 1}});
    EXPECT_EQ(printed(answer, Format::csv).out, "watch,next_in\r\nポータル,5\r\n\"a,\"\"b\"\"\x1b[2J\",\r\n'=1+1,1\r\n");
}

TEST(Answers, one_thing_is_shown_as_its_fields) {
    auto answer = rows();
    answer.rows.pop_back();
    answer.upright = true;
    EXPECT_EQ(printed(answer, Format::table).out, "watch    ポータル\nnext_in  5\ntwo\n");
}

TEST(Answers, what_was_done_is_a_sentence_for_people_and_fields_for_programs) {
    const auto answer = done("INC-1 is open", {{"incident", "INC-1"}, {"tenants", {"acme", "globex"}}});
    EXPECT_EQ(printed(answer, Format::table).out, "INC-1 is open\n");
    EXPECT_EQ(printed(answer, Format::csv).out, "incident,tenants\r\nINC-1,\"acme, globex\"\r\n");
    const auto read = nlohmann::json::parse(printed(answer, Format::json).out);
    EXPECT_EQ(read["message"], "INC-1 is open");
    EXPECT_EQ(read["item"]["tenants"][1], "globex");
    const auto back = answer_of(to_line(answer));
    ASSERT_TRUE(back);
    EXPECT_TRUE(back->for_programs && back->upright);
    auto older = nlohmann::json::parse(to_line(answer));
    older.erase("for_programs");
    EXPECT_TRUE(answer_of(older.dump())) << "a daemon of an older version is understood";
}

TEST(Answers, a_failure_is_one_line_on_standard_error) {
    const auto failure = printed(failed("it is so. Do this"), Format::table);
    EXPECT_EQ(failure.out, "");
    EXPECT_EQ(failure.error, "error: it is so. Do this\n");
}

TEST(Answers, a_message_keeps_its_lines_and_loses_what_steers_a_terminal) {
    Answer answer;
    answer.message = "cause: \x1b[2Ja full disk\x7f\nforecast:\t18:00\r";
    EXPECT_EQ(printed(answer, Format::table).out, "cause:  [2Ja full disk \nforecast: 18:00 \n");
    EXPECT_EQ(printed(failed("no \x1b[31m"), Format::table).error, "error: no  [31m\n");
}

TEST(Answers, a_line_of_the_socket_comes_back_whole) {
    const auto answer = answer_of(to_line(rows()));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->columns, rows().columns);
    EXPECT_EQ(answer->rows, rows().rows);
    EXPECT_FALSE(answer_of("{}"));
    EXPECT_FALSE(answer_of("\xff"));
}

} // namespace
} // namespace hinomi
