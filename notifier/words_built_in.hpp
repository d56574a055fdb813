#pragma once

#include <span>
#include <string_view>

namespace notifier {

struct BuiltInTemplate {
    std::string_view name;  ///< ja/first_alert.subject
    std::string_view text;
};

/// The files of templates/, compiled in by embed_templates.cmake.
std::span<const BuiltInTemplate> built_in_templates();

} // namespace notifier
