#pragma once

#include "tests/fakes/manual_clock.hpp"

#include <boost/asio/io_context.hpp>

namespace fakes {

/// Runs coroutines under a manual clock: time moves only in `advance`, from timer to timer, and everything that can run
/// at one moment has run before the next one comes.
class RunLoop {
public:
    explicit RunLoop(ManualClock& clock) : clock_(clock) {}

    [[nodiscard]] boost::asio::any_io_executor executor() { return context_.get_executor(); }

    /// Runs what can run now.
    void settle() {
        do context_.restart();
        while (context_.poll() > 0);
    }

    void advance(model::Milliseconds duration) {
        settle();
        const auto end = clock_.now().boot + duration;
        while (clock_.next_due() <= end) {
            clock_.advance(std::max(clock_.next_due() - clock_.now().boot, model::Milliseconds{0}));
            settle();
        }
        clock_.advance(end - clock_.now().boot);
        settle();
    }

private:
    ManualClock& clock_;
    boost::asio::io_context context_;
};

} // namespace fakes
