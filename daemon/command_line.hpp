#pragma once

#include "daemon/verbs.hpp"

#include <iosfwd>

namespace hinomi {

/// Reads the command line after the table of verbs and runs the verb. Returns the exit code. What is wrong is said in
/// one line with the next step on standard error (exit code 2).
int run_command_line(int argument_count, char** arguments);

/// The man page hinomi(1), and the completion for bash, both made from the table.
void print_manual_page(std::ostream& out);
void print_completion(std::ostream& out);

} // namespace hinomi
