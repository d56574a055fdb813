#pragma once

#include "ledger/batch.hpp"
#include "ledger/writer.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace ledger {

/// The ledger thread: does SQL and fsync and nothing else. `submit` and `start` on the state thread; `done` comes back
/// there. The store is this thread's alone from `start` to `stop`.
class ThreadWriter final : public Writer {
public:
    ThreadWriter(boost::asio::any_io_executor state_thread, Store& store) : state_thread_(std::move(state_thread)), store_(store) {}
    ~ThreadWriter() override;

    void start();
    void submit(Batch batch, Done done) override;

    /// Finishes the batch under way and joins. Its `done` is posted, but nothing waits for it.
    void stop();

private:
    void work();

    boost::asio::any_io_executor state_thread_;
    Store& store_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<std::pair<Batch, Done>> next_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace ledger
