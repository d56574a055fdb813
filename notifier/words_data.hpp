#pragma once

#include "model/directory.hpp"
#include "model/notice.hpp"
#include "notifier/composer.hpp"

#include <cstddef>
#include <string>

namespace notifier {

constexpr std::size_t data_limit = std::size_t{256} << 10;  ///< bytes of a webhook's body
constexpr std::size_t data_incidents = 1000;                ///< listed at most

/// The webhook body for `notice`, whose texts and id are set: {type, timestamp, data}, Standard Webhooks' form.
/// Incidents that do not fit are counted in `incidents_omitted`. Times are RFC 3339 in UTC, null where there is none.
std::string webhook_data(const NoticeRequest& request, const model::Directory& directory, const model::Notice& notice);

} // namespace notifier
