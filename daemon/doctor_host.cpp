#include "daemon/doctor.hpp"

#include "daemon/backup.hpp"
#include "daemon/secrets.hpp"
#include "io/ares_resolver.hpp"
#include "io/asio_stream_exchange.hpp"
#include "io/boot_clock.hpp"
#include "io/instant.hpp"
#include "io/spawn.hpp"
#include "io/system_files.hpp"
#include "probes/probe.hpp"
#include "web/server_tls.hpp"

#include <boost/asio/io_context.hpp>

#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace hinomi {

namespace {

constexpr model::Milliseconds patience{5'000};
constexpr const char* credentials_folder = "/etc/hinomi/credentials";

/// A whole reply of SMTP with this code: its last line begins with the code and a blank (RFC 5321, 4.2.1).
io::IsComplete replied(const std::string& code) {
    return [wanted = "\n" + code + " "](std::string_view received) {
        const auto text = "\n" + std::string(received);
        const auto at = text.find(wanted);
        return at != std::string::npos && text.find('\n', at + wanted.size()) != std::string::npos;
    };
}

io::StreamRequest greeting_of(const config::RelaySettings& relay) {
    io::StreamRequest request;
    request.host = relay.host;
    request.port = relay.port;
    request.use_tls = relay.security == config::RelaySettings::Security::tls;
    request.tls.ca_file = relay.ca_file;
    request.timeout = patience;
    if (relay.security != config::RelaySettings::Security::starttls) {
        request.expect = "220";
        return request;
    }
    request.steps = {{.complete = replied("220"), .send = "EHLO localhost\r\n"},
                     {.complete = replied("250"), .send = "STARTTLS\r\n"},
                     {.complete = replied("220"), .send = {}, .start_tls = true}};
    return request;
}

asio::awaitable<HostExamination::Relay> greet(config::RelaySettings relay, io::StreamExchange& streams) {
    auto request = greeting_of(relay);
    const bool starttls = !request.steps.empty();
    HostExamination::Relay found{.name = relay.host + ":" + std::to_string(relay.port),
                                 .answer = co_await streams.exchange(std::move(request))};
    if (starttls && found.answer.reason == model::Reason::not_expected)
        found.answer.error = "STARTTLS does not begin; it said " + config::shown(found.answer.received);
    co_return found;
}

/// Where the unit finds its credentials, or this process if it has some.
std::string credential_path(const std::string& name) {
    if (const auto directory = environment("CREDENTIALS_DIRECTORY")) {
        const auto of_folder = *directory + "/hinomi_" + name;
        return io::read_file_facts(of_folder).exists ? of_folder : *directory + "/" + name;
    }
    const auto source = credentials_folder + ("/" + name);
    return io::read_file_facts(source).exists ? source : "";
}

void add_secret(const config::SecretReference& secret, HostExamination& host) {
    using Kind = config::SecretReference::Kind;
    switch (secret.kind) {
    case Kind::none: return;
    case Kind::file: host.secrets[secret.name] = io::read_file_facts(secret.name); return;
    case Kind::environment:
        if (environment(secret.name).value_or("").empty()) host.secrets_elsewhere.insert("env:" + secret.name);
        return;
    case Kind::credential: break;
    }
    const auto path = credential_path(secret.name);
    if (path.empty()) {
        host.secrets_elsewhere.insert("credential:" + secret.name);
        return;
    }
    auto facts = io::read_file_facts(path);
    if (!environment("CREDENTIALS_DIRECTORY")) facts.unreadable = false;  // systemd hands it on
    host.secrets[path] = facts;
}

HostExamination::Administration examine_administration(const config::AdministrationSettings& settings) {
    io::SystemFiles files;
    Secrets secrets(files, environment);
    HostExamination::Administration found;
    config::Problems problems;
    const auto key = secrets.resolve(settings.key, problems);
    if (!key) {
        found.key_elsewhere = settings.key.kind == config::SecretReference::Kind::credential;
        found.error = problems.empty() ? "its key cannot be read" : problems.front().text;
        return found;
    }
    const auto context =
        web::server_context({.certificate_file = settings.certificate_file, .key = *key, .client_ca_file = settings.client_ca_file});
    if (!context) found.error = context.error();
    else if (const auto until = web::valid_until(**context)) found.valid_until = model::WallTime(until->time_since_epoch());
    return found;
}

asio::awaitable<void> examine_into(config::Settings settings, std::vector<config::SecretReference> more_secrets,
                                   io::StreamExchange& streams, io::Resolver& resolver, std::optional<HostExamination>& result) {
    result = co_await examine(std::move(settings), std::move(more_secrets), streams, resolver);
}

} // namespace

std::vector<config::SecretReference> secrets_of_watches(const std::vector<DeclaredWatch>& watches) {
    std::map<std::pair<config::SecretReference::Kind, std::string>, config::SecretReference> found;
    const probes::ReadSecret note = [&found](const config::SecretReference& reference, config::Problems&) {
        found.try_emplace({reference.kind, reference.name}, reference);
        return std::optional<std::string>("not read");
    };
    config::Problems ignored;  // of a secret that is none
    for (const auto& declared : watches) static_cast<void>(declared.probe->with_secrets(note, ignored));
    std::vector<config::SecretReference> references;
    references.reserve(found.size());
    for (auto& [key, reference] : found) references.push_back(std::move(reference));
    return references;
}

asio::awaitable<HostExamination> examine(config::Settings settings, std::vector<config::SecretReference> more_secrets,
                                         io::StreamExchange& streams, io::Resolver& resolver) {
    HostExamination host;
    host.user = io::effective_user();
    host.capabilities = io::read_capabilities();
    host.descriptors = io::most_descriptors();
    host.clock = io::read_clock_state();
    host.now = io::read_instant().wall;
    host.icmp = io::read_icmp_permission();
    host.data = io::read_folder(settings.data_directory);
    host.runtime = io::read_folder(settings.runtime_directory);
    host.ledger = io::read_file_facts(settings.data_directory + "/ledger.db");
    if (settings.administration) {
        add_secret(settings.administration->key, host);
        host.administration = examine_administration(*settings.administration);
    }
    for (const auto& relay : settings.relays) add_secret(relay.password, host);
    for (const auto& contact : settings.contacts) add_secret(contact.secret, host);
    if (settings.heartbeat_out) add_secret(settings.heartbeat_out->secret, host);
    for (const auto& secret : more_secrets) add_secret(secret, host);
    host.last_backup = newest_backup(settings.backup.path);
    for (const auto& relay : settings.relays) host.relays.push_back(co_await greet(relay, streams));
    for (const auto& server : settings.references.value_or(resolver.servers()))
        host.name_servers.push_back({server, co_await resolver.server_answers(server, patience)});
    co_return host;
}

std::vector<Finding> consult_doctor(const config::Settings& settings, const std::vector<config::SecretReference>& more_secrets) {
    asio::io_context context{1};
    io::BootClock clock(context.get_executor());
    io::AresResolver resolver(context.get_executor(), clock);
    io::AsioStreamExchange streams(context.get_executor(), clock, resolver);
    std::optional<HostExamination> host;
    std::exception_ptr failure;
    io::spawn(context.get_executor(), examine_into(settings, more_secrets, streams, resolver, host), [&](std::exception_ptr thrown) {
        failure = thrown;
        context.stop();
    });
    context.run();
    if (failure != nullptr) std::rethrow_exception(failure);
    return diagnose(settings, *host);
}

} // namespace hinomi
