#include "config/show.hpp"

#include "config/document_content.hpp"
#include "config/keys.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace config {

namespace {

std::string double_quoted(std::string_view text) {
    std::string result = "\"";
    for (const char raw : text) {
        const auto byte = static_cast<unsigned char>(raw);
        if (raw == '"' || raw == '\\') result += '\\';
        if (raw == '\n') result += "\\n";
        else if (byte < 0x20 || byte == 0x7F) result += fmt::format("\\x{:02x}", byte);
        else result += raw;
    }
    return result + "\"";
}

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char raw) { return static_cast<unsigned char>(raw) < 0x20; });
}

std::string scalar_text(const Node& node) {
    const auto& text = node.scalar();
    return node.quoted() || text.empty() || has_control(text) ? double_quoted(text) : text;
}

std::string key_text(std::string_view key) {
    const auto plain = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '_' ||
               letter == '-' || letter == '.' || letter == ' ';
    };
    const bool safe = !key.empty() && key.front() != ' ' && key.front() != '-' && key.back() != ' ' && std::ranges::all_of(key, plain);
    return safe ? std::string(key) : double_quoted(key);
}

/// A path that is meant from the file that names it, so that it is found from anywhere. `folder`: where a relative file is meant from.
Node with_folder(const Node& path, const std::string& folder) {
    const auto& file = path.position().file;
    if (path.kind() != NodeKind::scalar || path.scalar().starts_with('/')) return path;
    const auto before = folder.empty() || file.starts_with('/') ? "" : folder + "/";
    return make_scalar(before + file.substr(0, file.rfind('/') + 1) + path.scalar(), path.position());
}

std::string_view word_for(RelaySettings::Security security) {
    switch (security) {
    case RelaySettings::Security::starttls: return "starttls";
    case RelaySettings::Security::tls: return "tls";
    case RelaySettings::Security::none: return "none";
    }
    return "starttls";
}

/// Writes trees with the table of keys beside them, so that it knows what was left out.
class Writer {
public:
    Writer(const Settings& settings, bool defaults, const std::string& folder, const std::vector<KindKeys>& kinds)
        : settings_(settings), defaults_(defaults), folder_(folder), kinds_(kinds) {
        for (const auto& declared : settings.watches) watches_[declared.block.content()] = &declared.watch;
        for (const auto& line : settings.lines) lines_[line.name] = &line;
    }

    /// The lines of a map, each begun by `indent` blanks. An unknown section has no defaults.
    std::string map_lines(const Node& map, std::string_view section, std::size_t indent) {
        const auto outer = std::exchange(here_, at(map, section));
        std::string text;
        if (map.kind() == NodeKind::map) {
            for (const auto& entry : map.content()->entries) {
                const auto value = as_shown(entry, section);
                const auto form = form_for(find_key(section, entry.key), value, section);
                text += fmt::format("{:{}}{}:{}", "", indent, key_text(entry.key), value_text(value, form, indent));
            }
        }
        if (defaults_ && map.get("none").kind() == NodeKind::null) text += default_lines(map, section, indent);
        if (defaults_ && section == "block" && here_.watch != nullptr) text += kind_lines(map, indent);
        here_ = outer;
        return text;
    }

private:
    /// The watch, line or relay that is being written.
    struct Place {
        const model::Watch* watch = nullptr;
        const LineSettings* line = nullptr;
        const RelaySettings* relay = nullptr;
    };

    [[nodiscard]] Place at(const Node& map, std::string_view section) const {
        auto place = here_;
        if (section == "block") {
            const auto found = watches_.find(map.content());
            place.watch = found == watches_.end() ? nullptr : found->second;
        } else if (section == "line") {
            const auto found = lines_.find(map.get("name").scalar());
            place.line = found == lines_.end() ? nullptr : found->second;
        } else if (section == "relay") {
            const auto found = std::ranges::find(settings_.relays, map.position(), &RelaySettings::position);
            place.relay = found == settings_.relays.end() ? nullptr : &*found;
        }
        return place;
    }

    /// The value of an entry in the form that has room for what is to be said of it.
    [[nodiscard]] Node as_shown(const Entry& entry, std::string_view section) const {
        if (section == "watch" && entry.key == "targets_from") return with_folder(entry.value, folder_);
        if (!defaults_ || section != "staff" || entry.value.kind() != NodeKind::list) return entry.value;
        const auto place = entry.value.position();
        return make_map({{.key = "contacts", .position = place, .value = entry.value}}, place);
    }

    /// What the kind takes where the block leaves out keys of the kind's own.
    [[nodiscard]] std::string kind_lines(const Node& block, std::size_t indent) const {
        const auto kind = std::ranges::find(kinds_, std::string_view(*here_.watch->probe_kind), &KindKeys::kind);
        if (kind == kinds_.end()) return {};
        std::string text;
        for (const auto& each : kind->defaults) {
            const auto dot = std::min(each.key.find('.'), each.key.size());
            const auto outer = block.get(each.key.substr(0, dot));
            const bool given = outer.present() &&
                               (dot == each.key.size() || outer.kind() != NodeKind::map || outer.get(each.key.substr(dot + 1)).present());
            const bool fits = each.scheme.empty() || block.get("target").scalar().starts_with(std::string(each.scheme) + ":");
            if (!given && fits) text += fmt::format("{:{}}# {}: {}  # default of {}\n", "", indent, each.key, each.value, kind->kind);
        }
        return text;
    }

    /// The section that a value opens, by its shape: `map:`, `list:` and so on of the key's form; empty when it opens none.
    static std::string_view form_for(const Key* key, const Node& value, std::string_view section) {
        if (key == nullptr) return section.starts_with("named:") ? section.substr(6) : std::string_view{};
        for (const auto form : forms_of(*key)) {
            const auto rest = form.substr(std::min(form.find(':') + 1, form.size()));
            if (form.starts_with("block:")) return "block";
            if (value.kind() == NodeKind::map && form.starts_with("map:")) return rest;
            if (value.kind() == NodeKind::map && form.starts_with("named:")) return form;
            if (value.kind() == NodeKind::list && form.starts_with("list:")) return rest;
        }
        return {};
    }

    std::string value_text(const Node& value, std::string_view section, std::size_t indent) {
        switch (value.kind()) {
        case NodeKind::null: return section.empty() ? "\n" : "\n" + map_lines(value, section, indent + 2);
        case NodeKind::scalar: return " " + scalar_text(value) + "\n";
        case NodeKind::list: return list_text(value, section, indent);
        case NodeKind::map: break;
        }
        const auto lines = map_lines(value, section, indent + 2);
        return lines.empty() ? " {}\n" : "\n" + lines;
    }

    std::string list_text(const Node& list, std::string_view section, std::size_t indent) {
        if (list.content()->items.empty()) return " []\n";
        std::string text = "\n";
        for (const auto& item : list.content()->items) {
            auto lines = item.kind() == NodeKind::map ? map_lines(item, section, indent + 4) : std::string{};
            if (!lines.empty()) lines[indent + 2] = '-';
            else if (item.kind() == NodeKind::scalar) lines = fmt::format("{:{}}- {}\n", "", indent + 2, scalar_text(item));
            else lines = fmt::format("{:{}}- {}\n", "", indent + 2, canonical_text(item));
            text += lines;
        }
        return text;
    }

    /// The keys of `section` that `map` leaves out, with their defaults; sections that hold nothing but defaults as well.
    std::string default_lines(const Node& map, std::string_view section, std::size_t indent) {
        std::string text;
        for (const auto name : keys_of(section)) {
            if (map.get(name).kind() != NodeKind::null) continue;
            const auto& key = *find_key(section, name);
            if (const auto value = default_of(key); !value.empty()) {
                text += fmt::format("{:{}}{}: {}  # {} {}\n", "", indent, name, value,
                                    key.mark == Mark::guideline ? "limit of" : "default,", key.source);
            } else if (key.form.starts_with("map:") && key.mark == Mark::optional && has_defaults(key)) {
                const auto lines = map_lines(Node{}, key.form.substr(4), indent + 2);
                if (!lines.empty()) text += fmt::format("{:{}}{}:\n{}", "", indent, name, lines);
            }
        }
        return text;
    }

    /// Whether a section that is left out would still be in force: none of its keys must be given.
    [[nodiscard]] bool has_defaults(const Key& key) const {
        const auto section = key.form.substr(4);
        if (section == "window" && (here_.watch == nullptr || here_.watch->watch_class != model::WatchClass::performance)) return false;
        if ((section == "confirm" || section == "recover") && here_.watch == nullptr) return false;
        const auto names = keys_of(section);
        return std::ranges::none_of(names, [&](std::string_view name) { return find_key(section, name)->mark == Mark::required; });
    }

    /// The default of a key here: some follow from the interval or the class of the watch.
    [[nodiscard]] std::string default_of(const Key& key) const {
        // Left out, the hours are not declared, which is not the same as always.
        if (key.section == "service" && key.name == "hours") return {};
        if (key.section == "line" && key.name == "timeout" && here_.line != nullptr) return shown(here_.line->timeout);
        if (key.section == "relay" && key.name == "security" && here_.relay != nullptr) return std::string(word_for(here_.relay->security));
        if (key.section == "backup" && key.name == "path") return double_quoted(settings_.backup.path);
        const bool of_watch = key.section == "block" || key.section == "confirm" || key.section == "recover" || key.section == "window";
        if (!of_watch || key.fallback.empty()) return std::string(key.fallback);
        if (here_.watch == nullptr) return {};
        const auto& rules = *here_.watch->rules;
        if (key.name == "every") return shown(here_.watch->interval);
        if (key.name == "timeout") return shown(here_.watch->timeout);
        if (key.name == "window") return fmt::format("{}", rules.confirm_window);
        if (key.name == "retry_after") return shown(key.section == "window" ? rules.window_retry : rules.retry_after);
        return std::string(key.fallback);
    }

    const Settings& settings_;
    bool defaults_;
    const std::string& folder_;
    const std::vector<KindKeys>& kinds_;
    std::map<const Node::Content*, const model::Watch*> watches_;
    std::map<std::string, const LineSettings*> lines_;
    Place here_;
};

/// What tells an item of a list from the others: its name, or what stands for one.
std::string name_of(const Node& item, std::size_t place, const std::string& folder) {
    const auto list = item.get("targets_from");
    if (list.kind() == NodeKind::scalar) return with_folder(list, folder).scalar();
    for (const std::string_view key : {"asset", "name", "smtp", "email"}) {
        if (item.get(key).kind() == NodeKind::scalar) return item.get(key).scalar();
    }
    const auto url = item.get("webhook").get("url");
    if (url.kind() == NodeKind::scalar) return url.scalar();
    return item.kind() == NodeKind::scalar ? item.scalar() : fmt::format("{}", place + 1);
}

/// A tree as maps only: items of lists under their names, a repeated name with its count.
std::vector<Entry> named_children(const Node& node, const std::string& folder) {
    if (node.kind() == NodeKind::map) {
        auto entries = node.content()->entries;
        for (auto& entry : entries) {
            if (entry.key == "targets_from") entry.value = with_folder(entry.value, folder);
        }
        return entries;
    }
    std::vector<Entry> children;
    std::map<std::string, int> seen;
    if (node.kind() != NodeKind::list) return children;
    for (std::size_t place = 0; place < node.content()->items.size(); ++place) {
        const auto& item = node.content()->items[place];
        auto name = name_of(item, place, folder);
        if (const auto count = ++seen[name]; count > 1) name += fmt::format("#{}", count);
        children.push_back({.key = std::move(name), .position = item.position(), .value = item});
    }
    return children;
}

void compare(const std::string& path, const Node& running, const Node& next, const std::string& folder, std::vector<ValueChange>& changes) {
    const bool both = running.present() && next.present() && running.kind() == next.kind();
    const bool deep = both && (next.kind() == NodeKind::map || next.kind() == NodeKind::list);
    if (both && !deep && running.scalar() == next.scalar()) return;
    if (!deep) {
        changes.push_back({.path = path,
                           .before = running.present() ? canonical_text(running) : "",
                           .after = next.present() ? canonical_text(next) : "",
                           .position = next.present() ? next.position() : running.position()});
        return;
    }
    const bool list = next.kind() == NodeKind::list;
    const auto below = [&](const std::string& key) {
        return list ? fmt::format("{}[{}]", path, key) : path.empty() ? key : path + "." + key;
    };
    std::map<std::string_view, const Node*> earlier;
    const auto old_children = named_children(running, folder);
    const auto new_children = named_children(next, folder);
    for (const auto& child : old_children) earlier[child.key] = &child.value;
    for (const auto& child : new_children) {
        const auto found = earlier.find(child.key);
        compare(below(child.key), found == earlier.end() ? Node{} : *found->second, child.value, folder, changes);
        if (found != earlier.end()) earlier.erase(found);
    }
    for (const auto& child : old_children) {
        if (earlier.contains(child.key)) compare(below(child.key), child.value, Node{}, folder, changes);
    }
}

} // namespace

std::string long_form_text(const Settings& settings, bool defaults, const std::string& folder, const std::vector<KindKeys>& kinds) {
    return Writer(settings, defaults, folder, kinds).map_lines(settings.root, "root", 0);
}

std::vector<ValueChange> value_changes(const Node& running, const Node& next, const std::string& folder) {
    std::vector<ValueChange> changes;
    compare("", running, next, folder, changes);
    return changes;
}

} // namespace config
