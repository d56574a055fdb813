#include "daemon/configuration.hpp"

#include "daemon/contacts.hpp"
#include "io/echo_socket.hpp"
#include "io/memory.hpp"
#include "probes/line_probe.hpp"
#include "probes/registry.hpp"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace hinomi {

namespace {

constexpr std::size_t largest_source = 1 << 20;
constexpr std::size_t largest_target_list = 256 << 20;
constexpr std::size_t largest_template = 64 << 10;

std::string host_name() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

std::string sha256_hex(const std::string& text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr);
    std::string hex;
    for (unsigned index = 0; index < length; ++index) hex += fmt::format("{:02x}", digest[index]);
    return hex;
}

std::vector<config::Source> read_sources(const std::string& file, io::Files& files, config::Problems& problems) {
    std::vector<config::Source> sources;
    const auto add = [&](const std::string& path) {
        auto text = files.read(path, largest_source);
        if (text) sources.push_back({path, std::move(*text)});
        else problems.push_back({{path, 0, 0}, "cannot be read: " + text.error().what, "Check the path and the permissions"});
    };
    add(file);
    const auto folder = std::filesystem::path(file).parent_path() / "conf.d";
    for (const auto& name : files.list(folder.string(), ".yaml")) add((folder / name).string());
    return sources;
}

io::MailSecurity security_of(config::RelaySettings::Security security) {
    switch (security) {
    case config::RelaySettings::Security::tls: return io::MailSecurity::tls;
    case config::RelaySettings::Security::none: return io::MailSecurity::none;
    case config::RelaySettings::Security::starttls: break;
    }
    return io::MailSecurity::starttls;
}

std::string domain_of(const config::Settings& settings) {
    if (settings.relays.empty()) return host_name();
    const auto& from = settings.relays.front().from;
    const auto at = from.rfind('@');
    return at == std::string::npos ? host_name() : from.substr(at + 1);
}

/// `NAME <ADDRESS>`, or the bare address where the provider has no name.
std::string mailbox_of(std::string name, const std::string& address) {
    std::erase_if(name, [](char letter) { return letter == '<' || letter == '>' || letter == '"' || letter == '\\'; });
    return name.empty() || address.find('<') != std::string::npos ? address : name + " <" + address + ">";
}

/// Equal where nothing that the line's probe looks at has changed.
std::uint64_t digest_of(const config::LineSettings& line) {
    auto block = fmt::format("{} {}", line.gateway, line.quorum);
    for (const auto& target : line.targets) block += " " + config::canonical_text(target.block);
    return std::hash<std::string>{}(block);
}

/// Makes the probes of watches; those of one pattern share what they have in common.
class ProbeMaker {
public:
    std::shared_ptr<const probes::Probe> make(const config::WatchSettings& declared, config::Problems& problems) {
        const auto* kind = probes::find_kind(*declared.watch.probe_kind);
        if (kind == nullptr) return nullptr;  // describe_target has said so
        if (!declared.from_list) return kind->make(declared, problems);
        auto& first = first_[{declared.watch.probe_kind, declared.block_digest}];
        auto shared = first != nullptr ? first->for_target_of(declared) : nullptr;
        if (shared == nullptr) shared = kind->make(declared, problems);
        if (first == nullptr) first = shared;
        return shared;
    }

private:
    std::map<std::pair<std::string, std::uint64_t>, std::shared_ptr<const probes::Probe>> first_;
};

/// A watch that this process cannot look with would blame its target.
void refuse_echoes(const config::Settings& settings, config::Problems& problems) {
    const auto refuse = [&](const std::vector<config::WatchSettings>& watches) {
        const auto found = std::ranges::find_if(watches, [](const auto& declared) { return *declared.watch.probe_kind == "icmp"; });
        if (found == watches.end()) return;
        const auto failure = io::echo_failure(/*six=*/false);
        if (!failure.empty()) problems.push_back({found->block.get("target").position(), failure, std::string(io::echo_remedy)});
    };
    refuse(settings.watches);
    for (const auto& line : settings.lines) {
        refuse(line.targets);
        if (line.gateway.empty()) continue;
        const auto failure = io::echo_failure(line.gateway.find(':') != std::string::npos);
        if (!failure.empty()) problems.push_back({line.position, "the gateway: " + failure, std::string(io::echo_remedy)});
    }
}

std::optional<LoadedConfiguration> load_sources(const std::vector<config::Source>& sources, io::Files& files, config::Problems& problems) {
    const auto read_text = [&files](const std::string& path) -> std::expected<std::string, std::string> {
        auto text = files.read(path, largest_target_list);
        if (!text) return std::unexpected(text.error().what);
        return std::move(*text);
    };
    auto settings = [&] {
        const io::MemoryApart apart;  // most of it is forgotten when the watches are made
        return config::load(sources, host_name(), probes::describe_target, problems, probes::check_watch, read_text);
    }();
    if (!settings) return std::nullopt;
    LoadedConfiguration loaded;
    const auto told = problems.size();
    loaded.watches.reserve(settings->watches.size());
    ProbeMaker maker;
    for (auto& declared : settings->watches) {
        auto probe = maker.make(declared, problems);
        if (probe != nullptr) loaded.watches.push_back({declared.watch, std::move(probe), config::digest_of(declared.block)});
        if (declared.from_list) declared.block = {};  // one for each of very many watches; the probe has what it needs
    }
    for (const auto& line : settings->lines) {
        std::shared_ptr<const probes::Probe> probe = probes::make_line(line, problems);
        if (probe != nullptr) loaded.watches.push_back({probes::watch_of(line), std::move(probe), digest_of(line)});
    }
    if (problems.size() > told)
        problems = config::in_order(problems, config::files_of(sources));  // what the kinds found stands among the rest
    if (has_errors(problems)) return std::nullopt;
    loaded.files = config::files_of(sources);
    loaded.sha256 = sha256_hex(settings->sha256_source);
    std::string().swap(settings->sha256_source);  // may be large, and has served
    loaded.settings = std::move(*settings);
    return loaded;
}

template <typename Value> void take(Value& into, const std::optional<Value>& from) {
    if (from) into = *from;
}

} // namespace

void forget_very_many(config::Settings& settings, std::vector<DeclaredWatch>& watches) {
    const io::GivingBackAtOnce at_once;
    std::vector<DeclaredWatch>().swap(watches);
    std::vector<config::WatchSettings>().swap(settings.watches);  // with its room, which an assignment of nothing would keep
    std::erase_if(settings.assets, [](const auto& asset) { return asset.second.from_list; });
    io::give_back_memory();
}

bool has_errors(const config::Problems& problems) {
    for (const auto& problem : problems) {
        if (!problem.warning) return true;
    }
    return false;
}

std::optional<LoadedConfiguration> load_configuration(const std::string& file, io::Files& files, config::Problems& problems) {
    const auto sources = read_sources(file, files, problems);
    return has_errors(problems) ? std::nullopt : load_sources(sources, files, problems);
}

notifier::Templates load_templates(const std::string& directory, io::Files& files, config::Problems& problems) {
    notifier::Templates templates;
    for (const std::string language : {"ja", "en"}) {
        for (const auto& file : files.list(directory + "/" + language, ".mustache")) {
            const auto path = directory + "/" + language + "/" + file;
            const auto name = language + "/" + file.substr(0, file.size() - std::string_view(".mustache").size());
            auto text = files.read(path, largest_template);
            auto used = text ? templates.override_with(name, *text) : std::unexpected(text.error().what);
            if (!used)
                problems.push_back(
                    {{path, 0, 0}, used.error(), "The built-in text is used until the template is mended", /*warning=*/true});
        }
    }
    return templates;
}

std::uint32_t mail_parallel(const std::vector<config::RelaySettings>& relays) {
    constexpr std::uint32_t least = 16;  // a reload may bring relays
    constexpr std::uint32_t most = 64;
    std::uint32_t parallel = 1;
    for (const auto& relay : relays) parallel = std::min(parallel + relay.parallel, most);
    return std::max(parallel, least);
}

notifier::OutboxSettings outbox_settings(const config::OutboxOverrides& overrides) {
    notifier::OutboxSettings settings;
    take(settings.rounds, overrides.rounds);
    take(settings.round_every, overrides.round_every);
    take(settings.give_up_after, overrides.give_up_after);
    take(settings.next_relay_after_4xx, overrides.next_relay_after_4xx);
    take(settings.next_contact_after, overrides.next_contact_after);
    take(settings.webhook_timeout, overrides.webhook_timeout);
    take(settings.relay_suspect_for, overrides.relay_suspect_for);
    return settings;
}

std::vector<notifier::Relay> relays_of(const config::Settings& settings, Secrets& secrets, config::Problems& problems) {
    std::vector<notifier::Relay> relays;
    for (const auto& configured : settings.relays) {
        auto password = secrets.resolve(configured.password, problems);
        notifier::Relay relay;
        relay.server.name = configured.host + ":" + std::to_string(configured.port);
        relay.server.host = configured.host;
        relay.server.port = configured.port;
        relay.server.security = security_of(configured.security);
        relay.server.username = configured.username;
        relay.server.password = password.value_or("");
        relay.server.tls.ca_file = configured.ca_file;
        relay.server.connect_cap = configured.connect_cap;
        relay.server.step_cap = configured.step_cap;
        relay.server.final_cap = configured.final_cap;
        relay.from = mailbox_of(settings.directory.provider, configured.from);
        relay.send_rate = configured.send_rate;
        relay.out_of_band = configured.out_of_band;
        relay.parallel = configured.parallel;
        relays.push_back(std::move(relay));
    }
    return relays;
}

std::vector<DeclaredWatch> with_secrets(std::vector<DeclaredWatch> watches, Secrets& secrets, config::Problems& problems) {
    const auto read = [&](const config::SecretReference& reference, config::Problems& found) { return secrets.resolve(reference, found); };
    for (auto& declared : watches) {
        if (auto complete = declared.probe->with_secrets(read, problems)) declared.probe = std::move(complete);
    }
    return watches;
}

std::optional<EngineSettings> engine_settings(LoadedConfiguration& loaded, io::Files& files, Secrets& secrets,
                                              const std::vector<ledger::ContactRow>& known, config::Problems& problems) {
    const auto& settings = loaded.settings;
    EngineSettings result;
    result.version = HINOMI_VERSION;
    result.configuration_sha256 = loaded.sha256;
    result.domain = domain_of(settings);
    result.directory = settings.directory;
    result.directory.rehearsal = settings.rehearsal;
    auto contacts = identify_contacts(settings, known, secrets, result.directory, problems);
    result.contacts = std::move(contacts.all);
    result.contact_rows = known;
    result.contact_rows.insert(result.contact_rows.end(), contacts.added.begin(), contacts.added.end());
    result.added_contacts = std::move(contacts.added);
    result.watches = with_secrets(std::move(loaded.watches), secrets, problems);
    refuse_echoes(settings, problems);
    result.relays = relays_of(settings, secrets, problems);
    result.schedule = {.in_flight = settings.schedule.in_flight * settings.schedule.lanes,
                       .per_destination = settings.schedule.per_destination};
    result.references = settings.references ? *settings.references : default_references();
    result.outbox = outbox_settings(settings.outbox);
    result.outbox.mail_parallel = mail_parallel(settings.relays);
    result.retention = {.usage = settings.retention.usage, .exceptions = settings.retention.exceptions};
    result.templates = load_templates(settings.templates_directory, files, problems);
    problems = config::in_order(problems, loaded.files);
    if (has_errors(problems)) return std::nullopt;
    return result;
}

} // namespace hinomi
