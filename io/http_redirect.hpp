#pragma once

#include "io/http_client.hpp"

#include <expected>
#include <string>

namespace io {

/// The request that follows an answer which redirects `request` to `url` (absolute) with `status`, or why it must not be
/// followed. Another origin gets no secret header, no client certificate and no other's server name; https never leads to
/// http; 303, and 301 and 302 of a POST, are followed by a GET (RFC 9110, 15.4).
std::expected<HttpRequest, std::string> redirected(HttpRequest request, std::uint16_t status, const std::string& url);

/// 301, 302, 303, 307, 308.
bool is_redirect(std::uint16_t status);

} // namespace io
