#pragma once

#include "daemon/verbs.hpp"
#include "notifier/composer.hpp"

#include <expected>
#include <string>

namespace hinomi {

/// What a preview is asked for.
struct PreviewWish {
    model::Recipient recipient;
    model::Stage stage = model::Stage::first_alert;
    std::string service;  ///< empty: the recipient's first
};

/// Facts of an imaginary incident, ten minutes old, of a service that the configuration has. Pure. The error says what to ask instead.
std::expected<notifier::NoticeRequest, std::string> preview_request(const PreviewWish& wish, const model::Directory& directory,
                                                                    const model::Instant& now);

/// Everything that is made of the notice, as one item: subject, text, HTML, and the data of webhooks as an object.
Answer preview_answer(const model::Notice& notice);

/// `hinomi notify preview`: prints a notice as it would be sent, from the configuration and its templates alone. Sends nothing,
/// needs no daemon and no credential. A broken template is told on standard error.
int preview_verb(const Given& given);

} // namespace hinomi
