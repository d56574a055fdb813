#include "daemon/doctor.hpp"

#include "daemon/secrets.hpp"
#include "io/ares_resolver.hpp"
#include "io/asio_stream_exchange.hpp"
#include "io/boot_clock.hpp"
#include "io/instant.hpp"
#include "io/spawn.hpp"
#include "io/system_files.hpp"
#include "web/server_tls.hpp"

#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace hinomi {

namespace {

constexpr model::Milliseconds patience{5'000};

io::StreamRequest greeting_of(const config::RelaySettings& relay) {
    io::StreamRequest request;
    request.host = relay.host;
    request.port = relay.port;
    request.use_tls = relay.security == config::RelaySettings::Security::tls;
    request.tls.ca_file = relay.ca_file;
    request.expect = "220";
    request.timeout = patience;
    return request;
}

void add_secret(const config::SecretReference& secret, HostExamination& host) {
    if (secret.kind == config::SecretReference::Kind::file) host.secrets[secret.name] = io::read_file_facts(secret.name);
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

asio::awaitable<void> examine_into(config::Settings settings, io::StreamExchange& streams, io::Resolver& resolver,
                                   std::optional<HostExamination>& result) {
    result = co_await examine(std::move(settings), streams, resolver);
}

} // namespace

asio::awaitable<HostExamination> examine(config::Settings settings, io::StreamExchange& streams, io::Resolver& resolver) {
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
    for (const auto& relay : settings.relays)
        host.relays.push_back({relay.host + ":" + std::to_string(relay.port), co_await streams.exchange(greeting_of(relay))});
    for (const auto& server : settings.references.value_or(resolver.servers()))
        host.name_servers.push_back({server, co_await resolver.server_answers(server, patience)});
    co_return host;
}

std::vector<Finding> consult_doctor(const config::Settings& settings) {
    asio::io_context context{1};
    io::BootClock clock(context.get_executor());
    io::AresResolver resolver(context.get_executor(), clock);
    io::AsioStreamExchange streams(context.get_executor(), clock, resolver);
    std::optional<HostExamination> host;
    std::exception_ptr failure;
    io::spawn(context.get_executor(), examine_into(settings, streams, resolver, host), [&](std::exception_ptr thrown) {
        failure = thrown;
        context.stop();
    });
    context.run();
    if (failure != nullptr) std::rethrow_exception(failure);
    return diagnose(settings, *host);
}

} // namespace hinomi
