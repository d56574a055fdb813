#pragma once

#include "model/time.hpp"
#include "notifier/relay.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace notifier {

/// The relays, how busy each is, how fast it may be fed, and whether it is suspected of hanging. No clock of its own:
/// `now` is boot time. State thread only.
class Relays {
public:
    Relays(std::vector<Relay> relays, model::Milliseconds suspect_for);

    /// What the relays of the same name are known for stays.
    void replace(std::vector<Relay> relays);
    void set_suspect_for(model::Milliseconds suspect_for) { suspect_for_ = suspect_for; }

    struct Pick {
        std::shared_ptr<const Relay> relay;                           ///< null: none can be used now
        bool exhausted = true;                                        ///< every relay was tried
        model::Milliseconds next = model::Milliseconds::max();        ///< look again then, if no transaction ends before
    };

    /// The first in order that was not tried and is healthy, free and within its rate; else such a one that is suspect,
    /// by one transaction at a time.
    [[nodiscard]] Pick pick(const std::set<std::string>& tried, model::Milliseconds now) const;

    void begin(const std::string& name, model::Milliseconds now);

    enum class End : std::uint8_t {
        answered,  ///< it works, whatever it said
        failed,    ///< connect failure, time-out, or a fault of its own: suspect
        cut,       ///< by ourselves: says nothing
    };
    void end(const std::string& name, End how, model::Milliseconds now);

    /// Relays that need the declared lines; empty where no relay does without them: there is nothing to choose.
    [[nodiscard]] std::set<std::string> in_band() const;

    /// Forgets every suspicion: a person says that they work again.
    void trust_all();

    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

private:
    struct Slot {
        std::shared_ptr<const Relay> relay;
        std::uint32_t in_use = 0;
        double tokens = 1;
        model::Milliseconds refilled{0};
        model::Milliseconds suspect_until{0};

        [[nodiscard]] double capacity() const;
        [[nodiscard]] double tokens_at(model::Milliseconds now) const;
        [[nodiscard]] model::Milliseconds next_token(model::Milliseconds now) const;
    };

    Slot* find(const std::string& name);

    std::vector<Slot> slots_;
    std::vector<std::string> names_;
    model::Milliseconds suspect_for_;
};

} // namespace notifier
