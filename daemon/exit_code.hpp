#pragma once

namespace hinomi {

/// Exit codes of every verb (design section 4).
enum ExitCode : int { exit_ok = 0, exit_failed = 1, exit_usage = 2, exit_down = 3, exit_unreachable = 4, exit_configuration = 78 };

} // namespace hinomi
