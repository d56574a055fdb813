#include "probes/http_settings.hpp"

#include "config/url.hpp"
#include "config/values.hpp"
#include "probes/common_keys.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>

namespace probes {

namespace {

constexpr std::int64_t most_redirects = 10;
constexpr std::size_t largest_body = 16 << 20;
constexpr std::size_t largest_header = 1 << 20;

std::string text_of(const config::Url& url) {
    const auto path = url.rest.substr(0, url.rest.find('#'));
    const auto host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
    const auto port = url.port ? fmt::format(":{}", *url.port) : std::string{};
    return fmt::format("{}://{}{}{}{}", url.scheme, host, port, path.starts_with('/') ? "" : "/", path);
}

void read_headers(const config::Node& block, io::HttpRequest& request, config::Problems& problems) {
    const auto headers = block.get("headers");
    if (!config::is_map(headers, problems)) return;
    for (const auto& [name, node] : headers.entries()) {
        if (!is_token(name)) {
            problems.push_back({headers.key_position(name), fmt::format("{} cannot be the name of a header", config::shown(name)),
                                "Use letters, digits and dashes"});
        } else if (holds_secret(name)) {
            problems.push_back({headers.key_position(name), fmt::format("the header {} would hold a secret", name),
                                "Secrets never stand in the configuration: write it under secret_headers as credential:NAME, file:PATH or "
                                "env:NAME, or use basic or bearer"});
        } else if (auto value = config::read_string(node, problems)) {
            request.headers.emplace_back(name, std::move(*value));
        }
    }
}

/// `redirects: 3`, or `redirects: {follow: 3, other_hosts: false}`.
void read_redirects(const config::Node& node, io::HttpRequest& request, config::Problems& problems) {
    auto follow = node;
    if (node.kind() == config::NodeKind::map) {
        config::refuse_unknown_keys(node, {"follow", "other_hosts"}, problems);
        follow = config::require(node, "follow", "Write redirects: {follow: 3, other_hosts: false}", problems);
        request.redirects_to_other_hosts = config::read_bool(node.get("other_hosts"), problems).value_or(true);
    }
    request.redirects = static_cast<std::uint32_t>(config::read_integer(follow, 0, most_redirects, problems).value_or(0));
}

/// `proxy: URL`, or `proxy: {url, username, password}`.
void read_proxy(const config::Node& node, io::HttpRequest& request, HttpSecrets& secrets, config::Problems& problems) {
    if (!node.present()) return;
    auto address = node;
    io::HttpProxy proxy;
    if (node.kind() == config::NodeKind::map) {
        config::refuse_unknown_keys(node, {"url", "username", "password"}, problems);
        address = config::require(node, "url", "Write proxy: {url: \"http://HOST:PORT\"}", problems);
        proxy.username = config::read_string(node.get("username"), problems).value_or("");
        secrets.proxy_password = config::read_secret(node.get("password"), problems).value_or(config::SecretReference{});
        if (node.get("username").present() != node.get("password").present()) {
            problems.push_back(
                {node.position(), "a login at a proxy is a username and a password", "Write both, the password as credential:NAME"});
        }
    }
    const auto url = config::read_plain_url(address, {"http", "https", "socks5"}, problems);
    if (!url) return;
    if (!url->port || (!url->rest.empty() && url->rest != "/")) {
        problems.push_back({address.position(), "a proxy is a host and a port", fmt::format("Write {}://HOST:PORT", url->scheme)});
        return;
    }
    proxy.url = fmt::format("{}://{}", url->scheme, config::join_host_port(url->host, *url->port));
    request.proxy = std::make_shared<const io::HttpProxy>(std::move(proxy));
}

void read_limits(const config::Node& node, io::HttpRequest& request, config::Problems& problems) {
    if (!config::is_map(node, problems)) return;
    config::refuse_unknown_keys(node, {"body", "headers"}, problems);
    request.body_limit = read_size(node.get("body"), largest_body, problems).value_or(request.body_limit);
    request.header_limit = read_size(node.get("headers"), largest_header, problems).value_or(request.header_limit);
}

/// What makes sense only together, or not together.
void check_together(const config::Node& block, const config::Url& url, std::uint32_t redirects, const HttpSecrets& secrets,
                    config::Problems& problems) {
    if (url.scheme != "http") return;
    if (block.get("tls").present() && redirects == 0) {
        problems.push_back(
            {block.key_position("tls"), "tls is of no use for an http target", "Write https:// in the target, or remove tls"});
    }
    if (!secrets.headers.empty() && !config::is_loopback(url.host)) {
        problems.push_back(
            {block.get("target").position(), "the secret of this watch would travel in clear text", "Write https:// in the target"});
    }
}

} // namespace

const std::vector<std::string_view>& http_keys() {
    static const std::vector<std::string_view> keys{"method", "headers",        "body",  "expect",     "redirects", "tls",         "basic",
                                                    "bearer", "secret_headers", "proxy", "ip_version", "limits",    "http_version"};
    return keys;
}

std::optional<config::TargetFacts> describe_http(const config::Node& target, config::Problems& problems) {
    const auto url = config::read_plain_url(target, {"http", "https"}, problems);
    if (!url) return std::nullopt;
    const auto port = url->port.value_or(url->scheme == "https" ? 443 : 80);
    return config::TargetFacts{
        .probe_kind = "http", .destination = config::join_host_port(url->host, port), .loopback = config::is_loopback(url->host)};
}

std::optional<std::string> http_url(const config::Node& target) {
    config::Problems found;
    const auto url = config::read_plain_url(target, {"http", "https"}, found);
    return url ? std::optional(text_of(*url)) : std::nullopt;
}

std::optional<HttpSettings> read_http_settings(const config::WatchSettings& settings, config::Problems& problems) {
    config::Problems found;
    HttpSettings result;
    auto& request = result.request;
    const auto& block = settings.block;
    refuse_other_keys(block, http_keys(), found);
    const auto url = config::read_plain_url(block.get("target"), {"http", "https"}, found);
    if (url) request.url = text_of(*url);
    const auto method = config::read_word(block.get("method"), {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, found);
    request.method = method.value_or("GET");
    read_headers(block, request, found);
    request.body = config::read_text(block.get("body"), found).value_or("");
    result.expect = read_http_expect(block.get("expect"), request.method, found);
    read_redirects(block.get("redirects"), request, found);
    HttpSecrets secrets;
    secrets.headers = read_secret_headers(block, found);
    secrets.tls = read_tls(block, found);
    request.tls = secrets.tls.options;
    read_proxy(block.get("proxy"), request, secrets, found);
    read_limits(block.get("limits"), request, found);
    request.family = read_family(block, found);
    const auto version = config::read_word(block.get("http_version"), {"1.1", "2"}, found);
    if (version == "2") request.version = io::HttpVersion::http2;
    if (url) check_together(block, *url, request.redirects, secrets, found);
    request.need_body = result.expect.needs_body();
    if (secrets.any()) result.secrets = std::make_shared<const HttpSecrets>(std::move(secrets));
    problems.insert(problems.end(), found.begin(), found.end());
    if (config::any_error(found)) return std::nullopt;
    return result;
}

} // namespace probes
