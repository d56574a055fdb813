#pragma once

#include "config/document.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// `targets_from`: very many assets after one pattern, out of a JSON file:
///     [{"asset": "shop-1", "host": "shop1.example.jp"}, {"asset": "shop-2", "host": "shop2.example.jp"}]
namespace config {

/// One object of the list: words that stand for `{word}` in the pattern. `asset` is among them.
struct TargetEntry {
    Position position;  ///< where the object begins in the JSON file
    std::vector<std::pair<std::string, std::string>> words;

    /// The text of a word, or nothing.
    [[nodiscard]] const std::string* find(std::string_view word) const;
};

/// Parses a whole file, at most a million entries. Values are texts, numbers or booleans; anything else, a repeated word, a
/// missing `asset` and broken JSON are problems with their place. Yields what is sound.
std::vector<TargetEntry> parse_targets(std::string_view text, const std::string& file, Problems& problems);

/// The `{words}` of a text: letters, digits and underscores between braces. Other braces are text.
std::vector<std::string_view> placeholders(std::string_view text);

/// The pattern's tree with each `{word}` replaced. What held a placeholder is placed at the entry, the rest stays where it was
/// and is shared. Nothing when the entry does not have a word, which is a problem, told once of each.
std::optional<Node> fill(const Node& pattern, const TargetEntry& entry, Problems& problems);

} // namespace config
