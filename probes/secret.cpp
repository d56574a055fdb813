#include "probes/secret.hpp"

#include <algorithm>

namespace probes {

std::optional<std::string> read_secret_line(const ReadSecret& read, const config::SecretReference& reference, config::Problems& problems) {
    auto secret = read(reference, problems);
    const auto is_control = [](unsigned char letter) { return letter < 0x20 || letter == 0x7F; };
    if (!secret || std::ranges::none_of(*secret, is_control)) return secret;
    problems.push_back({reference.position, "the secret holds a line break or control character", "Write it in one line, without a tab"});
    return std::nullopt;
}

} // namespace probes
