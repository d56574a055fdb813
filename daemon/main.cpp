#include "daemon/check.hpp"
#include "daemon/configuration.hpp"
#include "daemon/run.hpp"
#include "io/system_files.hpp"
#include "ledger/recovery.hpp"
#include "ledger/sqlite_store.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <iostream>

namespace {

using namespace std::string_literals;

std::optional<hinomi::LoadedConfiguration> load(const std::string& file) {
    io::SystemFiles files;
    config::Problems problems;
    auto loaded = hinomi::load_configuration(file, files, problems);
    for (const auto& problem : problems) std::cerr << config::describe(problem) << '\n';
    return loaded;
}

int check(const std::string& file, bool strict) {
    const auto loaded = load(file);
    return loaded ? hinomi::print_check(*loaded, strict, std::cout, std::cerr) : static_cast<int>(hinomi::exit_configuration);
}

int verify(const std::string& file) {
    const auto loaded = load(file);
    if (!loaded) return hinomi::exit_configuration;
    const auto path = loaded->settings.data_directory + "/ledger.db";
    ledger::SqliteStore store(path);
    auto opened = store.open();
    if (!opened) {
        std::cerr << "error: " << path << ": " << opened.error().what << '\n';
        return hinomi::exit_failed;
    }
    const auto verified = ledger::verify(store);
    if (!verified) {
        std::cerr << "error: " << path << ": " << verified.error().what << '\n';
        return hinomi::exit_failed;
    }
    std::string head;
    for (const auto byte : verified->head) head += fmt::format("{:02x}", byte);
    std::cout << fmt::format("{}: {} events verify, {} of them with erased payloads; head {}\n", path, verified->events, verified->erased,
                             head);
    return hinomi::exit_ok;
}

} // namespace

int main(int argument_count, char** arguments) {
    spdlog::set_default_logger(spdlog::stderr_logger_mt("hinomi"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");

    CLI::App app{"hinomi watches a SaaS provider's service, tells its customers in time, and proves it"};
    app.require_subcommand(1);
    auto file = "/etc/hinomi/hinomi.yaml"s;
    bool strict = false;
    const auto with_config = [&file](CLI::App* verb) {
        verb->add_option("--config", file, "configuration file")->capture_default_str();
        return verb;
    };
    auto* run = with_config(app.add_subcommand("run", "run the daemon until SIGTERM"));
    auto* check_verb = with_config(app.add_subcommand("check", "check a configuration and compute its worst case"));
    check_verb->add_flag("--strict", strict, "fail on warnings too");
    auto* verify_verb = with_config(app.add_subcommand("verify", "verify the whole ledger (stop the daemon first)"));
    auto* version = app.add_subcommand("version", "print the version");
    try {
        app.parse(argument_count, arguments);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? hinomi::exit_ok : hinomi::exit_usage;
    }
    if (run->parsed()) return hinomi::run_daemon(file);
    if (check_verb->parsed()) return check(file, strict);
    if (verify_verb->parsed()) return verify(file);
    if (version->parsed()) std::cout << "hinomi " HINOMI_VERSION "\n";
    return hinomi::exit_ok;
}
