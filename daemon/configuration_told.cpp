#include "daemon/configuration_told.hpp"

#include "io/system_files.hpp"

#include <iostream>

namespace hinomi {

void print_lines(const config::Problems& problems, std::ostream& out) {
    for (const auto& problem : problems) out << config::describe(problem) << '\n';
}

nlohmann::ordered_json to_json(const config::Problems& problems) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& problem : problems) {
        list.push_back({{"file", problem.position.file},
                        {"line", problem.position.line},
                        {"column", problem.position.column},
                        {"level", problem.warning ? "warning" : "error"},
                        {"text", problem.text},
                        {"remedy", problem.remedy}});
    }
    return list;
}

nlohmann::ordered_json refusal_json(const config::Problems& problems) {
    return {{"ok", false}, {"message", "the configuration is wrong"}, {"problems", to_json(problems)}};
}

std::optional<LoadedConfiguration> load_and_tell(const Given& given, io::Files& files) {
    config::Problems problems;
    auto loaded = load_configuration(given.configuration_file, files, problems);
    print_lines(problems, std::cerr);
    if (!loaded && given.format == Format::json)
        std::cout << refusal_json(problems).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    return loaded;
}

std::optional<LoadedConfiguration> load_and_tell(const Given& given) {
    io::SystemFiles files;
    return load_and_tell(given, files);
}

} // namespace hinomi
