#pragma once

#include "config/settings.hpp"
#include "daemon/answer.hpp"
#include "daemon/watching.hpp"
#include "io/host_facts.hpp"
#include "io/resolver.hpp"
#include "io/stream_exchange.hpp"
#include "model/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hinomi {

namespace asio = boost::asio;

/// One thing that the doctor looked at.
struct Finding {
    enum class Level : std::uint8_t {
        ok,
        note,     ///< nothing is wrong, but somebody should know
        warning,
        failed,   ///< the promise cannot be kept like this
    };
    Level level = Level::ok;
    std::string check;   ///< one word: clock, icmp, disk, ...
    std::string what;    ///< what was found
    std::string remedy;  ///< what to do; empty with `ok`
};

/// What the machine is like, read once.
struct HostExamination {
    struct Relay {
        std::string name;          ///< host:port
        io::StreamResponse answer; ///< to a connection that waits for the greeting, or with STARTTLS for the handshake
    };
    struct NameServer {
        std::string name;
        bool answers = false;
    };
    /// The administrative listener's files, as the daemon would use them.
    struct Administration {
        std::string error;                          ///< why it cannot; empty: it can
        bool key_elsewhere = false;                 ///< the key is given to the unit only, not to this process: nothing can be said
        std::optional<model::WallTime> valid_until; ///< of the listener's certificate
    };
    std::uint32_t user = 0;
    model::WallTime now{};
    std::vector<std::string> capabilities;
    std::uint64_t descriptors = 0;
    io::ClockState clock;
    io::IcmpPermission icmp;
    io::FolderFacts data;
    io::FolderFacts runtime;
    io::FileFacts ledger;
    std::map<std::string, io::FileFacts> secrets;  ///< the files that secrets are read from
    std::set<std::string> secrets_elsewhere;       ///< references such as `credential:db` that only the unit can follow
    std::optional<model::WallTime> last_backup;
    std::optional<Administration> administration;  ///< nothing: there is no such listener
    std::vector<Relay> relays;
    std::vector<NameServer> name_servers;
};

/// The secrets that the watches' own blocks name, each once.
std::vector<config::SecretReference> secrets_of_watches(const std::vector<DeclaredWatch>& watches);

/// Looks at the machine and connects to relays and name servers, one after the other. `more_secrets`: besides those of `settings`.
asio::awaitable<HostExamination> examine(config::Settings settings, std::vector<config::SecretReference> more_secrets,
                                         io::StreamExchange& streams, io::Resolver& resolver);

/// What follows from it; the worst does not come first, the order is that of the checks. Pure.
std::vector<Finding> diagnose(const config::Settings& settings, const HostExamination& host);

std::string_view word_of(Finding::Level level);
[[nodiscard]] bool any_failed(const std::vector<Finding>& findings);

/// For people: a line per finding, the remedy below it.
std::string as_text(const std::vector<Finding>& findings);
/// For programs: level (ok, note, warning, failed), check, what, remedy. The exit code is that of a failure if one failed.
Answer as_answer(const std::vector<Finding>& findings);

/// All of it on a loop of its own, with the real machine.
std::vector<Finding> consult_doctor(const config::Settings& settings, const std::vector<config::SecretReference>& more_secrets);

} // namespace hinomi
