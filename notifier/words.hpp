#pragma once

#include "model/duty.hpp"
#include "model/incident.hpp"
#include "model/notice.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace notifier {

/// The name in metrics, templates and webhook types: first_alert, follow_up and so on.
std::string_view word(model::Stage stage);

/// What staff call the stage: 障害速報 / incident alert.
std::string_view stage_title(model::Stage stage, model::Language language);

/// What customers are told of the severity: サービスの停止 / outage.
std::string_view severity_title(model::Severity severity, model::Language language);

/// tenant:acme, manager, on_call: as in duty ids.
std::string recipient_word(const model::Recipient& recipient);

/// A、B ほか3件 / A, B and 3 more.
std::string join_words(const std::vector<std::string>& words, std::size_t more, model::Language language);

/// For a customer of whose services none is known any more.
std::string_view some_service(model::Language language);

/// Begins the subject of everything that is not in earnest: 【訓練】 / [Drill].
std::string_view drill_mark(model::Language language);

/// First line of a customer's notice in rehearsal mode, which goes to on-call instead.
std::string rehearsal_line(const std::string& recipient, model::Language language);

} // namespace notifier
