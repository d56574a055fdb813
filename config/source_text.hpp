#pragma once

#include "config/problem.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace config {

/// Turns byte columns of a text into columns that count characters, as editors show them. Cheap when asked in file order.
class ColumnCounter {
public:
    explicit ColumnCounter(std::string_view text) : text_(text) {}

    /// `line` from 1, `bytes` before the place within its line; the column from 1.
    std::uint32_t column(std::uint32_t line, std::size_t bytes);

private:
    void go_to_line(std::uint32_t line);

    std::string_view text_;
    std::uint32_t line_ = 1;
    std::size_t line_start_ = 0;
    std::size_t bytes_ = 0;
    std::uint32_t characters_ = 0;
};

std::string_view without_byte_order_mark(std::string_view text);

/// What is wrong with the raw text: not UTF-8, control characters, a tab in the indentation (the first ten of each file).
Problems check_text(std::string_view text, const std::string& file);

} // namespace config
