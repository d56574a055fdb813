#include "io/host_facts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

namespace files = std::filesystem;

class HostFacts : public testing::Test {
public:
    ~HostFacts() override { files::remove_all(folder_); }

protected:
    HostFacts() {
        auto pattern = (files::temp_directory_path() / "hinomi-host-XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
    }

    void write(const files::path& path, const std::string& text) {
        files::create_directories((folder_ / path).parent_path());
        std::ofstream(folder_ / path) << text;
    }

    files::path folder_;
};

TEST_F(HostFacts, SeesWhatAFolderIsLike) {
    files::permissions(folder_, files::perms::owner_all);
    const auto facts = io::read_folder(folder_);
    EXPECT_TRUE(facts.exists && facts.is_folder && facts.writable);
    EXPECT_EQ(facts.mode, 0700U);
    EXPECT_EQ(facts.owner, io::effective_user());
    EXPECT_GT(facts.whole_bytes, 0U);
    EXPECT_LE(facts.free_bytes, facts.whole_bytes);
    EXPECT_FALSE(io::read_folder(folder_ / "nothing").exists);
}

TEST_F(HostFacts, SeesWhatAFileIsLike) {
    write("secret", "x");
    files::permissions(folder_ / "secret", files::perms::owner_read | files::perms::others_read);
    EXPECT_EQ(io::read_file_facts(folder_ / "secret").mode, 0404U);
    EXPECT_FALSE(io::read_file_facts(folder_ / "nothing").exists);
}

TEST_F(HostFacts, KnowsAnEncryptedDiskBelowAVolume) {
    write("plain/size", "1");
    EXPECT_EQ(io::encryption_of(folder_ / "plain"), io::Encryption::no);
    write("crypt/dm/uuid", "CRYPT-LUKS2-0123-root\n");
    EXPECT_EQ(io::encryption_of(folder_ / "crypt"), io::Encryption::yes);
    write("volume/dm/uuid", "LVM-abc\n");
    write("volume/slaves/dm-0/dm/uuid", "CRYPT-LUKS2-0123-root\n");
    EXPECT_EQ(io::encryption_of(folder_ / "volume"), io::Encryption::yes);
    write("volume/slaves/sdb1/size", "1");  // one of its two disks is not
    EXPECT_EQ(io::encryption_of(folder_ / "volume"), io::Encryption::no);
    EXPECT_EQ(io::encryption_of(folder_ / "nothing"), io::Encryption::unknown);
}

TEST_F(HostFacts, DoesNotFollowALoopOfDevicesForEver) {
    write("a/size", "1");
    files::create_directories(folder_ / "a/slaves");
    files::create_directory_symlink(folder_ / "a", folder_ / "a/slaves/a");
    EXPECT_EQ(io::encryption_of(folder_ / "a"), io::Encryption::unknown);
}

TEST_F(HostFacts, TellsOfThisProcess) {
    EXPECT_GT(io::most_descriptors(), 0U);
    const auto icmp = io::read_icmp_permission();
    const auto capabilities = io::read_capabilities();
    EXPECT_EQ(icmp.raw, std::ranges::find(capabilities, "cap_net_raw") != capabilities.end());
    const auto clock = io::read_clock_state();
    EXPECT_TRUE(clock.known || !clock.synchronised);
}

} // namespace
