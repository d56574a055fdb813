#include "daemon/config_verbs.hpp"

#include "config/built_in.hpp"
#include "config/difference.hpp"
#include "config/schema.hpp"
#include "config/show.hpp"
#include "daemon/configuration_told.hpp"
#include "daemon/exit_code.hpp"
#include "daemon/references.hpp"
#include "probes/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace hinomi {

namespace {

constexpr std::size_t names_in_a_line = 10;

std::string running_file(const config::Settings& settings) { return settings.runtime_directory + "/configuration.yaml"; }

std::string current_folder() {
    std::error_code error;
    return std::filesystem::current_path(error).string();
}

std::vector<config::KindKeys> kinds() {
    std::vector<config::KindKeys> result;
    result.reserve(probes::kinds().size());
    for (const auto& kind : probes::kinds()) {
        result.push_back({.kind = kind.name, .schemes = kind.schemes, .keys = kind.keys, .defaults = kind.defaults});
    }
    return result;
}

/// The references that are left out are those of this machine, which may change: in a comment, so that the text goes on saying so.
std::string shown(const config::Settings& settings, bool defaults) {
    auto text = config::long_form_text(settings, defaults, current_folder(), kinds());
    if (defaults && !settings.references)
        text += fmt::format("# references: [{}]  # default, 1.1: this machine's name servers and its gateway, as of now\n",
                            fmt::join(default_references(), ", "));
    return text;
}

int show(const Given& given) {
    const auto loaded = load_and_tell(given);
    if (!loaded) return exit_configuration;
    if (given.format == Format::json) std::cout << config::canonical_text(loaded->settings.root) << '\n';
    else std::cout << shown(loaded->settings, /*defaults=*/!given.has("no-defaults"));
    return exit_ok;
}

nlohmann::ordered_json to_json(const config::NameChanges& changes) {
    return {{"added", changes.added}, {"removed", changes.removed}, {"changed", changes.changed}};
}

void print_json(const config::Difference& difference, const std::vector<config::ValueChange>& changes) {
    nlohmann::ordered_json json{{"watches", to_json(difference.watches)},  {"services", to_json(difference.services)},
                                {"assets", to_json(difference.assets)},    {"lines", to_json(difference.lines)},
                                {"tenants", to_json(difference.tenants)},  {"relays", to_json(difference.relays)},
                                {"contacts", to_json(difference.contacts)}};
    json["renamed"] = nlohmann::ordered_json::array();
    for (const auto& renaming : difference.renamed) json["renamed"].push_back({{"from", renaming.old_id}, {"to", renaming.new_id}});
    json["sections"] = difference.sections;
    json["at_next_start"] = difference.restart;
    json["values"] = nlohmann::ordered_json::array();
    for (const auto& change : changes) {
        json["values"].push_back(
            {{"path", change.path}, {"before", change.before}, {"after", change.after}, {"place", config::describe(change.position)}});
    }
    std::cout << json.dump(2) << '\n';
}

void print_text(const config::Difference& difference, const std::vector<config::ValueChange>& changes) {
    for (const auto& change : changes) {
        const auto place = config::describe(change.position);
        if (change.before.empty()) std::cout << fmt::format("+ {}: {}  ({})\n", change.path, change.after, place);
        else if (change.after.empty()) std::cout << fmt::format("- {}: {}\n", change.path, change.before);
        else std::cout << fmt::format("~ {}: {} -> {}  ({})\n", change.path, change.before, change.after, place);
    }
    std::cout << (difference.empty() ? std::string("A reload would change nothing.\n") : config::describe(difference, names_in_a_line));
}

int diff(const Given& given) {
    const auto next = load_and_tell(given);
    if (!next) return exit_configuration;
    const auto against = given.has("against") ? given.text("against") : running_file(next->settings);
    if (std::error_code error; !given.has("against") && !std::filesystem::exists(against, error)) {
        std::cerr << fmt::format("error: {} is not there: is the daemon running? Name a file to compare with: --against FILE\n", against);
        return exit_unreachable;
    }
    auto of_running = given;
    of_running.configuration_file = against;
    const auto running = load_and_tell(of_running);
    if (!running) return exit_configuration;
    const auto difference = config::difference(running->settings, next->settings);
    const auto changes = config::value_changes(running->settings.root, next->settings.root, current_folder());
    if (given.format == Format::json) print_json(difference, changes);
    else print_text(difference, changes);
    return exit_ok;
}

int schema(const Given&) {
    std::cout << config::json_schema(kinds());
    return exit_ok;
}

int reference(const Given&) {
    std::cout << config::markdown_reference();
    return exit_ok;
}

int defaults(const Given&) {
    std::cout << config::built_in_defaults_text();
    return exit_ok;
}

} // namespace

std::vector<Verb> config_verbs() {
    constexpr std::string_view group = "The configuration";
    return {
        {.name = "config show",
         .help = "print the long form: all files merged, defaults filled in",
         .options = {{.name = "--no-defaults", .value = "", .help = "only what the files say", .kind = Option::Kind::flag}},
         .run = show,
         .group = group,
         .rows = true},
        {.name = "config diff",
         .help = "print what a reload would change",
         .options = {{.name = "--against", .value = "FILE", .help = "compare with this file instead of what runs"}},
         .run = diff,
         .group = group,
         .rows = true},
        {.name = "config schema", .help = "print the JSON Schema for editors", .options = {}, .run = schema, .group = group},
        {.name = "config reference", .help = "print all keys in Markdown", .options = {}, .run = reference, .group = group},
        {.name = "config defaults", .help = "print every default with its source", .options = {}, .run = defaults, .group = group},
    };
}

void keep_running_configuration(const config::Settings& running) {
    const auto file = running_file(running);
    const auto draft = file + ".new";
    std::error_code error;
    std::filesystem::create_directories(running.runtime_directory, error);
    {
        std::ofstream stream(draft, std::ios::binary | std::ios::trunc);
        std::filesystem::permissions(draft, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
        stream << config::long_form_text(running, /*defaults=*/false, current_folder());
        stream.close();
        if (!stream) return spdlog::warn("the running configuration cannot be kept in {}: `hinomi config diff` needs it", file);
    }
    std::filesystem::rename(draft, file, error);
    if (error) spdlog::warn("the running configuration cannot be kept in {}: {}", file, error.message());
}

} // namespace hinomi
