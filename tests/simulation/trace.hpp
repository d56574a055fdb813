#pragma once

#include "model/time.hpp"
#include "tests/simulation/world.hpp"

#include <ostream>
#include <string>

namespace simulation {

/// A readable timeline: what happened, what the engine logged, and what each recipient read and when.
class Timeline {
public:
    /// `out` null: tells nothing. While it lives, the log of the product goes into the timeline. Both must outlive it.
    Timeline(std::ostream* out, const World& world);
    ~Timeline();
    Timeline(const Timeline&) = delete;
    Timeline& operator=(const Timeline&) = delete;

    [[nodiscard]] bool wanted() const { return out_ != nullptr; }
    void tell(const std::string& text) const;

    /// Tells of everything that reached a person since the last call.
    void tell_of_acceptances();

private:
    std::ostream* out_;
    const World& world_;
    std::size_t told_ = 0;
};

} // namespace simulation
