#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>
#include <vector>

namespace hinomi {

/// Where the log goes: to systemd's journal, with fields, when standard error is connected to it (systemd.exec(5), $JOURNAL_STREAM); else
/// to standard error as lines of text.
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
