#include "tests/exploration/outbox_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <ostream>
#include <unordered_map>

namespace exploration {

namespace {

/// What a search through everything that can happen has found.
struct Finding {
    std::size_t states = 0;
    std::string violation;            ///< empty: there is none
    std::vector<std::string> story;   ///< the shortest way to it
};

std::ostream& operator<<(std::ostream& out, const Finding& finding) {
    out << finding.states << " states; " << (finding.violation.empty() ? "no violation" : finding.violation);
    for (const auto& line : finding.story) out << "\n    " << line;
    return out;
}

/// Breadth first, so that the first violation is one of the shortest.
class Explorer {
public:
    Finding explore(Order order) {
        visit(State(order), none, {});
        for (std::size_t index = 0; index < visited_.size(); ++index) {
            const auto state = visited_[index].state;
            if (const auto violation = state.violation(); !violation.empty()) return found(index, violation);
            const auto actions = state.actions();
            if (actions.empty()) {
                if (const auto violation = state.violation_at_rest(); !violation.empty()) return found(index, violation);
            }
            for (const auto& action : actions) visit(state.after(action), index, action);
        }
        return {.states = visited_.size(), .violation = {}, .story = {}};
    }

private:
    static constexpr auto none = static_cast<std::size_t>(-1);
    struct Visited {
        State state;
        std::size_t from;
        Action by;
    };

    void visit(State state, std::size_t from, const Action& by) {
        if (known_.try_emplace(state.key(), visited_.size()).second) visited_.push_back({std::move(state), from, by});
    }

    Finding found(std::size_t index, std::string violation) const {
        Finding finding{.states = visited_.size(), .violation = std::move(violation), .story = {}};
        for (auto at = index; visited_[at].from != none; at = visited_[at].from) finding.story.push_back(describe(visited_[at].by));
        std::ranges::reverse(finding.story);
        return finding;
    }

    std::deque<Visited> visited_;
    std::unordered_map<std::string, std::size_t> known_;
};

TEST(Exploration, NoNoticeIsLostOrArrivesTwiceUnexplainedWhateverTheOrderOfEvents) {
    const auto finding = Explorer().explore(Order::intent_sending_outcome);
    RecordProperty("states", static_cast<int>(finding.states));
    EXPECT_EQ(finding.violation, "") << finding;
    EXPECT_GT(finding.states, 50'000U);
    std::cout << finding.states << " states visited\n";
}

TEST(Exploration, AnOutcomeRecordedBeforeTheSendingLosesANotice) {
    const auto finding = Explorer().explore(Order::outcome_before_sending);
    EXPECT_EQ(finding.violation, "notice 0 never arrives") << finding;
    EXPECT_THAT(finding.story, testing::Contains("(the process crashes)"));
}

TEST(Exploration, AnIntentRecordedAfterTheSendingLeavesAMessageThatNobodyKnows) {
    const auto finding = Explorer().explore(Order::intent_after_sending);
    EXPECT_EQ(finding.violation, "notice 0 arrived, and after a crash nobody knows of it") << finding;
}

} // namespace

} // namespace exploration
