#include "probes/tls_settings.hpp"

#include "config/values.hpp"

namespace probes {

io::TlsOptions read_tls(const config::Node& block, config::Problems& problems) {
    io::TlsOptions options;
    const auto node = block.get("tls");
    if (!config::is_map(node, problems)) return options;
    config::refuse_unknown_keys(node, {"ca_file", "server_name", "verify"}, problems);
    options.ca_file = config::read_path(node.get("ca_file"), problems).value_or("");
    options.server_name = config::read_string(node.get("server_name"), problems).value_or("");
    options.verify = config::read_bool(node.get("verify"), problems).value_or(true);
    if (!options.verify) {
        problems.push_back({node.get("verify").position(), "the certificate of this target is not verified: an impostor would pass",
                            "Name the authority with ca_file instead", /*warning=*/true});
    }
    return options;
}

} // namespace probes
