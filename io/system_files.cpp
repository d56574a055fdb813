#include "io/system_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace io {

namespace {

constexpr std::size_t first_piece = 64 << 10;

} // namespace

std::expected<std::string, FileError> SystemFiles::read(std::string path, std::size_t limit) {
    errno = 0;
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return std::unexpected(FileError{path, "is a directory"});
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::unexpected(FileError{path, errno != 0 ? std::strerror(errno) : "cannot be opened"});
    // in pieces: the limit may be a thousand times what is there, and what is told of a size beforehand need not be true
    std::string text;
    while (file && text.size() <= limit) {
        const auto known = text.size();
        const auto more = std::min(std::max(known, first_piece), limit + 1 - known);
        text.resize(known + more);
        file.read(text.data() + known, static_cast<std::streamsize>(more));
        text.resize(known + static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad()) return std::unexpected(FileError{path, errno != 0 ? std::strerror(errno) : "cannot be read"});
    if (text.size() > limit) return std::unexpected(FileError{path, "is larger than " + std::to_string(limit) + " bytes"});
    return text;
}

std::vector<std::string> SystemFiles::list(std::string folder, std::string suffix) {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const auto name = entry->path().filename().string();
        std::error_code unreadable;  // of this entry alone, such as a dangling link: the others still count
        if (entry->is_regular_file(unreadable) && name.ends_with(suffix)) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

} // namespace io
