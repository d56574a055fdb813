#include "io/spawn.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace io {

void spawn(asio::any_io_executor executor, asio::awaitable<void> work, std::move_only_function<void(std::exception_ptr)> on_exit) {
    asio::co_spawn(executor, std::move(work), [on_exit = std::move(on_exit)](std::exception_ptr failure) mutable {
        if (failure != nullptr) {
            try {
                std::rethrow_exception(failure);
            } catch (const boost::system::system_error& error) {
                if (error.code() == asio::error::operation_aborted) failure = nullptr;
            } catch (...) {
                // whoever started it decides
            }
        }
        on_exit(failure);
    });
}

} // namespace io
