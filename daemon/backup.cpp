#include "daemon/backup.hpp"

#include "ledger/backup.hpp"
#include "ledger/file_lock.hpp"
#include "ledger/recovery.hpp"
#include "ledger/sqlite_store.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>

namespace hinomi {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* ledger_name = "ledger.db";
constexpr const char* manifest_name = "manifest.json";
constexpr std::string_view unfinished = ".making-";
constexpr std::uintmax_t largest_manifest = 1 << 20;

} // namespace

std::string backup_id(model::WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{seconds - day};
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

namespace {

std::string hex_of(const model::Digest& digest) {
    std::string hex;
    for (const auto byte : digest) hex += fmt::format("{:02x}", byte);
    return hex;
}

/// Where a ledger ends whose whole chain verifies.
struct Ending {
    std::uint64_t events = 0;
    model::Sequence last = 0;
    std::string head;
};

OrSentence<Ending> verify_file(const fs::path& path) {
    ledger::SqliteStore store(path.string());
    if (const auto opened = store.open(); !opened) return std::unexpected(opened.error().what);
    const auto verified = ledger::verify(store);
    if (!verified) return std::unexpected(verified.error().what);
    const auto last = store.last_event();
    if (!last) return std::unexpected(last.error().what);
    return Ending{.events = verified->events, .last = *last ? (*last)->header.sequence : 0, .head = hex_of(verified->head)};
}

json manifest_of(const Generation& generation) {
    json files = json::object();
    for (const auto& [name, sha256] : generation.files) files[name] = sha256;
    return {{"format", 1},
            {"made", generation.made.time_since_epoch().count()},
            {"version", generation.version},
            {"ledger",
             {{"sha256", generation.ledger_sha256}, {"events", generation.events}, {"last", generation.last}, {"head", generation.head}}},
            {"configuration", files}};
}

/// The generation of a manifest; nothing when it is not readable as one.
std::optional<Generation> generation_of(const std::string& id, const std::string& text) {
    const auto manifest = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!manifest.is_object() || manifest.value("format", json()) != 1) return std::nullopt;
    const auto ledger = manifest.value("ledger", json::object());
    const auto made = manifest.value("made", json());
    if (!ledger.is_object() || !made.is_number_integer()) return std::nullopt;
    const auto number = [&](const char* name) {
        const auto found = ledger.find(name);
        return found != ledger.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
    };
    const auto word = [](const json& object, const char* name) {
        const auto found = object.find(name);
        return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
    };
    Generation generation{.id = id,
                          .made = model::WallTime{model::Milliseconds{made.get<std::int64_t>()}},
                          .version = word(manifest, "version"),
                          .events = number("events"),
                          .last = number("last"),
                          .head = word(ledger, "head"),
                          .ledger_sha256 = word(ledger, "sha256"),
                          .files = {},
                          .damage = {}};
    const auto files = manifest.value("configuration", json::object());
    for (const auto& [name, sha256] : files.items()) {
        if (sha256.is_string()) generation.files.emplace_back(name, sha256.get<std::string>());
    }
    return generation;
}

/// What differs from the manifest, or nothing.
std::string damage_of(const fs::path& folder, const Generation& generation) {
    auto files = generation.files;
    files.emplace_back(ledger_name, generation.ledger_sha256);
    for (const auto& [name, expected] : files) {
        const auto sha256 = sha256_of(folder / name);
        if (!sha256) return sha256.error();
        if (*sha256 != expected) return name + " is not what was backed up";
    }
    return {};
}

Generation read_generation(const fs::path& folder, const std::string& id) {
    Generation broken;
    broken.id = id;
    broken.damage = "its manifest is missing or not readable";
    std::error_code error;
    const auto path = folder / id / manifest_name;
    if (fs::file_size(path, error) > largest_manifest || error) return broken;
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto generation = generation_of(id, text);
    if (!generation) return broken;
    generation->damage = damage_of(folder / id, *generation);
    return *generation;
}

/// The configuration's files keep their names, so that they can be compared and put back by hand.
OrSentence<void> copy_configuration(const BackupSettings& settings, const fs::path& folder, Generation& generation) {
    std::error_code error;
    fs::create_directories(folder / "configuration" / "conf.d", error);
    if (error) return std::unexpected((folder / "configuration").string() + ": " + error.message());
    for (const auto& from : settings.configuration) {
        const bool main = &from == &settings.configuration.front();
        const auto name = (main ? fs::path("configuration") : fs::path("configuration/conf.d")) / from.filename();
        if (auto copied = copy_durably(from, folder / name); !copied) return copied;
        const auto sha256 = sha256_of(folder / name);
        if (!sha256) return std::unexpected(sha256.error());
        generation.files.emplace_back(name.string(), *sha256);
    }
    return {};
}

/// Fills `making` with a generation that is verified.
OrSentence<Generation> fill(const BackupSettings& settings, const fs::path& making, model::WallTime now) {
    Generation generation;
    generation.id = backup_id(now);
    generation.made = now;
    generation.version = settings.version;
    const auto copy = making / ledger_name;
    if (const auto copied = ledger::copy_ledger(settings.ledger.string(), copy.string()); !copied)
        return std::unexpected(copied.error().what);
    if (auto copied = copy_configuration(settings, making, generation); !copied) return std::unexpected(copied.error());
    const auto sha256 = sha256_of(copy);
    if (!sha256) return std::unexpected(sha256.error());
    generation.ledger_sha256 = *sha256;
    // what is not known yet is taken from the scratch, and what is known is compared with it
    const auto scratch = making / "scratch.db";
    if (auto copied = copy_durably(copy, scratch); !copied) return std::unexpected(copied.error());
    const auto ending = verify_file(scratch);
    remove_ledger(scratch);
    if (!ending) return std::unexpected("the backup does not verify: " + ending.error());
    generation.events = ending->events;
    generation.last = ending->last;
    generation.head = ending->head;
    if (auto written = write_durably(making / manifest_name, manifest_of(generation).dump(2) + "\n"); !written)
        return std::unexpected(written.error());
    if (auto synced = sync_folder(making); !synced) return std::unexpected(synced.error());
    return generation;
}

void remove_unfinished(const fs::path& folder) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (entry.path().filename().string().starts_with(unfinished)) fs::remove_all(entry.path(), ignored);
    }
}

void remove_old(const BackupSettings& settings) {
    const auto all = list_backups(settings.folder);
    if (!all) return;
    const auto keep = std::max<std::size_t>(settings.generations, 1);
    std::size_t good = 0;
    for (const auto& generation : *all) {
        if (!generation.damage.empty()) {
            spdlog::error("backup {}: {}; it is kept for examination and not counted", generation.id, generation.damage);
            continue;
        }
        if (++good <= keep) continue;
        std::error_code ignored;
        fs::remove_all(settings.folder / generation.id, ignored);
    }
}

} // namespace

void remove_ledger(const fs::path& path) {
    std::error_code ignored;
    for (const char* beside : {"", "-journal", "-wal", "-shm", ".lock"}) fs::remove(path.string() + beside, ignored);
}

OrSentence<Generation> make_backup(const BackupSettings& settings, model::WallTime now) {
    std::error_code error;
    fs::create_directories(settings.folder, error);
    if (!error) fs::permissions(settings.folder, fs::perms::owner_all, error);
    if (error) return std::unexpected(settings.folder.string() + ": " + error.message() + "; make it, owned by the user that runs hinomi");
    ledger::FileLock lock;
    if (const auto taken = lock.take((settings.folder / "backup").string()); !taken)
        return std::unexpected(taken.error().kind == ledger::StoreError::Kind::locked ? "another backup is being made there; wait for it"
                                                                                      : taken.error().what);
    remove_unfinished(settings.folder);
    const auto id = backup_id(now);
    const auto making = settings.folder / (std::string(unfinished) + id);
    if (fs::exists(settings.folder / id, error)) return std::unexpected("there is already a backup of this second, " + id);
    fs::create_directory(making, error);
    if (!error) fs::permissions(making, fs::perms::owner_all, error);
    if (error) return std::unexpected(making.string() + ": " + error.message());
    auto generation = fill(settings, making, now);
    if (generation) {
        fs::rename(making, settings.folder / id, error);
        if (error) generation = std::unexpected(making.string() + ": " + error.message());
    }
    if (!generation) {
        fs::remove_all(making, error);
        return generation;
    }
    if (auto synced = sync_folder(settings.folder); !synced) return std::unexpected(synced.error());
    remove_old(settings);
    return generation;
}

OrSentence<std::vector<Generation>> list_backups(const fs::path& folder) {
    std::vector<Generation> generations;
    std::error_code error;
    if (!fs::exists(folder, error)) return generations;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const auto name = entry.path().filename().string();
        if (entry.is_directory() && !name.starts_with('.')) generations.push_back(read_generation(folder, name));
    }
    if (error) return std::unexpected(folder.string() + ": " + error.message());
    std::ranges::sort(generations, std::ranges::greater{}, &Generation::id);
    return generations;
}

OrSentence<void> restore_to_scratch(const fs::path& folder, const Generation& generation, const fs::path& scratch) {
    if (!generation.damage.empty()) return std::unexpected("backup " + generation.id + ": " + generation.damage + "; take another one");
    const auto check = [&]() -> OrSentence<void> {
        if (auto copied = copy_durably(folder / generation.id / ledger_name, scratch); !copied) return copied;
        const auto ending = verify_file(scratch);
        if (!ending) return std::unexpected(ending.error());
        if (ending->last != generation.last || ending->head != generation.head)
            return std::unexpected("backup " + generation.id + " does not end where its manifest says; take another one");
        return {};
    };
    auto checked = check();
    if (!checked) remove_ledger(scratch);
    return checked;
}

} // namespace hinomi
