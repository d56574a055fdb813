#pragma once

#include <string>
#include <string_view>

namespace notifier {

/// RFC 4648 base64 on one line, padded.
std::string base64(std::string_view bytes);

/// Lower-case hex of the SHA-256.
std::string sha256_hex(std::string_view bytes);

/// The 32 raw bytes of HMAC-SHA-256 (RFC 2104).
std::string hmac_sha256(std::string_view key, std::string_view bytes);

} // namespace notifier
