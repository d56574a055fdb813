#include "notifier/mail_header.hpp"

#include "model/text.hpp"
#include "notifier/digest.hpp"
#include "notifier/words_clean.hpp"

#include <algorithm>
#include <cstddef>

namespace notifier {

namespace {

constexpr std::size_t columns = 76;
constexpr std::size_t longest_plain_word = 60;  // still fits behind the longest header name
constexpr std::size_t longest_value = 1'000;    // code points
constexpr std::string_view word_begin = "=?UTF-8?B?";
constexpr std::string_view word_end = "?=";

/// Whether the value can stand in the header as it is and be folded at its single spaces.
bool is_plain(std::string_view value) {
    if (value.find("=?") != std::string_view::npos || value.find("  ") != std::string_view::npos) return false;
    if (value.starts_with(' ') || value.ends_with(' ')) return false;
    std::size_t word = 0;
    for (const char letter : value) {
        if (letter < 0x20 || letter > 0x7e) return false;
        word = letter == ' ' ? 0 : word + 1;
        if (word > longest_plain_word) return false;
    }
    return true;
}

/// Appends words, each behind a space; a new line begins where one would not fit.
class Folder {
public:
    explicit Folder(std::string_view name) : text_(name), column_(name.size() + 1) { text_ += ':'; }

    void add(std::string_view word) {
        if (column_ + 1 + word.size() > columns && !fresh_) {
            text_ += "\r\n";
            column_ = 0;
        }
        text_ += ' ';
        text_ += word;
        column_ += 1 + word.size();
        fresh_ = false;
    }

    /// Like `add`, but a word that does not fit behind the name goes to the next line too.
    void add_whole(std::string_view word) {
        fresh_ = false;
        add(word);
    }

    [[nodiscard]] std::size_t room() const { return columns - std::min(columns, column_ + 1); }

    std::string done() {
        text_ += "\r\n";
        return std::move(text_);
    }

private:
    std::string text_;
    std::size_t column_;
    bool fresh_ = true;
};

void add_plain(Folder& folder, std::string_view value) {
    while (!value.empty()) {
        const auto end = std::min(value.find(' '), value.size());
        folder.add(value.substr(0, end));
        value.remove_prefix(std::min(value.size(), end + 1));
    }
}

void add_encoded(Folder& folder, std::string_view value) {
    constexpr std::size_t frame = word_begin.size() + word_end.size();
    while (!value.empty()) {
        auto room = folder.room();
        if (room < frame + 8) room = columns - 1;
        const auto chunk = model::cut_bytes(value, (room - frame) / 4 * 3);
        folder.add(std::string(word_begin) + base64(chunk) + std::string(word_end));
        value.remove_prefix(chunk.size());
    }
}

void add_value(Folder& folder, const std::string& value) {
    if (is_plain(value)) add_plain(folder, value);
    else add_encoded(folder, value);
}

bool is_quotable(std::string_view display) {
    return is_plain(display) && display.size() <= longest_plain_word && display.find_first_of("\"\\") == std::string_view::npos;
}

} // namespace

std::string text_header(std::string_view name, std::string_view value) {
    Folder folder(name);
    add_value(folder, clean(value, longest_value));
    return folder.done();
}

std::string mailbox_header(std::string_view name, std::string_view display, std::string_view address) {
    Folder folder(name);
    const auto shown = clean(display, longest_value);
    if (shown.empty()) {
        folder.add_whole(bare(address));
        return folder.done();
    }
    if (is_quotable(shown)) folder.add("\"" + shown + "\"");
    else add_encoded(folder, shown);
    folder.add_whole("<" + bare(address) + ">");
    return folder.done();
}

std::string id_header(std::string_view name, std::string_view id) {
    Folder folder(name);
    folder.add_whole("<" + bare(id) + ">");
    return folder.done();
}

Mailbox parse_mailbox(std::string_view text) {
    const auto open = text.rfind('<');
    const auto close = text.rfind('>');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {.display = {}, .address = bare(text)};
    auto display = text.substr(0, open);
    const auto begin = display.find_first_not_of(" \t\"");
    const auto end = display.find_last_not_of(" \t\"");
    display = begin == std::string_view::npos ? std::string_view{} : display.substr(begin, end - begin + 1);
    return {.display = std::string(display), .address = bare(text.substr(open + 1, close - open - 1))};
}

std::string bare(std::string_view address) {
    constexpr std::size_t longest = 900;
    std::string kept;
    for (const char letter : address.substr(0, longest)) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte > 0x20 && byte != 0x7f && letter != '<' && letter != '>') kept += letter;
    }
    return kept;
}

} // namespace notifier
