#pragma once

#include "config/document.hpp"
#include "config/profile.hpp"
#include "model/time.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// A limit of the profile that the configuration loosens, with the reason: printed on the sheet.
struct Weakening {
    std::string item;    ///< of the checklist
    std::string key;     ///< as a path, `duties.first_alert`
    std::string given;   ///< as an operator writes it
    std::string limit;
    std::string reason;
    Position position;

    friend bool operator==(const Weakening& left, const Weakening& right) {
        return left.item == right.item && left.key == right.key && left.given == right.given && left.reason == right.reason;
    }
};

/// A value that may be written as it is, or as `{value: X, weaker_than_profile: REASON}`.
struct LimitedValue {
    Node value;
    std::string reason;
};
LimitedValue read_limited(const Node& node, Problems& problems);

/// Reads values that the profile limits: tighter is free, looser needs its reason on that line. The reasons collect in
/// `weakenings`.
class LimitReader {
public:
    explicit LimitReader(const Profile& profile) : profile_(profile) {}

    /// The item's limit, a duration.
    [[nodiscard]] model::Milliseconds limit(std::string_view item) const;

    /// A duration of at most the limit of `item`, less `allowance`; nothing when absent or refused.
    std::optional<model::Milliseconds> at_most(const Node& node, std::string_view key, std::string_view item, model::Milliseconds allowance,
                                               Problems& problems);

    /// A duration of at most `limit`, a default of our own [P]: looser with a reason, as any limit.
    std::optional<model::Milliseconds> at_most(const Node& node, std::string_view key, model::Milliseconds limit, Problems& problems);

    /// A period of at least the limit of `item`: a duration, or months and years.
    std::optional<model::Milliseconds> period_at_least(const Node& node, std::string_view key, std::string_view item, Problems& problems);

    /// A whole number of at least the limit of `item`.
    std::optional<std::uint32_t> count_at_least(const Node& node, std::string_view key, std::string_view item, std::uint32_t highest,
                                                Problems& problems);

    /// A percentage of at least the limit of `item`.
    std::optional<double> percent_at_least(const Node& node, std::string_view key, std::string_view item, Problems& problems);

    [[nodiscard]] std::vector<Weakening> take() { return std::move(weakenings_); }

private:
    /// A limit, whose it is, and how much of it lateness may take.
    struct Highest {
        std::string item;
        model::Milliseconds limit;
        model::Milliseconds allowance;
    };
    std::optional<model::Milliseconds> at_most(const Node& node, std::string_view key, const Highest& highest, Problems& problems);

    /// Whether a looser value is excused by a reason; otherwise a problem with `remedy`.
    bool excused(const LimitedValue& given, const Weakening& weakening, const std::string& text, const std::string& remedy,
                 Problems& problems);

    const Profile& profile_;
    std::vector<Weakening> weakenings_;
};

} // namespace config
