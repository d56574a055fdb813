#include "daemon/reload.hpp"

#include "config/difference.hpp"
#include "daemon/check.hpp"
#include "daemon/config_verbs.hpp"
#include "daemon/log_sink.hpp"
#include "io/aside.hpp"
#include "io/system_files.hpp"
#include "model/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <memory>

namespace hinomi {

namespace {

constexpr std::size_t problems_told = 20;
constexpr std::size_t names_told = 10;
constexpr std::size_t longest_reason = 4'000;

/// What the thread aside brings back.
struct Read {
    std::optional<LoadedConfiguration> loaded;
    std::optional<EngineSettings> settings;
    std::optional<HeartbeatOut::Target> heartbeat_out;
    config::Problems problems;
};

std::string describe(const config::Problems& problems) {
    std::string text;
    std::size_t told = 0;
    for (const auto& problem : problems) {
        if (++told > problems_told) return text + fmt::format("and {} more", problems.size() - problems_told);
        text += config::describe(problem) + "\n";
    }
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

/// What runs is known by the engine: the text of its watches was given back at the start.
void compare_watches(const Watching& running, const std::vector<DeclaredWatch>& next, config::Difference& difference) {
    std::map<std::string, const DeclaredWatch*> leaving;
    for (std::size_t index = 0; index < running.size(); ++index) {
        if (!running.vacant(index)) leaving.emplace(running.watch(index).id, &running.declared(index));
    }
    difference.watches = {};
    difference.renamed = {};
    for (const auto& declared : next) {
        const auto same_id = leaving.find(declared.watch.id);
        const auto before = same_id != leaving.end() ? same_id : leaving.find(declared.watch.was);
        if (before == leaving.end()) {
            difference.watches.added.push_back(declared.watch.id);
            continue;
        }
        if (before != same_id) difference.renamed.push_back({.old_id = before->first, .new_id = declared.watch.id});
        auto unnamed = declared.watch;
        unnamed.id = before->second->watch.id;
        unnamed.was = before->second->watch.was;
        if (unnamed != before->second->watch || declared.block_digest != before->second->block_digest)
            difference.watches.changed.push_back(declared.watch.id);
        leaving.erase(before);
    }
    for (const auto& [id, declared] : leaving) difference.watches.removed.push_back(id);
    std::ranges::sort(difference.watches.added);
    std::ranges::sort(difference.watches.changed);
}

} // namespace

Answer Reloader::reject(const Wish& wish, std::string why) {
    if (why.size() > longest_reason) why = std::string(model::cut_bytes(why, longest_reason)) + " ...";
    last_.successful = false;
    parts_.engine.reject_reload(
        why, {model::Commanded{.actor = wish.actor, .origin = wish.origin, .verb = "reload", .subjects = {}, .reason = wish.reason}});
    return failed(why + "\nThe running configuration stays in force");
}

asio::awaitable<Answer> Reloader::reload(Wish wish) {
    if (under_way_) co_return failed("another reload is under way; try again when it has ended");
    under_way_ = true;
    parts_.announce(true);
    auto answer = co_await attempt(std::move(wish));
    parts_.announce(false);
    under_way_ = false;
    co_return answer;
}

asio::awaitable<Answer> Reloader::attempt(Wish wish) {
    const auto read = std::make_shared<Read>();
    std::function<void()> work = [read, file = parts_.file, known = parts_.engine.contact_rows(), environment = parts_.environment] {
        io::SystemFiles files;
        Secrets secrets(files, environment);
        read->loaded = load_configuration(file, files, read->problems);
        if (read->loaded && refuse_unkept(*read->loaded, read->problems)) read->loaded.reset();
        if (!read->loaded) return;
        read->heartbeat_out = heartbeat_target(read->loaded->settings, secrets, read->problems);
        read->settings = engine_settings(*read->loaded, files, secrets, known, read->problems);
    };
    co_await io::aside(parts_.executor, parts_.clock, std::move(work));
    const auto told = describe(read->problems);
    if (!read->settings) co_return wish.dry_run ? failed(told, exit_configuration) : reject(wish, told);
    auto difference = config::difference(running_, read->loaded->settings);
    compare_watches(std::as_const(parts_.engine).watching(), read->settings->watches, difference);
    auto text = difference.empty() ? std::string("nothing changes\n") : config::describe(difference, names_told);
    if (!told.empty()) text += told + "\n";
    const auto abandoned = parts_.engine.would_abandon(read->settings->watches);
    if (!abandoned.empty() && !wish.force) {
        const auto why = fmt::format(
            "these watches would leave while their incident is open: {}. Wait until it is over, or hand it over to "
            "people with `hinomi reload --force`",
            fmt::join(abandoned, ", "));
        co_return wish.dry_run ? failed(text + why) : reject(wish, why);
    }
    text.pop_back();
    Answer answer;
    answer.message = text;
    if (wish.dry_run) co_return answer;
    spdlog::info("the configuration is reloaded by {}: {}", wish.actor, joined_lines(text));
    const auto sequence =
        parts_.engine.reload(std::move(*read->settings), {model::Commanded{.actor = wish.actor,
                                                                           .origin = wish.origin,
                                                                           .verb = wish.force ? "reload --force" : "reload",
                                                                           .subjects = {},
                                                                           .reason = wish.reason}});
    parts_.taken_over({read->loaded->settings, std::move(read->heartbeat_out)});
    running_ = std::move(read->loaded->settings);
    keep_running_configuration(running_);
    forget_very_many(running_, read->loaded->watches);
    last_ = {.successful = true, .at = parts_.clock.now().wall};
    co_await parts_.engine.journal().committed(sequence);
    co_return answer;
}

} // namespace hinomi
