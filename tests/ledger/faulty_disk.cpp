#include "tests/ledger/faulty_disk.hpp"

#include "tests/fakes/counting_random.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace faults {

namespace {

constexpr std::size_t sector = 512;

void carry_out(std::string& bytes, const Content::Change& change) {
    if (change.truncate_to) {
        bytes.resize(*change.truncate_to);
        return;
    }
    if (bytes.size() < change.offset + change.bytes.size()) bytes.resize(change.offset + change.bytes.size());
    std::memcpy(bytes.data() + change.offset, change.bytes.data(), change.bytes.size());
}

/// The change cut at the borders of sectors, as a disk writes it.
std::vector<Content::Change> sectors_of(const Content::Change& change) {
    if (change.truncate_to) return {change};
    std::vector<Content::Change> parts;
    for (std::size_t at = 0; at < change.bytes.size();) {
        const auto length = std::min(sector - (change.offset + at) % sector, change.bytes.size() - at);
        parts.push_back({.offset = change.offset + at, .bytes = change.bytes.substr(at, length), .truncate_to = {}});
        at += length;
    }
    return parts;
}

void tear_file(Content& file, Tear tear, io::Random& random) {
    if (tear == Tear::everything_written) {
        for (const auto& change : file.pending) carry_out(file.durable, change);
    } else if (tear == Tear::cut_in_the_last && !file.pending.empty()) {
        const auto whole = random.next() % file.pending.size();
        for (std::size_t index = 0; index < whole; ++index) carry_out(file.durable, file.pending[index]);
        auto last = file.pending[whole];
        if (!last.truncate_to) {
            last.bytes.resize(random.next() % (last.bytes.size() + 1));
            carry_out(file.durable, last);
        }
    } else if (tear == Tear::some_sectors) {
        for (const auto& change : file.pending) {
            for (const auto& part : sectors_of(change)) {
                if (random.next() % 2 == 0) carry_out(file.durable, part);
            }
        }
    }
}

} // namespace

const char* word_of(Call call) {
    switch (call) {
    case Call::open: return "open";
    case Call::read: return "read";
    case Call::write: return "write";
    case Call::truncate: return "truncate";
    case Call::sync: return "sync";
    case Call::size: return "size";
    case Call::lock: return "lock";
    case Call::shm: return "shm";
    case Call::access: return "access";
    case Call::remove: return "remove";
    }
    return "";
}

void FaultyDisk::fail(std::uint64_t first, std::uint64_t count, bool full) {
    fail_first_ = first;
    fail_count_ = count;
    full_ = full;
}

void FaultyDisk::heal() {
    fail_count_ = 0;
    power_ends_ = 0;
}

const Content* FaultyDisk::find(const std::string& name) const {
    const auto found = files_.find(name);
    return found == files_.end() || !found->second.exists ? nullptr : &found->second;
}

bool FaultyDisk::allow(Call call, std::string_view file) {
    performed_.push_back({call, std::string(file)});
    const auto number = performed_.size();
    if (power_ends_ != 0 && number >= power_ends_) powered_ = false;
    const bool fails = !powered_ || (number >= fail_first_ && number < fail_first_ + fail_count_);
    if (fails) ++failed_;
    return !fails;
}

void FaultyDisk::write(Content& file, std::size_t offset, std::string bytes) {
    Content::Change change{.offset = offset, .bytes = std::move(bytes), .truncate_to = {}};
    carry_out(file.now, change);
    file.pending.push_back(std::move(change));
}

void FaultyDisk::truncate(Content& file, std::size_t size) {
    Content::Change change{.offset = 0, .bytes = {}, .truncate_to = size};
    carry_out(file.now, change);
    file.pending.push_back(std::move(change));
}

void FaultyDisk::sync(Content& file) {
    for (const auto& change : file.pending) carry_out(file.durable, change);
    file.pending.clear();
    if (file.durably_exists) return;
    file.durably_exists = file.exists;
    // SQLite syncs the folder with the first sync of a new journal, and with it every name that went before
    for (auto& [name, other] : files_) other.unsynced_removal.reset();
}

void FaultyDisk::remove(Content& file, bool durably) {
    file.exists = false;
    file.now.clear();
    file.pending.clear();
    if (!durably && file.durably_exists) file.unsynced_removal = file.durable;
    file.durably_exists = false;
    file.durable.clear();
}

void FaultyDisk::restart(Tear tear, std::uint64_t seed) {
    if (open_files_ != 0) std::abort();
    fakes::CountingRandom random(seed);
    for (auto& [name, file] : files_) {
        tear_file(file, tear, random);
        // a new file that nothing synced is there or not, as the tear has it
        const bool there = file.durably_exists || (file.exists && tear != Tear::nothing_written);
        if (!there) file.durable = file.unsynced_removal.value_or("");
        file.exists = file.durably_exists = there || file.unsynced_removal.has_value();
        file.unsynced_removal.reset();
        file.now = file.durable;
        file.pending.clear();
        file.locks.clear();
        file.shm.clear();
        file.shm_slots.clear();
        file.shm_users = 0;
    }
    powered_ = true;
    heal();
}

} // namespace faults
