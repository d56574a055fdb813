#include "config/document_content.hpp"
#include "config/sections.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace config {

namespace {

constexpr std::array<std::string_view, 3> short_keys{"watch", "mail", "relay"};
constexpr std::array<std::string_view, 6> long_keys{"services", "assets", "watches", "tenants", "staff", "relays"};

bool is_short(std::string_view key) { return std::ranges::find(short_keys, key) != short_keys.end(); }

Node map_of(std::vector<Entry> entries, const Position& position) { return make_map(std::move(entries), position); }

Entry entry(std::string key, Node value, const Position& position) { return {std::move(key), position, std::move(value)}; }

/// The long form that the three short keys stand for (design section 4), each part at the place of the key it came from.
std::vector<Entry> long_form(const Node& watch, const Node& mail, const Node& relay, const std::string& host_name) {
    const auto at_watch = watch.position();
    const auto at_mail = mail.position();
    const auto at_relay = relay.position();
    const auto word = [](const std::string& text, const Position& position) { return make_scalar(text, position); };
    const auto contacts = make_list({map_of({entry("email", mail, at_mail)}, at_mail)}, at_mail);
    const auto asset =
        map_of({entry("kind", word("application", at_watch), at_watch), entry("service", word("default", at_watch), at_watch)}, at_watch);
    const auto declared = map_of({entry("asset", word("default", at_watch), at_watch),
                                  entry("liveness", map_of({entry("target", watch, at_watch)}, at_watch), at_watch)},
                                 at_watch);
    const auto tenant =
        map_of({entry("name", word("default", at_mail), at_mail),
                entry("services", make_list({word("default", at_mail)}, at_mail), at_mail), entry("contacts", contacts, at_mail)},
               at_mail);
    const auto from = word("hinomi@" + host_name, at_relay);
    return {entry("services", map_of({entry("default", map_of({}, at_watch), at_watch)}, at_watch), at_watch),
            entry("assets", map_of({entry("default", asset, at_watch)}, at_watch), at_watch),
            entry("watches", make_list({declared}, at_watch), at_watch),
            entry("tenants", make_list({tenant}, at_mail), at_mail),
            entry("staff", map_of({entry("manager", contacts, at_mail), entry("on_call", contacts, at_mail)}, at_mail), at_mail),
            entry("relays", make_list({map_of({entry("smtp", relay, at_relay), entry("from", from, at_relay)}, at_relay)}, at_relay),
                  at_relay)};
}

/// Reports each long key that stands beside a short one.
void refuse_mixing(const Node& root, Problems& problems) {
    const auto first = std::ranges::find_if(short_keys, [&](std::string_view key) { return root.get(key).present(); });
    for (const auto key : long_keys) {
        if (!root.get(key).present()) continue;
        problems.push_back({root.key_position(key),
                            fmt::format("{} belongs to the long form, and {} at {} to the short form", shown(key), shown(*first),
                                        describe(root.key_position(*first))),
                            "Use either watch, mail and relay, or services, assets, watches, tenants, staff and relays"});
    }
}

} // namespace

Node expand_short_form(const Node& root, const std::string& host_name, Problems& problems) {
    const bool any = std::ranges::any_of(short_keys, [&](std::string_view key) { return root.get(key).present(); });
    const bool any_long = std::ranges::any_of(long_keys, [&](std::string_view key) { return root.get(key).present(); });
    if (!any) return root;
    if (any_long) refuse_mixing(root, problems);
    std::vector<Entry> entries;
    for (const auto& given : root.content()->entries) {
        if (!is_short(given.key)) entries.push_back(given);
    }
    if (any_long) return make_map(std::move(entries), root.position());
    std::array<Node, 3> values;
    bool complete = true;
    constexpr std::array<std::string_view, 3> remedies{"Add watch: URL, or use the long form", "Add mail: ADDRESS, or use the long form",
                                                       "Add relay: smtp://HOST, or use the long form"};
    for (std::size_t index = 0; index < short_keys.size(); ++index) {
        values[index] = require(root, short_keys[index], remedies[index], problems);
        complete = complete && values[index].present();
        if (values[index].kind() == NodeKind::list || values[index].kind() == NodeKind::map) {
            problems.push_back({values[index].position(), fmt::format("{} takes one value", shown(short_keys[index])),
                                "For more than one watch, address or relay use the long form"});
            complete = false;
        }
    }
    if (complete) std::ranges::move(long_form(values[0], values[1], values[2], host_name), std::back_inserter(entries));
    return make_map(std::move(entries), root.position());
}

} // namespace config
