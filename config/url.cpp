#include "config/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <arpa/inet.h>

#include <fmt/format.h>

namespace config {

namespace {

constexpr std::size_t longest_url = 4'096;

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& letter : result) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return result;
}

bool is_scheme(std::string_view text) {
    const auto fits = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '+' || letter == '-' || letter == '.';
    };
    return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && std::ranges::all_of(text, fits);
}

bool is_host_name(std::string_view text) {
    const auto fits = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' || letter == '_';
    };
    return !text.empty() && text.size() <= 253 && text.front() != '.' && text.front() != '-' && std::ranges::all_of(text, fits);
}

/// The host and what follows it, out of HOST[:PORT] or [IPV6][:PORT]; an empty host when it makes no sense.
std::pair<std::string, std::string_view> split_host(std::string_view authority) {
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return {};
        auto host = lower(authority.substr(1, end - 1));
        if (host.find(':') == std::string::npos || !is_address(host)) return {};
        return {std::move(host), authority.substr(end + 1)};
    }
    const auto end = std::min(authority.find(':'), authority.size());
    auto host = lower(authority.substr(0, end));
    if (!is_host_name(host)) return {};
    return {std::move(host), authority.substr(end)};
}

std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

std::optional<Url> refuse(const Node& node, std::string text, std::string remedy, Problems& problems) {
    problems.push_back({node.position(), std::move(text), std::move(remedy)});
    return std::nullopt;
}

} // namespace

std::optional<Url> read_url(const Node& node, Problems& problems) {
    const auto text = read_string(node, problems);
    if (!text) return std::nullopt;
    const std::string form = "Write SCHEME://HOST[:PORT]/PATH";
    const auto colon = text->find("://");
    Url url;
    url.scheme = lower(std::string_view(*text).substr(0, std::min(colon, text->size())));
    if (colon == std::string::npos || !is_scheme(url.scheme))
        return refuse(node, "this is not a URL: no scheme before ://", form, problems);
    std::string_view authority = std::string_view(*text).substr(colon + 3);
    const auto end = std::min(authority.find_first_of("/?#"), authority.size());
    url.rest = authority.substr(end);
    authority = authority.substr(0, end);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        url.user = authority.substr(0, at);
        authority = authority.substr(at + 1);
        if (url.user.empty()) return refuse(node, "there is no user before the @", "Remove the @ before the host", problems);
        if (url.user.find(':') != std::string::npos) {
            return refuse(node, "a URL must not hold a password",
                          "Remove it: a secret is named under a key of its own as credential:NAME, file:PATH or env:NAME", problems);
        }
    }
    const auto bad = [](char letter) { return letter <= ' ' || letter > '~'; };
    if (text->size() > longest_url || std::ranges::any_of(*text, bad)) {
        return refuse(node, "a URL holds only ASCII without spaces, and has at most 4096 characters",
                      "Write other characters as %XX, a space as %20", problems);
    }
    const auto [host, tail] = split_host(authority);
    if (host.empty())
        return refuse(node, fmt::format("the URL has no valid host: {}", shown(authority)), form + ", IPv6 in brackets", problems);
    url.host = host;
    if (!tail.empty()) {
        url.port = tail.starts_with(':') ? port_of(tail.substr(1)) : std::nullopt;
        if (!url.port)
            return refuse(node, fmt::format("{} is no port", shown(tail)), "Write HOST:PORT with a port from 1 to 65535", problems);
    }
    return url;
}

std::optional<Url> read_plain_url(const Node& node, const std::vector<std::string_view>& schemes, Problems& problems) {
    auto url = read_url(node, problems);
    if (!url) return std::nullopt;
    if (std::ranges::find(schemes, url->scheme) == schemes.end()) {
        return refuse(node, fmt::format("the scheme {} is not known here", shown(url->scheme)),
                      suggest(url->scheme, schemes, "Write one of: " + list_of(schemes)), problems);
    }
    if (!url->user.empty()) return refuse(node, "user info before the host is not used here", "Remove USER@ from the URL", problems);
    return url;
}

bool is_address(std::string_view host) {
    const std::string text(host);
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return inet_pton(AF_INET, text.c_str(), address.data()) == 1 || inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

bool is_loopback(std::string_view host) {
    const auto name = lower(host);
    if (name == "localhost" || name.ends_with(".localhost")) return true;
    std::array<unsigned char, sizeof(in6_addr)> address{};
    if (inet_pton(AF_INET, name.c_str(), address.data()) == 1) return address[0] == 127;
    if (inet_pton(AF_INET6, name.c_str(), address.data()) != 1) return false;
    const auto zeros = std::ranges::all_of(address.begin(), address.end() - 1, [](unsigned char byte) { return byte == 0; });
    return zeros && address.back() == 1;
}

bool is_server(std::string_view text) {
    if (is_address(text)) return true;
    const auto [host, tail] = split_host(text);
    return is_address(host) && (tail.empty() || (tail.starts_with(':') && port_of(tail.substr(1))));
}

std::string join_host_port(std::string_view host, std::uint16_t port) {
    return host.find(':') == std::string_view::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

} // namespace config
