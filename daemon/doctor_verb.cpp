#include "daemon/configuration.hpp"
#include "daemon/doctor.hpp"
#include "daemon/verbs_local.hpp"
#include "io/system_files.hpp"

#include <iostream>

namespace hinomi {

int doctor_verb(const Given& given) {
    io::SystemFiles files;
    config::Problems problems;
    const auto loaded = load_configuration(given.configuration_file, files, problems);
    for (const auto& problem : problems) std::cerr << config::describe(problem) << '\n';
    if (!loaded) return exit_configuration;
    const auto findings = consult_doctor(loaded->settings);
    const auto answer = as_answer(findings);
    if (given.format == Format::table) std::cout << as_text(findings);
    else print(answer, given.format, std::cout, std::cerr);
    return answer.exit_code;
}

} // namespace hinomi
