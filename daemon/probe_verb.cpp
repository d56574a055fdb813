#include "daemon/probe_verb.hpp"

#include "daemon/configuration_told.hpp"
#include "io/boot_clock.hpp"
#include "io/http_engines.hpp"
#include "io/sleep.hpp"
#include "io/spawn.hpp"
#include "io/system_files.hpp"
#include "io/threaded_probe_lanes.hpp"
#include "probes/registry.hpp"

#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <optional>

namespace hinomi {

namespace {

using std::chrono::microseconds;

constexpr std::uint32_t most_samples = 1'000;
constexpr model::Milliseconds between_samples{1'000};
constexpr std::size_t bar_width = 40;

/// A watch made of a URL and the keys of a block, read like any other.
std::optional<DeclaredWatch> watch_of_url(const std::string& url, const std::string& keys, config::Problems& problems) {
    std::string quoted;
    for (const char letter : url) quoted += letter == '\'' ? "''" : std::string(1, letter);
    const bool in_braces = keys.starts_with('{') && keys.ends_with('}');
    const auto text = in_braces ? "{target: '" + quoted + "',\n" + keys.substr(1) : "target: '" + quoted + "'\n" + keys + "\n";
    const auto block = config::parse(text, "the command line", problems);
    if (!block.present() || block.kind() != config::NodeKind::map) return std::nullopt;
    config::WatchSettings settings;
    settings.block = block;
    settings.watch.id = url;
    settings.watch.target = url;
    if (const auto timeout = config::read_duration(block.get("timeout"), problems)) settings.watch.timeout = *timeout;
    const auto facts = probes::describe_target(block.get("target"), problems);
    if (!facts) return std::nullopt;
    settings.watch.probe_kind = facts->probe_kind;
    std::shared_ptr<const probes::Probe> probe = probes::find_kind(facts->probe_kind)->make(settings, problems);
    if (probe == nullptr) return std::nullopt;
    return DeclaredWatch{settings.watch, std::move(probe)};
}

/// A declared watch by its id; nothing, and why on standard error, when there is none.
std::optional<DeclaredWatch> watch_of_file(const std::string& id, const std::string& file, config::Problems& problems) {
    io::SystemFiles files;
    const auto loaded = load_configuration(file, files, problems);
    if (!loaded) return std::nullopt;
    std::vector<std::string_view> known;
    for (const auto& declared : loaded->watches) {
        if (declared.watch.id == id) return declared;
        known.push_back(declared.watch.id);
    }
    problems.push_back({{file, 0, 0},
                        fmt::format("there is no watch {}", config::shown(id)),
                        config::suggest(id, known, "Write ASSET/CLASS, or a URL such as https://HOST/PATH")});
    return std::nullopt;
}

asio::awaitable<void> look(io::ProbeLanes& lanes, io::Clock& clock, DeclaredWatch declared, std::uint32_t count,
                           std::vector<model::Observation>& seen) {
    for (std::uint32_t number = 0; number < count; ++number) {
        if (number > 0) co_await io::sleep_until(clock, clock.now().boot + between_samples);
        model::Attempt attempt;
        attempt.number = number;
        attempt.due = clock.now().boot;
        attempt.deadline = attempt.due + declared.watch.timeout;
        io::ProbeWork work = [probe = declared.probe, attempt](io::ProbeEffects& effects) { return probe->observe(attempt, effects); };
        seen.push_back(co_await lanes.observe(0, std::move(work)));
    }
}

std::vector<model::Observation> look(const DeclaredWatch& declared, std::uint32_t count) {
    std::vector<model::Observation> seen;
    boost::asio::io_context context{1};
    io::BootClock clock(context.get_executor());
    io::ThreadedProbeLanes lanes(1, io::make_http_client);
    io::spawn(context.get_executor(), look(lanes, clock, declared, count, seen), [&](std::exception_ptr) { context.stop(); });
    context.run();
    lanes.stop();
    clock.clear();
    return seen;
}

double milliseconds(microseconds time) { return static_cast<double>(time.count()) / 1'000.0; }

std::string_view word_of(model::Outcome outcome) {
    switch (outcome) {
    case model::Outcome::passed: return "passed";
    case model::Outcome::failed: return "failed";
    case model::Outcome::silent: return "silent";
    }
    return {};
}

nlohmann::json row_of(const model::Observation& observation, std::size_t number, microseconds longest) {
    const auto& phases = observation.phases;
    nlohmann::json row{{"sample", number},
                       {"outcome", word_of(observation.outcome)},
                       {"duration_ms", milliseconds(observation.duration)},
                       {"resolve_ms", milliseconds(phases.resolve)},
                       {"connect_ms", milliseconds(phases.connect)},
                       {"tls_ms", milliseconds(phases.tls)},
                       {"processing_ms", milliseconds(phases.processing)},
                       {"transfer_ms", milliseconds(phases.transfer)},
                       {"phases", phase_bar(phases, longest, bar_width)},
                       {"detail", observation.detail}};
    if (observation.status != 0) row["status"] = observation.status;
    if (observation.certificate_not_after != 0) row["certificate_not_after"] = observation.certificate_not_after;
    if (observation.packets.sent != 0) {
        row["packets_sent"] = observation.packets.sent;
        row["packets_lost"] = observation.packets.lost;
        row["jitter_ms"] = milliseconds(observation.packets.jitter);
    }
    return row;
}

} // namespace

std::string phase_bar(const model::Phases& phases, microseconds longest, std::size_t width) {
    const std::array<std::pair<char, microseconds>, 5> parts{
        {{'r', phases.resolve}, {'c', phases.connect}, {'t', phases.tls}, {'p', phases.processing}, {'x', phases.transfer}}};
    std::string bar;
    for (const auto& [letter, time] : parts) {
        if (time.count() <= 0) continue;
        const auto share = longest.count() > 0 ? time.count() * static_cast<std::int64_t>(width) / longest.count() : 0;
        bar.append(static_cast<std::size_t>(std::clamp<std::int64_t>(share, 1, static_cast<std::int64_t>(width))), letter);
    }
    return bar;
}

Answer probe_answer(const model::Watch& watch, const std::vector<model::Observation>& observations) {
    Answer answer;
    answer.columns = {"sample", "outcome", "duration_ms", "phases", "detail"};
    microseconds longest{0};
    std::size_t passed = 0;
    for (const auto& observation : observations) {
        const auto& phases = observation.phases;
        longest = std::max(longest, phases.resolve + phases.connect + phases.tls + phases.processing + phases.transfer);
        if (observation.outcome == model::Outcome::passed) ++passed;
    }
    for (const auto& observation : observations) answer.rows.push_back(row_of(observation, answer.rows.size() + 1, longest));
    const bool good = passed == observations.size() && passed > 0;
    answer.exit_code = good ? exit_ok : exit_down;
    answer.message =
        fmt::format("{}: {} of {} passed (r resolve, c connect, t tls, p processing, x transfer)", watch.id, passed, observations.size());
    return answer;
}

int probe_verb(const Given& given) {
    const auto what = given.text("target");
    std::uint32_t count = 1;
    const auto words = given.text("count");
    const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), count);
    if (given.has("count") && (error != std::errc{} || end != words.data() + words.size() || count < 1 || count > most_samples)) {
        std::cerr << "error: --count takes a whole number from 1 to " << most_samples << '\n';
        return exit_usage;
    }
    const bool is_url = what.find("://") != std::string::npos;
    if (given.has("with") && !is_url) {
        std::cerr << "error: --with belongs to a URL; a watch has its keys in the configuration\n";
        return exit_usage;
    }
    config::Problems problems;
    auto declared = is_url ? watch_of_url(what, given.text("with"), problems) : watch_of_file(what, given.configuration_file, problems);
    if (declared && !has_errors(problems)) {
        io::SystemFiles files;
        Secrets secrets(files, environment);
        declared = with_secrets({*declared}, secrets, problems).front();
    }
    const bool looks = declared && !has_errors(problems);
    print_lines(problems, std::cerr);
    if (!looks && given.format == Format::json)
        std::cout << refusal_json(problems).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    if (!looks) return exit_configuration;
    const auto answer = probe_answer(declared->watch, look(*declared, count));
    print(answer, given.format, std::cout, std::cerr);
    return answer.exit_code;
}

} // namespace hinomi
