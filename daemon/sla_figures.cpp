#include "daemon/sla_figures.hpp"

#include "daemon/metric_table.hpp"
#include "reports/month.hpp"
#include "reports/service_hours.hpp"
#include "web/metric_text.hpp"

#include <array>
#include <optional>
#include <utility>

namespace hinomi {

namespace {

using reports::Availability;
using reports::Interval;

constexpr std::size_t services_a_turn = 64;
constexpr model::Milliseconds thirty_days{30LL * 86'400'000};

struct Row {
    std::string offering;
    std::array<Availability, 3> windows;  ///< month, last_month, 30d
    model::Milliseconds month_planned{0}; ///< of the whole month, its end included
    std::vector<std::pair<std::string, Availability>> tenants;
    double objective = 1;
};
constexpr std::array<std::string_view, 3> window_names{"month", "last_month", "30d"};

using Share = std::optional<double> (*)(const Availability&);

class SlaSeries final : public web::BodySource {
public:
    SlaSeries(const SlaFigures& figures, model::WallTime now) : figures_(figures), now_(now) {
        for (const auto& [name, service] : figures.directory().services) names_.push_back(name);
        rows_.reserve(names_.size());
    }

    bool next(std::string& piece) override {
        if (measured_ < names_.size()) {
            for (const auto until = std::min(names_.size(), measured_ + services_a_turn); measured_ < until; ++measured_) {
                if (auto row = measure(names_[measured_])) rows_.push_back(std::move(*row));
            }
            return true;
        }
        // A family's lines stand together, and a family of 10,000 services is a few pieces.
        for (; family_ < families.size(); ++family_, row_ = 0) {
            for (; row_ < rows_.size(); ++row_) {
                if (piece.size() >= web::piece_bytes) return true;
                if (row_ == 0) head(piece, families[family_].name);
                (this->*families[family_].write)(piece, families[family_].name, rows_[row_]);
            }
        }
        return false;
    }

private:
    struct Family {
        std::string_view name;
        void (SlaSeries::*write)(std::string& out, std::string_view name, const Row& row) const;
    };
    static const std::array<Family, 9> families;

    static void head(std::string& out, std::string_view name) {
        const auto& described = metric(name);
        web::append_family(out, name, word_of(described.kind), described.help);
    }

    /// Nothing for a service that a reload took away since the scrape began: what would be said of it is not measured.
    [[nodiscard]] std::optional<Row> measure(const std::string& name) const {
        const auto& directory = figures_.directory();
        const auto& fold = figures_.fold();
        const auto service = directory.services.find(name);
        if (service == directory.services.end()) return std::nullopt;
        Row row;
        row.offering = name;
        row.objective = service->second.availability / 100;
        const auto hours = [&](const Interval& window) { return reports::service_hours(service->second, window); };
        const auto& zone = service->second.time_zone;
        const auto month = reports::month_of(zone, now_);
        const std::array<Interval, 3> windows{Interval{month.from, now_}, reports::month_before(zone, now_),
                                              Interval{now_ - thirty_days, now_}};
        for (std::size_t index = 0; index < windows.size(); ++index) row.windows[index] = fold.measure(name, hours(windows[index]));
        row.month_planned = fold.measure(name, hours(month)).planned;
        if (const auto tenants = directory.tenants_of.find(name); tenants != directory.tenants_of.end()) {
            for (const auto& tenant : tenants->second) row.tenants.emplace_back(tenant, fold.measure(name, tenant, hours(windows[0])));
        }
        return row;
    }

    static void line(std::string& out, std::string_view name, const Row& row, std::string_view label, std::string_view value,
                     double number) {
        std::string labels;
        web::append_label(labels, "offering", row.offering);
        if (!label.empty()) web::append_label(labels, label, value);
        out.append(name).append("{").append(labels).append("} ");
        web::append_number(out, number);
        out += '\n';
    }

    /// Without planned time there is no figure, and no line.
    template <Share share> void per_window(std::string& out, std::string_view name, const Row& row) const {
        for (std::size_t index = 0; index < window_names.size(); ++index) {
            if (const auto value = share(row.windows[index])) line(out, name, row, "window", window_names[index], *value);
        }
    }

    void promised(std::string& out, std::string_view name, const Row& row) const { line(out, name, row, "", "", row.objective); }

    void budget(std::string& out, std::string_view name, const Row& row) const {
        const auto permitted = static_cast<double>(row.month_planned.count()) * (1 - row.objective);
        if (permitted <= 0) return;
        const auto used = static_cast<double>((row.windows[0].down + row.windows[0].unknown).count());
        line(out, name, row, "", "", 1 - used / permitted);
    }

    static double seconds(model::Milliseconds duration) { return static_cast<double>(duration.count()) / 1000; }

    void observed(std::string& out, std::string_view name, const Row& row) const {
        line(out, name, row, "", "", seconds(row.windows[0].planned - row.windows[0].unknown));
    }

    void downtime(std::string& out, std::string_view name, const Row& row) const {
        line(out, name, row, "cause", "unplanned", seconds(row.windows[0].down));
        line(out, name, row, "cause", "planned", seconds(row.windows[0].maintenance));
        line(out, name, row, "cause", "unknown", seconds(row.windows[0].unknown));
    }

    void per_tenant(std::string& out, std::string_view name, const Row& row) const {
        for (const auto& [tenant, figures] : row.tenants) {
            if (const auto value = reports::worst(figures)) line(out, name, row, "tenant", tenant, *value);
        }
    }

    const SlaFigures& figures_;
    model::WallTime now_;
    std::vector<std::string> names_;
    std::size_t measured_ = 0;  ///< of `names_`
    std::vector<Row> rows_;
    std::size_t family_ = 0;
    std::size_t row_ = 0;
};

const std::array<SlaSeries::Family, 9> SlaSeries::families{{
    {"hinomi_availability_ratio", &SlaSeries::per_window<reports::worst>},
    {"hinomi_availability_best_ratio", &SlaSeries::per_window<reports::best>},
    {"hinomi_availability_measured_ratio", &SlaSeries::per_window<reports::measured>},
    {"hinomi_availability_coverage_ratio", &SlaSeries::per_window<reports::coverage>},
    {"hinomi_availability_objective_ratio", &SlaSeries::promised},
    {"hinomi_error_budget_remaining_ratio", &SlaSeries::budget},
    {"hinomi_observed_seconds_total", &SlaSeries::observed},
    {"hinomi_downtime_seconds_total", &SlaSeries::downtime},
    {"hinomi_tenant_availability_ratio", &SlaSeries::per_tenant},
}};

} // namespace

void SlaFigures::declare(const std::vector<const model::Watch*>& watches, const model::Directory& directory) {
    directory_ = &directory;
    fold_.declare(watches, directory);
}

std::unique_ptr<web::BodySource> SlaFigures::series(model::WallTime now) {
    constexpr model::Milliseconds day{86'400'000};
    if (now - forgotten_ > day) {
        fold_.forget_before(now - availability_lookback);
        forgotten_ = now;
    }
    return std::make_unique<SlaSeries>(*this, now);
}

} // namespace hinomi
