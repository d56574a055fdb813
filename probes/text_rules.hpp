#pragma once

#include "config/document.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <re2/re2.h>

namespace probes {

/// What a foreign text must say and must not say; all of it must hold. Regular expressions are RE2's: their time is linear
/// in the text, whatever it holds. Immutable after reading and shared by lanes.
class TextRules {
public:
    /// `{contains, not_contains, matches, not_matches}` of `map`, each key with `prefix` before it, each a text or a list of
    /// texts. Other keys are left to the caller.
    static TextRules read(const config::Node& map, std::string_view prefix, config::Problems& problems);

    /// One more rule: the text is these very bytes.
    void add_equal(std::string text);

    [[nodiscard]] bool empty() const { return rules_.empty(); }

    /// Nothing when all rules hold; otherwise the first that does not, as a sentence about `subject`: `"ok" is not in SUBJECT`.
    [[nodiscard]] std::optional<std::string> broken_by(std::string_view text, std::string_view subject) const;

private:
    enum class Kind : std::uint8_t { equals, contains, not_contains, matches, not_matches };
    struct Rule {
        Kind kind = Kind::contains;
        std::string wanted;
        std::shared_ptr<const RE2> pattern;  ///< of matches and not_matches
    };

    static bool holds(const Rule& rule, std::string_view text);
    void add(Kind kind, const config::Node& node, config::Problems& problems);

    std::vector<Rule> rules_;
};

} // namespace probes
