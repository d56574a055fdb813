#include "daemon/answer.hpp"

#include <algorithm>
#include <clocale>
#include <cwchar>
#include <ostream>

namespace hinomi {

using nlohmann::json;

namespace {

std::string text_of(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return "";
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    if (value.is_array()) {
        std::string joined;
        for (const auto& each : value) joined += (joined.empty() ? "" : ", ") + text_of(each);
        return joined;
    }
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

enum class Lines : std::uint8_t { one, several };

/// Control characters may not reach a terminal: they could rewrite what it shows. A message may have several lines: notes of people and
/// answers of targets are quoted in it.
std::string for_terminal(std::string text, Lines lines = Lines::one) {
    const auto may_not = [lines](unsigned char letter) {
        return letter == 0x7f || (letter < 0x20 && (letter != '\n' || lines == Lines::one));
    };
    std::ranges::replace_if(text, may_not, ' ');
    return text;
}

/// Columns that the text takes on a terminal: Japanese letters take two.
std::size_t width_of(const std::string& text) {
    static const auto locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    const auto previous = uselocale(locale);
    std::wstring wide(text.size(), L'\0');
    const auto count = std::mbstowcs(wide.data(), text.c_str(), wide.size());
    const int width = count == static_cast<std::size_t>(-1) ? -1 : wcswidth(wide.data(), count);
    uselocale(previous);
    return width < 0 ? text.size() : static_cast<std::size_t>(width);
}

std::string cell(const json& row, const std::string& column) { return row.contains(column) ? text_of(row.at(column)) : ""; }

void print_table(const Answer& answer, std::ostream& out) {
    std::vector<std::vector<std::string>> lines{answer.columns};
    for (auto& title : lines.front())
        std::ranges::transform(title, title.begin(), [](char c) { return c == '_' ? ' ' : static_cast<char>(std::toupper(c)); });
    for (const auto& row : answer.rows) {
        auto& line = lines.emplace_back();
        for (const auto& column : answer.columns) line.push_back(for_terminal(cell(row, column)));
    }
    std::vector<std::size_t> widths(answer.columns.size());
    for (const auto& line : lines) {
        for (std::size_t index = 0; index < line.size(); ++index) widths[index] = std::max(widths[index], width_of(line[index]));
    }
    for (const auto& line : lines) {
        std::string text;
        for (std::size_t index = 0; index < line.size(); ++index) {
            text += line[index];
            if (index + 1 < line.size()) text.append(widths[index] - width_of(line[index]) + 2, ' ');
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out << text << '\n';
    }
}

void print_upright(const Answer& answer, std::ostream& out) {
    std::size_t widest = 0;
    for (const auto& column : answer.columns) widest = std::max(widest, width_of(column));
    for (const auto& row : answer.rows) {
        for (const auto& column : answer.columns) {
            const auto text = for_terminal(cell(row, column));
            if (!text.empty()) out << column << std::string(widest - width_of(column) + 2, ' ') << text << '\n';
        }
    }
}

/// RFC 4180. A cell that a spreadsheet would take for a formula is defused.
std::string quoted(const std::string& text) {
    const bool formula = !text.empty() && std::string_view("=+-@").contains(text.front());
    auto safe = formula ? "'" + text : text;
    if (safe.find_first_of(",\"\r\n") == std::string::npos) return safe;
    std::string made = "\"";
    for (const char letter : safe) made += letter == '"' ? std::string("\"\"") : std::string(1, letter);
    return made + "\"";
}

void print_csv(const Answer& answer, std::ostream& out) {
    for (std::size_t index = 0; index < answer.columns.size(); ++index) out << (index == 0 ? "" : ",") << answer.columns[index];
    out << "\r\n";
    for (const auto& row : answer.rows) {
        for (std::size_t index = 0; index < answer.columns.size(); ++index)
            out << (index == 0 ? "" : ",") << quoted(cell(row, answer.columns[index]));
        out << "\r\n";
    }
}

void print_json(const Answer& answer, std::ostream& out) {
    json all{{"ok", answer.exit_code == exit_ok}, {"message", answer.message}};
    if (answer.upright && answer.rows.size() == 1) all["item"] = answer.rows.front();
    else all["items"] = answer.rows;
    out << all.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

} // namespace

Answer done(std::string message, nlohmann::json fields) {
    Answer answer;
    answer.message = std::move(message);
    for (const auto& [name, value] : fields.items()) answer.columns.push_back(name);
    answer.rows.push_back(std::move(fields));
    answer.upright = answer.for_programs = true;
    return answer;
}

Answer failed(std::string why, int exit_code) {
    return {.exit_code = exit_code, .message = std::move(why), .columns = {}, .rows = {}, .upright = false, .for_programs = false};
}

std::string to_line(const Answer& answer) {
    const json line{{"exit", answer.exit_code}, {"message", answer.message}, {"columns", answer.columns},
                    {"rows", answer.rows},      {"upright", answer.upright}, {"for_programs", answer.for_programs}};
    return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Answer> answer_of(std::string_view line) {
    try {
        const auto read = json::parse(line);
        return Answer{.exit_code = read.at("exit").get<int>(),
                      .message = read.at("message").get<std::string>(),
                      .columns = read.at("columns").get<std::vector<std::string>>(),
                      .rows = read.at("rows").get<std::vector<json>>(),
                      .upright = read.at("upright").get<bool>(),
                      .for_programs = read.value("for_programs", false)};
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

void print(const Answer& answer, Format format, std::ostream& out, std::ostream& error) {
    if (format == Format::json) return print_json(answer, out);
    if (answer.exit_code == exit_ok || answer.exit_code == exit_down) {
        if (format == Format::csv) print_csv(answer, out);
        else if (answer.for_programs) {
        } else if (answer.upright) print_upright(answer, out);
        else if (!answer.rows.empty()) print_table(answer, out);
        if (!answer.message.empty()) (format == Format::csv ? error : out) << for_terminal(answer.message, Lines::several) << '\n';
        return;
    }
    error << "error: " << for_terminal(answer.message, Lines::several) << '\n';
}

} // namespace hinomi
