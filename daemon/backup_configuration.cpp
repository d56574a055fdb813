#include "daemon/backup_configuration.hpp"

#include "config/document.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace hinomi {

namespace fs = std::filesystem;

namespace {

fs::path whole(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

bool is_below(const fs::path& path, const fs::path& folder) {
    const auto relative = path.lexically_relative(folder);
    return !relative.empty() && *relative.begin() != ".." && *relative.begin() != ".";
}

constexpr std::size_t longest_file = std::size_t{1} << 20;
constexpr std::array<std::string_view, 3> names_a_certificate{"ca_file", "certificate_file", "client_ca_file"};

void find_certificates(const config::Node& node, std::vector<std::string>& found) {
    for (const auto& [key, value] : node.entries()) {
        if (std::ranges::find(names_a_certificate, key) != names_a_certificate.end()) found.push_back(value.scalar());
        else find_certificates(value, found);
    }
    for (const auto& item : node.items()) find_certificates(item, found);
}

OrSentence<void> put_back(const fs::path& copy, const fs::path& place, const Belonging& belonging) {
    std::error_code error;
    fs::create_directories(place.parent_path(), error);
    if (error) return std::unexpected(place.parent_path().string() + ": " + error.message());
    if (auto copied = copy_durably(copy, place); !copied) return copied;
    if (auto given = give(place, belonging); !given) return given;
    return sync_folder(place.parent_path());
}

} // namespace

std::expected<std::string, io::FileError> RememberedFiles::read(std::string path, std::size_t limit) {
    auto text = files_.read(path, limit);
    if (text && std::ranges::find(seen_, path) == seen_.end()) seen_.push_back(std::move(path));
    return text;
}

std::vector<std::string> RememberedFiles::list(std::string folder, std::string suffix) {
    return files_.list(std::move(folder), std::move(suffix));
}

std::vector<std::string> read_certificates(RememberedFiles& remembered) {
    std::vector<std::string> certificates;
    const auto configuration = remembered.seen();  // a copy: reading on adds to it
    for (const auto& path : configuration) {
        config::Problems told_already;
        if (const auto text = remembered.read(path, longest_file))
            find_certificates(config::parse(*text, path, told_already), certificates);
    }
    std::erase_if(certificates, [&remembered](const auto& path) { return path.empty() || !remembered.read(path, longest_file); });
    return certificates;
}

std::vector<BackupSource> backup_sources(const std::string& main_file, const std::string& templates_folder,
                                         const std::vector<std::string>& read, const std::vector<std::string>& certificates) {
    const auto parts = fs::path(main_file).parent_path() / "conf.d";
    std::vector<BackupSource> sources;
    std::set<fs::path> known;
    std::set<std::string> names;
    for (const auto& path : read) {
        const fs::path from(path);
        if (!known.insert(whole(from)).second) continue;
        const auto file = from.filename().string();
        const auto folder = from.parent_path();
        std::string below = "lists/";
        if (path == main_file) below.clear();
        else if (std::ranges::find(certificates, path) != certificates.end()) below = "certificates/";
        else if (folder == parts) below = "conf.d/";
        else if (folder.parent_path() == fs::path(templates_folder)) below = "templates/" + folder.filename().string() + "/";
        auto name = "configuration/" + below + file;
        for (int number = 2; !names.insert(name).second; ++number) name = "configuration/" + below + std::to_string(number) + "-" + file;
        sources.push_back({from, std::move(name)});
    }
    return sources;
}

BackedUpFiles::BackedUpFiles(io::Files& files, const fs::path& folder, const Generation& generation)
    : files_(files), folder_(folder / generation.id), generation_(generation) {}

std::expected<std::string, io::FileError> BackedUpFiles::read(std::string path, std::size_t limit) {
    std::error_code error;
    const auto found = std::ranges::find(generation_.files, whole(path), &BackedUpFile::place);
    if (found == generation_.files.end() || fs::exists(path, error)) return files_.read(std::move(path), limit);
    return files_.read((folder_ / found->name).string(), limit);
}

std::vector<std::string> BackedUpFiles::list(std::string folder, std::string suffix) {
    auto names = files_.list(folder, suffix);
    const auto here = whole(fs::path(folder) / "name").parent_path();
    for (const auto& file : generation_.files) {
        const auto name = file.place.filename().string();
        if (file.place.parent_path() == here && name.ends_with(suffix) && std::ranges::find(names, name) == names.end())
            names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

std::vector<FilePutBack> put_files_back(const fs::path& folder, const Generation& generation, const fs::path& configuration_folder) {
    const auto own = whole(configuration_folder / "name").parent_path();
    std::vector<FilePutBack> all;
    for (const auto& file : generation.files) {
        if (file.place.empty()) continue;
        FilePutBack told{.place = file.place, .state = FilePutBack::State::put_back, .copy = folder / generation.id / file.name, .why = {}};
        std::error_code error;
        if (fs::exists(fs::symlink_status(file.place, error))) {
            if (const auto present = sha256_of(file.place); present && *present == file.sha256) continue;
            told.state = FilePutBack::State::different;
        } else if (!is_below(file.place.lexically_normal(), own)) {
            told.state = FilePutBack::State::elsewhere;
        } else if (const auto done = put_back(told.copy, file.place, file.belonging); !done) {
            told.state = FilePutBack::State::failed;
            told.why = done.error();
        }
        all.push_back(std::move(told));
    }
    return all;
}

std::string_view word_of(FilePutBack::State state) {
    switch (state) {
    case FilePutBack::State::put_back: return "put back";
    case FilePutBack::State::different: return "differs";
    case FilePutBack::State::elsewhere: return "missing";
    case FilePutBack::State::failed: return "failed";
    }
    return "?";
}

} // namespace hinomi
