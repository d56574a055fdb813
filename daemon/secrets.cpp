#include "daemon/secrets.hpp"

#include <openssl/evp.h>

#include <cstdlib>

namespace hinomi {

namespace {

constexpr std::size_t largest_secret = 16 << 10;
constexpr std::string_view folder_prefix = "hinomi_";  // systemd's: our unit loads a whole folder as the credential `hinomi`

std::string without_line_end(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

/// Standard Webhooks writes signing secrets as `whsec_` and base64; anything else is the key itself.
std::optional<std::string> decode_secret(const std::string& secret) {
    constexpr std::string_view prefix = "whsec_";
    if (!secret.starts_with(prefix)) return secret;
    const auto text = secret.substr(prefix.size());
    std::string key(text.size() / 4 * 3, '\0');
    const auto length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.data()), reinterpret_cast<const unsigned char*>(text.data()),
                                        static_cast<int>(text.size()));
    if (text.empty() || text.size() % 4 != 0 || length < 0) return std::nullopt;
    key.resize(key.size() - (text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0));
    return key;
}

} // namespace

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<std::string> Secrets::from_file(const std::string& path, const config::SecretReference& reference,
                                              config::Problems& problems) {
    auto text = files_.read(path, largest_secret);
    if (!text) {
        problems.push_back({reference.position, "the secret in " + text.error().path + " cannot be read: " + text.error().what,
                            "Make the file readable for hinomi alone (mode 0400), or correct the reference"});
        return std::nullopt;
    }
    auto secret = without_line_end(std::move(*text));
    if (secret.empty()) {
        problems.push_back({reference.position, "the secret in " + path + " is empty", "Write the secret into it"});
        return std::nullopt;
    }
    return secret;
}

std::optional<std::string> Secrets::from_directory(const std::string& directory, const config::SecretReference& reference,
                                                   config::Problems& problems) {
    const auto single = directory + "/" + reference.name;
    const auto of_folder = directory + "/" + std::string(folder_prefix) + reference.name;
    if (files_.read(of_folder, largest_secret)) return from_file(of_folder, reference, problems);
    const auto text = files_.read(single, largest_secret);
    if (text) return from_file(single, reference, problems);
    problems.push_back({reference.position, "the credential " + single + " cannot be read: " + text.error().what,
                        "Put the secret into /etc/hinomi/credentials/" + reference.name +
                            " (owner root, mode 0400), or add LoadCredential=" + reference.name + ":PATH to the unit; then restart it"});
    return std::nullopt;
}

std::optional<std::string> Secrets::resolve(const config::SecretReference& reference, config::Problems& problems) {
    using Kind = config::SecretReference::Kind;
    switch (reference.kind) {
    case Kind::none: return std::string{};
    case Kind::file: return from_file(reference.name, reference, problems);
    case Kind::credential: {
        if (const auto directory = environment_("CREDENTIALS_DIRECTORY")) return from_directory(*directory, reference, problems);
        problems.push_back(
            {reference.position, "credential:" + reference.name + " needs systemd's LoadCredential, and CREDENTIALS_DIRECTORY is not set",
             "Start hinomi by its unit, which loads /etc/hinomi/credentials/" + reference.name + ", or use file:PATH or env:NAME"});
        return std::nullopt;
    }
    case Kind::environment: {
        auto value = environment_(reference.name);
        if (value && !value->empty()) return value;
        problems.push_back({reference.position, "the environment variable " + reference.name + " is not set",
                            "Set it, or use credential:NAME or file:PATH"});
        return std::nullopt;
    }
    }
    return std::nullopt;
}

std::optional<std::string> Secrets::resolve_signing_key(const config::SecretReference& reference, config::Problems& problems) {
    const auto written = resolve(reference, problems);
    if (!written) return std::nullopt;
    auto key = decode_secret(*written);
    if (!key) {
        problems.push_back({reference.position, "the webhook secret begins with whsec_ but what follows is not base64",
                            "Copy the whole secret, or generate a new one"});
    }
    return key;
}

} // namespace hinomi
