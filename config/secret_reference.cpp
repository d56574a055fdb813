#include "config/values.hpp"

#include <algorithm>

namespace config {

namespace {

constexpr std::string_view three_forms = "Write credential:NAME (systemd's LoadCredential), file:PATH or env:NAME";

bool is_word(std::string_view text) {
    const auto fits = [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') || letter == '_' ||
               letter == '-' || letter == '.';
    };
    return !text.empty() && text.size() <= 255 && text.front() != '.' && std::ranges::all_of(text, fits);
}

} // namespace

std::optional<SecretReference> read_secret(const Node& node, Problems& problems) {
    using Kind = SecretReference::Kind;
    if (!node.present()) return std::nullopt;
    const std::string_view text = node.scalar();
    const auto colon = text.find(':');
    const auto form = text.substr(0, std::min(colon, text.size()));
    const auto name = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    SecretReference reference{.kind = Kind::none, .name = std::string(name), .position = node.position()};
    if (form == "credential") reference.kind = Kind::credential;
    if (form == "file") reference.kind = Kind::file;
    if (form == "env") reference.kind = Kind::environment;
    if (reference.kind == Kind::none) {
        // The value may be the secret itself: it is never shown.
        problems.push_back({node.position(), "a secret must not stand in the configuration", std::string(three_forms)});
        return std::nullopt;
    }
    const bool path = reference.kind == Kind::file;
    if (path ? !name.starts_with('/') || name.find('\0') != std::string_view::npos : !is_word(name)) {
        problems.push_back({node.position(), path ? "the path after file: is not absolute" : "the name after the colon is no plain word",
                            std::string(three_forms)});
        return std::nullopt;
    }
    return reference;
}

} // namespace config
