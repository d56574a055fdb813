#pragma once

#include "io/files.hpp"

#include <string>
#include <utility>
#include <vector>

namespace fakes {

/// One file, whatever its name.
class OneFile final : public io::Files {
public:
    explicit OneFile(std::string text) : text_(std::move(text)) {}
    std::expected<std::string, io::FileError> read(std::string, std::size_t) override { return text_; }
    std::vector<std::string> list(std::string, std::string) override { return {}; }

private:
    std::string text_;
};

} // namespace fakes
