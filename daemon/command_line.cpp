#include "daemon/command_line.hpp"

#include "config/document.hpp"
#include "daemon/exit_code.hpp"
#include "io/local_socket.hpp"
#include "io/system_files.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <memory>
#include <ranges>
#include <set>

namespace hinomi {

namespace {

constexpr model::Milliseconds answer_patience{60'000};
constexpr std::size_t largest_configuration = 1 << 20;
constexpr const char* default_configuration = "/etc/hinomi/hinomi.yaml";
constexpr const char* default_runtime_directory = "/run/hinomi";

/// What the command line of one verb is read into.
struct Reading {
    const Verb* verb = nullptr;
    CLI::App* app = nullptr;
    std::string configuration_file = default_configuration;
    std::string format = "table";
    std::string socket;
    std::map<std::string_view, std::vector<std::string>> values;
    std::map<std::string_view, bool> flags;
};

std::set<std::string> words(std::string_view text) {
    std::set<std::string> made;
    for (const auto word : std::views::split(text, ' ')) made.emplace(std::string_view(word));
    return made;
}

void declare(Reading& reading, const Option& option) {
    const std::string name(option.name);
    if (option.kind == Option::Kind::flag) {
        reading.app->add_flag(name, reading.flags[option.name], std::string(option.help));
        return;
    }
    auto* made = reading.app->add_option(name, reading.values[option.name], std::string(option.help));
    made->type_name(std::string(option.value));
    made->expected(1)->allow_extra_args(false);  // what follows its one word is not its own
    if (option.kind == Option::Kind::many) made->take_all();
    if (option.required) made->required();
    if (!option.one_of.empty()) made->check(CLI::IsMember(words(option.one_of)));
}

void declare(Reading& reading) {
    for (const auto& option : reading.verb->options) declare(reading, option);
    reading.app->add_option("--config", reading.configuration_file, "configuration file")->capture_default_str()->type_name("FILE");
    if (reading.verb->rows)
        reading.app->add_option("--format", reading.format, "table, json or csv")
            ->check(CLI::IsMember({"table", "json", "csv"}))
            ->capture_default_str();
    if (reading.verb->run == nullptr)
        reading.app->add_option("--socket", reading.socket, "the daemon's control socket (default: by the configuration)")
            ->type_name("PATH");
}

/// What the first words of two are about.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> families{
    {{"incident", "see incidents; open, acknowledge, describe and end them by hand"},
     {"maintenance", "declare, list and cancel maintenance"},
     {"notify", "try the notices out"},
     {"outbox", "see what waits to be accepted, and push it"},
     {"config", "show, compare and describe configurations"},
     {"report", "make reports"}}};

std::string family_help(std::string_view first) {
    const auto found = std::ranges::find(families, first, &std::pair<std::string_view, std::string_view>::first);
    return found == families.end() ? "" : std::string(found->second);
}

/// A sentence for a word that is no verb, or empty when the words name one.
std::string unknown_verb(const std::vector<std::string>& arguments) {
    if (arguments.empty() || arguments.front().starts_with('-')) return "";
    std::vector<std::string_view> firsts;
    std::vector<std::string_view> seconds;
    for (const auto& verb : verbs()) {
        if (verb.between_programs) continue;
        const auto blank = verb.name.find(' ');
        firsts.push_back(verb.name.substr(0, blank));
        if (firsts.back() == arguments.front() && blank != std::string_view::npos) seconds.push_back(verb.name.substr(blank + 1));
    }
    const auto absent = [](const auto& words, const std::string& word) { return std::ranges::find(words, word) == words.end(); };
    if (absent(firsts, arguments.front()))
        return "there is no verb `" + arguments.front() + "`. " + config::suggest(arguments.front(), firsts, "See `hinomi --help`");
    if (seconds.empty()) return "";
    if (arguments.size() == 1) return "`" + arguments.front() + "` needs one of: " + config::list_of(seconds);
    if (arguments[1].starts_with('-') || !absent(seconds, arguments[1])) return "";
    return "there is no `" + arguments[0] + " " + arguments[1] + "`. " +
           config::suggest(arguments[1], seconds, "It is one of: " + config::list_of(seconds));
}

/// `incident ack` is `ack` below `incident`.
CLI::App* place_of(CLI::App& root, std::map<std::string, CLI::App*>& parents, const Verb& verb) {
    const auto blank = verb.name.find(' ');
    if (blank == std::string_view::npos) {
        auto* app = root.add_subcommand(std::string(verb.name), std::string(verb.help));
        app->group(std::string(verb.group));
        return app;
    }
    const std::string first(verb.name.substr(0, blank));
    auto*& parent = parents[first];
    if (parent == nullptr) {
        parent = root.add_subcommand(first, family_help(first));
        parent->group(std::string(verb.group));
        parent->require_subcommand(1);
    }
    return parent->add_subcommand(std::string(verb.name.substr(blank + 1)), std::string(verb.help));
}

/// How far the command line was understood: `hinomi`, or the words down to the verb.
std::string reached(const CLI::App& root) {
    std::string name = "hinomi";
    for (const auto* app = &root; !app->get_subcommands().empty();) {
        app = app->get_subcommands().front();
        name += " " + app->get_name();
    }
    return name;
}

std::string socket_of(const Reading& reading) {
    if (!reading.socket.empty()) return reading.socket;
    io::SystemFiles files;
    return runtime_directory_of(reading.configuration_file, files) + "/control.sock";
}

Given given_of(const Reading& reading) {
    Given given{.verb = std::string(reading.verb->name), .configuration_file = reading.configuration_file, .values = {}};
    if (reading.format != "table") given.format = reading.format == "json" ? Format::json : Format::csv;
    for (const auto& [name, values] : reading.values) {
        if (!values.empty()) given.values.emplace(bare(name), values);
    }
    for (const auto& [name, set] : reading.flags) {
        if (set) given.values.emplace(bare(name), std::vector<std::string>{});
    }
    return given;
}

int ask_daemon(const Given& given, const std::string& socket) {
    const nlohmann::json question{{"verb", given.verb}, {"values", given.values}};
    const auto line = io::ask_local(socket, question.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), answer_patience);
    Answer answer;
    if (!line) {
        answer = failed(line.error().unreachable ? "the daemon cannot be reached at " + line.error().what +
                                                       ". Is it running? See `systemctl status hinomi`, or give --socket"
                                                 : line.error().what,
                        line.error().unreachable ? exit_unreachable : exit_failed);
    } else if (auto read = answer_of(*line)) {
        answer = std::move(*read);
    } else {
        answer = failed("the daemon's answer is not understood: is it of another version? Restart it after an upgrade");
    }
    print(answer, given.format, std::cout, std::cerr);
    return answer.exit_code;
}

} // namespace

std::string runtime_directory_of(const std::string& configuration_file, io::Files& files) {
    std::vector<std::filesystem::path> sources{configuration_file};
    const auto parts = std::filesystem::path(configuration_file).parent_path() / "conf.d";
    for (const auto& name : files.list(parts.string(), ".yaml")) sources.push_back(parts / name);
    for (const auto& source : sources) {
        const auto text = files.read(source.string(), largest_configuration);
        if (!text) continue;
        config::Problems ignored;
        const auto root = config::parse(*text, source.string(), ignored);
        if (!root.present() || root.kind() != config::NodeKind::map) continue;
        if (const auto set = config::read_string(root.get("runtime_directory"), ignored)) return *set;
    }
    return default_runtime_directory;
}

int run_command_line(int argument_count, char** arguments) {
    CLI::App root{"hinomi watches a SaaS provider's service, tells its customers in time, and proves it"};
    root.require_subcommand(1);
    root.footer("Start with `hinomi check` and `hinomi run`. The manual: hinomi(1), doc/manual.md");
    std::vector<std::unique_ptr<Reading>> readings;
    std::map<std::string, CLI::App*> parents;
    for (const auto& verb : verbs()) {
        if (verb.between_programs) continue;
        auto& reading = *readings.emplace_back(std::make_unique<Reading>());
        reading.verb = &verb;
        reading.app = place_of(root, parents, verb);
        declare(reading);
    }
    if (const auto wrong = unknown_verb({arguments + 1, arguments + argument_count}); !wrong.empty()) {
        std::cerr << "error: " << wrong << '\n';
        return exit_usage;
    }
    try {
        root.parse(argument_count, arguments);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return root.exit(error);
        std::cerr << "error: " << error.what() << ". See `" << reached(root) << " --help`\n";
        return exit_usage;
    }
    for (const auto& reading : readings) {
        if (!reading->app->parsed()) continue;
        auto given = given_of(*reading);
        if (reading->verb->run != nullptr) return reading->verb->run(given);
        if (const auto answer = reading->verb->prepare != nullptr ? reading->verb->prepare(given) : std::nullopt) {
            print(*answer, given.format, std::cout, std::cerr);
            return answer->exit_code;
        }
        return ask_daemon(given, socket_of(*reading));
    }
    return exit_usage;
}

} // namespace hinomi
