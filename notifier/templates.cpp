#include "notifier/templates.hpp"

#include "notifier/words_built_in.hpp"
#include "notifier/words_clean.hpp"
#include "notifier/words_render.hpp"

#include <array>
#include <string_view>

namespace notifier {

namespace {

const std::map<std::string, std::string>& built_ins() {
    static const std::map<std::string, std::string> texts = [] {
        std::map<std::string, std::string> all;
        for (const BuiltInTemplate& built_in : built_in_templates()) all.emplace(built_in.name, built_in.text);
        return all;
    }();
    return texts;
}

// What semantics 1.5 asks of the texts for customers; the fixed wording of cause, measures and workaround is the operator's.
std::vector<std::string_view> required_values(std::string_view name) {
    const std::string_view kind = name.substr(name.find('/') + 1);
    if (kind == "first_alert.text" || kind == "follow_up.text") {
        return {"services", "symptom_sentence", "started_at", "detected_at", "next_report", "support"};
    }
    if (kind == "recovery.text") return {"services", "symptom_sentence", "started_at", "restored_at", "duration", "support"};
    if (kind == "digest.text") return {"count", "incidents", "support"};
    if (kind == "notice.html") return {"lines", "text"};
    return {};
}

} // namespace

Templates::Templates() = default;

std::expected<void, std::string> Templates::override_with(const std::string& name, const std::string& text) {
    if (!built_ins().contains(name)) {
        return std::unexpected("template " + clean(name, 80) + ": there is no template of this name: remove the file or correct its name");
    }
    const auto used = check_template(text);
    if (!used) return std::unexpected("template " + name + ": " + used.error());
    std::string missing;
    for (const std::string_view value : required_values(name)) {
        if (!used->contains(std::string{value})) missing += (missing.empty() ? "{{" : ", {{") + std::string{value} + "}}";
    }
    if (!missing.empty()) return std::unexpected("template " + name + ": customers must be told more: add " + missing);
    overrides_[name] = text;
    ready_.erase(name);
    return {};
}

const std::string& Templates::text(const std::string& name) const {
    const auto found = overrides_.find(name);
    return found == overrides_.end() ? built_in(name) : found->second;
}

const std::string& Templates::built_in(const std::string& name) const {
    static const std::string unknown;
    const auto found = built_ins().find(name);
    return found == built_ins().end() ? unknown : found->second;
}

const Template* Templates::ready(Ready& known, const std::string& name, const std::string& text) {
    const auto [place, first] = known.try_emplace(name);
    if (first && !text.empty()) {
        if (auto parsed = Template::parse(text)) place->second = std::move(*parsed);
    }
    return place->second ? &*place->second : nullptr;
}

const Template* Templates::ready(const std::string& name) const { return ready(ready_, name, text(name)); }

const Template* Templates::ready_built_in(const std::string& name) const { return ready(ready_built_ins_, name, built_in(name)); }

std::vector<std::string> Templates::names() const {
    std::vector<std::string> all;
    for (const auto& [name, text] : built_ins()) all.push_back(name);
    return all;
}

} // namespace notifier
