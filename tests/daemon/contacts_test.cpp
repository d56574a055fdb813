#include "daemon/contacts.hpp"

#include <gtest/gtest.h>

namespace hinomi {
namespace {

class NoFiles final : public io::Files {
public:
    std::expected<std::string, io::FileError> read(std::string path, std::size_t) override {
        if (path == "/run/credentials/acme") return "from the credential\n";
        if (path == "/run/credentials/hinomi_pager") return "from the folder\n";
        return std::unexpected(io::FileError{path, "No such file or directory"});
    }
    std::vector<std::string> list(std::string, std::string) override { return {}; }
};

config::Settings settings() {
    config::Settings made;
    made.directory.tenants["acme"].name = "acme";
    made.contacts = {
        {.owner = "tenant:acme", .channel = model::ChannelKind::mail, .address = "it@acme.example", .secret = {}, .position = {}},
        {.owner = "manager", .channel = model::ChannelKind::mail, .address = "it@acme.example", .secret = {}, .position = {}},
        {.owner = "tenant:acme",
         .channel = model::ChannelKind::webhook,
         .address = "https://acme.example/hook",
         .secret = {.kind = config::SecretReference::Kind::credential, .name = "acme", .position = {"hinomi.yaml", 7, 3}},
         .position = {}}};
    return made;
}

std::optional<std::string> environment(const std::string& name) {
    if (name == "CREDENTIALS_DIRECTORY") return "/run/credentials";
    return std::nullopt;
}

TEST(Contacts, each_gets_an_id_of_its_own_and_the_directory_its_people) {
    NoFiles files;
    Secrets secrets(files, environment);
    config::Problems problems;
    const auto configured = settings();
    auto directory = configured.directory;
    const auto identified = identify_contacts(configured, {}, secrets, directory, problems);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(3u, identified.added.size());
    ASSERT_EQ(2u, directory.tenants["acme"].contacts.size());
    EXPECT_EQ("c1", directory.tenants["acme"].contacts[0].id);
    EXPECT_EQ("c3", directory.tenants["acme"].contacts[1].id);
    EXPECT_EQ("c2", directory.manager.contacts.at(0).id) << "the same address for another owner is another contact";
    EXPECT_EQ("from the credential", directory.tenants["acme"].contacts[1].secret);
}

TEST(Contacts, know_whether_they_are_reached_without_the_lines) {
    NoFiles files;
    Secrets secrets(files, environment);
    config::Problems problems;
    auto configured = settings();
    configured.contacts[2].out_of_band = true;
    auto directory = configured.directory;
    const auto identified = identify_contacts(configured, {}, secrets, directory, problems);
    EXPECT_TRUE(directory.tenants["acme"].contacts[1].out_of_band);
    EXPECT_TRUE(identified.all.at("c3").out_of_band);
    EXPECT_FALSE(identified.all.at("c1").out_of_band);
}

TEST(Contacts, a_secret_that_is_not_base64_is_told_also_beside_other_problems) {
    NoFiles files;
    const auto unreadable = [](const std::string& name) { return name == "ACME" ? std::optional<std::string>("whsec_no") : std::nullopt; };
    Secrets secrets(files, unreadable);
    auto configured = settings();
    configured.contacts[2].secret = {.kind = config::SecretReference::Kind::environment, .name = "ACME", .position = {"hinomi.yaml", 9, 3}};
    auto directory = configured.directory;
    config::Problems problems{{{"hinomi.yaml", 1, 1}, "something else", "Mend it", /*warning=*/true}};
    identify_contacts(configured, {}, secrets, directory, problems);
    ASSERT_EQ(2u, problems.size());
    EXPECT_EQ(9u, problems[1].position.line);
    EXPECT_FALSE(problems[1].warning);
}

TEST(Contacts, ids_stay_and_are_never_reused) {
    NoFiles files;
    Secrets secrets(files, environment);
    config::Problems problems;
    const auto configured = settings();
    auto directory = configured.directory;
    const std::vector<ledger::ContactRow> known{{"c9", "tenant:acme", 1, "https://acme.example/hook"},
                                                {"c4", "tenant:gone", 0, "old@gone.example"}};
    const auto identified = identify_contacts(configured, known, secrets, directory, problems);
    EXPECT_EQ("c9", directory.tenants["acme"].contacts[1].id);
    EXPECT_EQ("c10", directory.tenants["acme"].contacts[0].id);
    EXPECT_EQ("old@gone.example", identified.all.at("c4").address) << "armed duties still name it";
}

TEST(Contacts, a_secret_may_come_from_a_folder_that_the_unit_loads_whole) {
    NoFiles files;
    Secrets secrets(files, environment);
    auto configured = settings();
    configured.contacts[2].secret.name = "pager";
    auto directory = configured.directory;
    config::Problems problems;
    identify_contacts(configured, {}, secrets, directory, problems);
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ("from the folder", directory.tenants["acme"].contacts[1].secret);
}

TEST(Contacts, a_secret_that_is_not_there_is_told_with_its_place_and_a_remedy) {
    NoFiles files;
    Secrets secrets(files, environment);
    auto configured = settings();
    configured.contacts[2].secret.name = "other";
    auto directory = configured.directory;
    config::Problems problems;
    identify_contacts(configured, {}, secrets, directory, problems);
    ASSERT_EQ(1u, problems.size());
    EXPECT_EQ(7u, problems[0].position.line);
    EXPECT_NE(std::string::npos, problems[0].text.find("/run/credentials/other"));
    EXPECT_FALSE(problems[0].remedy.empty());
}

} // namespace
} // namespace hinomi
