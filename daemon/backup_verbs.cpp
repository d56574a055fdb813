#include "daemon/backup_verbs.hpp"

#include "daemon/access.hpp"
#include "daemon/backup_configuration.hpp"
#include "daemon/configuration_told.hpp"
#include "daemon/restore.hpp"
#include "daemon/times.hpp"
#include "io/boot_clock.hpp"
#include "io/local_socket.hpp"
#include "io/system_files.hpp"
#include "io/system_random.hpp"
#include "model/text.hpp"

#include <boost/asio/io_context.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <expected>
#include <iostream>
#include <optional>

namespace hinomi {

namespace {

constexpr model::Milliseconds record_patience{60'000};
constexpr std::size_t longest_reason = 3'000;  // of a failure, as the control socket takes it

/// What both verbs need of the world.
struct Place {
    BackupSettings settings;
    std::string zone;
    std::string socket;
    std::filesystem::path configuration_folder;
};

std::optional<Place> place_of(const Given& given, io::Files& files) {
    RememberedFiles remembered(files);
    const auto loaded = load_and_tell(given, remembered);
    if (!loaded) return std::nullopt;
    const auto& settings = loaded->settings;
    const auto certificates = read_certificates(remembered);
    config::Problems broken_templates;  // the daemon says so; they are backed up as they are
    load_templates(settings.templates_directory, remembered, broken_templates);
    return Place{.settings = {.ledger = settings.data_directory + "/ledger.db",
                              .configuration =
                                  backup_sources(given.configuration_file, settings.templates_directory, remembered.seen(), certificates),
                              .folder = settings.backup.path,
                              .generations = settings.backup.generations,
                              .version = HINOMI_VERSION},
                 .zone = settings.directory.time_zone,
                 .socket = settings.runtime_directory + "/control.sock",
                 .configuration_folder = std::filesystem::path(given.configuration_file).parent_path()};
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

/// Has the daemon keep it in its ledger. Returns what to add to the answer when it does not.
std::string record(const Place& place, std::string_view verb, const nlohmann::json& values) {
    const nlohmann::json question{{"verb", verb}, {"values", values}};
    const auto line = io::ask_local(place.socket, question.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), record_patience);
    if (!line && line.error().unreachable) return "; the daemon does not run, so that its ledger does not tell of this";
    const auto answer = line ? answer_of(*line) : std::nullopt;
    if (answer && answer->exit_code == exit_ok) return "";
    return "\nwarning: the ledger does not tell of this: " +
           (line ? answer ? answer->message : "no answer that is understood" : line.error().what);
}

Answer make(const Place& place, const std::string& reason, model::WallTime now) {
    const auto made = make_backup(place.settings, now);
    if (!made) {
        const auto why = std::string(model::cut_bytes(made.error() + (reason.empty() ? "" : " (" + reason + ")"), longest_reason));
        return failed("no backup was made: " + made.error() + record(place, "backup failed", {{"reason", {why}}}));
    }
    if (const auto given = give_to_owner(place.settings.folder); !given) return failed("the backup was made, but " + given.error());
    nlohmann::json values{{"backup", {made->id}}, {"events", {std::to_string(made->events)}}};
    if (!reason.empty()) values["reason"] = {reason};
    const auto unrecorded = record(place, "backup made", values);
    return done(fmt::format("{}: {} events and {} files of the configuration, restored to scratch and verified{}",
                            (place.settings.folder / made->id).string(), made->events, made->files.size(), unrecorded),
                {{"backup", made->id},
                 {"folder", (place.settings.folder / made->id).string()},
                 {"events", made->events},
                 {"files", made->files.size()},
                 {"in_ledger", unrecorded.empty()}});
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

/// What became of the configuration's files, as lines for people.
std::string told(const std::vector<FilePutBack>& files) {
    using State = FilePutBack::State;
    std::string text;
    for (const auto& file : files) {
        const auto place = file.place.string();
        switch (file.state) {
        case State::put_back: text += "\nput back: " + place; break;
        case State::different: text += "\ndiffers from the backup, and stays: " + place + ". Compare it with " + file.copy.string(); break;
        case State::elsewhere: text += "\nmissing: " + place + ". Copy it yourself: cp " + file.copy.string() + " " + place; break;
        case State::failed: text += "\nnot put back: " + file.why + ". Copy it yourself from " + file.copy.string(); break;
        }
    }
    return text;
}

Answer restored_answer(const Place& place, const Restoration& restored) {
    const auto files = put_files_back(place.settings.folder, restored.generation, place.configuration_folder);
    Answer answer;
    answer.message = fmt::format("backup {} ({} old, {} events) is the ledger now{}. Start the daemon{}", restored.generation.id,
                                 spoken(restored.age), restored.generation.events,
                                 restored.replaced.empty() ? "" : "; the former one is " + restored.replaced.string(), told(files));
    answer.columns = {"file", "state", "copy"};
    for (const auto& file : files)
        answer.rows.push_back(
            {{"file", file.place.string()}, {"state", word_of(file.state)}, {"copy", file.copy.string()}, {"why", file.why}});
    answer.for_programs = true;
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
                                          .actor = name_of_user(getuid()),
                                          .reason = given.text("reason")},
                                         clock, random);
    if (!restored) return failed("nothing was restored: " + restored.error());
    return restored->done ? restored_answer(place, *restored) : ask(*restored);
}

/// With --from the configuration may be missing, wholly or in part: then it is read from the backup. Without a place: the exit code.
std::expected<Place, int> place_of_restore(const Given& given) {
    io::SystemFiles files;
    if (!given.has("from")) {
        auto place = place_of(given, files);
        if (place) return *place;
        std::cerr << "With --from FOLDER, the folder of the backups, what is missing of it is read from the backup.\n";
        return std::unexpected(exit_configuration);
    }
    const std::filesystem::path folder = given.text("from");
    const auto generation = choose_backup(folder, given.text("backup"));
    if (!generation) {
        print(failed("nothing was restored: " + generation.error()), given.format, std::cout, std::cerr);
        return std::unexpected(exit_failed);
    }
    BackedUpFiles backed_up(files, folder, *generation);
    auto place = place_of(given, backed_up);
    if (!place) return std::unexpected(exit_configuration);
    place->settings.folder = folder;
    return *place;
}

} // namespace

int backup_verb(const Given& given) {
    io::SystemFiles files;
    const auto place = place_of(given, files);
    if (!place) return exit_configuration;
    boost::asio::io_context context;
    io::BootClock clock(context.get_executor());
    const auto now = clock.now().wall;
    const auto answer = given.has("list") ? list(*place, now) : make(*place, given.text("reason"), now);
    print(answer, given.format, std::cout, std::cerr);
    return answer.exit_code;
}

int restore_verb(const Given& given) {
    const auto place = place_of_restore(given);
    if (!place) return place.error();
    boost::asio::io_context context;
    io::BootClock clock(context.get_executor());
    const auto answer = put_back(*place, given, clock);
    print(answer, given.format, std::cout, std::cerr);
    return answer.exit_code;
}

} // namespace hinomi
