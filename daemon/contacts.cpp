#include "daemon/contacts.hpp"

#include <openssl/evp.h>

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

/// Standard Webhooks writes signing secrets as `whsec_` and base64; anything else is the key itself.
std::optional<std::string> decode_secret(const std::string& secret) {
    constexpr std::string_view prefix = "whsec_";
    if (!secret.starts_with(prefix)) return secret;
    const auto text = secret.substr(prefix.size());
    std::string key(text.size() / 4 * 3, '\0');
    const auto length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.data()), reinterpret_cast<const unsigned char*>(text.data()),
                                        static_cast<int>(text.size()));
    if (text.empty() || text.size() % 4 != 0 || length < 0) return std::nullopt;
    key.resize(key.size() - (text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0));
    return key;
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
        const auto written = secrets.resolve(configured.secret, problems);
        const auto secret = written ? decode_secret(*written) : std::nullopt;
        if (written && !secret) {
            problems.push_back({configured.secret.position, "the webhook secret begins with whsec_ but what follows is not base64",
                                "Copy the whole secret, or generate a new one"});
        }
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
