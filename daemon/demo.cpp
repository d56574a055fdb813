#include "daemon/demo.hpp"

#include "daemon/demo_scene.hpp"
#include "daemon/demo_screen.hpp"
#include "daemon/demo_story.hpp"
#include "daemon/exit_code.hpp"
#include "io/boot_clock.hpp"
#include "io/child_process.hpp"
#include "io/sleep.hpp"
#include "io/spawn.hpp"
#include "ledger/codec.hpp"
#include "ledger/sqlite_store.hpp"

#include <boost/asio/signal_set.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string_view>

namespace hinomi {

namespace {

namespace fs = std::filesystem;
using model::Language;
using model::Milliseconds;

constexpr Milliseconds look_every{100};
constexpr Milliseconds start_takes{60'000};
constexpr Milliseconds well_for{10'000};       // before a part is broken
constexpr Milliseconds telling_takes{120'000};
constexpr Milliseconds reading_takes{8'000};   // after the alerts, before the part is mended
constexpr Milliseconds stopping_takes{15'000};
constexpr std::size_t customers = 2;
constexpr std::size_t log_lines_told = 20;

constexpr std::string_view intro_en =
    R"(hinomi demo: a small online shop with three parts, its customers' mail server, and hinomi itself, all on this machine.
It takes about a minute; Ctrl-C ends it at any time and leaves nothing behind. To be quick, the parts are looked at every 2 s instead
of every 60 s, and notices wait 2 s for each other instead of 15 s. The limits are the real ones: a first alert within 20 minutes.
)";
constexpr std::string_view intro_ja =
    R"(hinomi demo: 3 つの部品からなる小さなオンラインショップ、お客様のメールサーバー、hinomi 本体を、すべてこのマシンの中だけで動かします。
所要時間は約 1 分。Ctrl-C でいつでも終了でき、何も残りません。早くお見せするため、監視間隔は 60 秒でなく 2 秒、通知をまとめる待ち時間は
15 秒でなく 2 秒にしてあります。期限は本番どおり、速報は検知から 20 分以内です。
)";
constexpr std::string_view outro_en =
    R"(
That was hinomi. Both customers were told with {0} to spare, in their own languages, and {1} mails arrived in all.
Each obligation was in the ledger before anything was sent, so a crash at any instant would have lost none of them.

Next, with your own service: write these three lines to hinomi.yaml,

    watch: https://portal.example.jp/healthz
    mail: it@acme.example
    relay: smtp://relay.example.jp

then `hinomi check --config hinomi.yaml` tells the worst case, and `hinomi run --config hinomi.yaml` watches.
)";
constexpr std::string_view outro_ja =
    R"(
以上が hinomi です。お客様 2 社へ、それぞれの言語で、期限まで{0}を残して知らせました。届いたメールは全部で {1} 通です。
どの期限も送信の前に台帳へ記録されているため、どの瞬間に停止しても失われません。

次はご自身のサービスで。次の 3 行を hinomi.yaml に書きます。

    watch: https://portal.example.jp/healthz
    mail: it@acme.example
    relay: smtp://relay.example.jp

`hinomi check --config hinomi.yaml` が最悪の所要時間を計算し、`hinomi run --config hinomi.yaml` が監視を始めます。
)";

/// A private folder that goes with its holder.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::error_code error;
        path_ = (fs::temp_directory_path(error) / "hinomi-demo-XXXXXX").string();
        if (error || mkdtemp(path_.data()) == nullptr) path_.clear();
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }  ///< empty: none could be made

private:
    std::string path_;
};

struct Wishes {
    Language language = Language::en;
    bool keep = false;
};

class Demo {
public:
    Demo(Wishes wishes, DemoScreen screen)
        : wishes_(wishes), screen_(screen), clock_(context_.get_executor()), scene_(context_.get_executor(), clock_),
          story_(wishes.language) {}
    ~Demo() {
        clock_.clear();
        context_.restart();
        context_.poll();  // lets what was cut unwind while the scene still stands
    }
    Demo(const Demo&) = delete;
    Demo& operator=(const Demo&) = delete;

    int run() {
        if (folder_.path().empty()) {
            std::cerr << "error: no temporary folder can be made. Set TMPDIR to a folder that you may write to\n";
            return exit_failed;
        }
        signals_.async_wait([this](const boost::system::error_code& error, int) { interrupted_ = !error; });
        io::spawn(context_.get_executor(), play(), [this](std::exception_ptr failure) {
            if (failure != nullptr) failed_ = "the demo failed by a fault of its own";
            context_.stop();
        });
        context_.run();
        if (failed_.empty()) return exit_ok;
        screen_.state("");
        std::cerr << "error: " << failed_ << '\n';
        tell_log();
        return exit_failed;
    }

private:
    [[nodiscard]] std::string in(const char* ja, const char* en) const { return wishes_.language == Language::ja ? ja : en; }
    [[nodiscard]] Milliseconds now() { return clock_.now().boot; }
    void say(DemoLine::Kind kind, std::string word, std::string text) {
        screen_.show(now() - began_, {kind, std::move(word), std::move(text), {}});
    }

    asio::awaitable<void> play() {
        screen_.say(std::string(wishes_.language == Language::ja ? intro_ja : intro_en));
        began_ = now();
        if (co_await act()) {
            const auto margin = fmt::format(fmt::runtime(in("{}分{}秒", "{} min {} s")), story_.least_margin().count() / 60'000,
                                            story_.least_margin().count() % 60'000 / 1'000);
            screen_.say(fmt::format(fmt::runtime(wishes_.language == Language::ja ? outro_ja : outro_en), margin, scene_.mails()));
            if (wishes_.keep) co_await stay();
        }
        co_await end();
    }

    /// True when the story came to its end; false when it was interrupted, or failed.
    asio::awaitable<bool> act() {
        if (auto failure = co_await scene_.open(); !failure.empty()) {
            failed_ = std::move(failure);
            co_return false;
        }
        if (!start_daemon()) co_return false;
        if (!co_await wait_until(in("hinomi の起動", "hinomi starts"), start_takes,
                                 [this] { return story_.passed() == DemoScene::parts.size(); }))
            co_return false;
        say(DemoLine::Kind::plain, in("監視中", "watching"),
            fmt::format(fmt::runtime(in("3 つの部品を 2 秒ごとに監視。メトリクスは http://127.0.0.1:{}/metrics",
                                        "three parts, every 2 s; metrics at http://127.0.0.1:{}/metrics")),
                        scene_.metrics_port()));
        if (!co_await pass(in("すべて正常。まもなく 1 つを壊します", "all is well; one part breaks soon"), well_for)) co_return false;
        scene_.break_part();
        say(DemoLine::Kind::trouble, in("故障", "broken"),
            in("login を停止しました(ポートが閉じた状態)", "login is stopped: its port is closed"));
        const auto told = [this] { return story_.told(model::Stage::first_alert) == customers; };
        if (!co_await wait_until(in("hinomi が気づき、確かめ、お客様へ知らせます", "hinomi notices, makes sure, and tells the customers"),
                                 telling_takes, told))
            co_return false;
        if (!co_await pass(in("まもなく login を直します", "login is mended soon"), reading_takes)) co_return false;
        scene_.mend_part();
        say(DemoLine::Kind::good, in("修復", "mended"), in("login を再開しました", "login answers again"));
        const auto recovered = [this] { return story_.told(model::Stage::recovery) == customers; };
        co_return co_await wait_until(in("hinomi が復旧を確かめ、お客様へ知らせます", "hinomi makes sure, and tells the customers"),
                                      telling_takes, recovered);
    }

    bool start_daemon() {
        const auto file = folder_.path() + "/hinomi.yaml";
        std::ofstream(file) << scene_.configuration(folder_.path());
        std::error_code error;
        const auto program = fs::read_symlink("/proc/self/exe", error);
        auto started = error ? std::unexpected(error.message())
                             : io::ChildProcess::start(context_.get_executor(), {.path = program.string(),
                                                                                 .arguments = {"run", "--config", file},
                                                                                 .output = folder_.path() + "/hinomi.log"});
        if (!started) {
            failed_ = "hinomi cannot be started: " + started.error();
            return false;
        }
        daemon_ = std::move(*started);
        io::spawn(context_.get_executor(), wait_for_daemon(), [](std::exception_ptr) {});
        return true;
    }

    asio::awaitable<void> wait_for_daemon() { daemon_code_ = co_await daemon_->ended(); }

    /// Shows what the ledger has to tell since the last look, as `hinomi verify` reads it while the daemon writes.
    void look() {
        const auto file = folder_.path() + "/data/ledger.db";
        if (!store_ && !fs::exists(file)) return;
        if (!store_) {
            store_.emplace(file, nullptr, ledger::Access::reading);
            if (!store_->open()) return store_.reset();
        }
        const auto read = store_->replay(seen_, [this](const ledger::StoredEvent& stored) {
            seen_ = stored.header.sequence;
            const auto event = ledger::decode(stored.header.sequence, stored.header.version, stored.payload);
            if (!event) return true;
            for (const auto& line : story_.tell(*event)) screen_.show(event->time.boot - began_, line);
            return true;
        });
        if (!read) store_.reset();  // it was being made: look again later
    }

    /// False: somebody ended the demo, or the daemon is gone, which is a failure.
    bool goes_on() {
        if (interrupted_) return false;
        if (daemon_code_) failed_ = fmt::format("hinomi ended with {}", *daemon_code_);
        return !daemon_code_;
    }

    asio::awaitable<bool> wait_until(std::string what, Milliseconds most, std::function<bool()> done) {
        const auto until = now() + most;
        while (true) {
            look();
            if (done()) co_return true;
            if (!goes_on()) co_return false;
            if (now() > until) {
                failed_ = "this took too long: " + what;
                co_return false;
            }
            screen_.state(what);
            co_await io::sleep_until(clock_, now() + look_every);
        }
    }

    asio::awaitable<bool> pass(std::string what, Milliseconds time) {
        const auto until = now() + time;
        co_return co_await wait_until(std::move(what), time + start_takes, [this, until] { return now() >= until; });
    }

    asio::awaitable<void> stay() {
        screen_.say(fmt::format(
            fmt::runtime(in("hinomi は動き続けています。Ctrl-C で終了します。別の端末で: hinomi status --socket {0}/run/control.sock\n",
                            "hinomi goes on; Ctrl-C ends it. In another terminal: hinomi status --socket {0}/run/control.sock\n")),
            folder_.path()));
        while (goes_on()) {
            look();
            co_await io::sleep_until(clock_, now() + look_every);
        }
    }

    /// Lets the daemon stop in an orderly way; what does not is ended with us.
    asio::awaitable<void> end() {
        screen_.state("");
        if (daemon_ == nullptr) co_return;
        daemon_->signal(SIGTERM);
        const auto until = now() + stopping_takes;
        while (!daemon_code_ && now() < until) co_await io::sleep_until(clock_, now() + look_every);
    }

    void tell_log() const {
        std::ifstream log(folder_.path() + "/hinomi.log");
        std::deque<std::string> last;
        for (std::string line; std::getline(log, line);) {
            last.push_back(line);
            if (last.size() > log_lines_told) last.pop_front();
        }
        for (const auto& line : last) std::cerr << "  " << line << '\n';
    }

    Wishes wishes_;
    DemoScreen screen_;
    TemporaryFolder folder_;
    asio::io_context context_{1};
    io::BootClock clock_;
    DemoScene scene_;
    DemoStory story_;
    boost::asio::signal_set signals_{context_, SIGTERM, SIGINT};
    std::unique_ptr<io::ChildProcess> daemon_;
    std::optional<int> daemon_code_;
    std::optional<ledger::SqliteStore> store_;
    model::Sequence seen_ = 0;
    Milliseconds began_{0};
    bool interrupted_ = false;
    std::string failed_;
};

/// The language of messages as POSIX has it: the first of these variables that is set.
Language language_of_environment() {
    for (const auto* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return std::string_view(value).starts_with("ja") ? Language::ja : Language::en;
    }
    return Language::en;
}

} // namespace

int demo_verb(const Given& given) {
    spdlog::set_level(spdlog::level::off);
    std::signal(SIGPIPE, SIG_IGN);
    Wishes wishes{.language = language_of_environment(), .keep = given.has("keep")};
    if (given.has("language")) wishes.language = given.text("language") == "ja" ? Language::ja : Language::en;
    const bool terminal = isatty(STDOUT_FILENO) == 1;
    const char* no_color = std::getenv("NO_COLOR");  // no-color.org: set and not empty
    const bool plain = no_color != nullptr && *no_color != '\0';
    return Demo(wishes, DemoScreen(std::cout, terminal && !plain, terminal)).run();
}

} // namespace hinomi
