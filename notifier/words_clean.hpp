#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace notifier {

enum class Lines : unsigned char { one, several };

/// Foreign text made fit for a notice: broken UTF-8 becomes U+FFFD; control characters, direction marks and invisible
/// characters go (they forge or hide text); line breaks and tabs become a space, or stay LF with `Lines::several`.
/// At most `limit` code points, the last one an ellipsis where something was cut. Reads no more than it needs.
std::string clean(std::string_view text, std::size_t limit, Lines lines = Lines::one);

/// For HTML text and attribute values.
std::string escape_html(std::string_view text);

} // namespace notifier
