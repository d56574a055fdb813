#pragma once

#include "bench/raw_options.hpp"

namespace bench {

/// One thread, one epoll, a fresh connection per probe, and nothing that a monitor does besides: the floor for http, tcp
/// and tls. Throws std::system_error when the machine is out of means.
RawTally run_connections(const RawOptions& options);

/// Echo requests by one raw socket, sent and received in batches. Needs CAP_NET_RAW.
RawTally run_echoes(const RawOptions& options);

} // namespace bench
