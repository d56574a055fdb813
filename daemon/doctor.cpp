#include "daemon/doctor.hpp"

#include "daemon/times.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace hinomi {

namespace {

using Level = Finding::Level;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t least_free = 100 * mebibyte;     // months of events, or a few hours of a storm
constexpr std::uint64_t enough_free = 1024 * mebibyte;
constexpr model::Milliseconds doubtful{1'000};           // semantics 1.2: off by over a second marks new deadlines
constexpr std::uint64_t descriptors_beside_probes = 256;
constexpr std::chrono::days certificate_margin{14};

/// Collects findings; one check may leave several.
class Diagnosis {
public:
    Diagnosis(const config::Settings& settings, const HostExamination& host) : settings_(settings), host_(host) {}

    std::vector<Finding> findings() && {
        identity();
        clock();
        state_folder();
        disk();
        encryption();
        runtime_folder();
        secrets();
        backup();
        administration();
        descriptors();
        icmp();
        name_servers();
        relays();
        return std::move(findings_);
    }

private:
    void add(Level level, std::string_view check, std::string what, std::string remedy = {}) {
        findings_.push_back({level, std::string(check), std::move(what), std::move(remedy)});
    }

    void identity() {
        auto excess = host_.capabilities;
        std::erase(excess, "cap_net_raw");
        if (host_.user == 0) {
            add(Level::warning, "user", "runs as root", "Run it by its unit, as a user of its own: systemctl start hinomi");
        } else if (!excess.empty()) {
            add(Level::warning, "capabilities", fmt::format("has {} without need", fmt::join(excess, ", ")),
                "Take them away; at most cap_net_raw is useful, for ICMP");
        } else {
            add(Level::ok, "user", "runs as a user without special rights");
        }
    }

    void clock() {
        if (!host_.clock.known) add(Level::note, "clock", "the system does not tell whether its clock is synchronised", "Look at the host");
        else if (!host_.clock.synchronised)
            add(Level::failed, "clock", "the wall clock is not synchronised", "Install and start chrony, or systemd-timesyncd");
        else if (host_.clock.largest_error > doubtful)
            add(Level::warning, "clock", fmt::format("the wall clock may be off by {} ms", host_.clock.largest_error.count()),
                "Look at the time servers: chronyc sources");
        else add(Level::ok, "clock", fmt::format("synchronised within {} ms", host_.clock.largest_error.count()));
    }

    void state_folder() {
        const auto& path = settings_.data_directory;
        const auto& folder = host_.data;
        if (!folder.exists || !folder.is_folder) {
            add(Level::failed, "data", path + " is not there",
                fmt::format("Create it for the user of hinomi: install -d -m 0700 -o hinomi {}", path));
            return;
        }
        if (!folder.writable)
            add(Level::failed, "data", path + " cannot be written", fmt::format("Give it to the user of hinomi: chown hinomi {}", path));
        if ((folder.mode & 027U) != 0)
            add(Level::warning, "data", fmt::format("{} is open to others (mode {:04o})", path, folder.mode), "chmod 0700 " + path);
        if (host_.ledger.exists && (host_.ledger.mode & 077U) != 0)
            add(Level::warning, "data", fmt::format("the ledger is open to others (mode {:04o})", host_.ledger.mode),
                fmt::format("chmod 0600 {}/ledger.db", path));
        if (folder.file_system == "tmpfs" || folder.file_system == "ramfs") {
            add(Level::failed, "data", fmt::format("{} is in memory ({}): a reboot loses every deadline", path, folder.file_system),
                "Put storage.directory on a disk");
        } else if (folder.file_system == "nfs" || folder.file_system == "cifs" || folder.file_system == "smb2" ||
                   folder.file_system == "9p") {
            add(Level::failed, "data", fmt::format("{} is on {}, which does not keep SQLite's locks and syncs", path, folder.file_system),
                "Put storage.directory on a local disk");
        }
        const bool sound = std::ranges::none_of(findings_, [](const Finding& finding) { return finding.check == "data"; });
        if (sound) add(Level::ok, "data", path + " is private and can be written");
    }

    void disk() {
        if (host_.data.whole_bytes == 0) return;
        const auto free = host_.data.free_bytes / mebibyte;
        const auto text = fmt::format("{} MiB are free for {}", free, settings_.data_directory);
        const std::string remedy = "Free space or enlarge the disk: without space events wait in memory only";
        if (host_.data.free_bytes < least_free) add(Level::failed, "disk", text, remedy);
        else if (host_.data.free_bytes < enough_free) add(Level::warning, "disk", text, remedy);
        else add(Level::ok, "disk", text);
    }

    void encryption() {
        const auto& path = settings_.data_directory;
        if (host_.data.encrypted == io::Encryption::yes) add(Level::ok, "encryption", path + " is on an encrypted disk");
        else if (host_.data.encrypted == io::Encryption::no)
            add(Level::warning, "encryption", path + " is on a disk that is not encrypted; it holds customers' addresses",
                "Use LUKS for the disk or the volume");
        else
            add(Level::note, "encryption", "the system does not tell whether the disk of " + path + " is encrypted",
                "Look at the host, and attest it");
    }

    void runtime_folder() {
        const auto& path = settings_.runtime_directory;
        if (host_.runtime.exists && !host_.runtime.writable)
            add(Level::failed, "runtime", path + " cannot be written", "Give it to the user of hinomi, or set runtime_directory");
    }

    void secrets() {
        for (const auto& [path, file] : host_.secrets) {
            if (!file.exists) add(Level::failed, "secrets", path + " is not there", "Create it, or change the key that names it");
            else if (file.unreadable)
                add(Level::failed, "secrets", path + " cannot be read by this user", "Give it to the user of hinomi: chown hinomi " + path);
            else if (file.empty) add(Level::failed, "secrets", path + " is empty", "Write the secret into it");
            else if ((file.mode & 077U) != 0)
                add(Level::warning, "secrets", fmt::format("{} can be read by others (mode {:04o})", path, file.mode),
                    "chmod 0400 " + path);
        }
        if (!host_.secrets_elsewhere.empty())
            add(Level::note, "secrets", fmt::format("only the unit can read {}", fmt::join(host_.secrets_elsewhere, ", ")),
                "Look as the unit does: systemd-run --pty -p User=hinomi -p LoadCredential=hinomi:/etc/hinomi/credentials hinomi doctor");
    }

    void backup() {
        if (!host_.ledger.exists) return;  // nothing has run yet
        const auto& settings = settings_.backup;
        const std::string remedy = "See systemctl status hinomi-backup.timer hinomi-backup.service, and run hinomi backup";
        if (!host_.last_backup) {
            add(Level::warning, "backup", "there is none in " + settings.path + ", or this user cannot read it", remedy);
            return;
        }
        const auto age = host_.now - *host_.last_backup;
        const auto text = fmt::format("the last good one is {} old", spoken(age));
        if (age > 2 * settings.every) add(Level::failed, "backup", text, remedy);
        else add(Level::ok, "backup", text);
    }

    void administration() {
        if (!host_.administration || !settings_.administration) return;
        constexpr std::string_view check = "administration";
        const auto& found = *host_.administration;
        if (found.key_elsewhere) {
            add(Level::note, check, "its key is a credential of the unit, which cannot be read here",
                "Look as the unit does: systemd-run --pty -p User=hinomi -p LoadCredential=NAME:PATH hinomi doctor");
            return;
        }
        if (!found.error.empty()) {
            add(Level::failed, check, found.error, "Mend the file, or leave `administration` out: the daemon does not start like this");
            return;
        }
        const auto& file = settings_.administration->certificate_file;
        const auto left = found.valid_until.value_or(host_.now) - host_.now;
        const auto days = std::chrono::floor<std::chrono::days>(left).count();
        const std::string remedy = "Renew it and restart the daemon; operators at other machines are shut out when it has expired";
        if (left.count() <= 0) add(Level::failed, check, fmt::format("the certificate in {} has expired", file), remedy);
        else if (left < certificate_margin)
            add(Level::warning, check, fmt::format("the certificate in {} expires in {} days", file, days), remedy);
        else add(Level::ok, check, fmt::format("the certificate in {} is valid for {} days more", file, days));
    }

    void descriptors() {
        const auto needed = descriptors_beside_probes + std::uint64_t{settings_.schedule.in_flight} * settings_.schedule.lanes;
        if (host_.descriptors < needed)
            add(Level::warning, "descriptors",
                fmt::format("{} file descriptors are few for {} probes at a time", host_.descriptors, needed - descriptors_beside_probes),
                fmt::format("Raise the limit to {}: LimitNOFILE= in the unit", needed));
    }

    void icmp() {
        const bool wanted = std::ranges::any_of(settings_.watches, [](const auto& each) { return *each.watch.probe_kind == "icmp"; });
        if (host_.icmp.raw || host_.icmp.unprivileged) {
            add(Level::ok, "icmp", host_.icmp.raw ? "raw sockets are allowed" : "unprivileged ICMP sockets are allowed");
            return;
        }
        add(wanted ? Level::failed : Level::note, "icmp", "no ICMP socket can be opened",
            "Set net.ipv4.ping_group_range to the group of hinomi, or give the unit AmbientCapabilities=CAP_NET_RAW");
    }

    void name_servers() {
        if (host_.name_servers.empty())
            add(Level::note, "names", "no name server is configured: silent targets are not cross-checked", "Name some in references");
        for (const auto& server : host_.name_servers) {
            if (server.answers) add(Level::ok, "names", server.name + " answers");
            else
                add(Level::warning, "names", server.name + " does not answer",
                    "A name server that is silent proves nothing about a silent target: mend or replace it");
        }
    }

    void greets(const HostExamination::Relay& relay) {
        const auto& tls = relay.answer.tls;
        const auto until = model::WallTime{std::chrono::seconds{tls.not_after}};
        const auto days = std::chrono::floor<std::chrono::days>(until - host_.now).count();
        if (tls.version.empty()) add(Level::ok, "relay", relay.name + " greets");
        else if (tls.not_after != 0 && until - host_.now < certificate_margin)
            add(Level::warning, "relay", fmt::format("the certificate of {} expires in {} days", relay.name, days),
                "Have it renewed: then mails go by the other relays only");
        else add(Level::ok, "relay", fmt::format("{} greets, {}, certificate verified", relay.name, tls.version));
    }

    void relays() {
        std::size_t sound = 0;
        for (const auto& relay : host_.relays) {
            if (relay.answer.reason == model::Reason::none) {
                ++sound;
                greets(relay);
            } else {
                add(Level::failed, "relay", fmt::format("{}: {}", relay.name, relay.answer.error),
                    "Look at the relay, the firewall, and at smtp, ca_file in relays");
            }
        }
        if (host_.relays.size() == 1 && sound == 1)
            add(Level::warning, "relay", "there is only one relay: when it hangs, mails wait", "Add a second one under relays");
    }

    const config::Settings& settings_;
    const HostExamination& host_;
    std::vector<Finding> findings_;
};

} // namespace

std::vector<Finding> diagnose(const config::Settings& settings, const HostExamination& host) {
    return Diagnosis(settings, host).findings();
}

std::string_view word_of(Finding::Level level) {
    switch (level) {
    case Level::ok: return "ok";
    case Level::note: return "note";
    case Level::warning: return "warning";
    case Level::failed: return "FAILED";
    }
    return "";
}

bool any_failed(const std::vector<Finding>& findings) {
    return std::ranges::any_of(findings, [](const Finding& finding) { return finding.level == Level::failed; });
}

std::string as_text(const std::vector<Finding>& findings) {
    std::string text;
    for (const auto& finding : findings) {
        text += fmt::format("{:<8} {:<13} {}\n", word_of(finding.level), finding.check, finding.what);
        if (!finding.remedy.empty()) text += fmt::format("{:<22} {}\n", "", finding.remedy);
    }
    return text;
}

Answer as_answer(const std::vector<Finding>& findings) {
    Answer answer;
    answer.exit_code = any_failed(findings) ? exit_failed : exit_ok;
    answer.columns = {"level", "check", "what", "remedy"};
    for (const auto& finding : findings) {
        const auto level = finding.level == Level::failed ? std::string_view("failed") : word_of(finding.level);
        answer.rows.push_back({{"level", level}, {"check", finding.check}, {"what", finding.what}, {"remedy", finding.remedy}});
    }
    return answer;
}

} // namespace hinomi
