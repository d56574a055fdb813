#pragma once

#include "daemon/demo_story.hpp"

#include <iosfwd>
#include <string>

namespace hinomi {

/// Writes the demo's story: a line each with the time since the start; on a terminal with colours and a state line below that is
/// written over. One thread; the stream outlives it.
class DemoScreen {
public:
    /// `colour`: also the word that says what happened; `moving`: a terminal on which a line can be written over.
    DemoScreen(std::ostream& out, bool colour, bool moving) : out_(out), colour_(colour), moving_(moving) {}

    void say(const std::string& text);                               ///< a paragraph of its own, without a time
    void show(model::Milliseconds since_start, const DemoLine& line);
    void state(const std::string& text);                             ///< what is being waited for

private:
    void clear_state();
    [[nodiscard]] std::string painted(const std::string& word, DemoLine::Kind kind) const;

    std::ostream& out_;
    bool colour_;
    bool moving_;
    std::string state_;
};

} // namespace hinomi
