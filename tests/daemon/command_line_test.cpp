#include "daemon/command_line.hpp"

#include "config/keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

namespace hinomi {
namespace {

using ::testing::HasSubstr;

struct Ran {
    int exit_code = 0;
    std::string out;
    std::string error;
};

Ran run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "hinomi");
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = run_command_line(static_cast<int>(pointers.size()), pointers.data());
    return {.exit_code = code, .out = ::testing::internal::GetCapturedStdout(), .error = ::testing::internal::GetCapturedStderr()};
}

struct Wrong {
    std::vector<std::string> arguments;
    std::string said;
};

TEST(CommandLine, wrong_use_is_told_in_one_line_with_the_next_step) {
    const std::vector<Wrong> table{
        {{"chekc"}, "there is no verb `chekc`. Did you mean \"check\"?"},
        {{"xyzzy"}, "See `hinomi --help`"},
        {{"incident"}, "`incident` needs one of: "},
        {{"incident", "akc", "INC-1"}, "there is no `incident akc`. Did you mean \"ack\"?"},
        {{"incident", "ack"}, "incident"},
        {{"incident", "void", "INC-1"}, "--reason"},
        {{"incident", "open", "--service", "portal", "--symptom", "x", "--severity", "awful"}, "awful"},
        {{"status", "--format", "xml"}, "xml"},
        {{"check", "--strcit"}, "--strcit"},
        {{}, "subcommand"},
    };
    for (const auto& [arguments, said] : table) {
        const auto ran = run(arguments);
        EXPECT_EQ(ran.exit_code, exit_usage) << ::testing::PrintToString(arguments);
        EXPECT_THAT(ran.error, HasSubstr(said));
        EXPECT_EQ(std::ranges::count(ran.error, '\n'), 1) << ran.error;
        EXPECT_EQ(ran.out, "");
    }
}

/// A verb's words as arguments, with something plausible for everything that is required except `left_out`.
std::vector<std::string> complete(const Verb& verb, std::string_view left_out = {}) {
    std::vector<std::string> arguments;
    std::istringstream words{std::string(verb.name)};
    for (std::string word; words >> word;) arguments.push_back(word);
    for (const auto& option : verb.options) {
        if (!option.required || option.name == left_out) continue;
        if (option.name.starts_with('-')) arguments.emplace_back(option.name);
        arguments.emplace_back("x");
    }
    return arguments;
}

std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

TEST(CommandLine, the_wrong_use_of_any_verb_names_the_word_and_the_help_of_that_verb) {
    for (const auto& verb : verbs()) {
        if (verb.between_programs) continue;
        std::vector<Wrong> table{
            {with(complete(verb), {"--no-such-option"}), "--no-such-option"},
            {with(complete(verb), {"surplus", "words"}), "words"},
            {with(complete(verb), {"--config"}), "--config"},
        };
        if (verb.rows) table.push_back({with(complete(verb), {"--format", "xml"}), "xml"});
        for (const auto& option : verb.options) {
            const std::string name(option.name);
            if (option.required) table.push_back({complete(verb, option.name), name});
            if (!option.one_of.empty()) table.push_back({with(complete(verb), {name, "awful"}), "awful"});
            if (option.kind != Option::Kind::flag && name.starts_with('-'))
                table.push_back({with(complete(verb, option.name), {name}), name});
        }
        for (const auto& [arguments, said] : table) {
            const auto ran = run(arguments);
            EXPECT_EQ(ran.exit_code, exit_usage) << ::testing::PrintToString(arguments) << ran.error;
            EXPECT_THAT(ran.error, HasSubstr(said)) << ::testing::PrintToString(arguments);
            EXPECT_THAT(ran.error, HasSubstr("See `hinomi " + std::string(verb.name) + " --help`")) << ::testing::PrintToString(arguments);
            EXPECT_EQ(std::ranges::count(ran.error, '\n'), 1) << ran.error;
            EXPECT_EQ(ran.out, "") << "nothing was done";
        }
    }
}

TEST(CommandLine, a_daemon_that_does_not_run_is_exit_code_4) {
    const auto ran = run({"status", "--socket", "/nowhere/control.sock"});
    EXPECT_EQ(ran.exit_code, exit_unreachable);
    EXPECT_THAT(ran.error, HasSubstr("cannot be reached at /nowhere/control.sock"));
    EXPECT_EQ(run({"status", "--socket", "/" + std::string(200, 'x')}).exit_code, exit_unreachable);
}

/// Files of a test: by path.
class FewFiles final : public io::Files {
public:
    explicit FewFiles(std::map<std::string, std::string> texts) : texts_(std::move(texts)) {}
    std::expected<std::string, io::FileError> read(std::string path, std::size_t) override {
        const auto found = texts_.find(path);
        if (found == texts_.end()) return std::unexpected(io::FileError{path, "No such file or directory"});
        return found->second;
    }
    std::vector<std::string> list(std::string folder, std::string suffix) override {
        std::vector<std::string> names;
        for (const auto& [path, text] : texts_) {
            if (path.starts_with(folder + "/") && path.ends_with(suffix)) names.push_back(path.substr(folder.size() + 1));
        }
        return names;
    }

private:
    std::map<std::string, std::string> texts_;
};

TEST(CommandLine, the_socket_is_where_the_file_or_conf_d_beside_it_says) {
    struct Row {
        std::map<std::string, std::string> files;
        std::string directory;
    };
    const std::vector<Row> table{
        {{}, "/run/hinomi"},
        {{{"/etc/h/hinomi.yaml", "mode: live\n"}}, "/run/hinomi"},
        {{{"/etc/h/hinomi.yaml", "runtime_directory: /run/a\n"}}, "/run/a"},
        {{{"/etc/h/hinomi.yaml", "mode: live\n"}, {"/etc/h/conf.d/b.yaml", "runtime_directory: /run/b\n"}}, "/run/b"},
        {{{"/etc/h/conf.d/a.yaml", "- a list\n"}, {"/etc/h/conf.d/b.yaml", "runtime_directory: /run/b\n"}}, "/run/b"},
        {{{"/etc/h/hinomi.yaml", "mode: [live\n"}, {"/etc/h/conf.d/b.yaml", "runtime_directory: /run/b\n"}}, "/run/b"},
        {{{"/etc/h/hinomi.yaml", "runtime_directory: {a: b}\n"}, {"/etc/h/conf.d/b.yaml", "mode: live\n"}}, "/run/hinomi"},
    };
    for (const auto& [texts, directory] : table) {
        FewFiles files(texts);
        EXPECT_EQ(runtime_directory_of("/etc/h/hinomi.yaml", files), directory) << ::testing::PrintToString(texts);
    }
}

TEST(CommandLine, what_programs_ask_of_each_other_is_no_word_of_it) {
    EXPECT_THAT(run({"backup", "made", "20261130T030000Z"}).error, HasSubstr("made"));
    EXPECT_EQ(run({"backup", "made", "20261130T030000Z"}).exit_code, exit_usage);
    std::ostringstream page;
    std::ostringstream completion;
    print_manual_page(page);
    print_completion(completion);
    EXPECT_EQ(page.str().find("backup made"), std::string::npos);
    EXPECT_EQ(completion.str().find("made failed"), std::string::npos) << "it has no second words";
}

TEST(CommandLine, whatever_changes_something_answers_programs_too) {
    for (const auto& verb : verbs()) {
        if (verb.run == nullptr && !verb.between_programs) EXPECT_TRUE(verb.rows) << verb.name;
    }
}

TEST(CommandLine, every_verb_has_help) {
    for (const auto& verb : verbs()) {
        if (verb.between_programs) continue;
        std::vector<std::string> arguments;
        std::istringstream words{std::string(verb.name)};
        for (std::string word; words >> word;) arguments.push_back(word);
        arguments.emplace_back("--help");
        const auto ran = run(arguments);
        EXPECT_EQ(ran.exit_code, 0) << verb.name;
        for (const auto& option : verb.options) EXPECT_THAT(ran.out, HasSubstr(std::string(option.name))) << verb.name;
    }
}

TEST(CommandLine, the_table_is_sound) {
    std::set<std::string_view> names;
    for (const auto& verb : verbs()) {
        EXPECT_TRUE(names.insert(verb.name).second) << verb.name;
        EXPECT_FALSE(verb.help.empty() || verb.help.ends_with('.')) << verb.name;
        EXPECT_FALSE(verb.group.empty()) << verb.name;
        std::set<std::string_view> options;
        for (const auto& option : verb.options) {
            EXPECT_TRUE(options.insert(bare(option.name)).second) << verb.name << option.name;
            EXPECT_FALSE(option.help.empty()) << verb.name << option.name;
            EXPECT_EQ(option.kind == Option::Kind::flag, option.value.empty()) << verb.name << option.name;
        }
    }
}

TEST(CommandLine, the_man_page_and_the_completion_know_every_verb) {
    std::ostringstream page;
    std::ostringstream completion;
    print_manual_page(page);
    print_completion(completion);
    for (const auto& verb : verbs()) {
        if (verb.between_programs) continue;
        std::string name(verb.name);
        EXPECT_THAT(completion.str(), HasSubstr(name.substr(name.find(' ') + 1)));
        for (auto place = name.find('-'); place != std::string::npos; place = name.find('-', place + 2)) name.insert(place, "\\");
        EXPECT_THAT(page.str(), HasSubstr(".B " + name));
    }
    EXPECT_THAT(completion.str(),
                HasSubstr("'notify test --role') COMPREPLY=($(compgen -W 'on_call manager' -- \"$current\")); return ;;\n"));
    EXPECT_THAT(completion.str(), HasSubstr("'config diff --against') COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n"));
    EXPECT_THAT(completion.str(), HasSubstr("'incident ack --reason') return ;;\n"));
}

TEST(CommandLine, the_man_page_of_the_configuration_knows_every_key) {
    std::ostringstream page;
    print_configuration_page(page);
    for (const auto& key : config::keys()) EXPECT_THAT(page.str(), HasSubstr(".B " + std::string(key.name) + "\n")) << key.section;
    EXPECT_THAT(page.str(), HasSubstr(".B every\n"));
    EXPECT_EQ(run({"manual", "--configuration"}).exit_code, 0);
}

} // namespace
} // namespace hinomi
