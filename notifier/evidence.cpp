#include "notifier/evidence.hpp"

#include "model/text.hpp"
#include "notifier/digest.hpp"
#include "notifier/words_clean.hpp"

#include <algorithm>

namespace notifier {

namespace {

constexpr std::size_t longest_text = 500;
constexpr std::size_t longest_read = 4'096;
constexpr std::size_t shortest_secret = 3;  // replacing single letters would tell more than it hides

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

/// Ignores case: a relay may repeat an address in its own spelling.
std::string replace_all(std::string_view text, std::string_view what, std::string_view instead) {
    std::string result;
    while (!text.empty()) {
        const auto found = std::ranges::search(text, what, {}, lower, lower);
        result.append(text.begin(), found.begin());
        if (found.empty()) break;
        result += instead;
        text.remove_prefix(static_cast<std::size_t>(found.end() - text.begin()));
    }
    return result;
}

} // namespace

std::vector<Secret> secrets_of(const Shipment& shipment) {
    std::vector<Secret> secrets{{shipment.contact.address, "(address)"}};
    const auto add = [&secrets](const std::string& text, std::string_view instead) {
        secrets.push_back({text, instead});
        secrets.push_back({base64(text), instead});
    };
    if (shipment.contact.channel == model::ChannelKind::webhook) {
        const auto& url = shipment.contact.address;
        const auto path = url.find_first_of("/?", std::min(url.size(), url.find("://") + 3));
        if (path != std::string::npos) secrets.push_back({url.substr(path), "(path)"});
    }
    add(shipment.contact.secret, "(secret)");
    if (shipment.relay) {
        const auto& server = shipment.relay->server;
        if (!server.password.empty()) secrets.push_back({base64('\0' + server.username + '\0' + server.password), "(password)"});
        add(server.password, "(password)");
    }
    return secrets;
}

std::string evidence_text(std::string_view text, const std::vector<Secret>& secrets) {
    auto shown = clean(text, longest_read);  // first: what is cut out may have split a secret
    for (const auto& secret : secrets) {
        if (secret.text.size() >= shortest_secret) shown = replace_all(shown, secret.text, secret.instead);
    }
    return std::string(model::cut_bytes(shown, longest_text));
}

} // namespace notifier
