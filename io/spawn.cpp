#include "io/spawn.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace io {

namespace {

bool is_cancellation(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

} // namespace

void spawn(asio::any_io_executor executor, asio::awaitable<void> work, std::move_only_function<void(std::exception_ptr)> on_exit) {
    asio::co_spawn(executor, std::move(work), [on_exit = std::move(on_exit)](const std::exception_ptr& failure) mutable {
        on_exit(failure != nullptr && is_cancellation(failure) ? nullptr : failure);
    });
}

} // namespace io
