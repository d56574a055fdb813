#pragma once

#include "io/http_client.hpp"
#include "model/notice.hpp"
#include "model/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace notifier {

/// `v1,BASE64(HMAC-SHA-256(ID.TIMESTAMP.BODY))` (Standard Webhooks 1.0.0). `secret` is the decoded key.
std::string webhook_signature(std::string_view secret, std::string_view id, std::int64_t timestamp, std::string_view body);

/// The signed POST of the notice's data. The id is the envelope's on every retry, the timestamp is the attempt's.
/// Without a secret the request goes out unsigned.
io::HttpRequest webhook_request(const model::Notice& notice, const model::Envelope& envelope, const model::Contact& contact,
                                model::WallTime now, model::Milliseconds timeout);

/// Host, with the port if the URL names one, in lower case: the receiver as in metrics and evidence.
std::string webhook_host(std::string_view url);

} // namespace notifier
