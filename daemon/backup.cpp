#include "daemon/backup.hpp"

#include "ledger/backup.hpp"
#include "ledger/file_lock.hpp"
#include "ledger/recovery.hpp"
#include "ledger/sqlite_store.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
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
    json places = json::object();
    for (const auto& file : generation.files) {
        files[file.name] = file.sha256;
        places[file.name] = {{"path", file.place.string()},
                             {"mode", fmt::format("{:04o}", file.belonging.mode)},
                             {"owner", file.belonging.owner},
                             {"group", file.belonging.group}};
    }
    return {{"format", 1},
            {"made", generation.made.time_since_epoch().count()},
            {"version", generation.version},
            {"ledger",
             {{"sha256", generation.ledger_sha256}, {"events", generation.events}, {"last", generation.last}, {"head", generation.head}}},
            {"configuration", files},
            {"places", places}};
}

std::string word(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::vector<BackedUpFile> files_of(const json& manifest) {
    std::vector<BackedUpFile> made;
    const auto files = manifest.value("configuration", json::object());
    const auto places = manifest.value("places", json::object());
    for (const auto& [name, sha256] : files.items()) {
        if (!sha256.is_string()) continue;
        auto& file = made.emplace_back(BackedUpFile{.name = name, .sha256 = sha256.get<std::string>(), .place = {}, .belonging = {}});
        const auto place = places.is_object() ? places.find(name) : places.end();
        if (place == places.end() || !place->is_object()) continue;
        file.place = word(*place, "path");
        const auto mode = word(*place, "mode");
        constexpr int octal = 8;
        std::from_chars(mode.data(), mode.data() + mode.size(), file.belonging.mode, octal);
        file.belonging.owner = word(*place, "owner");
        file.belonging.group = word(*place, "group");
    }
    return made;
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
    return Generation{.id = id,
                      .made = model::WallTime{model::Milliseconds{made.get<std::int64_t>()}},
                      .version = word(manifest, "version"),
                      .events = number("events"),
                      .last = number("last"),
                      .head = word(ledger, "head"),
                      .ledger_sha256 = word(ledger, "sha256"),
                      .files = files_of(manifest),
                      .damage = {}};
}

/// Whether it stays in the folder that it is taken to be below.
bool is_below(const fs::path& name) {
    return name.is_relative() && std::ranges::none_of(name, [](const fs::path& part) { return part == ".."; });
}

/// What differs from the manifest, or nothing.
std::string damage_of(const fs::path& folder, const Generation& generation) {
    const auto differs = [&](const std::string& name, const std::string& expected) -> std::string {
        if (!is_below(name)) return "its manifest names " + name + ", which is not in it";
        const auto sha256 = sha256_of(folder / name);
        if (!sha256) return sha256.error();
        return *sha256 == expected ? "" : name + " is not what was backed up";
    };
    for (const auto& file : generation.files) {
        if (auto damage = differs(file.name, file.sha256); !damage.empty()) return damage;
    }
    return differs(ledger_name, generation.ledger_sha256);
}

std::optional<Generation> read_manifest(const fs::path& folder, const std::string& id) {
    std::error_code error;
    const auto path = folder / id / manifest_name;
    if (fs::file_size(path, error) > largest_manifest || error) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return generation_of(id, text);
}

Generation read_generation(const fs::path& folder, const std::string& id) {
    auto generation = read_manifest(folder, id);
    if (!generation) {
        Generation broken;
        broken.id = id;
        broken.damage = "its manifest is missing or not readable";
        return broken;
    }
    generation->damage = damage_of(folder / id, *generation);
    return *generation;
}

/// The configuration's files keep their names, so that they can be compared and put back by hand.
OrSentence<void> copy_configuration(const BackupSettings& settings, const fs::path& folder, Generation& generation) {
    for (const auto& source : settings.configuration) {
        const auto copy = folder / source.name;
        std::error_code error;
        fs::create_directories(copy.parent_path(), error);
        if (error) return std::unexpected(copy.parent_path().string() + ": " + error.message());
        if (auto copied = copy_durably(source.from, copy); !copied) return copied;
        auto sha256 = sha256_of(copy);
        if (!sha256) return std::unexpected(sha256.error());
        auto belonging = belonging_of(source.from);
        if (!belonging) return std::unexpected(belonging.error());
        generation.files.push_back({source.name, std::move(*sha256), fs::absolute(source.from).lexically_normal(), std::move(*belonging)});
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

std::optional<model::WallTime> newest_backup(const fs::path& folder) {
    std::optional<model::WallTime> newest;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const auto name = entry->path().filename().string();
        std::error_code unreadable;
        if (name.starts_with('.') || !entry->is_directory(unreadable)) continue;
        const auto generation = read_manifest(folder, name);
        if (generation && (!newest || generation->made > *newest)) newest = generation->made;
    }
    return newest;
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
