#pragma once

#include "model/observation.hpp"

#include <chrono>

#include <curl/curl.h>

namespace io {

/// Where the time of one libcurl transfer went, also of one that failed. Debian 12's libcurl (7.88) tells the time of the
/// connection only once TLS stands, and nothing of a handshake that does not end; so the handshake's beginning is marked
/// here. One transfer each; outlives it.
class CurlPhases {
public:
    explicit CurlPhases(bool secure) : secure_(secure) {}
    CurlPhases(const CurlPhases&) = delete;
    CurlPhases& operator=(const CurlPhases&) = delete;

    /// Right before the transfer starts.
    void watch(CURL* easy);

    /// After its end: each phase that was begun, the last one up to the end. Without `resolve`: libcurl looks nothing up.
    [[nodiscard]] model::Phases of(CURL* easy) const;

    /// Whether there was a connection.
    [[nodiscard]] bool connected(CURL* easy) const { return connected_after(easy).count() > 0; }

private:
    static CURLcode on_tls_begins(CURL* easy, void* context, void* self);
    [[nodiscard]] std::chrono::microseconds connected_after(CURL* easy) const;

    bool secure_;
    std::chrono::microseconds began_{0};
    std::chrono::microseconds tls_began_{0};  ///< 0: not yet
};

} // namespace io
