#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <exception>
#include <functional>

namespace io {

namespace asio = boost::asio;

/// Starts a coroutine on `executor`. `on_exit` runs there when it ends, with the exception that escaped or null.
/// Cancellation (operation_aborted) arrives as null: it is how things stop here. Never drops an exception.
void spawn(asio::any_io_executor executor, asio::awaitable<void> work, std::move_only_function<void(std::exception_ptr)> on_exit);

} // namespace io
