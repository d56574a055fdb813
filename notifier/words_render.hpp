#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace notifier {

constexpr std::size_t template_limit = std::size_t{64} << 10;   ///< bytes of one template
constexpr std::size_t output_limit = std::size_t{256} << 10;    ///< bytes of one rendered text

/// What a template may say. An empty text counts as false in sections; unset names are empty and false.
struct Values {
    std::map<std::string, std::string> texts;
    std::map<std::string, bool> flags;
    std::map<std::string, std::vector<Values>> lists;
};

enum class Escape : unsigned char { none, html };

/// Every name that templates may use, sorted.
const std::vector<std::string_view>& template_names();

/// Whether `text` is within the limits and uses only {{name}}, {{#section}}, {{^section}}, {{/section}} and {{! comment }}
/// with known names. No partials, no other delimiters, no unescaped tags, no list inside a list. Returns the names used,
/// sorted; the error says line, problem and remedy.
std::expected<std::set<std::string>, std::string> check_template(std::string_view text);

/// The filled text. Values are inserted, never interpreted. An error (as of `check_template`, or an output over the
/// limit) yields no text.
std::expected<std::string, std::string> render(std::string_view text, const Values& values, Escape escape);

} // namespace notifier
