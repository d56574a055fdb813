#include "ledger/recovery.hpp"

#include "ledger/chain.hpp"
#include "ledger/codec.hpp"

#include <nlohmann/json.hpp>

namespace ledger {

namespace {

using nlohmann::json;

StoreError corrupt(const std::string& what) {
    return {StoreError::Kind::corrupt, what + "; restore a backup and keep the damaged file for examination"};
}

/// Checks that each event follows the one before it and that its payload is the one that was written.
class ChainCheck {
public:
    /// Empty when all is well.
    std::string check(const StoredEvent& event) {
        const auto number = "event " + std::to_string(event.header.sequence);
        if (head_ && event.header.previous != *head_)
            return number + " does not follow the one before it: a header was changed, lost or added";
        if (head_ && event.header.sequence <= sequence_) return number + " is out of order";
        if (!head_ && first_must_be_zero_ && event.header.previous != model::Digest{})
            return number + " is the first but follows another one: the beginning is lost";
        if (!event.erased && payload_digest(event.salt, event.payload) != event.header.payload_digest)
            return number + " has a changed payload";
        head_ = header_hash(event.header);
        sequence_ = event.header.sequence;
        return {};
    }
    void from_the_beginning() { first_must_be_zero_ = true; }
    [[nodiscard]] model::Digest head() const { return head_.value_or(model::Digest{}); }

private:
    std::optional<model::Digest> head_;
    model::Sequence sequence_ = 0;
    bool first_must_be_zero_ = false;
};

json write(const model::Instant& instant) { return {instant.wall.time_since_epoch().count(), instant.boot.count(), instant.boot_id}; }

/// Hands decoded events on, and remembers the first thing that was wrong.
class Replay {
public:
    Replay(Recovered& recovered, const std::function<void(const model::Event&)>& apply) : recovered_(recovered), apply_(apply) {}

    bool take(const StoredEvent& stored) {
        recovered_.last = std::max(recovered_.last, stored.header.sequence);
        recovered_.stopped_cleanly = false;
        if (stored.erased) return true;  // past its retention: nothing alive can depend on it
        const auto event = decode(stored.header.sequence, stored.header.version, stored.payload);
        if (!event) {
            const auto kind = stored.header.version > payload_version ? StoreError::Kind::newer_version : StoreError::Kind::corrupt;
            error_ = StoreError{kind, event.error()};
            return false;
        }
        apply_(*event);
        ++recovered_.replayed;
        recovered_.stopped_cleanly = std::holds_alternative<model::Stopped>(event->payload);
        return true;
    }
    [[nodiscard]] const std::optional<StoreError>& error() const { return error_; }

private:
    Recovered& recovered_;
    const std::function<void(const model::Event&)>& apply_;
    std::optional<StoreError> error_;
};

StoreResult replay_all(Store& store, std::uint32_t fold_version, Replay& replay) {
    const auto snapshot = store.latest_snapshot();
    if (!snapshot) return std::unexpected(snapshot.error());
    model::Sequence after = 0;
    if (*snapshot && (*snapshot)->fold_version == fold_version) {
        after = (*snapshot)->upto;
        if (auto fetched = store.fetch((*snapshot)->live, [&](const StoredEvent& event) { return replay.take(event); }); !fetched)
            return fetched;
    }
    ChainCheck chain;
    std::string damage;
    auto read = store.replay(after, [&](const StoredEvent& event) {
        damage = chain.check(event);
        return damage.empty() && replay.take(event);
    });
    if (read && !damage.empty()) return std::unexpected(corrupt(damage));
    return read;
}

} // namespace

Record heartbeat_record(const Heartbeat& heartbeat) {
    const json payload = {
        {"at", write(heartbeat.at)}, {"watches", heartbeat.watches}, {"current", heartbeat.current}, {"overdue", heartbeat.overdue}};
    return {RecordKind::heartbeat, heartbeat.at.wall, "", payload.dump(-1, ' ', false, json::error_handler_t::replace)};
}

std::expected<Heartbeat, std::string> read_heartbeat(const Record& record) {
    const auto payload = json::parse(record.payload, nullptr, /*allow_exceptions=*/false);
    if (!payload.is_object() || !payload.contains("at") || !payload["at"].is_array() || payload["at"].size() != 3)
        return std::unexpected("a heartbeat record is not readable");
    const auto& at = payload["at"];
    if (!at[0].is_number_integer() || !at[1].is_number_integer() || !at[2].is_number_integer())
        return std::unexpected("a heartbeat record has no times");
    Heartbeat heartbeat;
    heartbeat.at = {model::WallTime{model::Milliseconds{at[0].get<std::int64_t>()}}, model::Milliseconds{at[1].get<std::int64_t>()},
                    at[2].get<std::uint64_t>()};
    const auto count = [&](const char* name) {
        return payload.contains(name) && payload[name].is_number_unsigned() ? payload[name].get<std::uint32_t>() : 0U;
    };
    heartbeat.watches = count("watches");
    heartbeat.current = count("current");
    for (const auto& id : payload.value("overdue", json::array())) {
        if (id.is_string()) heartbeat.overdue.push_back(id.get<std::string>());
    }
    return heartbeat;
}

std::expected<Recovered, StoreError> recover(Store& store, std::uint32_t fold_version,
                                             const std::function<void(const model::Event&)>& apply) {
    Recovered recovered;
    Replay replay(recovered, apply);
    const auto read = replay_all(store, fold_version, replay);
    if (replay.error()) return std::unexpected(*replay.error());
    if (!read) return std::unexpected(read.error());
    const auto last = store.last_event();
    if (!last) return std::unexpected(last.error());
    if (*last) recovered.last = (*last)->header.sequence;
    const auto record = store.last_record(RecordKind::heartbeat);
    if (!record) return std::unexpected(record.error());
    if (*record) {
        // an unreadable heartbeat only makes elapsed time across boots less exact
        if (auto heartbeat = read_heartbeat(**record)) recovered.heartbeat = std::move(*heartbeat);
    }
    return recovered;
}

std::expected<Verification, StoreError> verify(Store& store) {
    Verification verification;
    ChainCheck chain;
    chain.from_the_beginning();
    std::string damage;
    const auto read = store.replay(0, [&](const StoredEvent& event) {
        ++verification.events;
        if (event.erased) ++verification.erased;
        damage = chain.check(event);
        return damage.empty();
    });
    if (!read) return std::unexpected(read.error());
    if (!damage.empty()) return std::unexpected(corrupt(damage));
    verification.head = chain.head();
    return verification;
}

} // namespace ledger
