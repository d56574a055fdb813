#pragma once

#include "daemon/answer.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The verbs of `hinomi`: one table from which the command line, the help, the man page, the completion and the
/// control socket's rights are made.
namespace hinomi {

/// Who may ask for it over the control socket. Ordered: each may do what the one before may.
enum class Role : std::uint8_t { viewer, operators, administrator };

struct Option {
    enum class Kind : std::uint8_t { word, many, flag };

    std::string_view name;        ///< `--reason`; a name without dashes is positional
    std::string_view value;       ///< what stands for the value in the help: TEXT, TIME
    std::string_view help;
    Kind kind = Kind::word;
    bool required = false;
    std::string_view one_of = ""; ///< words that are allowed, separated by blanks; empty: any
};

/// What was given on the command line, checked against the table.
struct Given {
    std::string verb;
    std::string configuration_file;
    Format format = Format::table;
    std::map<std::string, std::vector<std::string>, std::less<>> values;  ///< by the option's name without dashes

    [[nodiscard]] bool has(std::string_view name) const { return values.contains(name); }
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
};

struct Verb {
    std::string_view name;        ///< `incident ack`
    std::string_view help;        ///< one line, without a full stop
    std::vector<Option> options;
    /// Runs here; null: the daemon is asked over its control socket.
    int (*run)(const Given& given) = nullptr;
    Role role = Role::viewer;     ///< of a verb that the daemon is asked for
    std::string_view group = "";  ///< the heading in the help
    bool rows = false;            ///< has --format
    /// Completes what was given before the daemon is asked, by standard input for example. An answer: there is nothing to ask.
    std::optional<Answer> (*prepare)(Given& given) = nullptr;
    bool between_programs = false; ///< asked over the control socket by another verb, and no word of the command line
};

/// All verbs, in the order of the help; those between programs are the last.
const std::vector<Verb>& verbs();

/// The row of this verb, or null.
const Verb* find_verb(std::string_view name);

/// Options without dashes are asked for by position: the name that `Given::values` has for it.
std::string_view bare(std::string_view option);

} // namespace hinomi
