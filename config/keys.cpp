#include "config/keys.hpp"

#include "config/document_content.hpp"
#include "config/keys_table.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace config {

namespace {

/// Words of other programs for keys of ours.
struct Synonym {
    std::string_view theirs;
    std::string_view ours;
};
constexpr std::array<Synonym, 16> synonyms{{{"interval", "every"},
                                            {"period", "every"},
                                            {"tz", "timezone"},
                                            {"url", "target"},
                                            {"host", "target"},
                                            {"users", "contacts"},
                                            {"customers", "tenants"},
                                            {"checks", "watches"},
                                            {"monitors", "watches"},
                                            {"probes", "watches"},
                                            {"token", "secret"},
                                            {"keep", "generations"},
                                            {"rate", "send_rate"},
                                            {"threshold", "slower_than"},
                                            {"mail", "email"},
                                            {"path", "directory"}}};

bool has(std::string_view section, std::string_view name) { return find_key(section, name) != nullptr; }

/// What to do about a key that `section` does not have.
std::string remedy_for(std::string_view name, std::string_view section) {
    const auto known = keys_of(section);
    if (auto close = did_you_mean(name, known); !close.empty()) return fmt::format("Did you mean {}?", shown(close));
    for (const auto& synonym : synonyms) {
        if (synonym.theirs == name && has(section, synonym.ours)) return fmt::format("Did you mean {}?", shown(synonym.ours));
    }
    return "Known here: " + list_of(known);
}

} // namespace

std::span<const Key> keys() {
    static const std::vector<Key> all = [] {
        std::vector<Key> joined;
        for (const auto table : {root_rows(), service_rows(), watch_rows(), people_rows(), running_rows()}) {
            joined.insert(joined.end(), table.begin(), table.end());
        }
        return joined;
    }();
    return all;
}

std::vector<std::string_view> keys_of(std::string_view section) {
    std::vector<std::string_view> names;
    for (const auto& key : keys()) {
        if (key.section == section) names.push_back(key.name);
    }
    return names;
}

const Key* find_key(std::string_view section, std::string_view name) {
    static const auto index = [] {
        std::map<std::pair<std::string_view, std::string_view>, const Key*> known;
        for (const auto& key : keys()) known.emplace(std::pair(key.section, key.name), &key);
        return known;
    }();
    const auto found = index.find({section, name});
    return found == index.end() ? nullptr : found->second;
}

std::vector<std::string_view> sections() {
    std::vector<std::string_view> names;
    for (const auto& key : keys()) {
        if (std::ranges::find(names, key.section) == names.end()) names.push_back(key.section);
    }
    return names;
}

std::string_view sign_of(Mark mark) { return mark == Mark::guideline ? " [G]" : mark == Mark::product ? " [P]" : ""; }

std::vector<std::string_view> forms_of(const Key& key) {
    std::vector<std::string_view> forms;
    for (std::string_view rest = key.form; !rest.empty();) {
        const auto end = std::min(rest.find(' '), rest.size());
        forms.push_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return forms;
}

void refuse_unknown_keys(const Node& node, std::string_view section, Problems& problems) {
    if (node.kind() != NodeKind::map) return;
    for (const auto& entry : node.content()->entries) {
        if (has(section, entry.key)) continue;
        problems.push_back({entry.position, fmt::format("unknown key {}", shown(entry.key)), remedy_for(entry.key, section)});
    }
}

} // namespace config
