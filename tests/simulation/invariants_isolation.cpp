#include "tests/simulation/invariants.hpp"
#include "tests/simulation/seams.hpp"

#include <algorithm>
#include <string_view>

/// Nobody sees another: by name, by address, or by the thread that a mail is put into; and nobody is told twice. From the receiving side.
namespace simulation {

namespace {

/// `visit` hears of every address of a customer that the text holds: mail addresses, and webhooks without their scheme.
template <typename Visit> void visit_addresses(std::string_view text, const Visit& visit) {
    constexpr std::string_view mailbox = "@customer.example";
    for (auto at = text.find(mailbox); at != std::string_view::npos; at = text.find(mailbox, at + 1)) {
        const auto begin = text.find_last_of(" <>\"\r\n\t,;:", at) + 1;
        visit(text.substr(begin, at + mailbox.size() - begin));
    }
    constexpr std::string_view webhook = "://hook";
    for (auto at = text.find(webhook); at != std::string_view::npos; at = text.find(webhook, at + 1)) {
        const auto begin = at + std::string_view("://").size();
        visit(text.substr(begin, text.find_first_of(" <>\"\r\n\t,;\\", begin) - begin));
    }
}

} // namespace

void Invariants::remember_owners() {
    for (const auto& [name, tenant] : topology_.directory.tenants) {
        for (const auto& contact : tenant.contacts) owner_of_.insert_or_assign(contact.id, name);
    }
}

void Invariants::check_isolation(const Accepted& accepted, const Minted& minted) const {
    check_addresses(accepted, minted);
    check_thread(accepted, minted);
    if (minted.rehearsed) return check_rehearsal(minted);
    if (minted.recipient.kind != model::RecipientKind::tenant) return;
    const auto owner = owner_of_.find(minted.contact);
    if (owner == owner_of_.end() || owner->second != minted.recipient.name)
        violated("no_tenant_sees_another", minted.envelope + " went to a contact of another");
    const auto named = [&](const std::string& name) {
        if (name == minted.recipient.name || (!accepted.text.contains(name) && !accepted.head.contains(name))) return;
        violated("no_tenant_sees_another", minted.envelope + " names " + name);
    };
    for (const auto& [name, tenant] : topology_.directory.tenants) named(name);
    for (const auto& tenant : topology_.former_tenants) named(tenant.name);
}

/// What is composed for a customer goes to on-call.
void Invariants::check_rehearsal(const Minted& minted) const {
    if (std::ranges::find(topology_.directory.on_call.contacts, minted.contact, &model::Contact::id) ==
        topology_.directory.on_call.contacts.end())
        violated("rehearsal_reaches_no_customer", minted.envelope + " went to " + minted.contact);
}

/// It went where the contact is, and names no address but that one, in no header and nowhere in its texts.
void Invariants::check_addresses(const Accepted& accepted, const Minted& minted) const {
    const auto& contact = topology_.contacts.at(minted.contact);
    const auto shown = [&](const std::string& what, std::string_view address) {
        violated("no_tenant_sees_another", minted.envelope + " for " + contact.address + " " + what + " " + std::string(address));
    };
    if (accepted.contact_address != contact.address) shown("went to", accepted.contact_address);
    if (contact.channel == model::ChannelKind::mail && header_of(accepted.head, "To") != contact.address)
        shown("is addressed to", header_of(accepted.head, "To"));
    const auto visit = [&](std::string_view address) {
        if (!std::string_view(contact.address).ends_with(address)) shown("shows", address);
    };
    visit_addresses(accepted.head, visit);
    visit_addresses(accepted.text, visit);
}

/// A mail answers mails to the same contact only.
void Invariants::check_thread(const Accepted& accepted, const Minted& minted) const {
    for (const auto* name : {"In-Reply-To", "References"}) {
        const auto value = header_of(accepted.head, name);
        for (auto at = value.find('<'); at != std::string::npos; at = value.find('<', at + 1)) {
            const auto id = value.substr(at + 1, value.find('>', at) - at - 1);
            const auto answered = minted_.find(id);
            if (answered == minted_.end() || answered->second.contact != minted.contact)
                violated("no_tenant_sees_another", minted.envelope + " answers " + id + ", a mail to another");
        }
    }
}

/// Of a contact that has accepted a notice for each of these duties already.
void Invariants::check_told_once(const Accepted& accepted, const Minted& minted) {
    const auto known = [&](const auto& duty) { return told_.contains({duty, minted.contact}); };
    if (!minted.duties.empty() && !minted.superseded && std::ranges::all_of(minted.duties, known))
        violated("nobody_is_told_twice", minted.envelope + " tells " + minted.contact + " again of " + minted.duties.front());
    // a crash may forget what was sent, and what for; what was under way when another took it over arrives beside that one
    if (accepted.undurable || minted.superseded) return;
    for (const auto& duty : minted.duties) told_.emplace(duty, minted.contact);
}

/// What came back counts for nobody who got the same: it is owed to all of them again.
void Invariants::take_back(const model::Bounced& bounced) {
    const auto message = message_of_.find(bounced.envelope);
    if (message == message_of_.end()) return;
    for (const auto& duty : minted_.at(message->second).duties) {
        std::erase_if(told_, [&](const auto& told) { return told.first == duty; });
    }
}

} // namespace simulation
