#pragma once

#include "io/files.hpp"

namespace io {

/// The real file system.
class SystemFiles final : public Files {
public:
    [[nodiscard]] std::expected<std::string, FileError> read(std::string path, std::size_t limit) override;
    [[nodiscard]] std::vector<std::string> list(std::string folder, std::string suffix) override;
};

} // namespace io
