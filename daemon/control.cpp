#include "daemon/control.hpp"

#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace hinomi {

using nlohmann::json;

namespace {

constexpr std::size_t most_values = 64;
constexpr std::size_t longest_value = 4'096;

std::string_view word(Role role) {
    switch (role) {
    case Role::viewer: return "viewers";
    case Role::operators: return "operators";
    case Role::administrator: return "administrators";
    }
    return "?";
}

std::expected<void, std::string> hold_against_table(const Request& request) {
    const auto& verb = *request.verb;
    for (const auto& [name, values] : request.given.values) {
        const auto known = std::ranges::find_if(verb.options, [&](const Option& option) { return bare(option.name) == name; });
        if (known == verb.options.end()) return std::unexpected("`" + std::string(verb.name) + "` has no option " + name);
        if (known->kind == Option::Kind::word && values.size() != 1) return std::unexpected("give " + name + " once");
    }
    for (const auto& option : verb.options) {
        if (option.required && request.given.list(bare(option.name)).empty())
            return std::unexpected("`" + std::string(verb.name) + "` needs " + std::string(option.name));
    }
    return {};
}

std::expected<std::map<std::string, std::vector<std::string>, std::less<>>, std::string> values_of(const json& read) {
    std::map<std::string, std::vector<std::string>, std::less<>> values;
    std::size_t count = 0;
    for (const auto& [name, list] : read.items()) {
        auto& into = values[name];
        for (const auto& value : list) {
            into.push_back(value.get<std::string>());
            if (++count > most_values || into.back().size() > longest_value) return std::unexpected("too much is given at a time");
        }
    }
    return values;
}

} // namespace

std::expected<Request, std::string> parse_request(const std::string& line) {
    try {
        const auto read = json::parse(line);
        const auto name = read.at("verb").get<std::string>();
        Request request;
        request.verb = find_verb(name);
        if (request.verb == nullptr || request.verb->run != nullptr)
            return std::unexpected("the daemon knows no verb '" + name.substr(0, 64) +
                                   "': is `hinomi` of another version than the daemon?");
        auto values = values_of(read.at("values"));
        if (!values) return std::unexpected(values.error());
        request.given.verb = name;
        request.given.values = std::move(*values);
        request.origin = "control socket";
        if (auto fits = hold_against_table(request); !fits) return std::unexpected(fits.error());
        return request;
    } catch (const json::exception&) {
        return std::unexpected("the question is not understood: ask with `hinomi VERB`");
    }
}

asio::awaitable<Answer> Control::act(Request request) {
    if (request.given.verb == "reload") {
        auto answer = co_await reload_(request);
        co_return answer;
    }
    if (request.verb->role == Role::viewer) co_return view(request, engine_);
    auto decided = decide(request, engine_);
    if (!decided) co_return failed(decided.error());
    // in one turn with the decision: nothing can have changed in between
    decided->events.insert(decided->events.begin(), model::Commanded{.actor = request.actor,
                                                                     .origin = request.origin,
                                                                     .verb = request.given.verb,
                                                                     .subjects = decided->subjects,
                                                                     .reason = request.given.text("reason")});
    const auto sequence = engine_.journal().append(std::move(decided->events));
    co_await engine_.journal().committed(sequence);
    const bool durable = engine_.ledger().durable();
    decided->fields["durable"] = durable;
    auto answer = done(std::move(decided->message), std::move(decided->fields));
    if (!durable) answer.message += "\nwarning: the ledger cannot be written at present; a crash may forget this";
    co_return answer;
}

asio::awaitable<std::string> Control::answer(io::Peer peer, std::string line) {
    auto request = parse_request(line);
    if (!request) co_return to_line(failed(request.error(), exit_usage));
    const auto person = person_of(peer, access_);
    if (!person.role || *person.role < request->verb->role) {
        spdlog::warn("control socket: {} may not `{}`", person.name, request->given.verb);
        co_return to_line(failed(person.name + " may not `hinomi " + request->given.verb + "`: it is for " +
                                 std::string(word(request->verb->role)) + ". Ask root, or see `control:` of the configuration"));
    }
    request->actor = person.name;
    auto made = co_await act(std::move(*request));
    co_return to_line(made);
}

} // namespace hinomi
