#include "config/keys.hpp"
#include "config/sections.hpp"
#include "config/url.hpp"
#include "config/values.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace config {

namespace {

const std::vector<std::string_view> languages{"ja", "en"};
const std::vector<std::string_view> policies{"any", "primary", "all"};

model::Language read_language(const Node& node, Problems& problems) {
    return read_word(node, languages, problems) == "en" ? model::Language::en : model::Language::ja;
}

model::ContactPolicy read_policy(const Node& node, Problems& problems) {
    const auto word = read_word(node, policies, problems);
    if (word == "primary") return model::ContactPolicy::primary;
    return word == "all" ? model::ContactPolicy::all : model::ContactPolicy::any;
}

void read_webhook(const Node& node, ContactSettings& contact, Problems& problems) {
    contact.channel = model::ChannelKind::webhook;
    if (!is_map(node, problems)) return;
    refuse_unknown_keys(node, "webhook", problems);
    const auto target = require(node, "url", "Add url: \"https://HOST/PATH\"", problems);
    if (const auto url = read_plain_url(target, {"https", "http"}, problems)) {
        contact.address = target.scalar();
        if (url->scheme == "http" && !is_loopback(url->host)) {
            problems.push_back({target.position(), "a webhook outside loopback must use https", "Write https:// in place of http://"});
        }
    }
    const auto secret = require(node, "secret", "Notices are signed: add secret: credential:NAME, file:PATH or env:NAME", problems);
    if (const auto reference = read_secret(secret, problems)) contact.secret = *reference;
    contact.out_of_band = read_bool(node.get("out_of_band"), problems).value_or(false);
}

/// One item of a list of contacts; an empty address when it was not sound.
ContactSettings read_contact(const Node& node, const std::string& owner, Problems& problems) {
    ContactSettings contact{.owner = owner,
                            .channel = model::ChannelKind::mail,
                            .address = {},
                            .secret = {},
                            .out_of_band = false,
                            .position = node.position()};
    const std::string remedy = "Write {email: ADDRESS} or {webhook: {url: URL, secret: REFERENCE}}";
    if (node.kind() != NodeKind::map) {
        problems.push_back({node.position(), "this is not a contact", remedy});
        return contact;
    }
    refuse_unknown_keys(node, "contact", problems);
    const bool mail = node.get("email").present();
    const bool webhook = node.get("webhook").present();
    if (mail == webhook) problems.push_back({node.position(), "a contact is either an email or a webhook", remedy});
    if (mail) contact.address = read_mail_address(node.get("email"), problems).value_or("");
    else if (webhook && node.get("webhook").kind() == NodeKind::null) read_string(node.get("webhook"), problems);
    else if (webhook) read_webhook(node.get("webhook"), contact, problems);
    return contact;
}

std::vector<ContactSettings> read_contacts(const Node& list, const std::string& owner, Problems& problems) {
    std::vector<ContactSettings> contacts;
    if (!is_list(list, problems)) return contacts;
    if (list.items().empty()) problems.push_back({list.position(), "the list of contacts is empty", "Add {email: ADDRESS}"});
    std::set<std::pair<model::ChannelKind, std::string>> known;
    for (const auto& item : list.items()) {
        auto contact = read_contact(item, owner, problems);
        if (contact.address.empty()) continue;
        if (known.emplace(contact.channel, contact.address).second) contacts.push_back(std::move(contact));
        else problems.push_back({item.position(), "the same contact is listed twice", "Keep one of the two"});
    }
    return contacts;
}

/// `*` stands for any run of characters.
bool matches(std::string_view pattern, std::string_view name) {
    std::size_t at = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    std::size_t place = 0;
    while (place < name.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            resume = place;
        } else if (at < pattern.size() && pattern[at] == name[place]) {
            ++at;
            ++place;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            place = ++resume;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

std::vector<std::string> expand_patterns(const Node& list, const Services& services, Problems& problems) {
    std::set<std::string> result;
    std::vector<std::string_view> known;
    for (const auto& pattern : read_strings(list, problems)) {
        if (services.contains(pattern)) {  // the usual case, without a look at all the others
            result.insert(pattern);
            continue;
        }
        if (known.empty()) {
            for (const auto& [name, service] : services) known.push_back(name);
        }
        bool any = false;
        for (const auto name : known) {
            if (!matches(pattern, name)) continue;
            result.emplace(name);
            any = true;
        }
        if (any) continue;
        const bool has_star = pattern.find('*') != std::string::npos;
        problems.push_back({list.position(),
                            has_star ? fmt::format("the pattern {} matches no service", shown(pattern))
                                     : fmt::format("the service {} is not declared", shown(pattern)),
                            suggest(pattern, known, "Declare it under services")});
    }
    return {result.begin(), result.end()};
}

model::Tenant read_tenant(const Node& node, const Services& services, People& people, Problems& problems) {
    model::Tenant tenant;
    refuse_unknown_keys(node, "tenant", problems);
    const auto name = require(node, "name", "Add name: NAME", problems);
    if (const auto text = read_string(name, problems); text && is_name(*text, name.position(), problems)) tenant.name = *text;
    tenant.services = expand_patterns(require(node, "services", "Add services: [NAME] or [\"*\"]", problems), services, problems);
    tenant.language = read_language(node.get("language"), problems);
    tenant.policy = read_policy(node.get("policy"), problems);
    const auto contacts = require(node, "contacts", "Whom to tell? Add contacts: [{email: ADDRESS}]", problems);
    for (auto& contact : read_contacts(contacts, "tenant:" + tenant.name, problems)) people.contacts.push_back(std::move(contact));
    return tenant;
}

void read_tenants(const Node& tenants, const Services& services, People& people, Problems& problems) {
    if (!is_list(tenants, problems)) return;
    std::map<std::string, Position> known;
    for (const auto& node : tenants.items()) {
        if (node.kind() != NodeKind::map) {
            problems.push_back({node.position(), "this is not a tenant", "Write - {name: NAME, services: [NAME], contacts: [...]}"});
            continue;
        }
        auto tenant = read_tenant(node, services, people, problems);
        if (tenant.name.empty()) continue;
        const auto position = node.get("name").position();
        const auto [first, is_new] = known.emplace(tenant.name, position);
        if (!is_new) {
            problems.push_back({position,
                                fmt::format("the tenant {} is declared twice; first at {}", shown(tenant.name), describe(first->second)),
                                "Keep one, with all contacts and services"});
            continue;
        }
        people.tenants[tenant.name] = std::move(tenant);
    }
}

/// A list of contacts, or {language, policy, contacts}.
model::StaffRole read_role(const Node& staff, std::string_view role, People& people, Problems& problems) {
    model::StaffRole result;
    const auto node =
        require(staff, role, fmt::format("Pages and missed deadlines go to staff: add {}: [{{email: ADDRESS}}]", role), problems);
    auto list = node;
    if (node.kind() == NodeKind::map) {
        refuse_unknown_keys(node, "role", problems);
        result.language = read_language(node.get("language"), problems);
        result.policy = read_policy(node.get("policy"), problems);
        list = require(node, "contacts", "Add contacts: [{email: ADDRESS}]", problems);
    }
    for (auto& contact : read_contacts(list, std::string(role), problems)) people.contacts.push_back(std::move(contact));
    return result;
}

} // namespace

People read_people(const Node& root, const Services& services, Problems& problems) {
    People people;
    read_tenants(root.get("tenants"), services, people, problems);
    const auto staff = root.get("staff");
    if (!is_map(staff, problems)) return people;
    refuse_unknown_keys(staff, "staff", problems);
    people.manager = read_role(staff, "manager", people, problems);
    people.on_call = read_role(staff, "on_call", people, problems);
    return people;
}

} // namespace config
