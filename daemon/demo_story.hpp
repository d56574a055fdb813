#pragma once

#include "model/event.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace hinomi {

/// One paragraph of the demo's story.
struct DemoLine {
    enum class Kind : std::uint8_t { plain, trouble, good, mail };
    Kind kind = Kind::plain;
    std::string word;               ///< what happened, in a word; empty for a mail
    std::string text;
    std::vector<std::string> mail;  ///< lines of a notice as its reader sees it
};

/// Tells the ledger's events of the demo in words for somebody who sees hinomi for the first time. Pure; knows no clock.
class DemoStory {
public:
    explicit DemoStory(model::Language language) : language_(language) {}

    std::vector<DemoLine> tell(const model::Event& event);

    [[nodiscard]] std::size_t passed() const { return passed_; }        ///< watches that have passed
    /// Tenants whose notice of this stage was accepted.
    [[nodiscard]] std::size_t told(model::Stage stage) const;
    [[nodiscard]] model::Milliseconds least_margin() const { return least_margin_; }

private:
    using Lines = std::vector<DemoLine>;
    void tell(const model::Verified& event, Lines& lines);
    void tell(const model::Suspected& event, Lines& lines);
    void tell(const model::Confirmed& event, Lines& lines);
    void tell(const model::Opened& event, Lines& lines);
    void tell(const model::DutiesArmed& event, Lines& lines);
    void tell(const model::NoticeComposed& event, Lines& lines);
    void tell(const model::DeliveryRecorded& event, Lines& lines);
    void tell(const model::Restored& event, Lines& lines);
    template <typename Other> void tell(const Other&, Lines&) {}
    [[nodiscard]] std::string in(const char* ja, const char* en) const { return language_ == model::Language::ja ? ja : en; }
    void met(const model::Duty& duty, model::Milliseconds elapsed, Lines& lines);

    model::Language language_;
    std::size_t passed_ = 0;
    std::map<model::DutyId, model::Duty> duties_;
    std::map<model::EnvelopeId, model::Notice> notices_;
    std::map<model::Stage, std::size_t> told_;
    model::Milliseconds least_margin_ = model::Milliseconds::max();
};

} // namespace hinomi
