#include "daemon/restore.hpp"

#include "daemon/housekeeper.hpp"
#include "incidents/book.hpp"
#include "incidents/duties.hpp"
#include "ledger/backup.hpp"
#include "ledger/batch.hpp"
#include "ledger/codec.hpp"
#include "ledger/file_lock.hpp"
#include "ledger/recovery.hpp"
#include "ledger/sqlite_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace hinomi {

namespace {

namespace fs = std::filesystem;

/// A machine on which nothing ran yet.
OrSentence<void> find_data_directory(const fs::path& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return {};
    return std::unexpected(
        fmt::format("the data directory {} is not there. Make it for the user that runs the daemon, and restore again: "
                    "install -d -m 0700 -o hinomi -g hinomi {}",
                    path.string(), path.string()));
}

/// A whole ledger that knows more than the backup is not to be replaced by accident.
OrSentence<void> refuse_to_forget(const RestoreRequest& request, const Generation& generation) {
    std::error_code error;
    if (request.forget_newer || !fs::exists(request.ledger, error)) return {};
    ledger::SqliteStore present(request.ledger.string(), nullptr, ledger::Access::reading);
    if (!present.open()) return {};
    const auto last = present.last_event();
    if (!ledger::verify(present) || !last || !*last || (*last)->header.sequence <= generation.last) return {};
    return std::unexpected(
        fmt::format("the present ledger is whole and holds {} events more than backup {}: restoring would forget them. "
                    "Add --force if that is meant",
                    (*last)->header.sequence - generation.last, generation.id));
}

/// The events that a restore leaves in the restored ledger, numbered after `last`.
std::vector<model::Event> events_of(const RestoreRequest& request, const Restoration& restoration, model::Sequence last,
                                    const model::Instant& now) {
    std::vector<model::Event> events{{++last, now,
                                      model::Commanded{.actor = request.actor,
                                                       .origin = "command line",
                                                       .verb = "restore",
                                                       .subjects = {restoration.generation.id},
                                                       .reason = request.reason}}};
    if (request.armed != ArmedDuties::give_up) return events;
    for (const auto& duty : restoration.armed)
        events.push_back({++last, now, model::DutyVoided{.duty = duty.id, .reason = "restored from backup " + restoration.generation.id}});
    return events;
}

OrSentence<void> append(ledger::Store& store, const std::vector<model::Event>& events, io::Random& random) {
    ledger::Batch batch;
    for (const auto& event : events) {
        ledger::StoredEvent stored;
        stored.header.sequence = event.sequence;
        stored.header.time = event.time.wall;
        stored.header.retention = ledger::retention_of(event.payload);
        stored.header.version = ledger::payload_version;
        stored.header.tenant = ledger::tenant_of(event.payload);
        random.fill(stored.salt);
        stored.payload = ledger::encode(event, /*undurable=*/false);
        batch.events.push_back(std::move(stored));
    }
    std::optional<model::Digest> head;
    if (const auto written = ledger::write_batch(store, batch, head); !written) return std::unexpected(written.error().what);
    return {};
}

/// Looks into the restored file for what was owed, and marks it as restored when that is decided.
OrSentence<void> examine_and_mark(const fs::path& scratch, const RestoreRequest& request, Restoration& restoration,
                                  const model::Instant& now, io::Random& random) {
    ledger::SqliteStore store(scratch.string());
    if (const auto opened = store.open(); !opened) return std::unexpected(opened.error().what);
    incidents::Book book;
    const auto recovered = ledger::recover(store, fold_version, [&](const model::Event& event) { book.apply(event); });
    if (!recovered) return std::unexpected(recovered.error().what);
    for (const auto& [id, duty] : book.duties) {
        if (incidents::unmet(duty)) restoration.armed.push_back(duty);
    }
    restoration.done = restoration.armed.empty() || request.armed != ArmedDuties::ask;
    if (!restoration.done) return {};
    return append(store, events_of(request, restoration, recovered->last, now), random);
}

/// The former file gets another name first, by a link: at no instant is there no ledger.
OrSentence<void> put_in_place(const fs::path& scratch, const fs::path& ledger, Restoration& restoration, model::WallTime now) {
    if (const auto settled = ledger::settle_log(scratch.string()); !settled) return std::unexpected(settled.error().what);
    std::error_code error;
    if (fs::exists(ledger, error)) {
        restoration.replaced = ledger.string() + ".replaced-" + backup_id(now);
        const auto settled = ledger::settle_log(ledger.string());
        fs::create_hard_link(ledger, restoration.replaced, error);
        if (error) return std::unexpected(restoration.replaced.string() + ": " + error.message());
        // the log of a file too damaged to take it belongs to that file, and must not be read into the restored one
        for (const char* beside : {"-wal", "-shm"}) {
            if (settled) fs::remove(ledger.string() + beside, error);
            else if (fs::exists(ledger.string() + beside))
                fs::rename(ledger.string() + beside, restoration.replaced.string() + beside, error);
            if (error) return std::unexpected(ledger.string() + beside + ": " + error.message());
        }
    }
    fs::rename(scratch, ledger, error);
    if (error) return std::unexpected(ledger.string() + ": " + error.message());
    remove_ledger(scratch);
    for (const auto& mine : {ledger, fs::path(ledger.string() + ".lock")}) {
        if (const auto given = give_to_owner(mine); !given) return given;
    }
    return sync_folder(ledger.parent_path());
}

} // namespace

OrSentence<Generation> choose_backup(const fs::path& folder, const std::string& id) {
    const auto all = list_backups(folder);
    if (!all) return std::unexpected(all.error());
    if (all->empty()) return std::unexpected("there is no backup in " + folder.string());
    const auto fits = [&](const Generation& generation) { return id.empty() ? generation.damage.empty() : generation.id == id; };
    const auto found = std::ranges::find_if(*all, fits);
    if (found != all->end()) return *found;
    return std::unexpected(id.empty() ? "every backup in " + folder.string() + " is damaged"
                                      : "there is no backup " + id + "; the newest is " + all->front().id);
}

OrSentence<Restoration> restore_backup(const RestoreRequest& request, io::Clock& clock, io::Random& random) {
    if (auto found = find_data_directory(request.ledger.parent_path()); !found) return std::unexpected(found.error());
    ledger::FileLock lock;
    if (const auto taken = lock.take(request.ledger.string()); !taken) return std::unexpected(taken.error().what);
    const auto generation = choose_backup(request.folder, request.generation);
    if (!generation) return std::unexpected(generation.error());
    if (auto allowed = refuse_to_forget(request, *generation); !allowed) return std::unexpected(allowed.error());
    const auto now = clock.now();
    Restoration restoration{.generation = *generation, .age = now.wall - generation->made, .armed = {}, .done = false, .replaced = {}};
    const fs::path scratch = request.ledger.string() + ".restoring";
    remove_ledger(scratch);
    if (auto restored = restore_to_scratch(request.folder, *generation, scratch); !restored) return std::unexpected(restored.error());
    auto marked = examine_and_mark(scratch, request, restoration, now, random);
    if (marked && restoration.done) marked = put_in_place(scratch, request.ledger, restoration, now.wall);
    if (!marked || !restoration.done) remove_ledger(scratch);
    if (!marked) return std::unexpected(marked.error());
    return restoration;
}

} // namespace hinomi
