#pragma once

#include "daemon/verbs.hpp"

/// The verbs that run without the daemon. Each returns its exit code.
namespace hinomi {

int run_verb(const Given& given);
int check_verb(const Given& given);
int verify_verb(const Given& given);
int doctor_verb(const Given& given);
int completion_verb(const Given& given);
int manual_verb(const Given& given);
int version_verb(const Given& given);

} // namespace hinomi
