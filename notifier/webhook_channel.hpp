#pragma once

#include "notifier/channel.hpp"

#include <string_view>

namespace notifier {

/// What a webhook's answer means for the envelope (semantics 1.4). Pure; `ended` is the time to which a Retry-After date
/// is compared. `relay_fault` says that the receiver's host is not to be had.
model::Delivery classify(const io::HttpResponse& response);

/// Retry-After (RFC 9110 10.2.3): seconds or an IMF-fixdate. Zero when it is neither, or over.
model::Milliseconds parse_retry_after(std::string_view value, model::WallTime now);

/// Signed POST to the contact's URL.
std::unique_ptr<Channel> make_webhook_channel(ChannelEffects effects, const OutboxSettings& settings);

} // namespace notifier
