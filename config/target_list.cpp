#include "config/target_list.hpp"

#include "config/document_content.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace config {

namespace {

constexpr std::size_t most_entries = 1'000'000;
constexpr std::size_t most_words = 32;
constexpr std::size_t most_reported = 100;
constexpr std::string_view form = "Write [{\"asset\": \"NAME\", \"host\": \"...\"}, ...]";

/// How far the parser has read. Lines are counted once, going on from the last place asked for.
class Progress {
public:
    explicit Progress(std::string_view text) : text_(text) {}

    void go_to(std::size_t place) { place_ = place; }

    /// Of the character read last.
    Position position(const std::string& file) {
        for (; counted_ < std::min(place_, text_.size()); ++counted_) {
            if (counted_ > 0 && text_[counted_ - 1] == '\n') {
                ++line_;
                column_ = 0;
            }
            if ((static_cast<unsigned char>(text_[counted_]) & 0xC0U) != 0x80U) ++column_;
        }
        return {file, line_, std::max(column_, 1U)};
    }

private:
    std::string_view text_;
    std::size_t place_ = 0;
    std::size_t counted_ = 0;
    std::uint32_t line_ = 1;
    std::uint32_t column_ = 0;
};

/// Reads characters and tells how far it is: nlohmann's events do not say where they were.
class TellingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    TellingIterator(std::string_view text, std::size_t place, Progress* progress) : text_(text), place_(place), progress_(progress) {}
    reference operator*() const { return text_[place_]; }
    TellingIterator& operator++() {
        progress_->go_to(++place_);
        return *this;
    }
    TellingIterator operator++(int) {
        auto before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const TellingIterator& left, const TellingIterator& right) { return left.place_ == right.place_; }

private:
    std::string_view text_;
    std::size_t place_;
    Progress* progress_;
};

/// Takes the parser's events; returning false ends the parsing.
class Handler final : public nlohmann::json_sax<nlohmann::json> {
public:
    Handler(std::string file, Progress& progress, Problems& problems) : file_(std::move(file)), progress_(progress), problems_(problems) {}

    bool null() override { return refuse("null is no word"); }
    bool boolean(bool value) override { return take(value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override { return take(fmt::format("{}", value)); }
    bool number_unsigned(number_unsigned_t value) override { return take(fmt::format("{}", value)); }
    bool number_float(number_float_t, const string_t& text) override { return take(text); }
    bool string(string_t& value) override { return take(std::move(value)); }
    bool binary(binary_t&) override { return refuse("binary data is no word"); }

    bool start_array(std::size_t) override {
        if (++depth_ == 1) return true;
        return refuse("there is a list inside the list");
    }
    bool end_array() override { return true; }

    bool start_object(std::size_t) override {
        if (depth_ != 1 || entry_) return refuse(depth_ == 0 ? "the file is no list" : "there is an object inside an entry");
        if (entries_.size() >= most_entries) return refuse("there are more than 1000000 entries");
        entry_ = TargetEntry{.position = here(), .words = {}};
        return true;
    }
    bool end_object() override {
        if (entry_->find("asset") == nullptr) report(entry_->position, "the entry has no asset", "Add \"asset\": \"NAME\"");
        else entries_.push_back(std::move(*entry_));
        entry_.reset();
        return problems_.size() < most_reported;
    }
    bool key(string_t& name) override {
        if (entry_->find(name) != nullptr) report(here(), fmt::format("the word {} is given twice", shown(name)), "Keep one of the two");
        if (entry_->words.size() >= most_words) return refuse("there are more than 32 words in an entry");
        key_ = std::move(name);
        return true;
    }

    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
        report(here(), "this is not JSON", std::string(form));
        return false;
    }

    [[nodiscard]] std::vector<TargetEntry> entries() { return std::move(entries_); }

private:
    [[nodiscard]] Position here() { return progress_.position(file_); }

    void report(Position position, std::string text, std::string remedy) {
        problems_.push_back({std::move(position), std::move(text), std::move(remedy)});
    }

    bool refuse(std::string_view what) {
        report(here(), std::string(what), std::string(form));
        return false;
    }

    bool take(std::string value) {
        if (!entry_) return refuse("there is a value outside an entry");
        entry_->words.emplace_back(key_, std::move(value));
        return true;
    }

    std::string file_;
    Progress& progress_;
    Problems& problems_;
    std::vector<TargetEntry> entries_;
    std::optional<TargetEntry> entry_;
    std::string key_;
    std::size_t depth_ = 0;
};

bool is_word(std::string_view text) {
    const auto fits = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '_';
    };
    return !text.empty() && std::ranges::all_of(text, fits);
}

/// Said once of a word, however often the pattern needs it.
void lacks(const TargetEntry& entry, std::string_view word, const Position& place, Problems& problems) {
    const auto text = fmt::format("the entry has no {}, which the pattern at ", shown(word));
    for (auto told = problems.rbegin(); told != problems.rend() && told->position == entry.position; ++told) {
        if (told->text.starts_with(text)) return;
    }
    problems.push_back({entry.position, text + describe(place) + " needs", fmt::format("Add \"{}\": \"...\"", word)});
}

std::optional<std::string> filled(const std::string& text, const Position& place, const TargetEntry& entry, Problems& problems) {
    std::string result = text;
    bool whole = true;
    for (const auto word : placeholders(text)) {
        const auto braced = fmt::format("{{{}}}", word);
        const auto* value = entry.find(word);
        if (value == nullptr) {
            lacks(entry, word, place, problems);
            whole = false;
            continue;
        }
        for (auto at = result.find(braced); at != std::string::npos; at = result.find(braced, at + value->size())) {
            result.replace(at, braced.size(), *value);
        }
    }
    return whole ? std::optional(std::move(result)) : std::nullopt;
}

bool has_placeholder(const Node& node) {
    switch (node.kind()) {
    case NodeKind::null: return false;
    case NodeKind::scalar: return !placeholders(node.scalar()).empty();
    case NodeKind::list: return std::ranges::any_of(node.content()->items, has_placeholder);
    case NodeKind::map:
        return std::ranges::any_of(node.content()->entries, [](const Entry& entry) { return has_placeholder(entry.value); });
    }
    return false;
}

} // namespace

const std::string* TargetEntry::find(std::string_view word) const {
    const auto found = std::ranges::find(words, word, &std::pair<std::string, std::string>::first);
    return found == words.end() ? nullptr : &found->second;
}

std::vector<TargetEntry> parse_targets(std::string_view text, const std::string& file, Problems& problems) {
    Progress progress(text);
    Problems found;
    Handler handler(file, progress, found);
    nlohmann::json::sax_parse(TellingIterator(text, 0, &progress), TellingIterator(text, text.size(), &progress), &handler);
    problems.insert(problems.end(), found.begin(), found.end());
    return handler.entries();
}

std::vector<std::string_view> placeholders(std::string_view text) {
    std::vector<std::string_view> words;
    for (auto open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
        const auto close = text.find('}', open);
        if (close == std::string_view::npos) break;
        const auto word = text.substr(open + 1, close - open - 1);
        if (is_word(word) && std::ranges::find(words, word) == words.end()) words.push_back(word);
    }
    return words;
}

std::optional<Node> fill(const Node& pattern, const TargetEntry& entry, Problems& problems) {
    if (!has_placeholder(pattern)) return pattern;
    if (pattern.kind() == NodeKind::scalar) {
        auto text = filled(pattern.scalar(), pattern.position(), entry, problems);
        return text ? std::optional(make_scalar(std::move(*text), entry.position)) : std::nullopt;
    }
    bool whole = true;  // the others are looked at all the same: each may lack a word of its own
    if (pattern.kind() == NodeKind::list) {
        std::vector<Node> items;
        items.reserve(pattern.content()->items.size());
        for (const auto& item : pattern.content()->items) {
            if (auto made = fill(item, entry, problems)) items.push_back(std::move(*made));
            else whole = false;
        }
        return whole ? std::optional(make_list(std::move(items), pattern.position())) : std::nullopt;
    }
    std::vector<Entry> entries;
    entries.reserve(pattern.content()->entries.size());
    for (const auto& given : pattern.content()->entries) {
        if (auto made = fill(given.value, entry, problems))
            entries.push_back({.key = given.key, .position = given.position, .value = std::move(*made)});
        else whole = false;
    }
    return whole ? std::optional(make_map(std::move(entries), pattern.position())) : std::nullopt;
}

} // namespace config
