#pragma once

#include "incidents/book.hpp"
#include "model/event.hpp"

#include <vector>

namespace hinomi {

/// One log line per event that matters to an operator. No addresses, no secrets, no texts of notices.
void log_event(const model::Event& event, const std::vector<incidents::DutyTransition>& transitions);

} // namespace hinomi
