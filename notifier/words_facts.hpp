#pragma once

#include "model/directory.hpp"
#include "notifier/composer.hpp"
#include "notifier/words_render.hpp"
#include "notifier/words_symptom.hpp"

#include <string>
#include <vector>

namespace notifier {

constexpr std::size_t listed_incidents = 200;  ///< in a digest's text; the webhook's data holds more

/// How the recipient reads: the language, and the tenant behind it (null for staff and for a tenant that was removed).
struct Reader {
    model::Language language = model::Language::ja;
    const model::Tenant* tenant = nullptr;
    bool staff = false;
};

Reader reader_of(const model::Recipient& recipient, const model::Directory& directory);

/// The incident's services that concern the reader: a tenant's own ones only. Names, sorted.
std::vector<std::string> affected_services(const model::Incident& incident, const Reader& reader);

/// What the reader is told of the incident's symptom: of the worst member of its own services now, of the whole once restored.
Symptom symptom_of(const model::Incident& incident, const Reader& reader);

/// The worst that the reader's own services ever were in it.
model::Severity worst_of(const model::Incident& incident, const Reader& reader);

/// Its severity for the reader's own services: now, or the worst ever once they are restored.
model::Severity severity_of(const model::Incident& incident, const Reader& reader);

/// Everything the templates may say for this request. All of it is clean and bounded.
Values facts(const NoticeRequest& request, const model::Directory& directory);

} // namespace notifier
