#pragma once

#include "model/incident.hpp"
#include "model/notice.hpp"

#include <string>
#include <string_view>

namespace notifier {

/// What a customer sees from outside, in plain words: no host, no address, no cause.
struct Symptom {
    std::string brief;    ///< for subjects: 接続できない状態 / cannot be reached
    std::string phrase;   ///< with a subject: 接続できない状態 / the service cannot be reached
    std::string sentence; ///< whole; in the past tense once restored
};

enum class Tense : unsigned char { present, past };

Symptom symptom(model::Reason reason, model::Severity severity, model::Language language, Tense tense);

/// The closed word of the reason, as in the metrics: for staff and webhooks.
std::string_view word(model::Reason reason);
std::string_view word(model::Severity severity);

} // namespace notifier
