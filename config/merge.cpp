#include "config/merge.hpp"

#include "config/document_content.hpp"

#include <map>

#include <fmt/format.h>

namespace config {

namespace {

Node merge_at(const std::string& path, const Node& earlier, const Node& later, Problems& problems);

Node merge_maps(const std::string& path, const Node& earlier, const Node& later, Problems& problems) {
    auto entries = earlier.content()->entries;
    std::map<std::string, std::size_t> places;
    for (std::size_t index = 0; index < entries.size(); ++index) places[entries[index].key] = index;
    for (const auto& entry : later.content()->entries) {
        const auto known = places.find(entry.key);
        if (known == places.end()) {
            entries.push_back(entry);
            continue;
        }
        auto& value = entries[known->second].value;
        value = merge_at(path.empty() ? entry.key : path + "." + entry.key, value, entry.value, problems);
    }
    return make_map(std::move(entries), earlier.position());
}

Node merge_at(const std::string& path, const Node& earlier, const Node& later, Problems& problems) {
    if (earlier.kind() == NodeKind::null) return later;
    if (later.kind() == NodeKind::null) return earlier;
    if (earlier.kind() == NodeKind::map && later.kind() == NodeKind::map) return merge_maps(path, earlier, later, problems);
    if (earlier.kind() == NodeKind::list && later.kind() == NodeKind::list) {
        auto items = earlier.items();
        const auto added = later.items();
        items.insert(items.end(), added.begin(), added.end());
        return make_list(std::move(items), earlier.position());
    }
    problems.push_back(
        {later.position(),
         fmt::format("{} is set twice; first at {}", path.empty() ? "the whole file" : shown(path), describe(earlier.position())),
         "Keep one of the two: files merge maps and append lists, but nothing overrides"});
    return earlier;
}

} // namespace

Node merge(const Node& earlier, const Node& later, Problems& problems) { return merge_at("", earlier, later, problems); }

} // namespace config
