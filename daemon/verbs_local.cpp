#include "daemon/verbs_local.hpp"

#include "daemon/check.hpp"
#include "daemon/command_line.hpp"
#include "daemon/configuration_told.hpp"
#include "daemon/run.hpp"
#include "io/system_files.hpp"
#include "ledger/recovery.hpp"
#include "ledger/sqlite_store.hpp"

#include <fmt/format.h>

#include <iostream>

namespace hinomi {

namespace {

Answer verify(const std::string& path) {
    ledger::SqliteStore store(path, nullptr, ledger::Access::reading);
    if (const auto opened = store.open(); !opened) return failed(path + ": " + opened.error().what);
    const auto verified = ledger::verify(store);
    if (!verified) return failed(path + ": " + verified.error().what);
    std::string head;
    for (const auto byte : verified->head) head += fmt::format("{:02x}", byte);
    return done(
        fmt::format("{}: {} events verify, {} of them with erased payloads; head {}", path, verified->events, verified->erased, head),
        {{"ledger", path}, {"events", verified->events}, {"erased", verified->erased}, {"head", head}});
}

} // namespace

int run_verb(const Given& given) { return run_daemon(given.configuration_file); }

int check_verb(const Given& given) {
    const bool strict = given.has("strict");
    if (given.format == Format::json) {
        io::SystemFiles files;
        config::Problems problems;
        const auto loaded = load_configuration(given.configuration_file, files, problems);
        print_lines(problems, std::cerr);
        return loaded ? print_check_json(*loaded, problems, strict, std::cout) : print_broken_json(problems, std::cout);
    }
    const auto loaded = load_and_tell(given);
    return loaded ? print_check(*loaded, strict, std::cout, std::cerr) : exit_configuration;
}

int verify_verb(const Given& given) {
    const auto loaded = load_and_tell(given);
    if (!loaded) return exit_configuration;
    const auto answer = verify(loaded->settings.data_directory + "/ledger.db");
    print(answer, given.format, std::cout, std::cerr);
    return answer.exit_code;
}

int completion_verb(const Given&) {
    print_completion(std::cout);
    return exit_ok;
}

int manual_verb(const Given& given) {
    if (given.has("configuration")) print_configuration_page(std::cout);
    else print_manual_page(std::cout);
    return exit_ok;
}

int version_verb(const Given&) {
    std::cout << "hinomi " HINOMI_VERSION "\n";
    return exit_ok;
}

} // namespace hinomi
