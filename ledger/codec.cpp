#include "ledger/codec.hpp"

#include "ledger/codec_fields.hpp"
#include "ledger/codec_words.hpp"

#include <simdjson.h>
#include <nlohmann/json.hpp>

#include <charconv>
#include <type_traits>

#include <fmt/format.h>

namespace ledger {

namespace {

using nlohmann::json;
namespace dom = simdjson::dom;

constexpr std::size_t largest_payload = 4 << 20;
constexpr std::size_t usual_payload = 64 << 10;
constexpr std::size_t longest_quote = 80;

template <typename Payload> struct Name;
template <> struct Name<model::Started> {
    static constexpr const char* word = "started";
};
template <> struct Name<model::Stopped> {
    static constexpr const char* word = "stopped";
};
template <> struct Name<model::ConfigurationLoaded> {
    static constexpr const char* word = "configuration_loaded";
};
template <> struct Name<model::ClockStepped> {
    static constexpr const char* word = "clock_stepped";
};
template <> struct Name<model::LedgerUndurable> {
    static constexpr const char* word = "ledger_undurable";
};
template <> struct Name<model::LedgerDurable> {
    static constexpr const char* word = "ledger_durable";
};
template <> struct Name<model::Sealed> {
    static constexpr const char* word = "sealed";
};
template <> struct Name<model::Suspected> {
    static constexpr const char* word = "suspected";
};
template <> struct Name<model::Cleared> {
    static constexpr const char* word = "cleared";
};
template <> struct Name<model::Confirmed> {
    static constexpr const char* word = "confirmed";
};
template <> struct Name<model::Recovered> {
    static constexpr const char* word = "recovered";
};
template <> struct Name<model::Verified> {
    static constexpr const char* word = "verified";
};
template <> struct Name<model::UnknownBegan> {
    static constexpr const char* word = "unknown_began";
};
template <> struct Name<model::UnknownEnded> {
    static constexpr const char* word = "unknown_ended";
};
template <> struct Name<model::RunsMissed> {
    static constexpr const char* word = "runs_missed";
};
template <> struct Name<model::Opened> {
    static constexpr const char* word = "opened";
};
template <> struct Name<model::Joined> {
    static constexpr const char* word = "joined";
};
template <> struct Name<model::Worsened> {
    static constexpr const char* word = "worsened";
};
template <> struct Name<model::Eased> {
    static constexpr const char* word = "eased";
};
template <> struct Name<model::Relapsed> {
    static constexpr const char* word = "relapsed";
};
template <> struct Name<model::Restored> {
    static constexpr const char* word = "restored";
};
template <> struct Name<model::DutiesArmed> {
    static constexpr const char* word = "duties_armed";
};
template <> struct Name<model::DutyAtRisk> {
    static constexpr const char* word = "duty_at_risk";
};
template <> struct Name<model::DutyMissed> {
    static constexpr const char* word = "duty_missed";
};
template <> struct Name<model::DutyVoided> {
    static constexpr const char* word = "duty_voided";
};
template <> struct Name<model::DutySettled> {
    static constexpr const char* word = "duty_settled";
};
template <> struct Name<model::NoticeComposed> {
    static constexpr const char* word = "notice_composed";
};
template <> struct Name<model::DeliveryRecorded> {
    static constexpr const char* word = "delivery_recorded";
};

template <> struct Name<model::Voided> {
    static constexpr const char* word = "voided";
};
template <> struct Name<model::Acknowledged> {
    static constexpr const char* word = "acknowledged";
};
template <> struct Name<model::Noted> {
    static constexpr const char* word = "noted";
};
template <> struct Name<model::MaintenanceDeclared> {
    static constexpr const char* word = "maintenance_declared";
};
template <> struct Name<model::MaintenanceCancelled> {
    static constexpr const char* word = "maintenance_cancelled";
};
template <> struct Name<model::MaintenanceEnded> {
    static constexpr const char* word = "maintenance_ended";
};
template <> struct Name<model::Uncovered> {
    static constexpr const char* word = "uncovered";
};
template <> struct Name<model::Commanded> {
    static constexpr const char* word = "commanded";
};
template <> struct Name<model::WentLive> {
    static constexpr const char* word = "went_live";
};
template <> struct Name<model::ReloadRejected> {
    static constexpr const char* word = "reload_rejected";
};
template <> struct Name<model::Bounced> {
    static constexpr const char* word = "bounced";
};

std::string hex_of(std::uint64_t value) { return fmt::format("{:016x}", value); }

/// Writes the fields of one struct into a JSON object.
class Writing {
public:
    json object = json::object();

    template <typename Field> void operator()(const char* name, const Field& field) { object[name] = write(field); }

    static json write(const model::Instant& instant) {
        return {{"wall", instant.wall.time_since_epoch().count()}, {"boot", instant.boot.count()}, {"boot_id", hex_of(instant.boot_id)}};
    }

private:
    static json write(const std::string& text) { return text; }
    static json write(bool flag) { return flag; }
    static json write(model::Milliseconds duration) { return duration.count(); }
    static json write(model::WallTime time) { return time.time_since_epoch().count(); }
    template <typename Number>
        requires std::is_integral_v<Number>
    static json write(Number number) {
        return number;
    }
    template <typename Enum>
        requires std::is_enum_v<Enum>
    static json write(Enum value) {
        return word_of(value);
    }
    template <typename Value> static json write(const std::vector<Value>& values) {
        json list = json::array();
        for (const auto& value : values) list.push_back(write(value));
        return list;
    }
    template <typename Value> static json write(const std::map<std::string, Value>& values) {
        json object = json::object();
        for (const auto& [key, value] : values) object[key] = write(value);
        return object;
    }
    template <typename Struct>
        requires(std::is_class_v<Struct>)
    static json write(const Struct& value) {
        Writing inner;
        fields(inner, value);
        return std::move(inner.object);
    }
};

/// Where in the payload something stands. Put into words only when it is wrong.
struct Place {
    const Place* within = nullptr;
    std::string_view name;
    [[nodiscard]] std::string words() const { return within == nullptr ? std::string(name) : within->words() + "." + std::string(name); }
};

/// Reads the fields of one struct from a JSON object; remembers the first thing that does not fit.
class Reading {
public:
    Reading(dom::object object, std::string& error, const Place& place) : object_(object), error_(error), place_(place) {}

    template <typename Field> void operator()(std::string_view name, Field& field) {
        dom::element found;
        if (object_.at_key(name).get(found) != simdjson::SUCCESS) return;
        const Place place{&place_, name};
        if (!read(found, field, place) && error_.empty())
            error_ = place.words() + ": unexpected value " + std::string(simdjson::minify(found)).substr(0, longest_quote);
    }

    bool read(const dom::element& value, model::Instant& instant, const Place&) {
        std::int64_t wall = 0;
        std::int64_t boot = 0;
        std::string_view id;
        dom::object object;
        if (!is(value, object) || !is(object.at_key("wall"), wall) || !is(object.at_key("boot"), boot) || !is(object.at_key("boot_id"), id))
            return false;
        const auto parsed = std::from_chars(id.data(), id.data() + id.size(), instant.boot_id, 16);
        instant.wall = model::WallTime{model::Milliseconds{wall}};
        instant.boot = model::Milliseconds{boot};
        return parsed.ec == std::errc{} && parsed.ptr == id.data() + id.size();
    }

private:
    template <typename From, typename Into> static bool is(const From& from, Into& into) { return from.get(into) == simdjson::SUCCESS; }

    bool read(const dom::element& value, std::string& text, const Place&) {
        std::string_view found;
        if (!is(value, found)) return false;
        text = found;
        return true;
    }
    bool read(const dom::element& value, model::WallTime& time, const Place&) {
        std::int64_t count = 0;
        if (!is(value, count)) return false;
        time = model::WallTime{model::Milliseconds{count}};
        return true;
    }
    bool read(const dom::element& value, bool& flag, const Place&) { return is(value, flag); }
    bool read(const dom::element& value, model::Milliseconds& duration, const Place&) {
        std::int64_t count = 0;
        if (!is(value, count)) return false;
        duration = model::Milliseconds{count};
        return true;
    }
    template <typename Number>
        requires std::is_integral_v<Number>
    bool read(const dom::element& value, Number& number, const Place&) {
        const auto narrow = [&number](auto wide) {
            number = static_cast<Number>(wide);
            return std::cmp_equal(number, wide);
        };
        std::uint64_t large = 0;
        if (is(value, large)) return narrow(large);
        std::int64_t negative = 0;
        return is(value, negative) && narrow(negative);
    }
    template <typename Enum>
        requires std::is_enum_v<Enum>
    bool read(const dom::element& value, Enum& into, const Place&) {
        std::string_view word;
        if (!is(value, word)) return false;
        const auto known = from_word<Enum>(word);
        if (known) into = *known;
        return known.has_value();
    }
    template <typename Value> bool read(const dom::element& value, std::vector<Value>& values, const Place& place) {
        dom::array list;
        if (!is(value, list)) return false;
        values.clear();
        values.reserve(list.size());
        for (const auto item : list) {
            if (!read(item, values.emplace_back(), place)) return false;
        }
        return true;
    }
    template <typename Value> bool read(const dom::element& value, std::map<std::string, Value>& values, const Place& place) {
        dom::object object;
        if (!is(value, object)) return false;
        values.clear();
        for (const auto& [key, item] : object) {
            if (!read(item, values[std::string(key)], place)) return false;
        }
        return true;
    }
    template <typename Struct>
        requires(std::is_class_v<Struct>)
    bool read(const dom::element& value, Struct& into, const Place& place) {
        dom::object object;
        if (!is(value, object)) return false;
        Reading inner(object, error_, place);
        fields(inner, into);
        return error_.empty();
    }

    dom::object object_;
    std::string& error_;
    const Place& place_;
};

/// Tries each alternative of the payload for the one that `name` names.
template <std::size_t Index = 0> bool read_payload(std::string_view name, dom::object object, model::Payload& payload, std::string& error) {
    if constexpr (Index == std::variant_size_v<model::PayloadKinds>) {
        error = "unknown event '" + std::string(name.substr(0, 40)) + "'";
        return false;
    } else {
        using Alternative = std::variant_alternative_t<Index, model::PayloadKinds>;
        if (name != Name<Alternative>::word) return read_payload<Index + 1>(name, object, payload, error);
        const Place place{nullptr, name};
        Reading archive(object, error, place);
        fields(archive, payload.emplace<Index>());
        return error.empty();
    }
}

/// How long each event is kept; what is not named here is an exception or security event: five years.
struct RetentionRule {
    model::RetentionClass operator()(const model::Suspected&) const { return model::RetentionClass::usage; }
    model::RetentionClass operator()(const model::Cleared&) const { return model::RetentionClass::usage; }
    model::RetentionClass operator()(const model::RunsMissed&) const { return model::RetentionClass::usage; }
    model::RetentionClass operator()(const model::Verified&) const { return model::RetentionClass::permanent; }
    model::RetentionClass operator()(const model::Sealed&) const { return model::RetentionClass::permanent; }
    template <typename Other> model::RetentionClass operator()(const Other&) const { return model::RetentionClass::exception; }
};

} // namespace

std::string encode(const model::Event& event, bool undurable) {
    auto object = std::visit(
        [](const auto& payload) {
            Writing archive;
            fields(archive, payload);
            archive.object["event"] = Name<std::remove_cvref_t<decltype(payload)>>::word;
            return std::move(archive.object);
        },
        event.payload);
    object["at"] = Writing::write(event.time);
    if (undurable) object["undurable"] = true;
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::expected<model::Event, std::string> decode(model::Sequence sequence, std::uint16_t version, std::string_view payload) {
    const auto place = "event " + std::to_string(sequence) + ": ";
    if (version > payload_version) {
        return std::unexpected(place + "its format version " + std::to_string(version) +
                               " is newer than this hinomi knows; upgrade hinomi");
    }
    if (payload.size() > largest_payload) return std::unexpected(place + "its payload is larger than 4 MiB");
    dom::parser once;
    static thread_local dom::parser again;  // its buffers serve one event after the other
    dom::object object;
    if ((payload.size() > usual_payload ? once : again).parse(payload.data(), payload.size()).get(object) != simdjson::SUCCESS)
        return std::unexpected(place + "its payload is not a JSON object");
    std::string_view name;
    if (object.at_key("event").get(name) != simdjson::SUCCESS) return std::unexpected(place + "its payload names no event");
    model::Event event;
    event.sequence = sequence;
    std::string error;
    const Place of_time{nullptr, "at"};
    Reading top(object, error, of_time);
    dom::element at;
    if (object.at_key("at").get(at) != simdjson::SUCCESS || !top.read(at, event.time, of_time))
        return std::unexpected(place + "its time is not readable");
    if (!read_payload(name, object, event.payload, error)) return std::unexpected(place + error);
    return event;
}

std::string_view kind_of(const model::Payload& payload) {
    return std::visit([](const auto& kind) { return std::string_view(Name<std::remove_cvref_t<decltype(kind)>>::word); }, payload);
}

model::RetentionClass retention_of(const model::Payload& payload) { return std::visit(RetentionRule{}, payload); }

std::string tenant_of(const model::Payload& payload) {
    if (const auto* composed = std::get_if<model::NoticeComposed>(&payload)) {
        return composed->notice.recipient.kind == model::RecipientKind::tenant ? composed->notice.recipient.name : "";
    }
    if (const auto* armed = std::get_if<model::DutiesArmed>(&payload); armed != nullptr && !armed->duties.empty()) {
        const auto& first = armed->duties.front().recipient;
        for (const auto& duty : armed->duties) {
            if (duty.recipient != first) return {};
        }
        return first.kind == model::RecipientKind::tenant ? first.name : "";
    }
    return {};
}

} // namespace ledger
