#include "daemon/run.hpp"

#include "daemon/administration.hpp"
#include "daemon/backup.hpp"
#include "daemon/backup_watch.hpp"
#include "daemon/check.hpp"
#include "daemon/config_verbs.hpp"
#include "daemon/configuration.hpp"
#include "daemon/control.hpp"
#include "daemon/engine.hpp"
#include "daemon/heartbeat_out.hpp"
#include "daemon/log_sink.hpp"
#include "daemon/reload.hpp"
#include "daemon/watchdog.hpp"
#include "daemon/web_face.hpp"
#include "io/aside.hpp"
#include "io/boot_clock.hpp"
#include "io/http_engines.hpp"
#include "io/local_socket.hpp"
#include "io/send_lane.hpp"
#include "io/signal_queue.hpp"
#include "io/spawn.hpp"
#include "io/system_files.hpp"
#include "io/system_random.hpp"
#include "io/threaded_probe_lanes.hpp"
#include "ledger/recovery.hpp"
#include "ledger/sqlite_store.hpp"
#include "ledger/thread_writer.hpp"
#include "web/server_tls.hpp"

#include <boost/asio/signal_set.hpp>

#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace hinomi {

namespace {

/// Secrets live in this process's memory: no core dumps, no attaching by others.
void protect_memory() {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void print(const config::Problems& problems) {
    for (const auto& problem : problems) std::cerr << config::describe(problem) << '\n';
}

bool make_private_directory(const std::string& path) {
    using std::filesystem::perms;
    constexpr auto others = perms::group_write | perms::others_all;
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (!error && (std::filesystem::status(path, error).permissions() & others) != perms::none && !error)
        std::filesystem::permissions(path, others, std::filesystem::perm_options::remove, error);
    if (!error) return true;
    std::cerr << "error: the data directory " << path << " cannot be made or secured: " << error.message()
              << ". Create it, owned by the user that runs hinomi, or set storage.directory\n";
    return false;
}

/// The control socket's place: everybody may enter, nobody else may write.
bool make_runtime_directory(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (!error) return true;
    std::cerr << "error: the runtime directory " << path << " cannot be made: " << error.message()
              << ". Create it, owned by the user that runs hinomi, or set runtime_directory\n";
    return false;
}

Access access_of(const config::ControlSettings& settings) {
    const auto group = [](const std::string& name) { return name.empty() ? std::vector<std::string>{} : std::vector{name}; };
    return {.viewers = group(settings.viewer), .operators = group(settings.operator_group), .administrators = group(settings.admin)};
}

/// When the ledger's first event was written.
std::optional<model::WallTime> beginning_of(ledger::Store& store) {
    std::optional<model::WallTime> beginning;
    const auto read = store.replay(0, [&](const ledger::StoredEvent& event) {
        beginning = event.header.time;
        return false;
    });
    if (!read) spdlog::warn("the ledger's first event cannot be read: {}", read.error().what);
    return beginning;
}

/// The TLS of the administrative listener; nothing, and a problem, when one of its files is wrong.
std::shared_ptr<boost::asio::ssl::context> administration_context(const config::AdministrationSettings& settings, Secrets& secrets,
                                                                  config::Problems& problems) {
    const auto key = secrets.resolve(settings.key, problems);
    if (!key) return nullptr;
    auto context =
        web::server_context({.certificate_file = settings.certificate_file, .key = *key, .client_ca_file = settings.client_ca_file});
    if (context) return std::move(*context);
    problems.push_back({settings.key.position, "administration: " + context.error(), "Mend the files, or leave `administration` out"});
    return nullptr;
}

/// A reload that somebody asked for by SIGHUP.
Reloader::Wish wish_of(const io::SignalSender& sender) {
    if (!sender.known) return {.actor = "systemd or a signal", .origin = "signal", .reason = ""};
    return {.actor = name_of_user(sender.user), .origin = fmt::format("signal of process {}", sender.process), .reason = ""};
}

/// What is read beside the engine's settings, and is gone from the files by then.
struct Beside {
    std::optional<HeartbeatOut::Target> heartbeat_out;
    std::shared_ptr<boost::asio::ssl::context> administration;
};

/// The daemon in the real world: threads, sockets, files, signals around one Engine.
class Daemon {
public:
    /// `mail_threads`: mail transactions at a time.
    Daemon(const LoadedConfiguration& loaded, ledger::Store& store, std::size_t mail_threads)
        : clock_(context_.get_executor()), lanes_(loaded.settings.schedule.lanes, io::make_http_client), send_lane_(mail_threads),
          writer_(context_.get_executor(), store), control_socket_(loaded.settings.runtime_directory + "/control.sock") {}

    int run(EngineSettings settings, ledger::Store& store, std::string configuration_file, LoadedConfiguration loaded, Beside beside) {
        engine_.emplace(EngineEffects{context_.get_executor(), clock_, random_, lanes_, send_lane_.mail(), send_lane_.http(), writer_},
                        std::move(settings));
        auto last_backup = [this] { return backup_watch_ ? backup_watch_->newest() : std::nullopt; };
        web_.emplace(WebFace::Parts{context_.get_executor(), clock_, *engine_, std::move(last_backup)}, loaded.settings.metrics,
                     loaded.settings.data_directory + "/ledger.db", HINOMI_VERSION, loaded.sha256);
        const auto recovered = ledger::recover(store, fold_version, [this](const model::Event& event) {
            engine_->replay(event);
            web_->replayed(event);
        });
        if (!recovered) {
            std::cerr << "error: the ledger cannot be read: " << recovered.error().what << '\n';
            return exit_failed;
        }
        spdlog::info("ledger: {} events, {} replayed{}", recovered->last, recovered->replayed,
                     recovered->stopped_cleanly || recovered->last == 0 ? "" : "; the last run did not stop in an orderly way");
        control_.emplace(*engine_, access_of(loaded.settings.control), [this](const Request& request) {
            return reloader_->reload({.actor = request.actor,
                                      .origin = request.origin,
                                      .reason = request.given.text("reason"),
                                      .dry_run = request.given.has("dry-run"),
                                      .force = request.given.has("force")});
        });
        listener_.emplace(context_.get_executor(), clock_, control_socket_,
                          [this](io::Peer peer, std::string line) { return control_->answer(peer, std::move(line)); });
        if (const auto opened = listener_->open(); !opened) {
            std::cerr << "error: " << opened.error() << '\n';
            return exit_failed;
        }
        web_->start(store);
        const auto beginning = beginning_of(store);
        writer_.start();
        watchdog_.emplace(clock_, [this] { return engine_->progress(); }, notify_service_manager, watchdog_interval());
        engine_->start(*recovered, [this](const std::string& failure) { fail(failure); });
        io::spawn(context_.get_executor(), watchdog_->run(), [this](std::exception_ptr failure) {
            if (failure != nullptr) fail("watchdog");
        });
        start_heartbeat_out(std::move(beside.heartbeat_out));
        if (loaded.settings.administration) {
            administration_.emplace(context_.get_executor(), clock_, *loaded.settings.administration, std::move(beside.administration),
                                    [this](Reloader::Wish wish) { return reloader_->reload(std::move(wish)); });
            administration_->start();
            web_->count_also([this] { return administration_->counts(); });
        }
        reloader_.emplace(Reloader::Parts{context_.get_executor(), clock_, *engine_, std::move(configuration_file), environment,
                                          [this](bool under_way) { watchdog_->reloading(under_way); },
                                          [this](const Reloader::TakenOver& now) { take_over(now); }},
                          std::move(loaded.settings));
        start_backup_watch(beginning);
        wait_for_signals();
        wait_for_hangups();
        watchdog_->ready(fmt::format("watching {} targets", engine_->watching().count()));
        spdlog::info("hinomi watches {} targets for {} tenants", engine_->watching().count(), engine_->directory().tenants.size());
        context_.run();
        return exit_code_;
    }

    ~Daemon() {
        lanes_.stop();
        send_lane_.stop();
        writer_.stop();
        clock_.clear();
        context_.restart();
        context_.poll();  // lets what was cut unwind while the engine still stands
    }

private:
    void wait_for_signals() {
        signals_.async_wait([this](const boost::system::error_code& error, int signal) {
            if (error) return;
            spdlog::info("stopping: {}", signal == SIGTERM ? "SIGTERM" : "SIGINT");
            watchdog_->stopping();
            listener_->close();
            web_->stopping();
            io::spawn(context_.get_executor(), engine_->stop(signal == SIGTERM ? "SIGTERM" : "SIGINT"), [this](std::exception_ptr failure) {
                if (failure != nullptr) exit_code_ = exit_failed;
                context_.stop();
            });
        });
    }

    /// What changes with a reload outside of the engine.
    void take_over(const Reloader::TakenOver& now) {
        web_->redeclare();
        control_->set_access(access_of(now.settings.control));
        if (administration_) administration_->set_rights(now.settings.administration);
        heartbeat_out_->set_target(now.heartbeat_out);
    }

    void start_heartbeat_out(std::optional<HeartbeatOut::Target> target) {
        constexpr model::Milliseconds patience{30'000};  // as the unit's watchdog
        auto healthy = [this, pulse = std::make_shared<Pulse>(patience)] {
            return pulse->stuck(engine_->progress(), clock_.now().boot).empty();
        };
        heartbeat_out_.emplace(HeartbeatOut::Parts{clock_, send_lane_.http(), random_, std::move(healthy)}, std::move(target));
        io::spawn(context_.get_executor(), heartbeat_out_->run(), [](std::exception_ptr failure) {
            if (failure != nullptr) spdlog::error("heartbeat_out ended by a fault of its own");
        });
    }

    void start_backup_watch(std::optional<model::WallTime> beginning) {
        backup_watch_.emplace(BackupWatch::Parts{.clock = clock_,
                                                 .newest = [this] { return look_for_backups(); },
                                                 .every = [this] { return reloader_->running().backup.every; },
                                                 .tell = [this] { engine_->keeper().page_on_call("backup_old"); }},
                              beginning.value_or(clock_.now().wall));
        engine_->journal().observe([this](const model::Event& event, const auto&) {
            const auto* command = std::get_if<model::Commanded>(&event.payload);
            if (command != nullptr && command->verb == "backup made") backup_watch_->look();
        });
        io::spawn(context_.get_executor(), backup_watch_->run(), [](std::exception_ptr failure) {
            if (failure != nullptr) spdlog::error("nobody looks at the age of the backups any more, by a fault of our own");
        });
    }

    /// On a thread of its own: the folder may be on a disk that hangs.
    asio::awaitable<std::optional<model::WallTime>> look_for_backups() {
        const auto found = std::make_shared<std::optional<model::WallTime>>();
        std::function<void()> work = [found, folder = reloader_->running().backup.path] { *found = newest_backup(folder); };
        co_await io::aside(context_.get_executor(), clock_, std::move(work));
        co_return *found;
    }

    /// SIGHUP: what `hinomi reload` does, without --force; the answer goes to the log. One that comes while another is being followed
    /// waits for its end: the file may have changed since that one read it.
    void wait_for_hangups() {
        io::spawn(context_.get_executor(), reload_by_signal(), [this](std::exception_ptr failure) {
            if (failure != nullptr) spdlog::error("the reload failed by a fault of its own");
            wait_for_hangups();
        });
    }

    asio::awaitable<void> reload_by_signal() {
        const auto sender = co_await hangups_.next();
        auto wish = wish_of(sender);
        const auto answer = co_await reloader_->reload(std::move(wish));
        if (answer.exit_code != exit_ok) spdlog::error("reload: {}", joined_lines(answer.message));
    }

    /// A part died: nothing that promises deadlines may limp on. The unit restarts us, the ledger remembers.
    void fail(const std::string& failure) {
        spdlog::critical("a part of the daemon failed: {}; ending so that it is started again", failure);
        exit_code_ = exit_failed;
        context_.stop();
    }

    boost::asio::io_context context_{1};
    io::SignalQueue hangups_{context_.get_executor(), SIGHUP};  // before anything that starts a thread
    io::BootClock clock_;
    io::SystemRandom random_;
    io::ThreadedProbeLanes lanes_;
    io::SendLane send_lane_;
    ledger::ThreadWriter writer_;
    std::string control_socket_;
    boost::asio::signal_set signals_{context_, SIGTERM, SIGINT};
    std::optional<Engine> engine_;
    std::optional<Watchdog> watchdog_;
    std::optional<Reloader> reloader_;
    std::optional<Control> control_;
    std::optional<io::LocalListener> listener_;
    std::optional<WebFace> web_;
    std::optional<Administration> administration_;
    std::optional<HeartbeatOut> heartbeat_out_;
    std::optional<BackupWatch> backup_watch_;
    int exit_code_ = exit_ok;
};

} // namespace

int run_daemon(const std::string& configuration_file) {
    protect_memory();
    std::signal(SIGPIPE, SIG_IGN);
    io::SystemFiles files;
    Secrets secrets(files, environment);
    config::Problems problems;
    auto loaded = load_configuration(configuration_file, files, problems);
    if (!loaded || refuse_unkept(*loaded, problems)) {
        print(problems);
        return exit_configuration;
    }
    const auto& directory = loaded->settings.data_directory;
    if (!make_private_directory(directory) || !make_runtime_directory(loaded->settings.runtime_directory)) return exit_failed;
    ledger::SqliteStore store(directory + "/ledger.db");
    if (const auto opened = store.open(); !opened) {
        std::cerr << "error: the ledger in " << directory << " cannot be opened: " << opened.error().what << '\n';
        return exit_failed;
    }
    const auto contacts = store.contacts();
    if (!contacts) {
        std::cerr << "error: the ledger's contacts cannot be read: " << contacts.error().what << ". See `hinomi verify`\n";
        return exit_failed;
    }
    auto settings = engine_settings(*loaded, files, secrets, *contacts, problems);
    auto heartbeat_out = heartbeat_target(loaded->settings, secrets, problems);
    const auto& administration = loaded->settings.administration;
    auto tls = administration ? administration_context(*administration, secrets, problems) : nullptr;
    print(problems);
    if (!heartbeat_out && loaded->settings.heartbeat_out) return exit_configuration;
    if (administration && tls == nullptr) return exit_configuration;
    if (settings) {
        if (const auto saved = store.save_contacts(settings->added_contacts); !saved) {
            std::cerr << "error: new contacts cannot be saved: " << saved.error().what << ". Make the data directory writable\n";
            return exit_failed;
        }
    }
    if (!settings) return exit_configuration;
    keep_running_configuration(loaded->settings);
    forget_very_many(loaded->settings, loaded->watches);
    Daemon daemon(*loaded, store, settings->outbox.mail_parallel);
    return daemon.run(std::move(*settings), store, configuration_file, std::move(*loaded), {std::move(heartbeat_out), std::move(tls)});
}

} // namespace hinomi
