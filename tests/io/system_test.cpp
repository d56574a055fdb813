#include "io/system_files.hpp"
#include "io/system_random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

namespace {

TEST(SystemRandom, FillsEveryByteAndDoesNotRepeatItself) {
    io::SystemRandom random;
    std::array<std::uint8_t, 4099> bytes{};
    random.fill(bytes);
    // 64 zeros in a row do not happen by chance
    EXPECT_EQ(std::ranges::search_n(bytes, 64, 0).begin(), bytes.end());
    std::set<std::uint64_t> numbers;
    for (int count = 0; count < 100; ++count) numbers.insert(random.next());
    EXPECT_EQ(numbers.size(), 100U);
    random.fill({});
}

class SystemFiles : public testing::Test {
public:
    SystemFiles() {
        folder = std::filesystem::temp_directory_path() / ("hinomi_files_" + std::to_string(io::SystemRandom().next()));
        std::filesystem::create_directories(folder / "folder.yaml");
        write("b.yaml", "12345");
        write("a.yaml", "");
        write("c.txt", "text");
        std::filesystem::create_symlink("nowhere", folder / "dangling.yaml");
        std::filesystem::create_symlink("b.yaml", folder / "link.yaml");
    }
    ~SystemFiles() override { std::filesystem::remove_all(folder); }

protected:
    void write(const std::string& name, const std::string& text) const { std::ofstream(folder / name) << text; }

    std::filesystem::path folder;
    io::SystemFiles files;
};

TEST_F(SystemFiles, ReadsAWholeFileUpToTheLimit) {
    EXPECT_EQ(files.read(folder / "b.yaml", 5).value(), "12345");
    EXPECT_EQ(files.read(folder / "b.yaml", 100).value(), "12345");
    EXPECT_EQ(files.read(folder / "a.yaml", 0).value(), "");
    const std::string long_text(1'000'003, 'x');
    write("long.yaml", long_text);
    EXPECT_EQ(files.read(folder / "long.yaml", 2'000'000).value(), long_text);
}

// reading a list of targets took, and held, the 256 MiB that one may have at most
TEST_F(SystemFiles, a_small_file_takes_little_room_whatever_the_limit) {
    EXPECT_LT(files.read(folder / "b.yaml", std::size_t{1} << 40).value().capacity(), std::size_t{1} << 20);
}

TEST_F(SystemFiles, NamesTheFileAndTheReasonOfAnError) {
    const auto larger = files.read(folder / "b.yaml", 4);
    ASSERT_FALSE(larger);
    EXPECT_EQ(larger.error().path, (folder / "b.yaml").string());
    EXPECT_EQ(larger.error().what, "is larger than 4 bytes");
    const auto absent = files.read(folder / "absent", 4);
    ASSERT_FALSE(absent);
    EXPECT_EQ(absent.error().what, "No such file or directory");
    const auto directory = files.read(folder, 4);
    ASSERT_FALSE(directory);
    EXPECT_EQ(directory.error().what, "is a directory");
}

TEST_F(SystemFiles, ListsRegularFilesSortedAndIsNotPutOffByADanglingLink) {
    EXPECT_EQ(files.list(folder, ".yaml"), (std::vector<std::string>{"a.yaml", "b.yaml", "link.yaml"}));
    EXPECT_EQ(files.list(folder / "absent", ".yaml"), std::vector<std::string>{});
}

} // namespace
