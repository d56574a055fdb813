#pragma once

#include "io/clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>

namespace io {

namespace asio = boost::asio;

/// Runs `work` on a thread of its own and resumes on `executor` (the calling coroutine's) when it is done: for the rare
/// thing that takes long and needs nothing of the state, such as reading a whole configuration. `work` must not throw and
/// must own what it touches. A coroutine that is destroyed meanwhile waits for the thread.
asio::awaitable<void> aside(asio::any_io_executor executor, Clock& clock, std::function<void()> work);

} // namespace io
