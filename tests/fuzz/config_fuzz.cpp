#include "config/difference.hpp"
#include "config/settings.hpp"
#include "config/show.hpp"
#include "probes/registry.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

void require(bool kept) {
    if (!kept) std::abort();
}

/// The input is one file, or several with this line between them.
std::vector<config::Source> sources_of(const std::string& input) {
    const std::string between = "\n# --- next file ---\n";
    std::vector<config::Source> sources;
    std::size_t begin = 0;
    while (true) {
        const auto end = input.find(between, begin);
        sources.push_back({"file" + std::to_string(sources.size()) + ".yaml", input.substr(begin, end - begin)});
        if (end == std::string::npos) return sources;
        begin = end + between.size();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input{data, data + size};
    config::Problems problems;
    const auto sources = sources_of(input);
    // A list of targets is whatever the last part says.
    const auto read_text = [&](const std::string&) -> std::expected<std::string, std::string> { return sources.back().text; };
    const auto settings = config::load(sources, "host.example", probes::describe_target, problems, probes::check_watch, read_text);
    require(settings.has_value() != config::any_error(problems));
    for (const auto& problem : problems) {
        require(!problem.text.empty() && !problem.remedy.empty());
        require(problem.position.column == 0 || problem.position.line > 0);
    }
    if (!settings) return 0;
    // What is shown can be loaded again and says the same.
    config::Problems found_again;
    const auto shown = config::long_form_text(*settings, /*defaults=*/true, "");
    const auto again = config::load({{"shown.yaml", shown}}, "host.example", probes::describe_target, found_again, {}, read_text);
    require(again.has_value() && config::difference(*settings, *again).empty());
    for (const auto& declared : settings->watches) {
        const auto& watch = declared.watch;
        if (declared.from_list) continue;
        require(watch.timeout < watch.interval && watch.interval + model::Milliseconds{1'000} <= watch.interval_limit);
        require(watch.rules->confirm_failures <= watch.rules->confirm_window);
        require(watch.target.find('@') == std::string::npos || watch.target.find('@') > watch.target.find_first_of("/?", 8));
        config::Problems found;
        const auto probe = probes::find_kind(*watch.probe_kind)->make(declared, found);
        require((probe == nullptr) == config::any_error(found));
    }
    return 0;
}
