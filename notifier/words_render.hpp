#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
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

/// A template that is checked and compiled once, to be filled many times. Copies share it. One thread at a time.
class Template {
public:
    /// An error as of `check_template`.
    static std::expected<Template, std::string> parse(std::string_view text);

    /// The filled text. Values are inserted, never interpreted. An output over the limit yields no text.
    [[nodiscard]] std::expected<std::string, std::string> fill(const Values& values, Escape escape) const;

private:
    struct Compiled;
    explicit Template(std::shared_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
    std::shared_ptr<Compiled> compiled_;
};

/// Parses and fills, once.
std::expected<std::string, std::string> render(std::string_view text, const Values& values, Escape escape);

} // namespace notifier
