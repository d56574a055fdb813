#pragma once

#include "config/document.hpp"
#include "probes/text_rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace probes {

/// What the values of a JSON document must be, each found by a JSON Pointer (RFC 6901). Immutable after reading and shared
/// by lanes.
class JsonRules {
public:
    /// `{POINTER: VALUE}`, `{POINTER: [VALUE, ...]}` (any of them) or `{POINTER: {OPERATION: OPERAND, ...}}` with the operations
    /// equals, not_equals, above, below, at_least, at_most, contains, not_contains, matches, not_matches, present.
    static JsonRules read(const config::Node& map, config::Problems& problems);

    [[nodiscard]] bool empty() const { return rules_.empty(); }

    /// Nothing when `body` is JSON and all rules hold; otherwise what is wrong, for people. Nesting deeper than 64 is wrong.
    [[nodiscard]] std::optional<std::string> broken_by(std::string_view body) const;

private:
    enum class Compare : std::uint8_t { above, below, at_least, at_most };
    struct Bound {
        Compare compare = Compare::above;
        double limit = 0;
    };
    /// The rules of one pointer. Values wanted are kept as JSON text: what travels between threads is plain.
    struct Rule {
        std::string pointer;
        bool present = true;
        std::vector<std::string> any_of;   ///< empty: any value
        std::vector<std::string> none_of;
        std::vector<Bound> bounds;
        TextRules text;
    };

    static Rule read_rule(const std::string& pointer, const config::Node& node, config::Problems& problems);
    static void read_operations(Rule& rule, const config::Node& node, config::Problems& problems);
    static bool holds(Compare compare, double number, double limit);
    static std::string_view word_of(Compare compare);
    template <typename Document> static std::optional<std::string> broken(const Rule& rule, const Document& document);

    std::vector<Rule> rules_;
};

} // namespace probes
