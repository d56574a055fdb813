#pragma once

#include "io/http_client.hpp"
#include "io/mail_transaction.hpp"

#include <memory>

namespace io {

/// The one thread that performs deliveries, with its own io_context, clock, resolver and libcurl. Bytes go in by value, a
/// result comes back by value on the caller's executor.
class SendLane {
public:
    SendLane();
    ~SendLane();
    SendLane(const SendLane&) = delete;
    SendLane& operator=(const SendLane&) = delete;

    MailTransaction& mail();
    HttpClient& http();

    /// Cuts what is under way and joins. Callers' coroutines are not resumed.
    void stop();

private:
    class Lane;
    std::unique_ptr<Lane> lane_;
};

} // namespace io
