#pragma once

#include "daemon/exit_code.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hinomi {

enum class Format : std::uint8_t { table, json, csv };

/// What a verb has to say: a sentence for people and rows for both people and programs.
struct Answer {
    int exit_code = exit_ok;
    std::string message;                        ///< lines for people; after a failure, why and what to do
    std::vector<std::string> columns;           ///< in the order of the table
    std::vector<nlohmann::json> rows;           ///< objects with the columns as keys
    bool upright = false;                       ///< one row, shown as a list of its fields
    bool for_programs = false;                  ///< the message says it all to people: rows are shown as JSON and CSV only
};

/// What a verb that changes something has to say: the sentence, and the same as fields.
Answer done(std::string message, nlohmann::json fields);

Answer failed(std::string why, int exit_code = exit_failed);

/// Its one line on the control socket, and back.
std::string to_line(const Answer& answer);
std::optional<Answer> answer_of(std::string_view line);

/// Rows to `out`; the message to `out` as well, or to `error` after a failure or where rows are read by programs.
void print(const Answer& answer, Format format, std::ostream& out, std::ostream& error);

} // namespace hinomi
