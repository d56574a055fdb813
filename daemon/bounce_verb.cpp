#include "daemon/bounce_verb.hpp"

#include "notifier/returned_mail.hpp"

#include <iostream>
#include <string>

#include <unistd.h>

namespace hinomi {

namespace {

constexpr const char* by_hand = "Give the Message-ID of the message that came back: hinomi outbox bounce MESSAGE-ID";

/// All of the input is taken, whatever is too much of it is dropped: whoever pipes it must not fail for want of a reader.
std::string bounded(std::istream& input) {
    std::string text(notifier::largest_returned_mail, '\0');
    input.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(input.gcount()));
    while (input.ignore(1 << 16).gcount() > 0) {
    }
    return text;
}

} // namespace

std::optional<Answer> complete_bounce(Given& given, std::istream& input) {
    if (given.has("message")) return std::nullopt;
    const auto mail = notifier::read_returned_mail(bounded(input));
    if (mail.action.empty()) return failed(std::string("standard input is no report of a mail server (RFC 3464). ") + by_hand);
    if (!mail.failed())
        return done("nothing to do: the report says `" + mail.action + "`, and not that it failed", {{"action", mail.action}});
    if (mail.message_id.empty()) return failed(std::string("the report does not say which message came back. ") + by_hand);
    given.values["message"] = {mail.message_id};
    if (!given.has("diagnostic") && !mail.diagnostic.empty()) given.values["diagnostic"] = {mail.diagnostic};
    return std::nullopt;
}

std::optional<Answer> read_returned_mail(Given& given) {
    if (!given.has("message") && ::isatty(STDIN_FILENO) == 1)
        return failed(std::string(by_hand) + ", or the returned mail on standard input", exit_usage);
    return complete_bounce(given, std::cin);
}

} // namespace hinomi
