#include "io/http_engines.hpp"

#include "io/curl_http_client.hpp"

namespace io {

std::unique_ptr<HttpClient> make_http_client(asio::any_io_executor executor, Clock& clock, Resolver& resolver) {
    return std::make_unique<CurlHttpClient>(std::move(executor), clock, resolver);
}

} // namespace io
