#pragma once

#include "io/http_client.hpp"
#include "io/mail_transaction.hpp"

#include <cstddef>
#include <memory>

namespace io {

/// Performs deliveries: one thread with its own io_context, clock, resolver and libcurl, and the mail threads. Bytes go in by value, a
/// result comes back by value on the caller's executor.
class SendLane {
public:
    /// `mail_threads`: mail transactions at a time (libcurl's SMTP blocks its thread).
    explicit SendLane(std::size_t mail_threads);
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
