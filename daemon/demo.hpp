#pragma once

#include "daemon/verbs.hpp"

namespace hinomi {

/// `hinomi demo`: a small service with three parts, its customers' mail server and the real daemon with its real ledger, all on
/// loopback and in a folder that is removed at the end. Breaks one part, shows what hinomi and its customers see, and mends it.
/// Intervals are shortened, limits are not. Exit code 0 when the story came to its end, also by Ctrl-C; 1 when something failed.
int demo_verb(const Given& given);

} // namespace hinomi
