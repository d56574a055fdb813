#include "probes/http_secrets.hpp"

#include "config/values.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace probes {

namespace {

using Kind = config::SecretReference::Kind;

bool same_word(std::string_view left, std::string_view right) {
    const auto lower = [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; };
    return std::ranges::equal(left, right, {}, lower, lower);
}

std::string base64(const std::string& text) {
    std::string result((text.size() + 2) / 3 * 4 + 1, '\0');
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const auto length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()), bytes, static_cast<int>(text.size()));
    result.resize(static_cast<std::size_t>(length));
    return result;
}

std::optional<HttpSecrets::Header> read_basic(const config::Node& node, config::Problems& problems) {
    if (!config::is_map(node, problems)) return std::nullopt;
    config::refuse_unknown_keys(node, {"username", "password"}, problems);
    const std::string remedy = "Write basic: {username: NAME, password: \"credential:NAME\"}";
    const auto username = config::read_string(config::require(node, "username", remedy, problems), problems);
    const auto password = config::read_secret(config::require(node, "password", remedy, problems), problems);
    if (!username || !password) return std::nullopt;
    if (username->find(':') != std::string::npos) {
        problems.push_back({node.get("username").position(), "a user name of basic authentication holds no colon", "Correct the name"});
    }
    return HttpSecrets::Header{.name = "Authorization", .username = *username, .bearer = false, .reference = *password};
}

} // namespace

bool is_token(std::string_view text) {
    constexpr std::string_view also = "!#$%&'*+-.^_`|~";
    const auto fits = [&](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
               also.find(letter) != std::string_view::npos;
    };
    return !text.empty() && std::ranges::all_of(text, fits);
}

bool holds_secret(std::string_view name) {
    for (const std::string_view known : {"authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token"}) {
        if (same_word(name, known)) return true;
    }
    return false;
}

bool HttpSecrets::any() const { return !headers.empty() || proxy_password.kind != Kind::none || tls.key.kind != Kind::none; }

std::vector<HttpSecrets::Header> read_secret_headers(const config::Node& block, config::Problems& problems) {
    std::vector<HttpSecrets::Header> headers;
    if (auto basic = read_basic(block.get("basic"), problems)) headers.push_back(std::move(*basic));
    if (auto token = config::read_secret(block.get("bearer"), problems)) {
        headers.push_back({.name = "Authorization", .username = {}, .bearer = true, .reference = std::move(*token)});
    }
    if (block.get("basic").present() && block.get("bearer").present()) {
        problems.push_back({block.key_position("bearer"), "there are two kinds of login", "Keep basic or bearer"});
    }
    const auto map = block.get("secret_headers");
    if (!config::is_map(map, problems)) return headers;
    for (const auto& [name, node] : map.entries()) {
        if (!is_token(name)) {
            problems.push_back({map.key_position(name), fmt::format("{} cannot be the name of a header", config::shown(name)),
                                "Use letters, digits and dashes"});
        } else if (auto reference = config::read_secret(node, problems)) {
            headers.push_back({.name = name, .username = {}, .bearer = false, .reference = std::move(*reference)});
        }
    }
    return headers;
}

io::HttpRequest with_secrets(io::HttpRequest request, const HttpSecrets& secrets, const ReadSecret& read, config::Problems& problems) {
    request.secret_headers.clear();
    for (const auto& header : secrets.headers) {
        auto secret = read_secret_line(read, header.reference, problems);
        if (!secret) continue;
        auto value = std::move(*secret);
        if (header.bearer) value = "Bearer " + value;
        if (!header.username.empty()) value = "Basic " + base64(header.username + ":" + value);
        request.secret_headers.emplace_back(header.name, std::move(value));
    }
    if (request.proxy != nullptr && secrets.proxy_password.kind != Kind::none) {
        auto proxy = *request.proxy;
        proxy.password = read_secret_line(read, secrets.proxy_password, problems).value_or("");
        request.proxy = std::make_shared<const io::HttpProxy>(std::move(proxy));
    }
    request.tls = with_key(secrets.tls, read, problems);
    return request;
}

} // namespace probes
