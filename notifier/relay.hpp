#pragma once

#include "io/mail_transaction.hpp"

#include <cstdint>
#include <string>

namespace notifier {

/// One mail relay with its secrets resolved. Never logged whole.
struct Relay {
    io::MailServer server;
    std::string from;             ///< envelope sender and From: ADDRESS or NAME <ADDRESS>
    double send_rate = 0;         ///< mails per second; 0: unlimited
    std::uint32_t parallel = 8;   ///< transactions at a time
    bool out_of_band = false;     ///< reached by a way that survives the loss of the declared lines: first for what tells of it
};

} // namespace notifier
