#include "daemon/metrics.hpp"

#include "daemon/watch_series.hpp"
#include "web/metric_text.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace hinomi {

namespace {

constexpr model::Milliseconds lag_every{1'000};

/// Services that are in a maintenance window at this moment.
std::set<std::string> under_maintenance(const incidents::Book& book, model::WallTime now) {
    std::set<std::string> services;
    for (const auto& [id, facts] : book.maintenances) {
        const auto& window = facts.maintenance;
        const bool now_in_it = !facts.ended && window.start <= now && now < window.end;
        if (now_in_it) services.insert(window.services.begin(), window.services.end());
    }
    return services;
}

} // namespace

/// The three parts one after the other. Counts itself as long as it lives.
class Metrics::Scrape final : public web::BodySource {
public:
    Scrape(std::string engine_text, std::unique_ptr<web::BodySource> sla, std::unique_ptr<web::BodySource> watches,
           std::shared_ptr<std::uint32_t> scrapes)
        : engine_text_(std::move(engine_text)), sla_(std::move(sla)), watches_(std::move(watches)), scrapes_(std::move(scrapes)) {
        ++*scrapes_;
    }
    ~Scrape() override { --*scrapes_; }
    Scrape(const Scrape&) = delete;
    Scrape& operator=(const Scrape&) = delete;

    bool next(std::string& piece) override {
        if (sla_ != nullptr) {
            if (!sla_->next(piece)) sla_.reset();
            return true;
        }
        if (!engine_text_.empty()) {
            piece = std::exchange(engine_text_, {});
            return true;
        }
        return watches_->next(piece);
    }

private:
    std::string engine_text_;
    std::unique_ptr<web::BodySource> sla_;
    std::unique_ptr<web::BodySource> watches_;
    std::shared_ptr<std::uint32_t> scrapes_;
};

Metrics::Metrics(io::Clock& clock, Engine& engine, Settings settings)
    : clock_(clock), engine_(engine), settings_(std::move(settings)), figures_(clock, engine, settings_.engine), alarm_(clock) {}

Metrics::~Metrics() = default;

void Metrics::declare() {
    std::vector<const model::Watch*> watches;
    const auto& watching = engine_.watching();
    watches.reserve(watching.size());
    for (std::size_t index = 0; index < watching.size(); ++index) {
        if (!watching.vacant(index)) watches.push_back(&watching.watch(index));
    }
    sla_.declare(watches, engine_.directory());
}

void Metrics::redeclare() {
    declare();
    const auto& watching = engine_.watching();
    std::vector<WatchFigures::Declared> declared;
    declared.reserve(watching.size());
    for (std::size_t index = 0; index < watching.size(); ++index)
        declared.push_back(
            {.watch = watching.vacant(index) ? nullptr : &watching.watch(index), .condition = watching.state(index).condition});
    watches_.declare(declared, settings_.full.value_or(watching.count() <= full_up_to));
}

void Metrics::start(model::Sequence remembered_since) {
    for (const auto& [id, facts] : engine_.book().watches) {
        const bool long_ago = facts.verified && facts.verified_by < remembered_since;
        if (!long_ago) continue;
        const auto failing = facts.confirmed && facts.run ? std::optional(facts.run->first_bad.wall) : std::nullopt;
        const auto unknown = facts.unknown ? std::optional(facts.unknown->since.wall) : std::nullopt;
        sla_.fold().seen_before(id, failing, unknown);
    }
    redeclare();
    figures_.begin();
    engine_.journal().observe([this](const model::Event& event, const std::vector<incidents::DutyTransition>& transitions) {
        sla_.apply(event);
        figures_.apply(event, transitions);
    });
    auto& watching = engine_.watching();
    watching.observe_starts([this](const Start& start) {
        watches_.started(start);
        figures_.started(start);
    });
    watching.observe([this](const model::Watch&, const model::Observation& observation, const model::Verdict& verdict) {
        watches_.observed(observation, verdict);
    });
}

asio::awaitable<void> Metrics::watch_loop() {
    while (!stopping_) {
        const auto due = clock_.now().boot + lag_every;
        co_await alarm_.wait_until(due);
        if (!stopping_) figures_.loop_lagged(std::max(clock_.now().boot - due, model::Milliseconds{0}));
    }
}

void Metrics::stop() {
    stopping_ = true;
    alarm_.ring();
}

web::Answer Metrics::scrape(const web::Counts& web) {
    if (*scrapes_ >= settings_.scrapes_at_a_time) {
        auto answer = web::text_answer(503, "too many scrapes at a time; come again");
        answer.headers.emplace_back("Retry-After", "1");
        return answer;
    }
    const auto now = clock_.now().wall;
    UnderMaintenance maintained;  // only the details tell of it: of very many watches none is looked at
    if (const auto services = under_maintenance(engine_.book(), now); !services.empty() && watches_.now()->full()) {
        const auto& watching = engine_.watching();
        for (std::size_t index = 0; index < watching.size(); ++index) {
            const auto& mine = *watching.watch(index).services;
            const bool all = !mine.empty() && std::ranges::all_of(mine, [&](const auto& service) { return services.contains(service); });
            if (all) maintained.insert(index);
        }
    }
    web::Answer answer;
    answer.content_type = web::metric_content_type;
    answer.source = std::make_unique<Scrape>(figures_.text(web), sla_.series(now), watch_series(watches_, std::move(maintained)), scrapes_);
    return answer;
}

} // namespace hinomi
