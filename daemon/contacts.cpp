#include "daemon/contacts.hpp"

#include <charconv>
#include <tuple>

namespace hinomi {

namespace {

using Key = std::tuple<std::string, std::uint8_t, std::string>;

std::uint64_t number_of(const std::string& id) {
    std::uint64_t number = 0;
    if (id.size() > 1) std::from_chars(id.data() + 1, id.data() + id.size(), number);
    return number;
}

/// Where a contact of `owner` belongs in the directory.
std::vector<model::Contact>* people_of(model::Directory& directory, const std::string& owner) {
    if (owner == "manager") return &directory.manager.contacts;
    if (owner == "on_call") return &directory.on_call.contacts;
    constexpr std::string_view prefix = "tenant:";
    const auto tenant = directory.tenants.find(owner.substr(std::min(owner.size(), prefix.size())));
    return tenant == directory.tenants.end() ? nullptr : &tenant->second.contacts;
}

model::Language language_of(const model::Directory& directory, const std::string& owner) {
    if (owner == "manager") return directory.manager.language;
    if (owner == "on_call") return directory.on_call.language;
    const auto tenant = directory.tenants.find(owner.substr(owner.find(':') + 1));
    return tenant == directory.tenants.end() ? model::Language::ja : tenant->second.language;
}

} // namespace

IdentifiedContacts identify_contacts(const config::Settings& settings, const std::vector<ledger::ContactRow>& known, Secrets& secrets,
                                     model::Directory& directory, config::Problems& problems) {
    IdentifiedContacts result;
    std::map<Key, std::string> ids;
    std::uint64_t highest = 0;
    for (const auto& row : known) {
        ids[{row.owner, row.channel, row.address}] = row.id;
        highest = std::max(highest, number_of(row.id));
        result.all[row.id] = {.id = row.id, .channel = static_cast<model::ChannelKind>(row.channel), .address = row.address, .secret = {}};
    }
    directory.manager.contacts.clear();
    directory.on_call.contacts.clear();
    for (auto& [name, tenant] : directory.tenants) tenant.contacts.clear();
    for (const auto& configured : settings.contacts) {
        auto* people = people_of(directory, configured.owner);
        if (people == nullptr) continue;
        const auto channel = static_cast<std::uint8_t>(configured.channel);
        auto& id = ids[{configured.owner, channel, configured.address}];
        if (id.empty()) {
            id = "c" + std::to_string(++highest);
            result.added.push_back({.id = id, .owner = configured.owner, .channel = channel, .address = configured.address});
        }
        const auto secret = secrets.resolve_signing_key(configured.secret, problems);
        model::Contact contact{.id = id,
                               .channel = configured.channel,
                               .address = configured.address,
                               .secret = secret.value_or(""),
                               .language = language_of(directory, configured.owner),
                               .out_of_band = configured.out_of_band};
        people->push_back(contact);
        result.all[id] = std::move(contact);
    }
    return result;
}

} // namespace hinomi
