#pragma once

#include "io/http_client.hpp"
#include "model/observation.hpp"
#include "model/time.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

namespace io {

/// Whether the address is one of the wanted family.
inline bool is_of(AddressFamily family, const asio::ip::address& address) {
    return family == AddressFamily::any || (family == AddressFamily::ipv6) == address.is_v6();
}

struct ResolveResult {
    model::Reason reason = model::Reason::none; ///< none, name_not_found or name_timeout
    std::vector<std::string> addresses;         ///< numeric, in the order to try
    std::chrono::microseconds took{0};
    std::string error;
};

/// Names to addresses, and the question whether a name server answers at all. Numeric hosts and /etc/hosts
/// need no network. Never throws for a sick server.
class Resolver {
public:
    virtual ~Resolver() = default;

    virtual asio::awaitable<ResolveResult> resolve(std::string host, AddressFamily family, model::Milliseconds timeout) = 0;

    /// The configured name servers, numeric (address or address:port); the default reference targets.
    [[nodiscard]] virtual std::vector<std::string> servers() const = 0;

    /// Whether `server` answered a question for the root's NS records with any reply code.
    virtual asio::awaitable<bool> server_answers(std::string server, model::Milliseconds timeout) = 0;
};

} // namespace io
