#include "notifier/returned_mail.hpp"

#include "model/text.hpp"
#include "notifier/words_clean.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace notifier {

namespace {

constexpr std::size_t longest_value = 4'096;       // of a folded field; RFC 5322 has 998 for a line
constexpr std::size_t longest_message_id = 998;
constexpr std::size_t longest_action = 32;
constexpr std::size_t longest_diagnostic = 500;

std::string lower(std::string_view text) {
    std::string made(text);
    std::ranges::transform(made, made.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return made;
}

std::string_view trimmed(std::string_view text) {
    const auto is_blank = [](char letter) { return letter == ' ' || letter == '\t' || letter == '\r'; };
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

/// The lines of a text, without their ends.
class Walk {
public:
    explicit Walk(std::string_view text) : left_(text) {}

    bool next() {
        if (left_.empty()) return false;
        const auto end = left_.find('\n');
        line_ = left_.substr(0, end);
        left_.remove_prefix(end == std::string_view::npos ? left_.size() : end + 1);
        if (line_.ends_with('\r')) line_.remove_suffix(1);
        return true;
    }
    [[nodiscard]] std::string_view line() const { return line_; }
    /// Whether the next line goes on with this one's field.
    [[nodiscard]] bool folded() const { return left_.starts_with(' ') || left_.starts_with('\t'); }

private:
    std::string_view left_;
    std::string_view line_;
};

/// `<local@domain>` in a value, without the brackets; nothing else is a message id of ours.
std::string message_id_in(std::string_view value) {
    const auto begin = value.find('<');
    const auto end = value.find('>', begin == std::string_view::npos ? value.size() : begin);
    if (end == std::string_view::npos) return {};
    const auto id = value.substr(begin + 1, end - begin - 1);
    const auto fits = [](char letter) { return letter > ' ' && letter < '\x7f' && letter != '<'; };
    if (id.size() > longest_message_id || id.find('@') == std::string_view::npos || !std::ranges::all_of(id, fits)) return {};
    return std::string(id);
}

/// `smtp; 550 5.1.1 <it@acme.example>: no such user` without the type and without addresses: those are not for the ledger.
std::string diagnostic_in(std::string_view value) {
    if (const auto type = value.find(';'); type != std::string_view::npos) value.remove_prefix(type + 1);
    const auto text = clean(value, longest_value);
    std::string made;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(' ', at), text.size());
        const auto word = std::string_view(text).substr(at, end - at);
        if (!word.empty()) {
            if (!made.empty()) made += ' ';
            made += word.find('@') == std::string_view::npos ? word : std::string_view("(address)");
        }
        at = end + 1;
    }
    return std::string(model::cut_bytes(made, longest_diagnostic));
}

enum class Field : unsigned char { action, status, diagnostic, original_message_id, message_id, other };

/// The field that a line begins, and its value so far.
std::pair<Field, std::string_view> field_of(std::string_view line) {
    static constexpr std::array<std::pair<std::string_view, Field>, 5> wanted{{{"action", Field::action},
                                                                               {"status", Field::status},
                                                                               {"diagnostic-code", Field::diagnostic},
                                                                               {"original-message-id", Field::original_message_id},
                                                                               {"message-id", Field::message_id}}};
    const auto colon = line.find(':');
    if (colon > wanted[3].first.size()) return {Field::other, {}};  // npos too; the longest name
    const auto name = lower(trimmed(line.substr(0, colon)));
    const auto found = std::ranges::find(wanted, name, &std::pair<std::string_view, Field>::first);
    if (found == wanted.end()) return {Field::other, {}};
    return {found->second, line.substr(colon + 1)};
}

/// Gathers what the fields say, in the order in which they come.
class Report {
public:
    void take(Field field, std::string_view value) {
        switch (field) {
        case Field::action: take_action(value); break;
        case Field::status: keep(status_, diagnostic_in(value)); break;
        case Field::diagnostic: keep(mail_.diagnostic, diagnostic_in(value)); break;
        case Field::original_message_id: keep(original_, message_id_in(value)); break;
        case Field::message_id: keep(mail_.message_id, message_id_in(value)); break;
        case Field::other: break;
        }
    }

    ReturnedMail result() && {
        if (!original_.empty()) mail_.message_id = std::move(original_);
        if (mail_.diagnostic.empty()) mail_.diagnostic = std::move(status_);
        return std::move(mail_);
    }

private:
    static void keep(std::string& into, std::string value) {
        if (into.empty()) into = std::move(value);
    }
    void take_action(std::string_view value) {
        auto action = lower(trimmed(value));
        const auto is_letter = [](char letter) { return letter >= 'a' && letter <= 'z'; };
        if (action.size() > longest_action || !std::ranges::all_of(action, is_letter)) return;
        if (mail_.action.empty() || action == "failed") mail_.action = std::move(action);
    }

    ReturnedMail mail_;
    std::string original_;
    std::string status_;
};

} // namespace

ReturnedMail read_returned_mail(std::string_view mail) {
    Walk lines(mail.substr(0, largest_returned_mail));
    while (lines.next() && !lines.line().empty()) {
    }  // its own header, with a Message-ID of its own
    Report report;
    while (lines.next()) {
        const auto [field, begun] = field_of(lines.line());
        if (field == Field::other) continue;
        std::string value(begun.substr(0, longest_value));
        while (lines.folded() && lines.next()) {
            if (value.size() + lines.line().size() <= longest_value) value += lines.line();
        }
        report.take(field, value);
    }
    return std::move(report).result();
}

} // namespace notifier
