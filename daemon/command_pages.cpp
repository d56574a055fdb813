#include "config/keys.hpp"
#include "daemon/command_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <ranges>

/// What is made of the tables of verbs and of keys for readers: the man pages and the completion.
namespace hinomi {

namespace {

/// Text for roff(7): backslashes and hyphens as they are, and no line that is a request.
std::string roff(std::string_view text) {
    std::string made;
    for (const char letter : text) {
        if (letter == '\\') made += "\\e";
        else if (letter == '-') made += "\\-";
        else if ((letter == '.' || letter == '\'') && (made.empty() || made.back() == '\n')) made += std::string("\\&") + letter;
        else made += letter;
    }
    return made;
}

std::string synopsis_of(const Option& option) {
    std::string text(option.name);
    if (option.name.front() != '-') text = std::string(option.value);
    else if (!option.value.empty()) text += " " + std::string(option.value);
    if (option.kind == Option::Kind::many) text += " ...";
    return option.required ? text : "[" + text + "]";
}

constexpr std::string_view head = R"(.TH HINOMI 1 "" "hinomi )" HINOMI_VERSION R"(" "User Commands"
.SH NAME
hinomi \- watches a SaaS provider's service, tells its customers in time, and proves it
.SH SYNOPSIS
.B hinomi
.I VERB
.RI [ OPTIONS ]
)";

constexpr std::string_view tail = R"(.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
it failed; standard error says why and what to do
.TP
.B 2
the command line is wrong
.TP
.B 3
something is down
.RB ( "status \-\-exit\-code" )
.TP
.B 4
the daemon cannot be reached
.TP
.B 78
the configuration is wrong
.SH FILES
.TP
.I /etc/hinomi/hinomi.yaml
the configuration, with
.I conf.d/*.yaml
beside it
.TP
.I /var/lib/hinomi/ledger.db
the ledger
.TP
.I /run/hinomi/control.sock
the control socket
.SH SEE ALSO
.BR hinomi.yaml (5),
.BR systemd (1),
.BR journalctl (1)
)";

/// What completes the value of each option that has one, by verb and option: its words, a file, or nothing.
void print_values(std::ostream& out) {
    for (const auto& verb : verbs()) {
        for (const auto& option : verb.options) {
            if (option.name.front() != '-' || option.kind == Option::Kind::flag) continue;
            out << "        '" << verb.name << ' ' << option.name << "') ";
            if (!option.one_of.empty()) out << "COMPREPLY=($(compgen -W '" << option.one_of << "' -- \"$current\")); ";
            else if (option.value == "FILE") out << "COMPREPLY=($(compgen -f -- \"$current\")); ";
            out << "return ;;\n";
        }
    }
}

} // namespace

void print_manual_page(std::ostream& out) {
    out << head;
    std::string_view group;
    std::vector<std::string_view> groups;
    for (const auto& verb : verbs()) {
        if (std::ranges::find(groups, verb.group) == groups.end()) groups.push_back(verb.group);
    }
    for (const auto each : groups) {
        group = each;
        std::string title(group);
        std::ranges::transform(title, title.begin(), [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
        out << ".SH " << title << '\n';
        for (const auto& verb : verbs()) {
            if (verb.group != group || verb.between_programs) continue;
            out << ".TP\n.B " << roff(verb.name);
            for (const auto& option : verb.options) out << ' ' << roff(synopsis_of(option));
            out << '\n' << roff(verb.help) << ".\n";
            if (verb.options.empty()) continue;
            out << ".RS\n";
            for (const auto& option : verb.options) {
                out << ".TP\n.B " << roff(option.name.front() == '-' ? option.name : option.value) << '\n' << roff(option.help) << '\n';
            }
            out << ".RE\n";
        }
    }
    out << ".SH COMMON OPTIONS\n.TP\n.B \\-\\-config FILE\nthe configuration file (default: /etc/hinomi/hinomi.yaml)\n"
           ".TP\n.B \\-\\-format table|json|csv\nof verbs that show rows\n"
           ".TP\n.B \\-\\-socket PATH\nthe control socket, of verbs that ask the daemon\n.TP\n.B \\-\\-help\nhelp of hinomi or of one "
           "verb\n";
    out << tail;
}

void print_configuration_page(std::ostream& out) {
    out << R"(.TH HINOMI.YAML 5 "" "hinomi )" HINOMI_VERSION R"(" "File Formats"
.SH NAME
hinomi.yaml \- what hinomi watches, for whom, and whom it tells
.SH DESCRIPTION
YAML, in this file and in
.I conf.d/*.yaml
beside it; a value set twice is an error that names both places.
.B hinomi check
says what is wrong, where and what to do, and
.B hinomi config show \-\-defaults
shows everything in force. Defaults marked [G] are limits of the guideline's checklist: they may be tightened, and loosened only by
.IR "{value: ..., weaker_than_profile: REASON}" ;
those marked [P] are our own. Secrets are never written here but named: credential:NAME, file:PATH or env:NAME.
The keys of each kind of probe stand in the manual.
)";
    for (const auto section : config::sections()) {
        out << ".SH " << (section == "root" ? "THE FILE ITSELF" : roff(section)) << '\n';
        for (const auto name : config::keys_of(section)) {
            const auto& key = *config::find_key(section, name);
            out << ".TP\n.B " << roff(name) << '\n'
                << roff(key.says) << ".\n.br\n"
                << roff(fmt::format("Written as {}", fmt::join(config::forms_of(key), " or ")));
            if (!key.unit.empty()) out << roff(fmt::format(", {}", key.unit));
            if (key.mark == config::Mark::required) out << "; required.\n";
            else if (key.fallback.empty()) out << ".\n";
            else out << roff(fmt::format("; default {}{}.\n", key.fallback, config::sign_of(key.mark)));
        }
    }
    out << ".SH SEE ALSO\n.BR hinomi (1)\n";
}

void print_completion(std::ostream& out) {
    std::map<std::string, std::string> below;  // first word -> second words
    std::map<std::string, std::string> options;
    for (const auto& verb : verbs()) {
        if (verb.between_programs) continue;
        const auto blank = verb.name.find(' ');
        const std::string first(verb.name.substr(0, blank));
        auto& seconds = below[first];
        if (blank != std::string_view::npos) seconds += (seconds.empty() ? "" : " ") + std::string(verb.name.substr(blank + 1));
        std::string all = "--config --help";
        if (verb.rows) all += " --format";
        if (verb.run == nullptr) all += " --socket";
        for (const auto& option : verb.options) {
            if (option.name.front() == '-') all += " " + std::string(option.name);
        }
        options[std::string(verb.name)] = all;
    }
    out << "# bash completion for hinomi(1): made by `hinomi completion`\n_hinomi() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb\n"
           "    case $previous in\n        --config | --socket) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n"
           "        --format) COMPREPLY=($(compgen -W 'table json csv' -- \"$current\")); return ;;\n    esac\n"
           "    for verb in \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" \"${COMP_WORDS[1]}\"; do\n    case \"$verb $previous\" in\n";
    print_values(out);
    out << "    esac\n    done\n    verb=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"\n"
           "    if [ \"$COMP_CWORD\" = 1 ]; then\n        COMPREPLY=($(compgen -W '";
    for (const auto& first : below | std::views::keys) out << first << ' ';
    out << "--help' -- \"$current\"))\n        return\n    fi\n    if [ \"$COMP_CWORD\" = 2 ]; then\n        case ${COMP_WORDS[1]} in\n";
    for (const auto& [first, seconds] : below) {
        if (!seconds.empty())
            out << "            " << first << ") COMPREPLY=($(compgen -W '" << seconds << "' -- \"$current\")); return ;;\n";
    }
    out << "        esac\n    fi\n    case $verb in\n";
    for (const auto& [verb, all] : options) {
        if (verb.contains(' ')) out << "        '" << verb << "') COMPREPLY=($(compgen -W '" << all << "' -- \"$current\")); return ;;\n";
    }
    out << "    esac\n    case ${COMP_WORDS[1]} in\n";
    for (const auto& [verb, all] : options) {
        if (!verb.contains(' ')) out << "        " << verb << ") COMPREPLY=($(compgen -W '" << all << "' -- \"$current\")) ;;\n";
    }
    out << "    esac\n}\ncomplete -F _hinomi hinomi\n";
}

} // namespace hinomi
