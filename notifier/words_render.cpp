#include "notifier/words_render.hpp"

#include "notifier/words_clean.hpp"

#include <kainjow/mustache.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace notifier {

namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t list_section_limit = 4096;  // bytes inside a section that repeats: bounds what a render can cost
constexpr std::size_t depth_limit = 8;
// Ends every line of a normalised template, so that the library never takes a line for a lone section tag and drops it
// (it does so only for sections that are true). Values hold no control characters.
constexpr char line_guard = '\x01';

constexpr std::array<std::string_view, 4> list_names{"duties", "incidents", "lines", "watches"};

bool is_list(std::string_view name) { return std::ranges::find(list_names, name) != list_names.end(); }

enum class TagKind : unsigned char { variable, section, inverted, end, comment };

struct Tag {
    TagKind kind = TagKind::variable;
    std::string_view name;
    std::size_t begin = 0;  // of "{{"
    std::size_t end = 0;    // past "}}"
};

std::unexpected<std::string> at_line(std::string_view text, std::size_t position, std::string_view problem) {
    const auto line = 1 + std::ranges::count(text.substr(0, position), '\n');
    return std::unexpected(fmt::format("line {}: {}", line, problem));
}

bool repeating(const Tag& tag) { return tag.kind == TagKind::section && is_list(tag.name); }

std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t";
    const std::size_t first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::expected<Tag, std::string> read_tag(std::string_view text, std::size_t begin) {
    const std::size_t close = text.find("}}", begin + 2);
    if (close == std::string_view::npos) return at_line(text, begin, "a tag is not closed: add }}");
    Tag tag{TagKind::variable, trim(text.substr(begin + 2, close - begin - 2)), begin, close + 2};
    const char sigil = tag.name.empty() ? ' ' : tag.name.front();
    if (sigil == '{' || sigil == '&') {
        return at_line(text, begin, "unescaped tags are not allowed: write {{name}} with two braces");
    }
    if (sigil == '>') return at_line(text, begin, "other templates cannot be included: write the text here");
    if (sigil == '=') return at_line(text, begin, "the delimiters cannot be changed: use {{ and }}");
    if (sigil == '!') {
        tag.kind = TagKind::comment;
        return tag;
    }
    if (sigil == '#') tag.kind = TagKind::section;
    if (sigil == '^') tag.kind = TagKind::inverted;
    if (sigil == '/') tag.kind = TagKind::end;
    if (tag.kind != TagKind::variable) tag.name = trim(tag.name.substr(1));
    if (!std::ranges::binary_search(template_names(), tag.name)) {
        const auto problem = fmt::format("there is no value named \"{}\": see the README of the templates", clean(tag.name, 40));
        return at_line(text, begin, problem);
    }
    return tag;
}

// The open sections, innermost last.
class Sections {
public:
    explicit Sections(std::string_view text) : text_(text) {}

    std::expected<void, std::string> take(const Tag& tag) {
        if (tag.kind == TagKind::end) return close(tag);
        if (tag.kind != TagKind::section && tag.kind != TagKind::inverted) return {};
        const bool inside = std::ranges::any_of(open_, [](const Tag& tag_open) { return repeating(tag_open); });
        if (repeating(tag) && inside) {
            return at_line(text_, tag.begin, fmt::format("the list \"{}\" stands inside another list: close that one first", tag.name));
        }
        if (open_.size() == depth_limit) return at_line(text_, tag.begin, "sections are nested too deeply: at most 8");
        open_.push_back(tag);
        return {};
    }

    [[nodiscard]] std::expected<void, std::string> finish() const {
        if (open_.empty()) return {};
        const Tag& last = open_.back();
        return at_line(text_, last.begin, fmt::format("the section \"{}\" is not closed: add {{{{/{}}}}}", last.name, last.name));
    }

private:
    std::expected<void, std::string> close(const Tag& tag) {
        if (open_.empty()) return at_line(text_, tag.begin, fmt::format("the section \"{}\" was never opened: remove this tag", tag.name));
        const Tag opened = open_.back();
        if (opened.name != tag.name) {
            return at_line(text_, tag.begin, fmt::format("the section \"{}\" is closed where \"{}\" is open", tag.name, opened.name));
        }
        open_.pop_back();
        if (repeating(opened) && tag.begin - opened.end > list_section_limit) {
            const auto problem = fmt::format("the list \"{}\" repeats more than {} bytes: shorten it", tag.name, list_section_limit);
            return at_line(text_, opened.begin, problem);
        }
        return {};
    }

    std::string_view text_;
    std::vector<Tag> open_;
};

std::expected<std::vector<Tag>, std::string> scan(std::string_view text) {
    if (text.size() > template_limit) {
        return std::unexpected(fmt::format("the template has {} bytes: shorten it to at most {}", text.size(), template_limit));
    }
    std::vector<Tag> tags;
    Sections sections{text};
    for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", tags.back().end)) {
        const auto tag = read_tag(text, at);
        if (!tag) return std::unexpected(tag.error());
        if (const auto taken = sections.take(*tag); !taken) return std::unexpected(taken.error());
        tags.push_back(*tag);
    }
    if (const auto finished = sections.finish(); !finished) return std::unexpected(finished.error());
    return tags;
}

// The end of the line if the tag (no variable) stands alone on it, else nothing.
std::optional<std::size_t> alone_until(std::string_view text, const Tag& tag) {
    if (tag.kind == TagKind::variable || (tag.begin > 0 && text[tag.begin - 1] != '\n')) return std::nullopt;
    if (tag.end == text.size()) return tag.end;
    if (text[tag.end] != '\n') return std::nullopt;
    return tag.end + 1;
}

// For the library: comments and the line ends of lone tags are gone, line ends are guarded.
std::string normalise(std::string_view text, const std::vector<Tag>& tags) {
    std::string out;
    std::size_t from = 0;
    const auto copy = [&](std::size_t until) {
        for (const char character : text.substr(from, until - from)) {
            if (character == '\n') out += line_guard;
            if (character == '\n' || static_cast<unsigned char>(character) >= 0x20) out += character;
        }
    };
    for (const Tag& tag : tags) {
        copy(tag.begin);
        if (tag.kind != TagKind::comment) out += text.substr(tag.begin, tag.end - tag.begin);
        from = alone_until(text, tag).value_or(tag.end);
    }
    copy(text.size());
    return out;
}

mustache::data to_data(const Values& values) {
    mustache::data data{mustache::data::type::object};
    for (const auto& [name, flag] : values.flags) data.set(name, mustache::data{flag});
    for (const auto& [name, text] : values.texts) data.set(name, text.empty() ? mustache::data{false} : mustache::data{text});
    for (const auto& [name, items] : values.lists) {
        mustache::data list{mustache::data::type::list};
        for (const Values& item : items) list.push_back(to_data(item));
        data.set(name, list);
    }
    return data;
}

struct TooLong {};  // leaves the library through its callback; caught in render

} // namespace

const std::vector<std::string_view>& template_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> all{            // about the notice
                                          "recipient", "provider", "support", "language", "title", "services", "number", "report", "count",
                                          "more", "next_report", "combined", "rehearsal", "composed_at",
            // about an incident
                                          "symptom", "symptom_phrase", "symptom_sentence", "started_at", "detected_at", "first_detected_at",
                                          "restored_at", "duration", "elapsed", "stop", "fault", "performance", "restored", "opened",
                                          "worsened", "relapsed", "eased", "relapses", "eased_from", "not_cross_checked", "clock_doubtful",
            // stages, in digests
                                          "first_alert", "follow_up", "recovery", "correction",
            // for staff
                                          "page", "percent", "watch", "severity", "reason", "detail", "stage", "to", "limit", "at_risk",
                                          "missed", "no_contact", "unverified", "unverified_recovered", "undurable", "other", "line_fault",
                                          "blind", "opened_page", "restored_page", "reload_rejected", "relay_lost", "backup_old",
            // from people
                                          "note_symptom", "note_scope", "note_cause", "note_measures", "note_workaround", "note_forecast",
                                          "note_remark", "work", "starts_at", "ends_at", "in_time", "by_hand", "first_report",
            // for HTML
                                          "subject", "heading", "text", "blank"};
        all.insert(all.end(), list_names.begin(), list_names.end());
        std::ranges::sort(all);
        return all;
    }();
    return names;
}

std::expected<std::set<std::string>, std::string> check_template(std::string_view text) {
    const auto tags = scan(text);
    if (!tags) return std::unexpected(tags.error());
    std::set<std::string> used;
    for (const Tag& tag : *tags) {
        if (tag.kind != TagKind::comment) used.emplace(tag.name);
    }
    return used;
}

struct Template::Compiled {
    std::string source;
    mustache::mustache text{source};
};

std::expected<Template, std::string> Template::parse(std::string_view text) {
    const auto tags = scan(text);
    if (!tags) return std::unexpected(tags.error());
    auto compiled = std::make_shared<Compiled>(normalise(text, *tags));
    if (!compiled->text.is_valid()) return std::unexpected(compiled->text.error_message());
    return Template{std::move(compiled)};
}

std::expected<std::string, std::string> Template::fill(const Values& values, Escape escape) const {
    auto& compiled = compiled_->text;
    std::size_t inserted = 0;
    compiled.set_custom_escape([&](const std::string& value) {
        std::string fit = escape == Escape::html ? escape_html(value) : value;
        inserted += fit.size();
        if (inserted > output_limit) throw TooLong{};
        return fit;
    });
    std::string out;
    try {
        compiled.render(to_data(values), [&](const std::string& piece) {
            if (out.size() + piece.size() > 2 * output_limit) throw TooLong{};  // line guards count until they are gone
            out += piece;
        });
    } catch (const TooLong&) {
        out.assign(output_limit + 1, ' ');
    }
    std::erase(out, line_guard);
    if (out.size() > output_limit) return std::unexpected(fmt::format("the text has more than {} bytes: shorten it", output_limit));
    if (compiled.is_valid()) return out;
    auto error = compiled.error_message();
    compiled = mustache::mustache{compiled_->source};  // what was wrong with these values is not so with others
    return std::unexpected(std::move(error));
}

std::expected<std::string, std::string> render(std::string_view text, const Values& values, Escape escape) {
    const auto parsed = Template::parse(text);
    if (!parsed) return std::unexpected(parsed.error());
    return parsed->fill(values, escape);
}

} // namespace notifier
