#pragma once

#include "model/event.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

/// The closed word lists of the ledger: one word per enumerator, in both directions. Words are never renamed.
namespace ledger {

template <typename Enum> struct Words;

template <> struct Words<model::WatchClass> {
    static constexpr std::array list{std::pair{model::WatchClass::liveness, "liveness"}, std::pair{model::WatchClass::fault, "fault"},
                                     std::pair{model::WatchClass::performance, "performance"}};
};
template <> struct Words<model::Reason> {
    using R = model::Reason;
    static constexpr std::array list{std::pair{R::none, "none"},
                                     std::pair{R::refused, "refused"},
                                     std::pair{R::reset, "reset"},
                                     std::pair{R::connect_timeout, "connect_timeout"},
                                     std::pair{R::no_route, "no_route"},
                                     std::pair{R::name_not_found, "name_not_found"},
                                     std::pair{R::name_timeout, "name_timeout"},
                                     std::pair{R::tls_failed, "tls_failed"},
                                     std::pair{R::certificate_invalid, "certificate_invalid"},
                                     std::pair{R::response_timeout, "response_timeout"},
                                     std::pair{R::protocol_error, "protocol_error"},
                                     std::pair{R::too_large, "too_large"},
                                     std::pair{R::bad_status, "bad_status"},
                                     std::pair{R::bad_body, "bad_body"},
                                     std::pair{R::bad_header, "bad_header"},
                                     std::pair{R::not_expected, "not_expected"},
                                     std::pair{R::too_slow, "too_slow"},
                                     std::pair{R::probe_crashed, "probe_crashed"},
                                     std::pair{R::shutting_down, "shutting_down"}};
};
template <> struct Words<model::Severity> {
    using S = model::Severity;
    static constexpr std::array list{std::pair{S::performance, "performance"}, std::pair{S::fault, "fault"}, std::pair{S::stop, "stop"},
                                     std::pair{S::line, "line"}, std::pair{S::blind, "blind"}};
};
template <> struct Words<model::IncidentKind> {
    using K = model::IncidentKind;
    static constexpr std::array list{std::pair{K::customer, "customer"}, std::pair{K::unverified, "unverified"},
                                     std::pair{K::blind, "blind"}, std::pair{K::line, "line"}};
};
template <> struct Words<model::Stage> {
    using S = model::Stage;
    static constexpr std::array list{std::pair{S::first_alert, "first_alert"},
                                     std::pair{S::follow_up, "follow_up"},
                                     std::pair{S::recovery, "recovery"},
                                     std::pair{S::correction, "correction"},
                                     std::pair{S::line_fault, "line_fault"},
                                     std::pair{S::blind, "blind"},
                                     std::pair{S::maintenance, "maintenance"},
                                     std::pair{S::final_report, "final_report"},
                                     std::pair{S::monthly_report, "monthly_report"},
                                     std::pair{S::page, "page"},
                                     std::pair{S::test, "test"}};
};
template <> struct Words<model::RecipientKind> {
    using K = model::RecipientKind;
    static constexpr std::array list{std::pair{K::tenant, "tenant"}, std::pair{K::manager, "manager"}, std::pair{K::on_call, "on_call"}};
};
template <> struct Words<model::DutyState> {
    using S = model::DutyState;
    static constexpr std::array list{std::pair{S::armed, "armed"}, std::pair{S::met, "met"}, std::pair{S::missed, "missed"},
                                     std::pair{S::late, "late"}, std::pair{S::voided, "void"}};
};
template <> struct Words<model::ChannelKind> {
    static constexpr std::array list{std::pair{model::ChannelKind::mail, "mail"}, std::pair{model::ChannelKind::webhook, "webhook"}};
};
template <> struct Words<model::Language> {
    static constexpr std::array list{std::pair{model::Language::ja, "ja"}, std::pair{model::Language::en, "en"}};
};
template <> struct Words<model::ContactPolicy> {
    using P = model::ContactPolicy;
    static constexpr std::array list{std::pair{P::any, "any"}, std::pair{P::primary, "primary"}, std::pair{P::all, "all"}};
};
template <> struct Words<model::DeliveryOutcome> {
    using O = model::DeliveryOutcome;
    static constexpr std::array list{std::pair{O::accepted, "accepted"}, std::pair{O::retry, "retry"}, std::pair{O::refused, "refused"},
                                     std::pair{O::unknown, "unknown"}, std::pair{O::undeliverable, "undeliverable"}};
};

template <typename Enum> constexpr std::string_view word_of(Enum value) {
    for (const auto& [listed, word] : Words<Enum>::list) {
        if (listed == value) return word;
    }
    return {};
}

template <typename Enum> constexpr std::optional<Enum> from_word(std::string_view word) {
    for (const auto& [listed, known] : Words<Enum>::list) {
        if (word == known) return listed;
    }
    return std::nullopt;
}

} // namespace ledger
