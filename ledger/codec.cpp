#include "ledger/codec.hpp"

#include "ledger/codec_fields.hpp"
#include "ledger/codec_words.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <type_traits>

#include <fmt/format.h>

namespace ledger {

namespace {

using nlohmann::json;

constexpr std::size_t largest_payload = 4 << 20;

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

/// Reads the fields of one struct from a JSON object; remembers the first thing that does not fit.
class Reading {
public:
    Reading(const json& object, std::string& error, std::string path) : object_(object), error_(error), path_(std::move(path)) {}

    template <typename Field> void operator()(const char* name, Field& field) {
        const auto found = object_.find(name);
        if (found == object_.end()) return;
        const auto path = path_ + "." + name;
        if (!read(*found, field, path) && error_.empty())
            error_ = path + ": unexpected value " + found->dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 80);
    }

    bool read(const json& value, model::Instant& instant, const std::string&) {
        std::int64_t wall = 0;
        std::int64_t boot = 0;
        const auto id = value.is_object() ? value.find("boot_id") : value.end();
        if (!value.is_object() || !number(value, "wall", wall) || !number(value, "boot", boot) || id == value.end() || !id->is_string())
            return false;
        const auto& text = id->template get_ref<const std::string&>();
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), instant.boot_id, 16);
        instant.wall = model::WallTime{model::Milliseconds{wall}};
        instant.boot = model::Milliseconds{boot};
        return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
    }

private:
    static bool number(const json& object, const char* name, std::int64_t& into) {
        const auto found = object.find(name);
        if (found == object.end() || !found->is_number_integer()) return false;
        into = found->get<std::int64_t>();
        return true;
    }
    bool read(const json& value, std::string& text, const std::string&) {
        if (!value.is_string()) return false;
        text = value.get<std::string>();
        return true;
    }
    bool read(const json& value, model::WallTime& time, const std::string&) {
        if (!value.is_number_integer()) return false;
        time = model::WallTime{model::Milliseconds{value.get<std::int64_t>()}};
        return true;
    }
    bool read(const json& value, bool& flag, const std::string&) {
        if (!value.is_boolean()) return false;
        flag = value.get<bool>();
        return true;
    }
    bool read(const json& value, model::Milliseconds& duration, const std::string&) {
        if (!value.is_number_integer()) return false;
        duration = model::Milliseconds{value.get<std::int64_t>()};
        return true;
    }
    template <typename Number>
        requires std::is_integral_v<Number>
    bool read(const json& value, Number& number, const std::string&) {
        if (!value.is_number_integer()) return false;
        if (value.is_number_unsigned()) {
            const auto wide = value.get<std::uint64_t>();
            number = static_cast<Number>(wide);
            return std::cmp_equal(number, wide);
        }
        const auto wide = value.get<std::int64_t>();
        number = static_cast<Number>(wide);
        return std::cmp_equal(number, wide);
    }
    template <typename Enum>
        requires std::is_enum_v<Enum>
    bool read(const json& value, Enum& into, const std::string&) {
        if (!value.is_string()) return false;
        const auto known = from_word<Enum>(value.get_ref<const std::string&>());
        if (known) into = *known;
        return known.has_value();
    }
    template <typename Value> bool read(const json& value, std::vector<Value>& values, const std::string& path) {
        if (!value.is_array()) return false;
        values.clear();
        for (const auto& item : value) {
            if (!read(item, values.emplace_back(), path)) return false;
        }
        return true;
    }
    template <typename Value> bool read(const json& value, std::map<std::string, Value>& values, const std::string& path) {
        if (!value.is_object()) return false;
        values.clear();
        for (const auto& item : value.items()) {
            if (!read(item.value(), values[item.key()], path)) return false;
        }
        return true;
    }
    template <typename Struct>
        requires(std::is_class_v<Struct>)
    bool read(const json& value, Struct& into, const std::string& path) {
        if (!value.is_object()) return false;
        Reading inner(value, error_, path);
        fields(inner, into);
        return error_.empty();
    }

    const json& object_;
    std::string& error_;
    std::string path_;
};

/// Tries each alternative of the payload for the one that `name` names.
template <std::size_t Index = 0> bool read_payload(const std::string& name, const json& object, model::Payload& payload,
                                                   std::string& error) {
    if constexpr (Index == std::variant_size_v<model::PayloadKinds>) {
        error = "unknown event '" + name.substr(0, 40) + "'";
        return false;
    } else {
        using Alternative = std::variant_alternative_t<Index, model::PayloadKinds>;
        if (name != Name<Alternative>::word) return read_payload<Index + 1>(name, object, payload, error);
        Reading archive(object, error, name);
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
    const auto object = json::parse(payload, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return std::unexpected(place + "its payload is not a JSON object");
    const auto name = object.find("event");
    if (name == object.end() || !name->is_string()) return std::unexpected(place + "its payload names no event");
    model::Event event;
    event.sequence = sequence;
    std::string error;
    Reading top(object, error, "at");
    if (const auto at = object.find("at"); at == object.end() || !top.read(*at, event.time, "at"))
        return std::unexpected(place + "its time is not readable");
    if (!read_payload(name->get<std::string>(), object, event.payload, error)) return std::unexpected(place + error);
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
