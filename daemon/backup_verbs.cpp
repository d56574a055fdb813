#include "daemon/backup_verbs.hpp"

#include "daemon/backup.hpp"
#include "daemon/configuration.hpp"
#include "daemon/restore.hpp"
#include "daemon/times.hpp"
#include "io/boot_clock.hpp"
#include "io/system_files.hpp"
#include "io/system_random.hpp"

#include <boost/asio/io_context.hpp>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <optional>

namespace hinomi {

namespace {

/// What both verbs need of the world.
struct Place {
    BackupSettings settings;
    std::string zone;
};

std::optional<Place> place_of(const Given& given) {
    io::SystemFiles files;
    config::Problems problems;
    const auto loaded = load_configuration(given.configuration_file, files, problems);
    for (const auto& problem : problems) std::cerr << config::describe(problem) << '\n';
    if (!loaded) return std::nullopt;
    const auto& settings = loaded->settings;
    Place place{.settings = {.ledger = settings.data_directory + "/ledger.db",
                             .configuration = {given.configuration_file},
                             .folder = settings.backup.path,
                             .generations = settings.backup.generations,
                             .version = HINOMI_VERSION},
                .zone = settings.directory.time_zone};
    const auto beside = std::filesystem::path(given.configuration_file).parent_path() / "conf.d";
    for (const auto& name : files.list(beside.string(), ".yaml")) place.settings.configuration.push_back(beside / name);
    return place;
}

std::string user_name() {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4'096> text{};
    if (getpwuid_r(getuid(), &entry, text.data(), text.size(), &found) == 0 && found != nullptr) return found->pw_name;
    return fmt::format("uid {}", getuid());
}

Answer list(const Place& place, model::WallTime now) {
    const auto all = list_backups(place.settings.folder);
    if (!all) return failed(all.error());
    Answer answer;
    answer.columns = {"backup", "made", "age", "events", "version", "state"};
    for (const auto& generation : *all) {
        const bool good = generation.damage.empty();
        answer.rows.push_back({{"backup", generation.id},
                               {"made", good ? rfc3339(generation.made, place.zone) : ""},
                               {"age", good ? spoken(now - generation.made) : ""},
                               {"events", generation.events},
                               {"version", generation.version},
                               {"state", good ? "good" : generation.damage}});
    }
    if (all->empty()) answer.message = "there is no backup in " + place.settings.folder.string();
    return answer;
}

Answer make(const Place& place, model::WallTime now) {
    const auto made = make_backup(place.settings, now);
    if (!made) return failed("no backup was made: " + made.error());
    if (const auto given = give_to_owner(place.settings.folder); !given) return failed("the backup was made, but " + given.error());
    Answer answer;
    answer.message = fmt::format("{}: {} events and {} files of the configuration, restored to scratch and verified",
                                 (place.settings.folder / made->id).string(), made->events, made->files.size());
    return answer;
}

/// Shows what was owed, how old that is, and how to decide.
Answer ask(const Restoration& found) {
    Answer answer =
        failed(fmt::format("nothing was restored yet. Backup {} is {} old, and {} duties were armed then; they may have been met "
                           "since. Decide with --duties resume (customers may hear the same twice) or --duties give-up (they "
                           "are recorded as void)",
                           found.generation.id, spoken(found.age), found.armed.size()));
    answer.columns = {"duty", "subject", "recipient"};
    for (const auto& duty : found.armed)
        answer.rows.push_back({{"duty", duty.id}, {"subject", duty.subject}, {"recipient", duty.recipient.name}});
    return answer;
}

Answer put_back(const Place& place, const Given& given, io::Clock& clock) {
    const auto duties = given.text("duties");
    io::SystemRandom random;
    const auto restored = restore_backup({.ledger = place.settings.ledger,
                                          .folder = place.settings.folder,
                                          .generation = given.text("backup"),
                                          .armed = duties == "resume"    ? ArmedDuties::resume
                                                   : duties == "give-up" ? ArmedDuties::give_up
                                                                         : ArmedDuties::ask,
                                          .forget_newer = given.has("force"),
                                          .actor = user_name(),
                                          .reason = given.text("reason")},
                                         clock, random);
    if (!restored) return failed("nothing was restored: " + restored.error());
    if (!restored->done) return ask(*restored);
    Answer answer;
    answer.message =
        fmt::format("backup {} ({} old, {} events) is the ledger now{}. Start the daemon", restored->generation.id, spoken(restored->age),
                    restored->generation.events, restored->replaced.empty() ? "" : "; the former one is " + restored->replaced.string());
    return answer;
}

} // namespace

int backup_verb(const Given& given) {
    const auto place = place_of(given);
    if (!place) return exit_configuration;
    boost::asio::io_context context;
    io::BootClock clock(context.get_executor());
    const auto now = clock.now().wall;
    const auto answer = given.has("list") ? list(*place, now) : make(*place, now);
    print(answer, given.format, std::cout, std::cerr);
    return answer.exit_code;
}

int restore_verb(const Given& given) {
    const auto place = place_of(given);
    if (!place) return exit_configuration;
    boost::asio::io_context context;
    io::BootClock clock(context.get_executor());
    const auto answer = put_back(*place, given, clock);
    print(answer, given.format, std::cout, std::cerr);
    return answer.exit_code;
}

} // namespace hinomi
