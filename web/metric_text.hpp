#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// Prometheus' text format 0.0.4, written straight into a string: a million lines in a scrape leave no time for streams.
/// Every function appends to `out`.
namespace web {

inline constexpr std::string_view metric_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// The HELP and TYPE lines; `type` is counter, gauge or histogram.
void append_family(std::string& out, std::string_view name, std::string_view type, std::string_view help);

/// `name="value"`, after a comma if a label stands before it.
void append_label(std::string& out, std::string_view name, std::string_view value);

void append_number(std::string& out, std::uint64_t number);
void append_number(std::string& out, double number);

/// Seconds with three decimals.
void append_milliseconds(std::string& out, std::int64_t milliseconds);
/// Seconds with six decimals.
void append_microseconds(std::string& out, std::uint64_t microseconds);

} // namespace web
