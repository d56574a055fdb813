#include "ledger/ledger.hpp"

#include "io/sleep.hpp"
#include "ledger/codec.hpp"

#include <algorithm>
#include <list>
#include <optional>

namespace ledger {

/// Shared with the completions of the writer, which may come after the ledger is gone.
struct Ledger::State : std::enable_shared_from_this<Ledger::State> {
    struct Waiter {
        model::Sequence upto;
        io::Alarm* alarm;  // in the waiting coroutine's frame
    };

    State(io::Clock& its_clock, io::Random& salts, Writer& its_writer, LedgerSettings its_settings,
          std::function<void(DurabilityChange)> its_listener)
        : clock(its_clock), random{salts}, writer(its_writer), settings(its_settings), on_change(std::move(its_listener)) {}

    /// Something waits that must not wait for other things to be written with it, as records may.
    [[nodiscard]] bool presses() const;
    void schedule_submit();
    void submit();
    void submitted(StoreResult result, model::Sequence upto);
    void failed(const StoreError& error);
    void healed();
    void wake();

    io::Clock& clock;
    io::Random& random;
    Writer& writer;
    LedgerSettings settings;
    std::function<void(DurabilityChange)> on_change;
    struct Waiting {
        model::Event event;
        bool last_of_group = false;  // one append call is one transaction: a verdict without its duties would lose an alert
        std::string as_undurable;    // its encoding once it waited for a store that fails: it is handed over again each second
    };
    std::deque<Waiting> waiting;           // encoded when they are handed to the writer, when it is known whether they are undurable
    std::vector<Record> records;
    std::vector<ContactRow> contacts;
    std::optional<Snapshot> snapshot;
    std::optional<Erasure> erasure;
    std::list<Waiter> waiters;
    model::Sequence appended = 0;
    model::Sequence durable_upto = 0;
    io::Clock::TimerId timer = 0;
    model::Milliseconds timer_due{0};
    bool draining = false;
    bool under_way = false;
    model::Milliseconds handed_over{0};    // when the batch under way was
    bool durable = true;
    bool reopen = false;
    bool closed = false;
    std::uint32_t lost = 0;
    std::size_t in_flight_events = 0;      // the first of `waiting`; they leave it when they are durable
};

bool Ledger::State::presses() const {
    const auto many_records = draining ? std::size_t{1} : settings.batch_events;
    return !waiting.empty() || !contacts.empty() || snapshot || erasure || records.size() >= many_records;
}

void Ledger::State::schedule_submit() {
    if (under_way || closed || (records.empty() && !presses())) return;
    if (durable && waiting.size() >= settings.batch_events) {
        if (timer != 0) clock.cancel(std::exchange(timer, 0));
        submit();
        return;
    }
    const auto wait = !durable ? settings.retry_after : presses() ? settings.batch_wait : settings.record_wait;
    const auto due = clock.now().boot + wait;
    if (timer != 0 && timer_due <= due) return;
    if (timer != 0) clock.cancel(timer);
    timer_due = due;
    timer = clock.call_at(due, [self = shared_from_this()] {
        self->timer = 0;
        if (!self->under_way && !self->closed) self->submit();
    });
}

void Ledger::State::submit() {
    Batch batch;
    in_flight_events = std::min(waiting.size(), settings.batch_events);
    while (in_flight_events < waiting.size() && !waiting[in_flight_events - 1].last_of_group) ++in_flight_events;
    model::Sequence upto = durable_upto;
    for (std::size_t index = 0; index < in_flight_events; ++index) {
        auto& [event, last, as_undurable] = waiting[index];
        StoredEvent stored;
        stored.header.sequence = event.sequence;
        stored.header.time = event.time.wall;
        stored.header.retention = retention_of(event.payload);
        stored.header.version = payload_version;
        stored.header.tenant = tenant_of(event.payload);
        random.fill(stored.salt);
        if (!durable && as_undurable.empty()) as_undurable = encode(event, /*undurable=*/true);
        stored.payload = durable ? encode(event, /*undurable=*/false) : as_undurable;
        upto = event.sequence;
        batch.events.push_back(std::move(stored));
    }
    // records and the snapshot follow the events they speak of
    const bool last_batch = in_flight_events == waiting.size();
    batch.records = records;
    batch.contacts = contacts;
    if (last_batch) batch.snapshot = snapshot;
    if (last_batch) batch.erasure = std::exchange(erasure, std::nullopt);  // one that fails is asked for again
    batch.reopen_first = reopen;
    under_way = true;
    handed_over = clock.now().boot;
    const auto snapshot_upto = batch.snapshot ? batch.snapshot->upto : model::Sequence{0};
    writer.submit(std::move(batch),
                  [self = shared_from_this(), upto, taken = records.size(), saved = contacts.size(), snapshot_upto](StoreResult result) {
                      self->under_way = false;
                      if (self->closed) return;
                      if (result) {
                          self->records.erase(self->records.begin(),
                                              self->records.begin() + static_cast<std::ptrdiff_t>(std::min(taken, self->records.size())));
                          self->contacts.erase(self->contacts.begin(), self->contacts.begin() + static_cast<std::ptrdiff_t>(saved));
                          if (self->snapshot && self->snapshot->upto == snapshot_upto)
                              self->snapshot.reset();  // not one that came meanwhile
                      }
                      self->submitted(std::move(result), upto);
                  });
}

void Ledger::State::submitted(StoreResult result, model::Sequence upto) {
    if (!result) {
        failed(result.error());
    } else {
        waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(in_flight_events));
        durable_upto = std::max(durable_upto, upto);
        reopen = false;
        if (!durable) healed();
    }
    in_flight_events = 0;
    wake();
    schedule_submit();
}

void Ledger::State::failed(const StoreError& error) {
    // An error of the disk itself leaves the outcome open: the store must be looked at again before it is written.
    reopen = reopen || error.kind == StoreError::Kind::io || error.kind == StoreError::Kind::corrupt;
    if (!durable) return;
    durable = false;
    on_change({.durable = false, .cause = error.what, .queued = static_cast<std::uint32_t>(waiting.size()), .lost = 0});
}

void Ledger::State::healed() {
    durable = true;
    on_change({.durable = true,
               .cause = {},
               .queued = static_cast<std::uint32_t>(waiting.size() + in_flight_events),
               .lost = std::exchange(lost, 0)});
}

void Ledger::State::wake() {
    for (auto waiter = waiters.begin(); waiter != waiters.end();) {
        if (durable && waiter->upto > durable_upto) {
            ++waiter;
            continue;
        }
        waiter->alarm->ring();
        waiter = waiters.erase(waiter);
    }
}

Ledger::Ledger(asio::any_io_executor, io::Clock& clock, io::Random& random, Writer& writer, LedgerSettings settings,
               std::function<void(DurabilityChange)> on_change)
    : state_(std::make_shared<State>(clock, random, writer, settings, std::move(on_change))) {}

Ledger::~Ledger() {
    state_->closed = true;
    if (state_->timer != 0) state_->clock.cancel(std::exchange(state_->timer, 0));
}

void Ledger::append(const std::vector<model::Event>& events) {
    auto& state = *state_;
    for (const auto& event : events) {
        if (state.appended == 0) state.durable_upto = event.sequence - 1;  // what was replayed is durable
        state.appended = event.sequence;
        if (state.waiting.size() >= state.settings.queue_limit) {
            ++state.lost;  // told when it heals; the folds have it, and notices go on
            continue;
        }
        state.waiting.push_back({.event = event, .last_of_group = &event == &events.back(), .as_undurable = {}});
    }
    if (!state.waiting.empty()) state.waiting.back().last_of_group = true;
    state.schedule_submit();
}

void Ledger::append(Record record) {
    auto& state = *state_;
    constexpr std::size_t most_records = 20'000;
    if (state.records.size() >= most_records) {
        ++state.lost;
        return;
    }
    state.records.push_back(std::move(record));
    state.schedule_submit();
}

void Ledger::append(const std::vector<ContactRow>& contacts) {
    state_->contacts.insert(state_->contacts.end(), contacts.begin(), contacts.end());
    state_->schedule_submit();
}

void Ledger::append(Snapshot snapshot) {
    state_->snapshot = std::move(snapshot);
    state_->schedule_submit();
}

void Ledger::erase(Erasure erasure) {
    state_->erasure = erasure;
    state_->schedule_submit();
}

asio::awaitable<void> Ledger::committed(model::Sequence sequence) {
    const auto state = state_;
    if (!state->durable || sequence <= state->durable_upto) co_return;
    io::Alarm alarm(state->clock);
    state->waiters.push_back({sequence, &alarm});
    try {
        co_await alarm.wait();
    } catch (...) {
        const auto still = std::ranges::find(state->waiters, &alarm, &State::Waiter::alarm);
        if (still != state->waiters.end()) state->waiters.erase(still);
        throw;
    }
}

asio::awaitable<void> Ledger::drained() {
    const auto state = state_;
    state->draining = true;
    state->schedule_submit();
    while (state->durable && (state->durable_upto < state->appended || state->under_way || state->snapshot || !state->records.empty())) {
        if (state->durable_upto < state->appended) co_await committed(state->appended);
        else co_await io::sleep_until(state->clock, state->clock.now().boot + state->settings.batch_wait);
    }
}

bool Ledger::durable() const { return state_->durable; }

model::Milliseconds Ledger::owed() const {
    return state_->under_way ? state_->clock.now().boot - state_->handed_over : model::Milliseconds{0};
}

model::Sequence Ledger::durable_upto() const { return state_->durable_upto; }

} // namespace ledger
