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

/// Writes trees with the table of keys beside them, so that it knows what was left out.
class Writer {
public:
    Writer(const Settings& settings, bool defaults, const std::string& folder) : defaults_(defaults), folder_(folder) {
        for (const auto& declared : settings.watches) watches_[declared.block.content()] = &declared.watch;
        for (const auto& line : settings.lines) lines_[line.name] = &line;
    }

    /// The lines of a map, each begun by `indent` blanks. An unknown section has no defaults.
    std::string map_lines(const Node& map, std::string_view section, std::size_t indent) {
        const auto outer = enter(map, section);
        std::string text;
        if (map.kind() == NodeKind::map) {
            for (const auto& entry : map.content()->entries) {
                const auto form = form_for(find_key(section, entry.key), entry.value, section);
                const auto value = section == "watch" && entry.key == "targets_from" ? with_folder(entry.value, folder_) : entry.value;
                text += fmt::format("{:{}}{}:{}", "", indent, key_text(entry.key), value_text(value, form, indent));
            }
        }
        if (defaults_ && map.get("none").kind() == NodeKind::null) text += default_lines(map, section, indent);
        watch_ = outer.first;
        line_ = outer.second;
        return text;
    }

private:
    /// Takes note of the watch or line that a map belongs to; returns what was noted before.
    std::pair<const model::Watch*, const LineSettings*> enter(const Node& map, std::string_view section) {
        const std::pair outer{watch_, line_};
        if (section == "block") {
            const auto found = watches_.find(map.content());
            watch_ = found == watches_.end() ? nullptr : found->second;
        } else if (section == "line") {
            const auto found = lines_.find(map.get("name").scalar());
            line_ = found == lines_.end() ? nullptr : found->second;
        }
        return outer;
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
        if (section == "window" && (watch_ == nullptr || watch_->watch_class != model::WatchClass::performance)) return false;
        if ((section == "confirm" || section == "recover") && watch_ == nullptr) return false;
        const auto names = keys_of(section);
        return std::ranges::none_of(names, [&](std::string_view name) { return find_key(section, name)->mark == Mark::required; });
    }

    /// The default of a key here: some follow from the interval or the class of the watch.
    [[nodiscard]] std::string default_of(const Key& key) const {
        // Left out, the hours are not declared, which is not the same as always.
        if (key.section == "service" && key.name == "hours") return {};
        if (key.section == "line" && key.name == "timeout" && line_ != nullptr) return shown(line_->timeout);
        const bool of_watch = key.section == "block" || key.section == "confirm" || key.section == "recover" || key.section == "window";
        if (!of_watch || key.fallback.empty()) return std::string(key.fallback);
        if (watch_ == nullptr) return {};
        const auto& rules = *watch_->rules;
        if (key.name == "every") return shown(watch_->interval);
        if (key.name == "timeout") return shown(watch_->timeout);
        if (key.name == "window") return fmt::format("{}", rules.confirm_window);
        if (key.name == "retry_after") return shown(key.section == "window" ? rules.window_retry : rules.retry_after);
        return std::string(key.fallback);
    }

    bool defaults_;
    const std::string& folder_;
    std::map<const Node::Content*, const model::Watch*> watches_;
    std::map<std::string, const LineSettings*> lines_;
    const model::Watch* watch_ = nullptr;  ///< whose block is being written
    const LineSettings* line_ = nullptr;
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

std::string long_form_text(const Settings& settings, bool defaults, const std::string& folder) {
    return Writer(settings, defaults, folder).map_lines(settings.root, "root", 0);
}

std::vector<ValueChange> value_changes(const Node& running, const Node& next, const std::string& folder) {
    std::vector<ValueChange> changes;
    compare("", running, next, folder, changes);
    return changes;
}

} // namespace config
