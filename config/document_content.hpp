#pragma once

#include "config/document.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace config {

/// One key of a map with its own place.
struct Entry {
    std::string key;
    Position position;
    Node value;
};

/// What a Node points at. Made by the parser, the merger and the short form only; immutable once it is in a Node.
struct Node::Content {
    NodeKind kind = NodeKind::null;
    Position position;
    std::string scalar;
    bool quoted = false;
    std::vector<Node> items;
    std::vector<Entry> entries;
    std::uint64_t size = 1;  ///< nodes in the tree below, aliases counted each time they are used

    /// The entry of a map, or nothing. Long maps are indexed at the first question: 100,000 assets are not searched 100,000
    /// times. One thread at a time.
    [[nodiscard]] const Entry* find(std::string_view key) const;

private:
    mutable std::unordered_map<std::string_view, const Entry*> index_;  // looked up only, never iterated
};

Node make_scalar(std::string text, Position position);
Node make_list(std::vector<Node> items, Position position);
Node make_map(std::vector<Entry> entries, Position position);

} // namespace config
