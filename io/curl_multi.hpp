#pragma once

#include "io/clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>

#include <curl/curl.h>

namespace io {

namespace asio = boost::asio;

/// libcurl's multi interface on one Asio executor: its sockets are descriptors of the loop, its timer the clock's.
/// One thread only.
class CurlMulti {
public:
    CurlMulti(asio::any_io_executor executor, Clock& clock);
    ~CurlMulti();
    CurlMulti(const CurlMulti&) = delete;
    CurlMulti& operator=(const CurlMulti&) = delete;

    /// Runs the transfer to its end. `easy` stays the caller's. Cancelling the coroutine, or destroying it, takes the
    /// transfer out.
    asio::awaitable<CURLcode> perform(CURL* easy);

    /// Ends a running transfer with CURLE_ABORTED_BY_CALLBACK. Not from inside a curl callback.
    void abort(CURL* easy);

private:
    class State;
    std::shared_ptr<State> state_;
};

} // namespace io
