#pragma once

#include "daemon/backup.hpp"
#include "io/clock.hpp"
#include "io/random.hpp"
#include "model/duty.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace hinomi {

/// What becomes of the duties that were armed when the backup was made: they may have been met since, and only a person can know.
enum class ArmedDuties : std::uint8_t {
    ask,      ///< nothing is restored while there are any
    resume,   ///< the daemon goes on with them: a customer may hear the same twice
    give_up,  ///< they are voided, with the reason
};

struct RestoreRequest {
    std::filesystem::path ledger;      ///< the file to replace; the daemon must be stopped
    std::filesystem::path folder;      ///< of the generations
    std::string generation;            ///< empty: the newest good one
    ArmedDuties armed = ArmedDuties::ask;
    bool forget_newer = false;         ///< also when the present ledger is whole and holds more
    std::string actor;                 ///< who restores; kept in the ledger
    std::string reason;
};

struct Restoration {
    Generation generation;
    model::Milliseconds age{0};        ///< of the backup
    std::vector<model::Duty> armed;    ///< in the backup
    bool done = false;                 ///< false: a person has to decide about `armed` first
    std::filesystem::path replaced;    ///< where the former ledger lies now; empty when there was none
};

/// The generation of that id, or the newest good one.
OrSentence<Generation> choose_backup(const std::filesystem::path& folder, const std::string& id);

/// Puts a generation in the ledger's place, verified first, by one rename; the former file stays beside it. The restored ledger
/// says so itself: a `commanded` event with the verb `restore`, the generation, the actor and the reason. Errors are sentences.
OrSentence<Restoration> restore_backup(const RestoreRequest& request, io::Clock& clock, io::Random& random);

} // namespace hinomi
