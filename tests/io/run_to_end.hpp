#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

/// Runs the loop until `work` has ended; its result, or its exception.
template <typename Result> Result run_to_end(boost::asio::io_context& context, boost::asio::awaitable<Result> work) {
    std::optional<Result> result;
    std::exception_ptr failure;
    boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr thrown, Result value) {
        failure = thrown;
        result = std::move(value);
        context.stop();
    });
    context.restart();
    context.run();
    context.restart();
    if (failure != nullptr) std::rethrow_exception(failure);
    return std::move(result).value();
}
