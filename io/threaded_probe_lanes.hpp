#pragma once

#include "io/http_client.hpp"
#include "io/probe_lanes.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace io {

/// Makes the HTTP client of one lane; runs before the lane's thread starts.
using HttpClientFactory = std::function<std::unique_ptr<HttpClient>(asio::any_io_executor, Clock&, Resolver&)>;

/// The real lanes: N threads, each with its own io_context, clock, resolver and clients. Nothing is shared between them.
/// Cancelling the awaiting coroutine cuts its work off on the lane, and resumes it once that has ended.
class ThreadedProbeLanes final : public ProbeLanes {
public:
    /// `count`: at least 1. Throws when a thread or a descriptor cannot be had.
    ThreadedProbeLanes(std::uint32_t count, const HttpClientFactory& make_http);
    ~ThreadedProbeLanes() override;

    [[nodiscard]] std::uint32_t count() const override;
    asio::awaitable<model::Observation> observe(std::uint32_t lane, ProbeWork work) override;
    asio::awaitable<bool> check(std::uint32_t lane, CheckWork work) override;

    /// Cuts off what is under way and joins the threads; at most 2 s. The callers get `shutting_down` (or false) on their
    /// own executor; so do later ones, at once. On the callers' thread; called again, it does nothing.
    void stop();

private:
    class Lane;
    std::vector<std::unique_ptr<Lane>> lanes_;
};

} // namespace io
