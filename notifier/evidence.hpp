#pragma once

#include "notifier/channel.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace notifier {

/// What must not enter an event, with the word that stands for it: the contact's address and secret, the relay's password.
struct Secret {
    std::string text;
    std::string_view instead;
};
std::vector<Secret> secrets_of(const Shipment& shipment);

/// A foreign reply or error as evidence: one printable line of at most 500 bytes, with the secrets replaced.
std::string evidence_text(std::string_view text, const std::vector<Secret>& secrets);

} // namespace notifier
