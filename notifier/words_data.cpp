#include "notifier/words_data.hpp"

#include "model/text.hpp"
#include "notifier/words.hpp"
#include "notifier/words_clean.hpp"
#include "notifier/words_facts.hpp"
#include "notifier/words_time.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace notifier {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t text_limit = std::size_t{48} << 10;  // bytes; escaping may double it
constexpr std::size_t listed_services = 20;

std::string dump(const Json& json) { return json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace); }

Json time_or_null(model::WallTime time) {
    const std::string text = rfc3339(time);
    return text.empty() ? Json(nullptr) : Json(text);
}

Json about(const model::Incident& incident, const Reader& reader) {
    const std::vector<std::string> services = affected_services(incident, reader);
    Json names = Json::array();
    for (std::size_t index = 0; index < std::min(services.size(), listed_services); ++index) names.push_back(clean(services[index], 100));
    const bool restored = incident.restore.wall != model::WallTime{};
    Json json{{"id", clean(incident.id, 60)},
              {"services", names},
              {"severity", word(severity_of(incident, reader))},
              {"symptom", symptom_of(incident, reader).brief}};
    json["state"] = restored ? "restored" : "open";
    json["started_at"] = time_or_null(incident.first_bad.wall);
    json["detected_at"] = time_or_null(incident.detect.wall);
    json["restored_at"] = time_or_null(incident.restore.wall);
    json["duration_seconds"] = nullptr;
    if (restored) {
        json["duration_seconds"] = std::chrono::floor<std::chrono::seconds>(incident.restore.wall - incident.first_bad.wall).count();
    }
    if (reader.staff) {
        json["kind"] = incident.kind == model::IncidentKind::customer     ? "customer"
                       : incident.kind == model::IncidentKind::unverified ? "unverified"
                       : incident.kind == model::IncidentKind::blind      ? "blind"
                                                                          : "line";
        json["watch"] = clean(incident.first_watch, 120);
        json["reason"] = word(incident.reason);
    }
    return json;
}

std::string type_of(model::Stage stage) {
    const bool about_incidents = stage != model::Stage::page && stage != model::Stage::test;
    return (about_incidents ? "incident." : "notifier.") + std::string{word(stage)};
}

} // namespace

std::string webhook_data(const NoticeRequest& request, const model::Directory& directory, const model::Notice& notice) {
    const Reader reader = reader_of(request.recipient, directory);
    Json data{{"notice", notice.id},
              {"stage", word(request.stage)},
              {"recipient", clean(recipient_word(request.recipient), 100)},
              {"language", notice.language == model::Language::ja ? "ja" : "en"},
              {"subject", notice.subject},
              {"text", model::cut_bytes(notice.text, text_limit)}};
    if (!request.page.empty()) data["page"] = clean(request.page, 60);
    if (request.percent > 0) data["percent"] = request.percent;
    data["incidents"] = Json::array();
    data["incidents_omitted"] = 0;
    data["next_report_at"] = time_or_null(request.next_report);
    data["rehearsal"] = directory.rehearsal;
    Json body{{"type", type_of(request.stage)}, {"timestamp", time_or_null(request.now.wall)}, {"data", std::move(data)}};

    std::size_t size = dump(body).size() + 32;  // room for the digits of the count
    Json& incidents = body["data"]["incidents"];
    for (const model::Incident& incident : request.incidents) {
        Json json = about(incident, reader);
        size += dump(json).size() + 1;
        if (incidents.size() == data_incidents || size > data_limit) break;
        incidents.push_back(std::move(json));
    }
    body["data"]["incidents_omitted"] = request.incidents.size() - incidents.size();
    return dump(body);
}

} // namespace notifier
