#pragma once

#include "io/tls_options.hpp"
#include "model/observation.hpp"
#include "model/time.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace io {

namespace asio = boost::asio;

enum class AddressFamily : std::uint8_t { any, ipv4, ipv6 };

enum class HttpVersion : std::uint8_t { http1, http2 };

/// A proxy between us and the target; names of targets are left to it.
struct HttpProxy {
    std::string url;       ///< http://, https:// or socks5://HOST:PORT
    std::string username;  ///< empty: no authentication
    std::string password;  ///< never logged
};

struct HttpRequest {
    std::string method = "GET";
    std::string url;                                          ///< http:// or https://; no user info
    std::vector<std::pair<std::string, std::string>> headers; ///< may hold secrets: never logged
    std::string body;
    model::Milliseconds timeout{5'000};                       ///< of the whole exchange
    std::size_t body_limit = 1 << 20;                         ///< of the answer, after decoding; more is `too_large`
    std::size_t header_limit = 64 << 10;
    std::uint32_t redirects = 0;                              ///< followed at most; 0: a 3xx is the answer
    AddressFamily family = AddressFamily::any;
    TlsOptions tls;
    bool need_body = true;                                    ///< false: the body is read and dropped
    /// Sent to the origin of `url` only, never to another one that it redirects to. Never logged.
    std::vector<std::pair<std::string, std::string>> secret_headers;
    HttpVersion version = HttpVersion::http1;  ///< http2: by ALPN (without TLS: known beforehand); 1.1 where the peer has none
    std::shared_ptr<const HttpProxy> proxy;  ///< none: straight to the target
    bool redirects_to_other_hosts = true;  ///< false: such a redirect is `protocol_error`
};

/// How far an exchange came. Anything but `answered` leaves `status` 0.
struct HttpResponse {
    model::Reason reason = model::Reason::none;  ///< none: a complete answer was read
    bool request_sent = false;  ///< the last byte of the request was handed over
    std::uint16_t status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names lower case, in order
    std::string body;
    std::string peer;  ///< address:port that was connected
    std::string error;  ///< for people, when reason is not none; no secrets
    TlsFacts tls;
    model::Phases phases;
    model::Instant began;
    model::Instant ended;
    HttpVersion version = HttpVersion::http1;  ///< of the answer
    std::uint32_t redirects = 0;  ///< followed; the phases are summed over them

    [[nodiscard]] bool answered() const { return reason == model::Reason::none; }
};

/// One HTTP exchange on a fresh connection. Never throws for a sick peer; ends within `timeout` plus 100 ms.
/// Cancelling the awaiting coroutine aborts the exchange.
class HttpClient {
public:
    virtual ~HttpClient() = default;
    virtual asio::awaitable<HttpResponse> request(HttpRequest request) = 0;
};

}  // namespace io
