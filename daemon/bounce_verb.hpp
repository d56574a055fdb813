#pragma once

#include "daemon/verbs.hpp"

#include <iosfwd>
#include <optional>

namespace hinomi {

/// `hinomi outbox bounce` without a message id: completes what was given by the returned mail that `input` holds (RFC 3464, see
/// notifier/returned_mail.hpp). An answer where there is nothing to tell the daemon: a report of no failure (which is no error: a mail
/// server that pipes its reports must not be made to report again), or no report at all.
std::optional<Answer> complete_bounce(Given& given, std::istream& input);

/// The same by standard input; for the table of verbs.
std::optional<Answer> read_returned_mail(Given& given);

} // namespace hinomi
