#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

namespace io {

struct FileError {
    std::string path;
    std::string what;  ///< for people: the system's words
};

/// Reading of configuration, templates and credentials. Bounded; blocking, so for start and reload only.
class Files {
public:
    virtual ~Files() = default;

    /// The whole file; an error when it is larger than `limit`.
    [[nodiscard]] virtual std::expected<std::string, FileError> read(std::string path, std::size_t limit) = 0;

    /// Names (without folder) of the regular files in `folder` that end with `suffix`, sorted. Empty if there is no folder.
    [[nodiscard]] virtual std::vector<std::string> list(std::string folder, std::string suffix) = 0;
};

} // namespace io
