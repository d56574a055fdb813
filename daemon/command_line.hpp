#pragma once

#include "daemon/verbs.hpp"
#include "io/files.hpp"

#include <iosfwd>
#include <string>

namespace hinomi {

/// Reads the command line after the table of verbs and runs the verb. Returns the exit code. What is wrong is said in
/// one line with the next step on standard error (exit code 2).
int run_command_line(int argument_count, char** arguments);

/// `runtime_directory` of the file or of conf.d beside it; the default where neither says it. Only one key is needed, and not everybody
/// who may ask the daemon may read every file: what cannot be read or parsed is left out.
std::string runtime_directory_of(const std::string& configuration_file, io::Files& files);

/// The man page hinomi(1), and the completion for bash, both made from the table.
void print_manual_page(std::ostream& out);
/// hinomi.yaml(5): every key of the configuration, from the table that the parser uses.
void print_configuration_page(std::ostream& out);
void print_completion(std::ostream& out);

} // namespace hinomi
