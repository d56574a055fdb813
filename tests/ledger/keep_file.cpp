#include "ledger/sqlite_store.hpp"
#include "tests/ledger/sample_file.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

namespace {

/// Seeds for the fuzz targets: each kind of payload, a heartbeat, rows of headers, and the whole file.
bool write_corpus(const std::filesystem::path& folder, const std::filesystem::path& file) {
    const auto records = folder / "ledger_fuzz";
    const auto files = folder / "ledger_file_fuzz";
    std::filesystem::create_directories(records);
    std::filesystem::create_directories(files);
    for (const auto& event : samples::stored_events()) {
        const auto begin = event.payload.find("\"event\":\"") + 9;
        const auto name = event.payload.substr(begin, event.payload.find('"', begin) - begin);
        std::ofstream(records / name, std::ios::binary) << 'p' << event.payload;
    }
    std::ofstream(records / "heartbeat", std::ios::binary) << 'h' << R"({"at":[5,6,18446744073709551615],"watches":3,"overdue":["a"]})";
    std::ofstream(records / "headers", std::ios::binary)
        << std::string("rlS\x02\x01\x00\x00", 7) << std::string(17, '\x01') << std::string("\x02\x04\x00", 3) << "acme"
        << std::string("\x00\x15\x00", 3) << R"({"event":"went_live"})" << std::string(1, '\x01');
    std::filesystem::copy_file(file, files / "one_of_each", std::filesystem::copy_options::overwrite_existing);
    return true;
}

} // namespace

/// keep_file FILE [CORPUS]: writes the ledger file that later releases must be able to read, as tests/data/ledger/FORMAT.sqlite,
/// and the seeds of the fuzz targets below the folder CORPUS (tests/fuzz/corpus).
int main(int argument_count, char** arguments) {
    if (argument_count < 2 || argument_count > 3) {
        std::cerr << "usage: keep_file FILE [CORPUS]\n";
        return 2;
    }
    const std::string path = arguments[1];
    if (std::filesystem::exists(path)) {
        std::cerr << path << " exists: a kept file is never written again\n";
        return 1;
    }
    {
        ledger::SqliteStore store(path);
        auto written = store.open();
        if (written) written = samples::fill(store);
        if (!written) {
            std::cerr << written.error().what << '\n';
            return 1;
        }
    }
    std::filesystem::remove(path + ".lock");
    return argument_count == 2 || write_corpus(arguments[2], path) ? 0 : 1;
}
