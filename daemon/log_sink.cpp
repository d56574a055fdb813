#include "daemon/log_sink.hpp"

#define SD_JOURNAL_SUPPRESS_LOCATION  // where in our source a line was written says nothing to an operator
#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <systemd/sd-journal.h>

#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

namespace hinomi {

namespace {

std::vector<std::string>& fields_of_this_thread() {
    thread_local std::vector<std::string> fields;
    return fields;
}

bool& to_journal() {
    static bool connected = false;
    return connected;
}

/// `DEVICE:INODE` of the stream that systemd connected; ours, unless somebody has redirected it since.
bool standard_error_is_the_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status{};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
    return stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

int priority_of(spdlog::level::level_enum level) {
    switch (level) {
    case spdlog::level::critical: return 2;
    case spdlog::level::err: return 3;
    case spdlog::level::warn: return 4;
    case spdlog::level::info: return 6;
    default: return 7;
    }
}

/// To standard error: the message with `text` in its place.
void write_line(const spdlog::details::log_msg& message, const std::string& text, spdlog::formatter& formatter) {
    auto escaped = message;
    escaped.payload = text;
    spdlog::memory_buf_t line;
    formatter.format(escaped, line);
    std::fwrite(line.data(), 1, line.size(), stderr);
}

class JournalSink final : public spdlog::sinks::base_sink<std::mutex> {
protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const auto text = in_one_line({message.payload.data(), message.payload.size()});
        std::vector<std::string> lines{"MESSAGE=" + text, "PRIORITY=" + std::to_string(priority_of(message.level)),
                                       "SYSLOG_IDENTIFIER=hinomi"};
        lines.insert(lines.end(), fields_of_this_thread().begin(), fields_of_this_thread().end());
        std::vector<iovec> parts;
        parts.reserve(lines.size());
        for (auto& line : lines) parts.push_back({.iov_base = line.data(), .iov_len = line.size()});
        if (sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) >= 0) return;
        // without its socket the stream may still be there; a line without fields is better than none
        write_line(message, text, *formatter_);
    }
    void flush_() override { std::fflush(stderr); }
};

class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        write_line(message, in_one_line({message.payload.data(), message.payload.size()}), *formatter_);
    }
    void flush_() override { std::fflush(stderr); }
};

} // namespace

std::string in_one_line(std::string_view text) {
    std::string made;
    made.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto letter = static_cast<unsigned char>(text[at]);
        const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
        if (letter == '\n') made += "\\n";
        else if (letter == '\r') made += "\\r";
        else if (letter == '\t') made += "\\t";
        else if (letter < 0x20 || letter == 0x7f) made += fmt::format("\\x{:02x}", letter);
        else if (letter == 0xc2 && next >= 0x80 && next < 0xa0) made += fmt::format("\\x{:02x}", next), ++at;  // C1 in UTF-8
        else made += text[at];
    }
    return made;
}

std::string joined_lines(std::string_view text) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    std::string made;
    for (const char letter : text) made += letter == '\n' ? std::string("; ") : std::string(1, letter);
    return made;
}

std::shared_ptr<spdlog::logger> make_logger() {
    to_journal() = standard_error_is_the_journal();
    if (to_journal()) return std::make_shared<spdlog::logger>("hinomi", std::make_shared<JournalSink>());
    return std::make_shared<spdlog::logger>("hinomi", std::make_shared<LineSink>());
}

LogFields::LogFields(std::vector<std::string> fields) { fields_of_this_thread() = std::move(fields); }
LogFields::~LogFields() { fields_of_this_thread().clear(); }
bool LogFields::wanted() { return to_journal(); }

} // namespace hinomi
