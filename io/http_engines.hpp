#pragma once

#include "io/clock.hpp"
#include "io/http_client.hpp"
#include "io/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace io {

/// The HTTP client of a lane.
std::unique_ptr<HttpClient> make_http_client(asio::any_io_executor executor, Clock& clock, Resolver& resolver);

} // namespace io
