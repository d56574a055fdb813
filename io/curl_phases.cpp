#include "io/curl_phases.hpp"

#include "io/stopwatch.hpp"

#include <algorithm>

namespace io {

namespace {

using std::chrono::microseconds;

microseconds after(CURL* easy, CURLINFO what) {
    curl_off_t value = 0;
    curl_easy_getinfo(easy, what, &value);
    return microseconds{value};
}

/// A phase that was begun has taken some time, however short.
microseconds between(microseconds begin, microseconds end) { return std::max(end - begin, microseconds{1}); }

} // namespace

void CurlPhases::watch(CURL* easy) {
    began_ = monotonic_now();
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &CurlPhases::on_tls_begins);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
}

/// Called on a fresh connection as soon as it stands.
CURLcode CurlPhases::on_tls_begins(CURL*, void*, void* self) {
    static_cast<CurlPhases*>(self)->tls_began_ = monotonic_now();
    return CURLE_OK;
}

microseconds CurlPhases::connected_after(CURL* easy) const {
    const auto told = after(easy, CURLINFO_CONNECT_TIME_T);
    return told.count() == 0 && tls_began_.count() != 0 ? between(began_, tls_began_) : told;
}

model::Phases CurlPhases::of(CURL* easy) const {
    model::Phases phases;
    const auto names = after(easy, CURLINFO_NAMELOOKUP_TIME_T);
    const auto connected = connected_after(easy);
    const auto secured = after(easy, CURLINFO_APPCONNECT_TIME_T);
    const auto first_byte = after(easy, CURLINFO_STARTTRANSFER_TIME_T);
    const auto total = after(easy, CURLINFO_TOTAL_TIME_T);
    phases.connect = between(names, connected.count() == 0 ? total : connected);
    if (connected.count() == 0) return phases;
    if (secure_) phases.tls = between(connected, secured.count() == 0 ? total : secured);
    if (secure_ && secured.count() == 0) return phases;
    const auto asked = std::max(connected, secured);
    phases.processing = between(asked, first_byte.count() == 0 ? total : first_byte);
    if (first_byte.count() != 0) phases.transfer = between(first_byte, total);
    return phases;
}

} // namespace io
