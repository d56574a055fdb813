#pragma once

#include "config/document.hpp"

#include <cstdint>
#include <memory>
#include <string>
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
};

Node make_scalar(std::string text, Position position);
Node make_list(std::vector<Node> items, Position position);
Node make_map(std::vector<Entry> entries, Position position);

} // namespace config
