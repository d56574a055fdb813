#include "tests/simulation/shrink.hpp"

#include <utility>

namespace simulation {

namespace {

constexpr Milliseconds minute{60'000};

class Shrinking {
public:
    Shrinking(RunOptions options, const std::string& violation, const std::function<RunResult(const RunOptions&)>& run)
        : options_(std::move(options)), wanted_(name_of(violation)), run_(run) {
        options_.trace = nullptr;
    }

    RunOptions go() && {
        shorten();
        for (const auto& kind : fault_kinds()) {
            auto fewer = options_;
            fewer.reduction.faults.insert(kind);
            keep_if_it_fails(std::move(fewer));
        }
        make_fewer(&Reduction::tenants, most_tenants);
        make_fewer(&Reduction::watches, most_watches);
        shorten();
        return options_;
    }

private:
    static constexpr std::size_t most_tenants = 4;  // of five; more are never drawn
    static constexpr std::size_t most_watches = 16;

    bool fails(const RunOptions& options) const {
        const auto result = run_(options);
        return result.violation && name_of(*result.violation) == wanted_;
    }

    bool keep_if_it_fails(RunOptions options) {
        if (!fails(options)) return false;
        options_ = std::move(options);
        return true;
    }

    void shorten() {
        auto longest = options_.length / minute;
        decltype(longest) shortest = 0;
        while (longest - shortest > 1) {
            auto tried = options_;
            const auto middle = shortest + (longest - shortest) / 2;
            tried.length = middle * minute;
            (keep_if_it_fails(std::move(tried)) ? longest : shortest) = middle;
        }
    }

    /// Half as many, as long as it still fails.
    void make_fewer(std::size_t Reduction::* number, std::size_t most) {
        for (auto count = most; count > 0; count /= 2) {
            auto fewer = options_;
            fewer.reduction.*number = count;
            if (!keep_if_it_fails(std::move(fewer)) && count < most) return;
        }
    }

    RunOptions options_;
    std::string wanted_;
    const std::function<RunResult(const RunOptions&)>& run_;
};

} // namespace

std::string name_of(const std::string& violation) { return violation.substr(0, violation.find(':')); }

RunOptions shrink(RunOptions options, const std::string& violation, const std::function<RunResult(const RunOptions&)>& run) {
    return Shrinking(std::move(options), violation, run).go();
}

} // namespace simulation
