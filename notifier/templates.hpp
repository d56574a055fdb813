#pragma once

#include "model/notice.hpp"
#include "notifier/words_render.hpp"

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace notifier {

/// Logic-less texts (mustache) by name `ja/first_alert.subject`, `en/recovery.text`, `ja/digest.text` and so on.
/// Built-in ones are compiled in; an operator may override each by a file of that name in the templates folder.
class Templates {
public:
    /// The built-in texts.
    Templates();

    /// Overrides one; an error (file, line where known, what to do) leaves the built-in text in force.
    std::expected<void, std::string> override_with(const std::string& name, const std::string& text);

    /// The text in force, and the built-in one to fall back to. Unknown names are empty.
    [[nodiscard]] const std::string& text(const std::string& name) const;
    [[nodiscard]] const std::string& built_in(const std::string& name) const;

    /// The same, ready to be filled, compiled at the first call; null where the text is broken or there is none. One thread at a time.
    [[nodiscard]] const Template* ready(const std::string& name) const;
    [[nodiscard]] const Template* ready_built_in(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> names() const;

private:
    using Ready = std::map<std::string, std::optional<Template>>;
    static const Template* ready(Ready& known, const std::string& name, const std::string& text);

    std::map<std::string, std::string> overrides_;
    mutable Ready ready_;
    mutable Ready ready_built_ins_;
};

} // namespace notifier
