#pragma once

#include "io/http_client.hpp"
#include "io/probe_lanes.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace io {

using HttpClientFactory = std::function<std::unique_ptr<HttpClient>(asio::any_io_executor, Clock&, Resolver&)>;

/// The real lanes: N threads, each with its own io_context, clock, resolver and clients. Nothing is shared.
class ThreadedProbeLanes final : public ProbeLanes {
public:
    ThreadedProbeLanes(std::uint32_t count, const HttpClientFactory& make_http);
    ~ThreadedProbeLanes() override;

    [[nodiscard]] std::uint32_t count() const override;
    asio::awaitable<model::Observation> observe(std::uint32_t lane, ProbeWork work) override;
    asio::awaitable<bool> check(std::uint32_t lane, CheckWork work) override;

    /// Cuts what is under way and joins the threads. The callers' coroutines are not resumed.
    void stop();

private:
    class Lane;
    std::vector<std::unique_ptr<Lane>> lanes_;
};

} // namespace io
