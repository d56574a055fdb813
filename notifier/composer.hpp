#pragma once

#include "io/random.hpp"
#include "model/directory.hpp"
#include "model/duty.hpp"
#include "model/incident.hpp"
#include "model/maintenance.hpp"
#include "model/notice.hpp"
#include "notifier/templates.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace notifier {

/// Everything a text is made of. Facts of one recipient only: nothing of another tenant ever enters.
struct NoticeRequest {
    model::Recipient recipient;
    model::Stage stage = model::Stage::first_alert;
    std::vector<model::Duty> duties;            ///< that the notice will fulfil
    std::vector<model::Incident> incidents;     ///< it speaks of; more than one: a digest
    std::optional<model::Maintenance> maintenance; ///< it announces, or with Stage::correction calls off
    std::set<model::ContactId> avoid;           ///< contacts that turned out to reach nobody; used all the same when there is no other
    std::string page;                           ///< with Stage::page, incidents::Release::page
    std::uint32_t percent = 0;
    model::Instant now;
    model::WallTime next_report{};              ///< when the next notice is due at the latest; zero: none
    bool combined = false;                      ///< takes over an undelivered first alert
    std::map<model::ContactId, std::string> thread;  ///< first message id of these incidents' thread, by contact
    std::vector<model::EnvelopeId> supersedes;
    std::vector<model::Contact> former;         ///< the contacts of the duties, for a tenant that has left the directory
};

/// Composes the frozen notice: texts in the recipient's language, one envelope per contact, ids minted from `random`.
/// A template that fails falls back to the built-in text and says so in `fallback_text`. Pure but for `random`.
/// The recipient's contacts come from `directory`, or are `former` (semantics 1.2); `domain` is the right side of Message-IDs.
model::Notice compose(const NoticeRequest& request, const model::Directory& directory, const Templates& templates, io::Random& random,
                      const std::string& domain);

} // namespace notifier
