#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hinomi {

/// The text as one line of a log: control characters (also of C1, U+0080 to U+009F) as `\n`, `\t` or `\x1b`. Much of what is logged comes
/// from outside, and would forge lines or steer a terminal.
std::string in_one_line(std::string_view text);

/// The lines of a text of ours, for people, behind each other: `first; second`.
std::string joined_lines(std::string_view text);

/// Where the log goes: to systemd's journal, with fields, when standard error is connected to it (systemd.exec(5), $JOURNAL_STREAM); else
/// to standard error as lines of text. An entry is one line, whatever its text holds.
std::shared_ptr<spdlog::logger> make_logger();

/// What the lines that this thread logs are about, while this lives: fields of the journal beside MESSAGE and PRIORITY (sd_journal_send(3)),
/// each `NAME=VALUE` with NAME in capitals. Lines of text do not show them. One at a time per thread.
class LogFields {
public:
    explicit LogFields(std::vector<std::string> fields);
    LogFields(const LogFields&) = delete;
    LogFields& operator=(const LogFields&) = delete;
    ~LogFields();

    /// Whether anybody would see them.
    static bool wanted();
};

}  // namespace hinomi
