#include "io/aside.hpp"

#include "io/sleep.hpp"

#include <boost/asio/post.hpp>

#include <memory>
#include <thread>

namespace io {

namespace {

struct Errand {
    explicit Errand(Clock& clock) : done(clock) {}
    Alarm done;
    std::jthread thread;  // last: joined before the alarm goes
};

} // namespace

asio::awaitable<void> aside(asio::any_io_executor executor, Clock& clock, std::function<void()> work) {
    const auto errand = std::make_shared<Errand>(clock);
    // The thread must not own the errand: it would have to join itself.
    errand->thread = std::jthread([executor, work = std::move(work), waiting = std::weak_ptr(errand)] {
        work();
        asio::post(executor, [waiting] {
            if (const auto errand = waiting.lock()) errand->done.ring();
        });
    });
    co_await errand->done.wait();
}

} // namespace io
