#include "tests/simulation/trace.hpp"

#include <fmt/format.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace simulation {

namespace {

/// What the product logs, at its simulated time.
class TimelineSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    explicit TimelineSink(const Timeline& timeline) : timeline_(timeline) {}

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        timeline_.tell(fmt::format("  {}", std::string_view(message.payload.data(), message.payload.size())));
    }
    void flush_() override {}

private:
    const Timeline& timeline_;
};

/// The first line of a mail is its subject; a webhook's body names it.
std::string subject_of(const std::string& text) {
    constexpr std::string_view key = "\"subject\":\"";
    const auto begin = text.find(key);
    if (begin == std::string::npos) return text.substr(0, text.find('\n'));
    return text.substr(begin + key.size(), text.find('"', begin + key.size()) - begin - key.size());
}

} // namespace

Timeline::Timeline(std::ostream* out, const World& world) : out_(out), world_(world) {
    if (out_ == nullptr) return;
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("simulation", std::make_shared<TimelineSink>(*this)));
    spdlog::set_level(spdlog::level::debug);
}

Timeline::~Timeline() {
    if (out_ == nullptr) return;
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("nothing"));
    spdlog::set_level(spdlog::level::off);
}

void Timeline::tell(const std::string& text) const {
    if (out_ == nullptr) return;
    const auto all = world_.now.count();
    *out_ << fmt::format("{:>3}:{:02}:{:02}.{:03}  {}\n", all / 3'600'000, all / 60'000 % 60, all / 1'000 % 60, all % 1'000, text);
}

void Timeline::tell_of_acceptances() {
    if (out_ == nullptr) return;
    for (; told_ < world_.accepted.size(); ++told_) {
        const auto& accepted = world_.accepted[told_];
        tell(fmt::format("READ   {} reads: {}{}", accepted.contact_address, subject_of(accepted.text),
                         accepted.reply_known ? "" : " (the sender cannot know)"));
    }
}

} // namespace simulation
