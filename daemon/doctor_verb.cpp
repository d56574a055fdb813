#include "daemon/configuration_told.hpp"
#include "daemon/doctor.hpp"
#include "daemon/verbs_local.hpp"

#include <iostream>

namespace hinomi {

int doctor_verb(const Given& given) {
    const auto loaded = load_and_tell(given);
    if (!loaded) return exit_configuration;
    const auto findings = consult_doctor(loaded->settings, secrets_of_watches(loaded->watches));
    const auto answer = as_answer(findings);
    if (given.format == Format::table) std::cout << as_text(findings);
    else print(answer, given.format, std::cout, std::cerr);
    return answer.exit_code;
}

} // namespace hinomi
