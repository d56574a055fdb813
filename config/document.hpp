#pragma once

#include "config/problem.hpp"
#include "model/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace config {

enum class NodeKind : std::uint8_t { null, scalar, list, map };

/// One node of a parsed document with its place. A value: copying is cheap, the tree is shared and immutable.
/// Readers report into Problems and go on, so that one pass finds everything.
class Node {
public:
    struct Content;

    Node() = default;
    explicit Node(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

    [[nodiscard]] bool present() const { return content_ != nullptr; }
    [[nodiscard]] NodeKind kind() const;
    [[nodiscard]] Position position() const;
    [[nodiscard]] const std::string& scalar() const;  ///< empty unless a scalar
    [[nodiscard]] bool quoted() const;                ///< a scalar written in quotes

    /// The value of `key`, or an absent node.
    [[nodiscard]] Node get(std::string_view key) const;
    [[nodiscard]] Position key_position(std::string_view key) const;        ///< of the key itself; the map's when there is none
    [[nodiscard]] std::vector<Node> items() const;                          ///< of a list
    [[nodiscard]] std::vector<std::pair<std::string, Node>> entries() const; ///< of a map, in file order

    [[nodiscard]] const Content* content() const { return content_.get(); } ///< for config/ itself

private:
    std::shared_ptr<const Content> content_;
};

/// Parses one YAML text. Duplicate keys, tabs in the indentation, tags, over 100 aliases, depth over 32, size over 1 MiB
/// and text that is not UTF-8 are problems. Never throws. An empty text yields a null node; one that cannot be parsed an absent
/// node.
Node parse(std::string_view text, const std::string& file, Problems& problems);

// --- typed readers: each reports a problem with the remedy and yields nothing when the value does not fit.
// --- An absent node yields nothing without a problem: whoever needs the key asks with `require`.
std::optional<std::string> read_string(const Node& node, Problems& problems);  ///< one line, not empty, no control characters
std::optional<std::string> read_text(const Node& node, Problems& problems);    ///< may be empty or hold any character
std::optional<bool> read_bool(const Node& node, Problems& problems);           ///< only true and false
std::optional<std::int64_t> read_integer(const Node& node, std::int64_t lowest, std::int64_t highest, Problems& problems);
std::optional<double> read_number(const Node& node, double lowest, double highest, Problems& problems);

/// `250ms`, `10s`, `5min`, `1h`, `3d` (also `m`); a bare number is a problem.
std::optional<model::Milliseconds> read_duration(const Node& node, Problems& problems);
std::optional<model::Milliseconds> read_duration(const Node& node, model::Milliseconds lowest, model::Milliseconds highest,
                                                 Problems& problems);

/// As an operator writes it: `90s`, `20min`.
std::string shown(model::Milliseconds duration);

/// `5/s`, `300/min`, `1000/h`: per second.
std::optional<double> read_rate(const Node& node, Problems& problems);

/// A scalar or a list of scalars.
std::vector<std::string> read_strings(const Node& node, Problems& problems);

/// One of `words`, with a "did you mean".
std::optional<std::string> read_word(const Node& node, const std::vector<std::string_view>& words, Problems& problems);

/// Whether `node` is a map (a list); any other kind is a problem, except absent and null, which count as empty.
bool is_map(const Node& node, Problems& problems);
bool is_list(const Node& node, Problems& problems);

/// The value of `key`; without one, or with an empty one, a problem at the map.
Node require(const Node& map, std::string_view key, std::string_view remedy, Problems& problems);

/// Reports every key of the map `node` that is not in `known`, with a "did you mean".
void refuse_unknown_keys(const Node& node, const std::vector<std::string_view>& known, Problems& problems);

/// The closest of `known`, or empty when nothing is close.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

/// `Did you mean WORD?`, or `otherwise` when nothing is close.
std::string suggest(std::string_view word, const std::vector<std::string_view>& known, std::string otherwise);

/// `a, b, c`
std::string list_of(const std::vector<std::string_view>& words);

/// The whole tree as one line of JSON: equal for configurations that say the same, wherever they say it.
std::string canonical_text(const Node& node);

/// A number that is equal for trees that say the same, wherever and in whatever order, and hardly ever for others. For comparing
/// within one process; never stored.
std::uint64_t digest_of(const Node& node);

} // namespace config
