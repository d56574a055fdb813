#pragma once

#include "config/document.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The one table of all keys. From it come: which keys the parser understands, the JSON Schema, `config show`, and the manual's
/// reference. A key that is not in it is refused; a reader that asks for a key which is not in it is a fault of ours.
namespace config {

/// Where a key's value comes from when the file does not give one.
enum class Mark : std::uint8_t {
    required,   ///< nowhere: the key must be given
    optional,   ///< nowhere: without the key there is none of it
    guideline,  ///< a limit of the guideline's checklist, which may be tightened only [G]
    product,    ///< our own choice [P]
};

/// One key of one section.
struct Key {
    std::string_view section;   ///< the map that it stands in; "root" is the whole file
    std::string_view name;
    /// What may be written, alternatives apart by spaces: text, prose, boolean, integer, duration, rate, secret, path, url,
    /// mail, name, names, zone, group, listen (ADDRESS:PORT), date, clock, hours; `word:A|B`; `map:SECTION`, `list:SECTION`,
    /// `named:SECTION` (a map from names); `list-of:FORM`; `percentile` (a map such as {p95: 800ms}); `block:CLASS`; and with
    /// `{value, weaker_than_profile}` as an alternative: limit (a duration), period (also months and years), percent, count.
    std::string_view form;
    std::string_view fallback;  ///< the default as an operator would write it; empty: none
    std::string_view unit;      ///< of a bare number
    std::string_view source;    ///< the section of the semantics, or the checklist's item
    Mark mark = Mark::optional;
    std::string_view says;      ///< the manual's sentence
};

/// Every key, section by section, in the manual's order.
std::span<const Key> keys();

/// The names of the keys of `section`, in order.
std::vector<std::string_view> keys_of(std::string_view section);

/// The key, or nothing.
const Key* find_key(std::string_view section, std::string_view name);

/// Every section's name once, in order.
std::vector<std::string_view> sections();

/// Whose a default is, behind it: ` [G]`, ` [P]`, or nothing where there is none.
std::string_view sign_of(Mark mark);

/// The alternatives of a key's form.
std::vector<std::string_view> forms_of(const Key& key);

/// Reports every key of the map `node` that `section` does not have, with a "did you mean" or the place where it belongs.
void refuse_unknown_keys(const Node& node, std::string_view section, Problems& problems);

} // namespace config
