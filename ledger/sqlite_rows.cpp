#include "ledger/sqlite_rows.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace ledger {

namespace {

template <typename Array> void copy(std::span<const std::uint8_t> bytes, Array& into) {
    std::copy_n(bytes.begin(), std::min(bytes.size(), into.size()), into.begin());
}

} // namespace

StoredEvent event_of(const Statement& row) {
    StoredEvent event;
    event.header.sequence = static_cast<model::Sequence>(row.integer(0));
    event.header.epoch = static_cast<std::uint64_t>(row.integer(1));
    event.header.time = model::WallTime{model::Milliseconds{row.integer(2)}};
    event.header.retention = static_cast<model::RetentionClass>(row.integer(3));
    event.header.version = static_cast<std::uint16_t>(row.integer(4));
    event.header.tenant = row.text(5);
    copy(row.bytes(6), event.header.payload_digest);
    copy(row.bytes(7), event.header.previous);
    event.erased = row.is_null(9);
    if (!event.erased) {
        copy(row.bytes(8), event.salt);
        event.payload = row.text(9);
    }
    return event;
}

StoreResult each(Database& database, Statement& statement, const std::function<bool(const Statement&)>& visit) {
    while (true) {
        const int code = statement.step();
        if (code == SQLITE_DONE) return {};
        if (code != SQLITE_ROW) return std::unexpected(database.error());
        if (!visit(statement)) return {};
    }
}

} // namespace ledger
