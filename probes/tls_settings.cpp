#include "probes/tls_settings.hpp"

#include "config/values.hpp"

namespace probes {

TlsSettings read_tls(const config::Node& block, config::Problems& problems) {
    TlsSettings settings;
    auto& options = settings.options;
    const auto node = block.get("tls");
    if (!config::is_map(node, problems)) return settings;
    config::refuse_unknown_keys(node, {"ca_file", "server_name", "verify", "certificate_file", "key"}, problems);
    options.ca_file = config::read_path(node.get("ca_file"), problems).value_or("");
    options.server_name = config::read_string(node.get("server_name"), problems).value_or("");
    options.verify = config::read_bool(node.get("verify"), problems).value_or(true);
    if (!options.verify) {
        problems.push_back({node.get("verify").position(), "the certificate of this target is not verified: an impostor would pass",
                            "Name the authority with ca_file instead", /*warning=*/true});
    }
    options.certificate_file = config::read_path(node.get("certificate_file"), problems).value_or("");
    settings.key = config::read_secret(node.get("key"), problems).value_or(config::SecretReference{});
    if (node.get("certificate_file").present() != node.get("key").present()) {
        problems.push_back({node.position(), "a client certificate is a certificate_file and its key",
                            "Write both: certificate_file: PATH and key: credential:NAME, file:PATH or env:NAME (PEM)"});
    }
    return settings;
}

io::TlsOptions with_key(const TlsSettings& settings, const ReadSecret& read, config::Problems& problems) {
    auto options = settings.options;
    if (settings.key.kind == config::SecretReference::Kind::none) return options;
    auto key = read(settings.key, problems);
    if (key && key->find("PRIVATE KEY-----") == std::string::npos) {
        problems.push_back({settings.key.position, "the client's key is not in PEM", "Store a text with BEGIN PRIVATE KEY in it"});
    }
    options.key = std::move(key).value_or("");
    return options;
}

} // namespace probes
