#pragma once

#include "incidents/book.hpp"
#include "io/clock.hpp"
#include "io/journal.hpp"
#include "ledger/ledger.hpp"

#include <functional>
#include <vector>

namespace hinomi {

/// The journal: numbers events, lets every fold see them at once, and hands them to the ledger. The only writer.
class Recorder final : public io::Journal {
public:
    /// Sees each event after the book has applied it, with what it did to duties.
    using Observer = std::function<void(const model::Event&, const std::vector<incidents::DutyTransition>&)>;

    Recorder(io::Clock& clock, incidents::Book& book, ledger::Ledger& ledger) : clock_(clock), book_(book), ledger_(ledger) {}

    /// In the order of the calls. Not during an append.
    void observe(Observer observer) { observers_.push_back(std::move(observer)); }

    /// Where the replay ended: the next event gets `last` + 1.
    void continue_after(model::Sequence last) { last_ = last; }

    model::Sequence append(std::vector<model::Payload> payloads) override;
    io::asio::awaitable<void> committed(model::Sequence sequence) override;

    [[nodiscard]] model::Sequence last() const { return last_; }

private:
    io::Clock& clock_;
    incidents::Book& book_;
    ledger::Ledger& ledger_;
    std::vector<Observer> observers_;
    model::Sequence last_ = 0;
};

} // namespace hinomi
