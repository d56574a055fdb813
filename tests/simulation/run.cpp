#include "tests/simulation/run.hpp"

#include "daemon/engine.hpp"
#include "io/inline_probe_lanes.hpp"
#include "io/spawn.hpp"
#include "ledger/codec.hpp"
#include "ledger/recovery.hpp"
#include "tests/simulation/edits.hpp"
#include "tests/simulation/faults.hpp"
#include "tests/simulation/invariants.hpp"
#include "tests/simulation/machine.hpp"
#include "tests/simulation/people.hpp"
#include "tests/simulation/seams.hpp"
#include "tests/simulation/targets.hpp"
#include "tests/simulation/topology.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/simulation/truth.hpp"

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace simulation {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_work_at_one_instant = 200'000;
constexpr Milliseconds stop_takes{5 * 60'000};

/// FNV-1a over everything that happened.
class HistoryHash {
public:
    void add(std::string_view text) {
        for (const char letter : text) hash_ = (hash_ ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
    }
    [[nodiscard]] std::uint64_t value() const { return hash_; }

private:
    std::uint64_t hash_ = 14695981039346656037ULL;
};

/// One life of the process, from exec to its end. Order matters: a crash clears the timers, then the context, while
/// everything that their coroutines refer to still stands.
struct Life {
    Life(World& world, SimulatedDisk& disk, const Topology& topology, Invariants& invariants, std::uint64_t seed)
        : clock(world), random(Dice(seed)), writer(world, clock, disk),
          targets(world, clock, [&invariants](Target& target) { invariants.probing(target); }), probe_http(targets), stream(targets),
          datagram(targets), resolver(world, clock), lanes({clock, probe_http, stream, resolver, datagram}),
          mail(world, clock, [&invariants](const std::string& id) { invariants.sending(id); }),
          http(world, clock, [&invariants](const std::string& id) { invariants.sending(id); }),
          context(std::make_unique<asio::io_context>(1)),
          engine(std::make_unique<hinomi::Engine>(hinomi::EngineEffects{context->get_executor(), clock, random, lanes, mail, http, writer},
                                                  settings_of(topology))),
          moments(clock, topology.directory.time_zone) {}

    ~Life() {
        clock.clear();
        context->stop();
        context.reset();
        engine.reset();
    }

    SimulatedClock clock;
    SimulatedRandom random;
    SimulatedWriter writer;
    SimulatedTargets targets;
    TargetHttp probe_http;
    TargetStream stream;
    TargetDatagram datagram;
    SimulatedResolver resolver;
    io::InlineProbeLanes lanes;
    SimulatedMail mail;
    SimulatedWebhookHttp http;
    std::unique_ptr<asio::io_context> context;
    std::unique_ptr<hinomi::Engine> engine;
    hinomi::Moments moments;
    bool stopping = false;
    bool ended = false;  ///< stopped in an orderly way
};

Topology reduced_topology(World& world, const Reduction& reduction) {
    auto topology = draw_topology(world);
    reduce(topology, world, reduction);
    return topology;
}

/// One run: the world, the disk, and one life after another.
class Run {
public:
    explicit Run(const RunOptions& options)
        : options_(options), world_(Dice(options.seed)), timeline_(options.trace, world_),
          topology_(reduced_topology(world_, options.reduction)), invariants_(world_, topology_),
          attack_(world_, topology_, options.attack, teller()), faults_(world_, topology_, hooks()),
          people_(world_, topology_, [this] { return desk(); }, teller()) {}

    RunResult go() {
        RunResult result;
        try {
            boot();
            if (options_.attack == Attack::none) {
                faults_.begin();
                people_.begin();
            }
            attack_.begin();
            live_until(faults_until_);
            timeline_.tell("--- everything heals");
            faults_.heal_all();
            people_.end();
            live_until(world_.now + options_.healing);
            flush();
            invariants_.finish(durable_events(), truth_);
            if (const auto& worst = attack_.worst(); worst.waited > worst.bound) {
                throw Violation("told_within_the_bound", fmt::format("{} was accepted after {} ms, computed are {} ms", worst.duty,
                                                                     worst.waited.count(), worst.bound.count()));
            }
        } catch (const Violation& violation) {
            result.violation = invariants_.first() ? invariants_.first()->what() : violation.what();
            timeline_.tell(fmt::format("VIOLATION {}", *result.violation));
        } catch (const std::exception& error) {
            result.violation = fmt::format("engine_never_throws: {}", error.what());
        }
        life_.reset();
        conclude(result);
        return result;
    }

private:
    std::function<void(const std::string&)> teller() {
        if (!timeline_.wanted()) return nullptr;
        return [this](const std::string& text) { timeline_.tell(text); };
    }

    Desk desk() {
        if (life_ == nullptr || life_->ended || life_->stopping || asleep()) return {};
        return {.engine = life_->engine.get(), .moment = life_->moments.now()};
    }

    FaultHooks hooks() {
        FaultHooks hooks;
        hooks.crash = [this](bool machine) {
            crash_in_ = world_.dice.between(0, 60);
            machine_ = machine;
        };
        hooks.stop_orderly = [this] { stop_orderly(); };
        hooks.reload = [this] {
            if (asleep()) return;  // nobody edits a file on a machine that is suspended
            auto next = topology_;
            const auto what = change_configuration(world_, next);
            auto settings = settings_of(next);
            const auto now = desk();
            const bool abandons = now.engine != nullptr && !now.engine->would_abandon(settings.watches).empty() && !world_.dice.chance(500);
            const bool without_credential = now.engine != nullptr && !abandons && world_.dice.chance(100);
            if (abandons || without_credential) {
                const std::string why = abandons ? "rejected" : "without_credential";
                ++world_.faults["reload_" + why];
                timeline_.tell("RELOAD " + why + ": " + what);
                return now.engine->reject_reload(
                    why, {model::Commanded{.actor = "simulated", .origin = "signal", .verb = "reload", .subjects = {}, .reason = {}}});
            }
            ++world_.faults["reload_" + what];
            timeline_.tell("RELOAD " + what);
            topology_ = std::move(next);
            for (std::size_t index = 0; index < world_.targets.size(); ++index) world_.targets[index].name = topology_.watches[index].id;
            world_.reloaded_at = world_.now;
            invariants_.configuration_changed();
            if (now.engine != nullptr) now.engine->reload(std::move(settings), {});
        };
        hooks.break_store = [this](ledger::StoreError::Kind kind, bool written_all_the_same) {
            disk_.broken = ledger::StoreError{kind, "simulated"};
            disk_.writes_all_the_same = written_all_the_same;
        };
        hooks.mend_store = [this] {
            disk_.broken.reset();
            disk_.writes_all_the_same = false;
            if (std::exchange(world_.disk_stalls, false)) world_.disk_well_since = world_.now;
            timeline_.tell("the ledger's disk is well");
        };
        hooks.trace = teller();
        return hooks;
    }

    /// What is on the disk. Only what has changed since the last call is decoded: a crash may have cut the end off.
    const std::vector<model::Event>& durable_events() {
        std::size_t known = 0;
        for (const auto& stored : disk_.events()) {
            const auto index = known++;
            if (index < durable_.size() && durable_[index].sequence == stored.header.sequence && payloads_[index] == stored.payload)
                continue;
            durable_.resize(std::min(index, durable_.size()));
            payloads_.resize(durable_.size());
            auto event = ledger::decode(stored.header.sequence, stored.header.version, stored.payload);
            if (!event) throw Violation("ledger_is_readable", event.error());
            durable_.push_back(std::move(*event));
            payloads_.push_back(stored.payload);
        }
        durable_.resize(known);
        payloads_.resize(known);
        return durable_;
    }

    void boot() {
        ++world_.life;
        world_.life_began = world_.now;
        world_.stopping = false;
        life_ = std::make_unique<Life>(world_, disk_, topology_, invariants_, world_.dice.next());
        auto& engine = *life_->engine;
        const auto recovered = ledger::recover(disk_, hinomi::fold_version, [&engine](const model::Event& event) { engine.replay(event); });
        if (!recovered) throw Violation("ledger_is_readable", recovered.error().what);
        const auto& durable = durable_events();
        invariants_.life_began(engine, durable, recovered->replayed < durable.size());
        engine.journal().observe([this](const model::Event& event, const auto&) {
            ++events_;
            invariants_.event(event);
            attack_.event(event, life_->engine->book());
        });
        engine.watching().observe(
            [this](const auto& watch, const auto& observation, const auto& verdict) { invariants_.judged(watch, observation, verdict); });
        timeline_.tell(fmt::format("life {} begins, {} events replayed", world_.life, recovered->replayed));
        engine.start(*recovered, [](const std::string& failure) { throw Violation("engine_never_throws", failure); });
    }

    void crash() {
        timeline_.tell(machine_ ? "CRASH  the machine" : "CRASH  kill -9");
        crash_in_.reset();
        world_.life_ended = world_.now;
        life_->writer.crash(/*keep=*/world_.dice.chance(500));
        life_.reset();
        if (topology_.rates.long_downtimes && !world_.healed && world_.dice.chance(50)) return stay_down();
        auto pause = world_.dice.chance(700) ? world_.dice.between(100ms, 5s) : world_.dice.wait(10min);
        boot_after(pause);
    }

    /// Nobody starts the process for hours, or for days. That time comes on top of the phase with faults.
    void stay_down() {
        const Milliseconds pause = world_.dice.chance(700) ? world_.dice.between(1h, 8h) : world_.dice.between(8h, 100h);
        ++world_.faults["long_downtime"];
        timeline_.tell(fmt::format("it stays down for {} min", pause / 1min));
        faults_until_ += pause;
        boot_after(pause);
    }

    void boot_after(Milliseconds pause) {
        world_.at(world_.now + pause, [this] {
            if (life_ != nullptr) return;
            if (asleep()) return boot_after(world_.asleep_until - world_.now);
            if (topology_.rates.reload_every > Milliseconds{0} && world_.dice.chance(30)) {
                ++world_.faults["start_without_credential"];
                timeline_.tell("START  refused: a credential is missing");
                return boot_after(world_.dice.between(5s, 10min));
            }
            if (std::exchange(machine_, false)) {
                world_.boot_zero = world_.now - world_.dice.between(5s, 60s);
                world_.boot_id = world_.dice.next();
                if (world_.dice.chance(200)) {
                    world_.wall_offset = -world_.now;  // the clock starts at 1970
                    ++world_.faults["boot_at_1970"];
                }
            }
            boot();
        });
    }

    void stop_orderly() {
        if (life_ == nullptr || life_->ended) return;
        timeline_.tell("an orderly stop");
        life_->stopping = world_.stopping = true;
        io::spawn(life_->context->get_executor(), life_->engine->stop("simulated"), [this](std::exception_ptr failure) {
            if (failure != nullptr) throw Violation("orderly_stop_ends", "an exception escaped");
            life_->ended = true;
        });
        world_.at(world_.now + stop_takes, [this, life = world_.life] {
            if (life_ == nullptr || world_.life != life || asleep() || world_.now - world_.awake_since < stop_takes) return;
            throw Violation("orderly_stop_ends", "it has lasted for " + std::to_string(stop_takes.count()) + " ms");
        });
    }

    /// Lets everything that is ready run; a crash falls between any two handlers.
    void turn() {
        while (life_ != nullptr && life_->context->poll_one() > 0) {
            world_.undurable = !life_->engine->ledger().durable();
            if (crash_in_ && (*crash_in_)-- <= 0) {
                crash();
                return;
            }
            if (life_->ended) {
                life_.reset();
                boot_after(world_.dice.between(100ms, 20s));
                return;
            }
            if (++work_ > most_work_at_one_instant) throw Violation("work_at_one_instant_ends", "the engine does not come to rest");
        }
        if (life_ != nullptr) {
            life_->context->restart();
            invariants_.turn();
        }
    }

    [[nodiscard]] bool asleep() const { return world_.now < world_.asleep_until; }

    /// `end` may move away meanwhile.
    void live_until(const Milliseconds& end) {
        while (true) {
            if (!asleep()) turn();
            timeline_.tell_of_acceptances();
            const auto timer = life_ != nullptr && !asleep() ? life_->clock.next_due() : Milliseconds::max();
            const auto next = std::min(timer, world_.next_plan());
            if (next > end) break;
            if (next > world_.now) work_ = 0;
            go_on(next);
            world_.run_plans_due();
            if (life_ != nullptr && !asleep()) life_->clock.run_one();
        }
        go_on(end);
    }

    void go_on(Milliseconds until) {
        if (until <= world_.now) return;
        truth_.go_on(until, life_ != nullptr && !asleep());
        world_.now = until;
    }

    /// Lets the last batch reach the disk.
    void flush() { live_until(world_.now + 1min); }

    void conclude(RunResult& result) {
        HistoryHash hash;
        for (const auto& stored : disk_.events()) hash.add(stored.payload);
        for (const auto& accepted : world_.accepted) {
            hash.add(accepted.message_id);
            hash.add(std::to_string(accepted.at.count()));
            hash.add(accepted.text);
        }
        result.hash = hash.value();
        result.attempts = world_.attempts;
        result.events = events_;
        result.lives = world_.life;
        result.deliveries = world_.accepted.size();
        result.simulated = world_.now;
        result.faults = world_.faults;
        result.worst = attack_.worst();
    }

    RunOptions options_;
    Milliseconds faults_until_{options_.length};
    World world_;
    Timeline timeline_;
    SimulatedDisk disk_;
    std::vector<model::Event> durable_;  ///< the disk's events, decoded, beside the payloads that they were decoded from
    std::vector<std::string> payloads_;
    Truth truth_{world_};
    Topology topology_;
    Invariants invariants_;
    BoundAttack attack_;
    Faults faults_;
    People people_;
    std::unique_ptr<Life> life_;
    std::optional<std::int64_t> crash_in_;
    bool machine_ = false;
    std::uint64_t events_ = 0;
    std::uint64_t work_ = 0;  ///< handlers run at this instant
};

} // namespace

RunResult run(const RunOptions& options) { return Run(options).go(); }

} // namespace simulation
