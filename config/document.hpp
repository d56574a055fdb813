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
    [[nodiscard]] std::vector<Node> items() const;                          ///< of a list
    [[nodiscard]] std::vector<std::pair<std::string, Node>> entries() const; ///< of a map, in file order

private:
    std::shared_ptr<const Content> content_;
};

/// Parses one YAML text. Duplicate keys, tabs, anchors in excess, depth over 32 and size over 1 MiB are problems.
Node parse(std::string_view text, const std::string& file, Problems& problems);

// --- typed readers: each reports a problem with the remedy and yields nothing when the value does not fit
std::optional<std::string> read_string(const Node& node, Problems& problems);
std::optional<bool> read_bool(const Node& node, Problems& problems);
std::optional<std::int64_t> read_integer(const Node& node, std::int64_t lowest, std::int64_t highest, Problems& problems);
std::optional<double> read_number(const Node& node, double lowest, double highest, Problems& problems);

/// `250ms`, `10s`, `5min`, `1h`, `3d` (also `m`); a bare number is a problem.
std::optional<model::Milliseconds> read_duration(const Node& node, Problems& problems);

/// `5/s`, `300/min`, `1000/h`: per second.
std::optional<double> read_rate(const Node& node, Problems& problems);

/// A scalar or a list of scalars.
std::vector<std::string> read_strings(const Node& node, Problems& problems);

/// Reports every key of the map `node` that is not in `known`, with a "did you mean".
void refuse_unknown_keys(const Node& node, const std::vector<std::string_view>& known, Problems& problems);

/// The closest of `known`, or empty when nothing is close.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known);

} // namespace config
