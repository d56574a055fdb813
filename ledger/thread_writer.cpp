#include "ledger/thread_writer.hpp"

#include <boost/asio/post.hpp>

#include <pthread.h>

namespace ledger {

ThreadWriter::~ThreadWriter() { stop(); }

void ThreadWriter::start() {
    thread_ = std::thread([this] { work(); });
    pthread_setname_np(thread_.native_handle(), "ledger");
}

void ThreadWriter::submit(Batch batch, Done done) {
    {
        const std::lock_guard lock(mutex_);
        next_.emplace(std::move(batch), std::move(done));
    }
    wake_.notify_one();
}

void ThreadWriter::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void ThreadWriter::work() {
    std::optional<model::Digest> head;
    while (true) {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || next_.has_value(); });
        if (!next_) return;
        auto batch = std::move(next_->first);
        auto done = std::move(next_->second);
        next_.reset();
        lock.unlock();
        auto result = write_batch(store_, batch, head);
        boost::asio::post(state_thread_, [tell = std::move(done), outcome = std::move(result)]() mutable { tell(std::move(outcome)); });
    }
}

} // namespace ledger
