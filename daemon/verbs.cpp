#include "daemon/verbs.hpp"

#include "daemon/backup_verbs.hpp"
#include "daemon/bounce_verb.hpp"
#include "daemon/config_verbs.hpp"
#include "daemon/demo.hpp"
#include "daemon/preview.hpp"
#include "daemon/probe_verb.hpp"
#include "daemon/verbs_local.hpp"

#include <algorithm>

namespace hinomi {

namespace {

using Kind = Option::Kind;

constexpr std::string_view running = "The daemon";
constexpr std::string_view looking = "Seeing";
constexpr std::string_view people = "Incidents, maintenance and notices";
constexpr std::string_view itself = "hinomi itself";

const Option incident{.name = "incident", .value = "ID", .help = "the incident, such as INC-20261123-01", .required = true};
const Option reason{.name = "--reason", .value = "TEXT", .help = "why; kept with who asked"};
const Option reason_required{.name = "--reason", .value = "TEXT", .help = "why; kept with who asked", .required = true};
const Option services{
    .name = "--service", .value = "NAME", .help = "a service; may be given several times", .kind = Kind::many, .required = true};

std::vector<Option> note_options() {
    return {incident,
            {.name = "--symptom", .value = "TEXT", .help = "what customers see"},
            {.name = "--scope", .value = "TEXT", .help = "what is affected"},
            {.name = "--cause", .value = "TEXT", .help = "the cause, as far as it is known"},
            {.name = "--measures", .value = "TEXT", .help = "what is being done"},
            {.name = "--workaround", .value = "TEXT", .help = "what customers can do meanwhile"},
            {.name = "--forecast", .value = "TEXT", .help = "when it is expected to work again"},
            {.name = "--remark", .value = "TEXT", .help = "anything else"},
            {.name = "--now", .value = "", .help = "send the follow-up now instead of at its time", .kind = Kind::flag},
            reason};
}

std::vector<Verb> running_verbs() {
    return {
        {.name = "demo",
         .help = "show in a minute what hinomi does, with everything on this machine",
         .options = {{.name = "--language",
                      .value = "WORD",
                      .help = "of the story: ja or en (default: by LC_ALL, LC_MESSAGES or LANG)",
                      .one_of = "ja en"},
                     {.name = "--keep", .value = "", .help = "go on after the story, until Ctrl-C", .kind = Kind::flag}},
         .run = demo_verb,
         .group = running},
        {.name = "run", .help = "run the daemon until SIGTERM", .options = {}, .run = run_verb, .group = running},
        {.name = "check",
         .help = "check a configuration and compute its worst case",
         .options = {{.name = "--strict", .value = "", .help = "fail on warnings too", .kind = Kind::flag}},
         .run = check_verb,
         .group = running,
         .rows = true},
        {.name = "doctor",
         .help = "examine the machine: clock, disk, rights, ICMP, relays, name servers",
         .options = {},
         .run = doctor_verb,
         .group = running,
         .rows = true},
        {.name = "reload",
         .help = "make the running daemon take over the changed configuration",
         .options = {{.name = "--dry-run", .value = "", .help = "only show what would change", .kind = Kind::flag},
                     {.name = "--force",
                      .value = "",
                      .help = "also remove watches whose incident is open: people take it over",
                      .kind = Kind::flag},
                     reason},
         .role = Role::administrator,
         .group = running,
         .rows = true},
        {.name = "go-live",
         .help = "end the rehearsal for good: customers are told from now on",
         .options = {reason},
         .role = Role::administrator,
         .group = running,
         .rows = true},
    };
}

std::vector<Verb> looking_verbs() {
    return {
        {.name = "status",
         .help = "show what is bad, and how the duties stand",
         .options = {{.name = "--all", .value = "", .help = "show the watches that are well, too", .kind = Kind::flag},
                     {.name = "--exit-code", .value = "", .help = "exit with 3 when something is down", .kind = Kind::flag}},
         .group = looking,
         .rows = true},
        {.name = "probe",
         .help = "look once, now, from here; exits with 3 when something fails",
         .options = {{.name = "target", .value = "WATCH|URL", .help = "a watch's id, or any URL that a watch may have", .required = true},
                     {.name = "--count", .value = "N", .help = "so many samples, a second apart (default: 1)"},
                     {.name = "--with", .value = "YAML", .help = "keys of the block, such as \"expect: {status: 204}\", for a URL"}},
         .run = probe_verb,
         .group = looking,
         .rows = true},
        {.name = "incident list",
         .help = "list incidents that are open or were closed lately",
         .options = {{.name = "--open", .value = "", .help = "only those that are open", .kind = Kind::flag}},
         .group = people,
         .rows = true},
        {.name = "incident show",
         .help = "show all about one incident, its duties and notices",
         .options = {incident},
         .group = people,
         .rows = true},
    };
}

std::vector<Verb> incident_verbs() {
    return {
        {.name = "incident open",
         .help = "open an incident that no watch saw; its clocks run since --discovered",
         .options = {services,
                     {.name = "--symptom", .value = "TEXT", .help = "what customers see", .required = true},
                     {.name = "--severity",
                      .value = "WORD",
                      .help = "stop (the default), fault or performance",
                      .one_of = "stop fault performance"},
                     {.name = "--discovered", .value = "TIME", .help = "when a person first knew of it (default: now)"},
                     reason},
         .role = Role::operators,
         .group = people,
         .rows = true},
        {.name = "incident ack",
         .help = "stop pages to on-call about it; customers are told all the same",
         .options = {incident, reason},
         .role = Role::operators,
         .group = people,
         .rows = true},
        {.name = "incident note",
         .help = "say what is known; the next report to customers carries it",
         .options = note_options(),
         .role = Role::operators,
         .group = people,
         .rows = true},
        {.name = "incident resolve",
         .help = "end what a person opened or took over",
         .options = {incident, {.name = "--restored", .value = "TIME", .help = "when it worked again (default: now)"}, reason},
         .role = Role::operators,
         .group = people,
         .rows = true},
        {.name = "incident void",
         .help = "it was opened in error: whoever was told gets a correction",
         .options = {incident, reason_required},
         .role = Role::operators,
         .group = people,
         .rows = true},
        {.name = "incident confirm",
         .help = "the failures of a watch that never passed are real: tell its customers",
         .options = {incident, reason},
         .role = Role::operators,
         .group = people,
         .rows = true},
    };
}

std::vector<Verb> maintenance_verbs() {
    return {
        {.name = "maintenance add",
         .help = "declare a maintenance and announce it to the tenants",
         .options = {services,
                     {.name = "--title", .value = "TEXT", .help = "what is done, for customers", .required = true},
                     {.name = "--start",
                      .value = "TIME",
                      .help = "2026-11-30T02:00+09:00, or \"2026-11-30 02:00\" in the provider's zone",
                      .required = true},
                     {.name = "--end", .value = "TIME", .help = "its end; or --for"},
                     {.name = "--for", .value = "DURATION", .help = "how long it takes, such as 90m"},
                     {.name = "--tenant", .value = "NAME", .help = "only this tenant; may be given several times", .kind = Kind::many},
                     reason},
         .role = Role::operators,
         .group = people,
         .rows = true},
        {.name = "maintenance list",
         .help = "list maintenances to come, going on, or ended within two days",
         .options = {},
         .group = people,
         .rows = true},
        {.name = "maintenance cancel",
         .help = "call a maintenance off; whoever was told gets a correction",
         .options = {{.name = "maintenance", .value = "ID", .help = "such as MNT-20261123-01", .required = true}, reason_required},
         .role = Role::operators,
         .group = people,
         .rows = true},
    };
}

std::vector<Verb> notice_verbs() {
    return {
        {.name = "notify test",
         .help = "send a test notice on every path of a tenant or of staff",
         .options = {{.name = "--tenant", .value = "NAME", .help = "to this tenant's contacts"},
                     {.name = "--role", .value = "WORD", .help = "to on_call or manager", .one_of = "on_call manager"},
                     reason},
         .role = Role::operators,
         .group = people,
         .rows = true},
        {.name = "notify preview",
         .help = "show a notice as it would be sent, with an imaginary incident; sends nothing",
         .options = {{.name = "--tenant", .value = "NAME", .help = "as this tenant would read it"},
                     {.name = "--role", .value = "WORD", .help = "as on_call or manager would read it", .one_of = "on_call manager"},
                     {.name = "--stage",
                      .value = "WORD",
                      .help = "which notice (default: first_alert, of a role page)",
                      .one_of = "first_alert follow_up recovery correction maintenance line_fault blind page test"},
                     {.name = "--service", .value = "NAME", .help = "the service in trouble (default: the first)"},
                     {.name = "--language", .value = "WORD", .help = "ja or en (default: the recipient's)", .one_of = "ja en"},
                     {.name = "--as",
                      .value = "WORD",
                      .help = "text (the default), html, eml or json; --format has all of them",
                      .one_of = "text html eml json"}},
         .run = preview_verb,
         .group = people,
         .rows = true},
        {.name = "outbox list", .help = "list what is not yet accepted", .options = {}, .group = people, .rows = true},
        {.name = "outbox retry",
         .help = "try everything that waits now",
         .options = {reason},
         .role = Role::operators,
         .group = people,
         .rows = true},
        {.name = "outbox bounce",
         .help = "a message came back: its duty is owed again",
         .options = {{.name = "message",
                      .value = "MESSAGE-ID",
                      .help = "of the message that came back (default: the returned mail is read from standard input)"},
                     {.name = "--diagnostic", .value = "TEXT", .help = "what the other side said"},
                     reason},
         .role = Role::operators,
         .group = people,
         .rows = true,
         .prepare = read_returned_mail},
    };
}

std::vector<Verb> own_verbs() {
    return {
        {.name = "verify",
         .help = "verify the whole ledger, also while the daemon runs",
         .options = {},
         .run = verify_verb,
         .group = itself,
         .rows = true},
        {.name = "backup",
         .help = "copy the ledger and the configuration while the daemon runs, and verify the copy",
         .options = {{.name = "--list", .value = "", .help = "list the generations instead", .kind = Kind::flag}, reason},
         .run = backup_verb,
         .group = itself,
         .rows = true},
        {.name = "restore",
         .help = "put a backup in the ledger's place; stop the daemon first",
         .options = {{.name = "backup", .value = "ID", .help = "such as 20261123T101500Z (default: the newest good one)"},
                     {.name = "--duties",
                      .value = "WORD",
                      .help = "what becomes of duties that were armed then: resume or give-up",
                      .one_of = "resume give-up"},
                     {.name = "--from",
                      .value = "FOLDER",
                      .help = "the folder of the backups; what is missing of the configuration is read from the backup"},
                     {.name = "--force", .value = "", .help = "also when the present ledger is whole and holds more", .kind = Kind::flag},
                     reason_required},
         .run = restore_verb,
         .group = itself,
         .rows = true},
        {.name = "completion", .help = "print the completion for bash", .options = {}, .run = completion_verb, .group = itself},
        {.name = "manual",
         .help = "print the man page hinomi(1)",
         .options = {{.name = "--configuration", .value = "", .help = "print hinomi.yaml(5) instead", .kind = Kind::flag}},
         .run = manual_verb,
         .group = itself},
        {.name = "version", .help = "print the version", .options = {}, .run = version_verb, .group = itself},
    };
}

/// What verbs that run here tell the daemon.
std::vector<Verb> verbs_between_programs() {
    return {
        {.name = "backup made",
         .help = "a backup was made and verified",
         .options = {{.name = "backup", .value = "ID", .help = "the generation", .required = true},
                     {.name = "--events", .value = "N", .help = "that it holds"},
                     reason},
         .role = Role::administrator,
         .group = itself,
         .between_programs = true},
        {.name = "backup failed",
         .help = "no backup could be made",
         .options = {reason_required},
         .role = Role::administrator,
         .group = itself,
         .between_programs = true},
    };
}

} // namespace

std::string Given::text(std::string_view name) const {
    const auto found = values.find(name);
    return found == values.end() || found->second.empty() ? "" : found->second.front();
}

std::vector<std::string> Given::list(std::string_view name) const {
    const auto found = values.find(name);
    return found == values.end() ? std::vector<std::string>{} : found->second;
}

std::string_view bare(std::string_view option) { return option.substr(std::min(option.size(), option.find_first_not_of('-'))); }

const std::vector<Verb>& verbs() {
    static const auto all = [] {
        std::vector<Verb> made;
        for (auto part : {running_verbs, config_verbs, looking_verbs, incident_verbs, maintenance_verbs, notice_verbs, own_verbs,
                          verbs_between_programs}) {
            for (auto& verb : part()) made.push_back(std::move(verb));
        }
        return made;
    }();
    return all;
}

const Verb* find_verb(std::string_view name) {
    const auto found = std::ranges::find(verbs(), name, &Verb::name);
    return found == verbs().end() ? nullptr : &*found;
}

} // namespace hinomi
