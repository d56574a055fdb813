#include "config/document.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace config {

namespace {

constexpr std::size_t longest_word = 64;
constexpr std::size_t most_compared = 1'000;

/// Insertions, deletions, changes and swaps of neighbours that turn `left` into `right` (Damerau and Levenshtein, restricted).
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::vector<std::size_t>> rows(left.size() + 1, std::vector<std::size_t>(right.size() + 1));
    for (std::size_t column = 0; column <= right.size(); ++column) rows[0][column] = column;
    for (std::size_t row = 1; row <= left.size(); ++row) {
        rows[row][0] = row;
        for (std::size_t column = 1; column <= right.size(); ++column) {
            const std::size_t change = left[row - 1] == right[column - 1] ? 0 : 1;
            auto best = std::min({rows[row - 1][column] + 1, rows[row][column - 1] + 1, rows[row - 1][column - 1] + change});
            const bool swapped = row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
            if (swapped) best = std::min(best, rows[row - 2][column - 2] + 1);
            rows[row][column] = best;
        }
    }
    return rows[left.size()][right.size()];
}

} // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
    if (word.empty() || word.size() > longest_word) return {};
    const std::size_t allowed = std::max<std::size_t>(1, word.size() / 3);
    std::string_view best;
    std::size_t best_distance = allowed + 1;
    std::size_t compared = 0;
    for (const auto candidate : known) {
        const auto difference = candidate.size() > word.size() ? candidate.size() - word.size() : word.size() - candidate.size();
        if (candidate.empty() || difference > allowed) continue;
        if (++compared > most_compared) break;
        const auto found = distance(word, candidate);
        if (found < best_distance && found < candidate.size()) {
            best = candidate;
            best_distance = found;
        }
    }
    return std::string(best);
}

std::string suggest(std::string_view word, const std::vector<std::string_view>& known, std::string otherwise) {
    const auto close = did_you_mean(word, known);
    return close.empty() ? std::move(otherwise) : fmt::format("Did you mean {}?", shown(close));
}

std::string list_of(const std::vector<std::string_view>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

} // namespace config
