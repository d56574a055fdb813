#include "ledger/chain.hpp"
#include "ledger/recovery.hpp"
#include "ledger/sqlite_store.hpp"
#include "tests/ledger/faulty_vfs.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

void require(bool kept) {
    if (!kept) std::abort();
}

/// The folder is only for the lock; the file lies in memory.
std::string path_of_file() {
    static const std::string folder = [] {
        std::string name = (std::filesystem::temp_directory_path() / "hinomi-fuzz-XXXXXX").string();
        require(mkdtemp(name.data()) != nullptr);
        return name;
    }();
    return folder + "/ledger.db";
}

} // namespace

/// The input is a ledger file, damaged anyhow: the store refuses it by a named error, or works with what it verified.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    faults::FaultyVfs vfs("fuzz");
    const auto path = path_of_file();
    auto& file = vfs.disk().content(path);
    file.now = file.durable = {reinterpret_cast<const char*>(data), size};
    file.exists = file.durably_exists = true;
    ledger::SqliteStore store(path, vfs.name());
    if (const auto opened = store.open(); !opened) {
        require(opened.error().what.find("; ") != std::string::npos);
        return 0;
    }
    const auto recovered = ledger::recover(store, 1, [](const model::Event&) {});
    require(recovered || !recovered.error().what.empty());
    const auto verified = ledger::verify(store);
    require(verified || !verified.error().what.empty());
    if (const auto contacts = store.contacts(); !contacts) require(!contacts.error().what.empty());
    if (!verified || !recovered) return 0;
    ledger::StoredEvent next;
    next.header.sequence = recovered->last + 1;
    next.payload = R"({"event":"went_live"})";
    std::vector<ledger::StoredEvent> events{next};
    ledger::link(events, verified->head);
    if (const auto appended = store.append(events, {}); !appended) require(!appended.error().what.empty());
    return 0;
}
