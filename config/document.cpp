#include "config/document.hpp"

#include "config/document_content.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace config {

const Entry* Node::Content::find(std::string_view key) const {
    constexpr std::size_t short_map = 16;
    if (entries.size() <= short_map) {
        const auto found = std::ranges::find(entries, key, &Entry::key);
        return found == entries.end() ? nullptr : &*found;
    }
    if (index_.empty()) {
        index_.reserve(entries.size());
        for (const auto& entry : entries) index_.emplace(entry.key, &entry);  // of equal keys the first, as above
    }
    const auto found = index_.find(key);
    return found == index_.end() ? nullptr : found->second;
}

NodeKind Node::kind() const { return content_ ? content_->kind : NodeKind::null; }

Position Node::position() const { return content_ ? content_->position : Position{}; }

const std::string& Node::scalar() const {
    static const std::string empty;
    return content_ ? content_->scalar : empty;
}

bool Node::quoted() const { return content_ && content_->quoted; }

Node Node::get(std::string_view key) const {
    if (!content_) return {};
    const auto* const found = content_->find(key);
    return found == nullptr ? Node{} : found->value;
}

Position Node::key_position(std::string_view key) const {
    if (!content_) return {};
    const auto* const found = content_->find(key);
    return found == nullptr ? content_->position : found->position;
}

std::vector<Node> Node::items() const { return content_ ? content_->items : std::vector<Node>{}; }

std::vector<std::pair<std::string, Node>> Node::entries() const {
    std::vector<std::pair<std::string, Node>> result;
    if (!content_) return result;
    for (const auto& entry : content_->entries) result.emplace_back(entry.key, entry.value);
    return result;
}

Node make_scalar(std::string text, Position position) {
    auto content = std::make_shared<Node::Content>();
    content->kind = NodeKind::scalar;
    content->position = std::move(position);
    content->scalar = std::move(text);
    return Node(std::move(content));
}

Node make_list(std::vector<Node> items, Position position) {
    auto content = std::make_shared<Node::Content>();
    content->kind = NodeKind::list;
    content->position = std::move(position);
    for (const auto& item : items) content->size += item.content()->size;
    content->items = std::move(items);
    return Node(std::move(content));
}

Node make_map(std::vector<Entry> entries, Position position) {
    auto content = std::make_shared<Node::Content>();
    content->kind = NodeKind::map;
    content->position = std::move(position);
    for (const auto& entry : entries) content->size += entry.value.content()->size;
    content->entries = std::move(entries);
    return Node(std::move(content));
}

namespace {

nlohmann::json to_json(const Node& node) {
    switch (node.kind()) {
    case NodeKind::null: return nullptr;
    case NodeKind::scalar: return node.scalar();
    case NodeKind::list: {
        auto list = nlohmann::json::array();
        for (const auto& item : node.items()) list.push_back(to_json(item));
        return list;
    }
    case NodeKind::map: {
        auto map = nlohmann::json::object();
        for (const auto& [key, value] : node.entries()) map[key] = to_json(value);
        return map;
    }
    }
    return nullptr;
}

/// FNV-1a.
std::uint64_t mixed(std::uint64_t state, std::string_view text) {
    for (const char letter : text) state = (state ^ static_cast<unsigned char>(letter)) * 0x100000001B3ULL;
    return (state ^ 0xFFU) * 0x100000001B3ULL;
}

} // namespace

std::uint64_t digest_of(const Node& node) {
    constexpr std::uint64_t basis = 0xCBF29CE484222325ULL;
    auto state = mixed(basis, std::string_view("nslm").substr(static_cast<std::size_t>(node.kind()), 1));
    if (node.kind() == NodeKind::scalar) return mixed(state, node.scalar());
    if (node.kind() == NodeKind::list) {
        for (const auto& item : node.content()->items) state = (state ^ digest_of(item)) * 0x100000001B3ULL;
    }
    if (node.kind() == NodeKind::map) {
        std::uint64_t sum = 0;  // the order of keys says nothing
        for (const auto& entry : node.content()->entries) sum += mixed(digest_of(entry.value), entry.key);
        state = (state ^ sum) * 0x100000001B3ULL;
    }
    return state;
}

std::string canonical_text(const Node& node) { return to_json(node).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

} // namespace config
