#pragma once

#include "daemon/verbs.hpp"

/// `hinomi backup`, beside the running daemon, and `hinomi restore`, without it. Each returns its exit code.
namespace hinomi {

int backup_verb(const Given& given);
int restore_verb(const Given& given);

} // namespace hinomi
