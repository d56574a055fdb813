#include "daemon/backup_configuration.hpp"

#include "io/system_files.hpp"
#include "ledger/sqlite_store.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/ledger/sample_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

namespace hinomi {
namespace {

namespace fs = std::filesystem;

/// A configuration as it lies on a disk, backed up once.
class ConfigurationBackup : public ::testing::Test {
protected:
    void SetUp() override {
        own_ = folder_ / "etc";
        write("etc/hinomi.yaml", main_);
        write("etc/conf.d/more.yaml", "relays:\n  - ca_file: " + (folder_ / "etc/nothing.pem").string() + "\n");
        write("etc/shop-ca.pem", "certificate");
        write("etc/shops.json", "shops");
        write("etc/templates/ja/page.text.mustache", "page");
        write("elsewhere/shops.json", "other shops");
        fs::permissions(own_ / "shops.json", fs::perms{0640});
    }
    void write(const fs::path& name, const std::string& text) {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name) << text;
    }
    std::string text_of(const fs::path& path) {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    /// What reading the configuration reads.
    std::vector<BackupSource> sources() {
        io::SystemFiles files;
        RememberedFiles remembered(files);
        for (const auto* path : {"etc/hinomi.yaml", "etc/conf.d/more.yaml", "etc/shops.json", "elsewhere/shops.json", "etc/shops.json",
                                 "etc/templates/ja/page.text.mustache"})
            EXPECT_TRUE(remembered.read((folder_ / path).string(), 1'000));
        EXPECT_FALSE(remembered.read((folder_ / "nothing.json").string(), 1'000));
        const auto certificates = read_certificates(remembered);
        EXPECT_EQ(remembered.list((own_ / "conf.d").string(), ".yaml"), std::vector<std::string>{"more.yaml"});
        return backup_sources((own_ / "hinomi.yaml").string(), (own_ / "templates").string(), remembered.seen(), certificates);
    }
    void back_up() {
        ledger::SqliteStore store((folder_ / "ledger.db").string());
        ASSERT_TRUE(store.open());
        ASSERT_TRUE(samples::fill(store));
        const auto made =
            make_backup({.ledger = folder_ / "ledger.db", .configuration = sources(), .folder = folder_ / "backups", .version = "1"},
                        clock_.now().wall);
        ASSERT_TRUE(made) << made.error();
        const auto all = list_backups(folder_ / "backups");
        ASSERT_TRUE(all && all->size() == 1 && all->front().damage.empty());
        generation_ = all->front();
    }
    std::map<std::string, std::string> put_back() {
        std::map<std::string, std::string> states;
        for (const auto& file : put_files_back(folder_ / "backups", generation_, own_)) {
            states[file.place.lexically_relative(folder_).string()] = word_of(file.state);
            EXPECT_EQ(file.why, "");
        }
        return states;
    }

    fakes::TemporaryFolder temporary_;
    fs::path folder_ = temporary_.path();
    fs::path own_;
    std::string main_ = "watches:\n  - liveness: {tls: {ca_file: " + (folder_ / "etc/shop-ca.pem").string() + "}}\n";
    fakes::ManualClock clock_;
    Generation generation_;
};

TEST_F(ConfigurationBackup, consists_of_what_reading_it_reads_each_once_and_under_a_name_of_its_own) {
    std::vector<std::string> names;
    for (const auto& source : sources()) names.push_back(source.name);
    EXPECT_EQ(names, (std::vector<std::string>{"configuration/hinomi.yaml", "configuration/conf.d/more.yaml",
                                               "configuration/lists/shops.json", "configuration/lists/2-shops.json",
                                               "configuration/templates/ja/page.text.mustache", "configuration/certificates/shop-ca.pem"}));
}

TEST_F(ConfigurationBackup, comes_back_where_it_is_missing_with_its_mode_and_nowhere_else) {
    back_up();
    EXPECT_TRUE(put_back().empty()) << "everything is as it was";
    fs::remove_all(own_);
    fs::remove_all(folder_ / "elsewhere");
    write("etc/conf.d/more.yaml", "changed since");
    EXPECT_EQ(put_back(), (std::map<std::string, std::string>{{"etc/hinomi.yaml", "put back"},
                                                              {"etc/conf.d/more.yaml", "differs"},
                                                              {"etc/shops.json", "put back"},
                                                              {"etc/shop-ca.pem", "put back"},
                                                              {"elsewhere/shops.json", "missing"},
                                                              {"etc/templates/ja/page.text.mustache", "put back"}}));
    EXPECT_EQ(text_of(own_ / "hinomi.yaml"), main_);
    EXPECT_EQ(text_of(own_ / "conf.d/more.yaml"), "changed since") << "nothing is overwritten";
    EXPECT_EQ(text_of(own_ / "shops.json"), "shops");
    EXPECT_EQ(fs::status(own_ / "shops.json").permissions(), fs::perms{0640});
    EXPECT_FALSE(fs::exists(folder_ / "elsewhere")) << "a backup decides nothing for the rest of the machine";
}

TEST_F(ConfigurationBackup, is_read_from_the_backup_where_the_machine_has_nothing) {
    back_up();
    io::SystemFiles files;
    BackedUpFiles backed_up(files, folder_ / "backups", generation_);
    write("etc/conf.d/more.yaml", "changed since");
    fs::remove(own_ / "hinomi.yaml");
    fs::remove_all(own_ / "templates");
    EXPECT_EQ(backed_up.read((own_ / "hinomi.yaml").string(), 1'000).value_or(""), main_);
    EXPECT_EQ(backed_up.read((own_ / "conf.d/more.yaml").string(), 1'000).value_or(""), "changed since") << "the machine's own comes first";
    EXPECT_FALSE(backed_up.read((own_ / "nothing").string(), 1'000));
    EXPECT_FALSE(backed_up.read((own_ / "hinomi.yaml").string(), 3)) << "within the same limits";
    EXPECT_EQ(backed_up.list((own_ / "templates/ja").string(), ".mustache"), std::vector<std::string>{"page.text.mustache"});
    EXPECT_EQ(backed_up.list((own_ / "conf.d").string(), ".yaml"), std::vector<std::string>{"more.yaml"});
    EXPECT_TRUE(backed_up.list((own_ / "templates/en").string(), ".mustache").empty());
}

TEST_F(ConfigurationBackup, with_a_manifest_that_points_out_of_it_is_damaged) {
    back_up();
    const auto manifest = folder_ / "backups" / generation_.id / "manifest.json";
    auto text = text_of(manifest);
    const std::string name = "configuration/lists/shops.json";
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
        text.replace(at, name.size(), "../../etc/shops.json");
    std::ofstream(manifest) << text;
    EXPECT_EQ(list_backups(folder_ / "backups")->front().damage, "its manifest names ../../etc/shops.json, which is not in it");
}

} // namespace
} // namespace hinomi
