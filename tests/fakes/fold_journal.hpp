#pragma once

#include "io/clock.hpp"
#include "io/journal.hpp"
#include "io/sleep.hpp"

#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace fakes {

/// A journal in memory: numbers events, applies one fold at once, and commits at once or on command. One waiter at a time.
class FoldJournal final : public io::Journal {
public:
    explicit FoldJournal(io::Clock& clock) : clock_(clock), committed_(clock) {}

    model::Sequence append(std::vector<model::Payload> payloads) override {
        if (broken) throw std::runtime_error("the journal is broken");
        for (auto& payload : payloads) {
            events.push_back({.sequence = events.size() + 1, .time = clock_.now(), .payload = std::move(payload)});
            const auto event = events.back();
            if (fold) fold(event);
        }
        if (commits_at_once) commit();
        return events.size();
    }

    io::asio::awaitable<void> committed(model::Sequence sequence) override {
        while (durable_ < sequence) co_await committed_.wait();
    }

    void commit() {
        durable_ = events.size();
        committed_.ring();
    }

    /// The payloads of one type, in order.
    template <typename Payload> [[nodiscard]] std::vector<Payload> all() const {
        std::vector<Payload> found;
        for (const auto& event : events) {
            if (const auto* payload = std::get_if<Payload>(&event.payload)) found.push_back(*payload);
        }
        return found;
    }

    bool commits_at_once = true;
    bool broken = false;
    std::function<void(const model::Event&)> fold;
    std::vector<model::Event> events;

private:
    io::Clock& clock_;
    io::Alarm committed_;
    model::Sequence durable_ = 0;
};

} // namespace fakes
