#pragma once

#include "io/curl_easy.hpp"
#include "io/curl_phases.hpp"
#include "io/http_client.hpp"
#include "io/url.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace io {

/// One request to one peer as a libcurl transfer: prepared, run by somebody else, read out. libcurl keeps pointers to it
/// and to `request`: it does not move, and `request` outlives it.
class CurlHttpTransfer {
public:
    /// `addresses`: of the proxy, or of the target where there is none.
    CurlHttpTransfer(const HttpRequest& request, const Url& connect_to, const std::vector<std::string>& addresses,
                     model::Milliseconds timeout);
    CurlHttpTransfer(const CurlHttpTransfer&) = delete;
    CurlHttpTransfer& operator=(const CurlHttpTransfer&) = delete;

    [[nodiscard]] CURL* easy() const { return easy_.get(); }

    /// What came of it; once, after its end with `code`.
    [[nodiscard]] HttpResponse take(CURLcode code);

    /// Where the answer redirects to, absolute; empty when nowhere.
    [[nodiscard]] std::string redirect() const;

private:
    void set_target();
    void set_method();
    void set_limits();
    void set_proxy();
    [[nodiscard]] model::Reason reason_of(CURLcode code) const;
    [[nodiscard]] model::Reason reason_of_connect() const;
    [[nodiscard]] bool proxy_failed(CURLcode code) const;
    void explain_failure(CURLcode code);
    void take_facts();
    void take_tls();
    std::size_t add_header(const char* data, std::size_t size);
    std::size_t add_body(const char* data, std::size_t size);

    const HttpRequest& request_;
    CurlEasy easy_;
    CurlPhases phases_;
    CurlList headers_;
    CurlList addresses_;
    std::array<char, CURL_ERROR_SIZE> error_{};
    HttpResponse response_;
    std::size_t header_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    bool too_large_ = false;
    std::string_view unreadable_;  ///< why the header of the answer cannot be taken as it is; empty: it can
    bool header_complete_ = false;
};

} // namespace io
