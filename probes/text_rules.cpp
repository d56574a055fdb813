#include "probes/text_rules.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

namespace probes {

namespace {

constexpr std::size_t longest_rule = 4'096;

/// A compiled expression, or nothing and a problem.
std::shared_ptr<const RE2> compile(const std::string& text, const config::Node& node, config::Problems& problems) {
    RE2::Options options;
    options.set_log_errors(false);
    auto pattern = std::make_shared<const RE2>(text, options);
    if (pattern->ok()) return pattern;
    problems.push_back({node.position(), fmt::format("{} is not a regular expression: {}", config::shown(text), pattern->error()),
                        "Write one in the syntax of RE2: no look-around and no back references; quote it in YAML with '...'"});
    return nullptr;
}

} // namespace

void TextRules::add_equal(std::string text) { rules_.push_back({.kind = Kind::equals, .wanted = std::move(text), .pattern = nullptr}); }

TextRules TextRules::read(const config::Node& map, std::string_view prefix, config::Problems& problems) {
    static constexpr std::array kinds{
        std::pair{std::string_view("contains"), Kind::contains}, std::pair{std::string_view("not_contains"), Kind::not_contains},
        std::pair{std::string_view("matches"), Kind::matches}, std::pair{std::string_view("not_matches"), Kind::not_matches}};
    TextRules result;
    for (const auto& [name, kind] : kinds) {
        const auto node = map.get(std::string(prefix) + std::string(name));
        if (!node.present()) continue;
        if (node.kind() != config::NodeKind::list) result.add(kind, node, problems);
        else
            for (const auto& item : node.items()) result.add(kind, item, problems);
    }
    return result;
}

void TextRules::add(Kind kind, const config::Node& node, config::Problems& problems) {
    auto text = config::read_text(node, problems);
    if (!text) return;
    if (text->empty()) {
        problems.push_back({node.position(), "the text is empty", "Give a value, or remove the key"});
        return;
    }
    if (text->size() > longest_rule) {
        problems.push_back({node.position(), "the text is longer than 4096 bytes", "Shorten it"});
        return;
    }
    Rule rule{.kind = kind, .wanted = std::move(*text), .pattern = nullptr};
    if (kind == Kind::matches || kind == Kind::not_matches) {
        rule.pattern = compile(rule.wanted, node, problems);
        if (rule.pattern == nullptr) return;
    }
    rules_.push_back(std::move(rule));
}

bool TextRules::holds(const Rule& rule, std::string_view text) {
    switch (rule.kind) {
    case Kind::equals: return text == rule.wanted;
    case Kind::contains: return text.find(rule.wanted) != std::string_view::npos;
    case Kind::not_contains: return text.find(rule.wanted) == std::string_view::npos;
    case Kind::matches: return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *rule.pattern);
    case Kind::not_matches: return !RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *rule.pattern);
    }
    return false;
}

std::optional<std::string> TextRules::broken_by(std::string_view text, std::string_view subject) const {
    for (const auto& rule : rules_) {
        if (holds(rule, text)) continue;
        const auto wanted = config::shown(rule.wanted);
        switch (rule.kind) {
        case Kind::equals: return fmt::format("{} is not {}", subject, wanted);
        case Kind::contains: return fmt::format("{} is not in {}", wanted, subject);
        case Kind::not_contains: return fmt::format("{} is in {}", wanted, subject);
        case Kind::matches: return fmt::format("nothing in {} matches {}", subject, wanted);
        case Kind::not_matches: return fmt::format("something in {} matches {}", subject, wanted);
        }
    }
    return std::nullopt;
}

} // namespace probes
