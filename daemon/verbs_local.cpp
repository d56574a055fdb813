#include "daemon/verbs_local.hpp"

#include "daemon/check.hpp"
#include "daemon/command_line.hpp"
#include "daemon/configuration.hpp"
#include "daemon/run.hpp"
#include "io/system_files.hpp"
#include "ledger/recovery.hpp"
#include "ledger/sqlite_store.hpp"

#include <fmt/format.h>

#include <iostream>

namespace hinomi {

namespace {

std::optional<LoadedConfiguration> load(const std::string& file) {
    io::SystemFiles files;
    config::Problems problems;
    auto loaded = load_configuration(file, files, problems);
    for (const auto& problem : problems) std::cerr << config::describe(problem) << '\n';
    return loaded;
}

} // namespace

int run_verb(const Given& given) { return run_daemon(given.configuration_file); }

int check_verb(const Given& given) {
    const auto loaded = load(given.configuration_file);
    if (!loaded) return exit_configuration;
    const bool strict = given.has("strict");
    if (given.format == Format::json) return print_check_json(*loaded, strict, std::cout);
    return print_check(*loaded, strict, std::cout, std::cerr);
}

int verify_verb(const Given& given) {
    const auto loaded = load(given.configuration_file);
    if (!loaded) return exit_configuration;
    const auto path = loaded->settings.data_directory + "/ledger.db";
    ledger::SqliteStore store(path, nullptr, ledger::Access::reading);
    auto opened = store.open();
    if (!opened) {
        std::cerr << "error: " << path << ": " << opened.error().what << '\n';
        return exit_failed;
    }
    const auto verified = ledger::verify(store);
    if (!verified) {
        std::cerr << "error: " << path << ": " << verified.error().what << '\n';
        return exit_failed;
    }
    std::string head;
    for (const auto byte : verified->head) head += fmt::format("{:02x}", byte);
    std::cout << fmt::format("{}: {} events verify, {} of them with erased payloads; head {}\n", path, verified->events, verified->erased,
                             head);
    return exit_ok;
}

int completion_verb(const Given&) {
    print_completion(std::cout);
    return exit_ok;
}

int manual_verb(const Given&) {
    print_manual_page(std::cout);
    return exit_ok;
}

int version_verb(const Given&) {
    std::cout << "hinomi " HINOMI_VERSION "\n";
    return exit_ok;
}

} // namespace hinomi
