#include "daemon/demo_screen.hpp"

#include <fmt/format.h>

#include <ostream>

namespace hinomi {

namespace {

constexpr const char* margin = "         | ";

std::string at(model::Milliseconds since_start) {
    const auto tenths = since_start.count() / 100;
    return fmt::format("{:>4}.{} s  ", tenths / 10, tenths % 10);
}

} // namespace

std::string DemoScreen::painted(const std::string& word, DemoLine::Kind kind) const {
    if (!colour_ || kind == DemoLine::Kind::plain || kind == DemoLine::Kind::mail) return word;
    return fmt::format("\x1b[{}m{}\x1b[0m", kind == DemoLine::Kind::trouble ? "1;31" : "1;32", word);
}

void DemoScreen::clear_state() {
    if (!state_.empty()) out_ << "\r\x1b[K";
    state_.clear();
}

void DemoScreen::say(const std::string& text) {
    clear_state();
    out_ << text << '\n' << std::flush;
}

void DemoScreen::show(model::Milliseconds since_start, const DemoLine& line) {
    clear_state();
    out_ << at(since_start);
    if (!line.word.empty()) out_ << painted(line.word, line.kind) << ": ";
    out_ << line.text << '\n';
    for (const auto& text : line.mail) out_ << margin << text << '\n';
    out_ << std::flush;
}

void DemoScreen::state(const std::string& text) {
    if (!moving_ || text == state_) return;
    clear_state();
    out_ << "... " << text << std::flush;
    state_ = text;
}

} // namespace hinomi
