#pragma once

#include "daemon/moment.hpp"
#include "daemon/recorder.hpp"
#include "incidents/plan.hpp"
#include "io/random.hpp"
#include "io/sleep.hpp"
#include "model/directory.hpp"
#include "notifier/composer.hpp"
#include "notifier/outbox.hpp"
#include "notifier/templates.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>

namespace hinomi {

/// Does what time demands: asks incidents::plan, appends its events, composes and appends its notices, and sleeps until
/// the plan's next moment or until something happened. State thread only.
class DutyKeeper {
public:
    struct Parts {
        io::Clock& clock;
        io::Random& random;
        incidents::Book& book;
        Recorder& journal;
        notifier::Outbox& outbox;
        Moments& moments;
        const model::Directory& directory;
        const notifier::Templates& templates;
        std::string domain;   ///< right side of Message-IDs
    };

    explicit DutyKeeper(Parts parts) : parts_(std::move(parts)), alarm_(parts_.clock) {}

    io::asio::awaitable<void> run();
    void stop();

    /// Tells on-call about hinomi itself, in the same turn: one of the words of incidents::Release::page.
    void page_on_call(const std::string& word);

    /// A test notice on every path of the recipient, not yet appended.
    [[nodiscard]] model::Notice test_notice(const model::Recipient& recipient);

    void set_domain(std::string domain) { parts_.domain = std::move(domain); }

    /// Something happened that may demand a notice.
    void wake() { alarm_.ring(); }

    /// Turns of the loop, for the watchdog.
    [[nodiscard]] std::uint64_t progress() const { return progress_; }

    /// Everything due now, in one turn. Returns the boot time at which to ask again.
    model::Milliseconds do_what_is_due();

private:
    [[nodiscard]] model::Notice compose(const incidents::Release& release);
    [[nodiscard]] std::vector<model::Contact> former_contacts(const std::vector<model::Duty>& duties) const;

    Parts parts_;
    io::Alarm alarm_;
    std::uint64_t progress_ = 0;
    bool stopping_ = false;
};

} // namespace hinomi
