#include "config/schema.hpp"

#include "config/keys.hpp"
#include "config/profile.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace config {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view duration_pattern = "^[0-9]+ *(ms|s|m|min|h|d)$";

/// The forms that are one value matched by a pattern.
struct Pattern {
    std::string_view form;
    std::string_view pattern;
};
constexpr std::array<Pattern, 14> patterns{{{"duration", duration_pattern},
                                            {"limit", duration_pattern},
                                            {"period", "^[0-9]+ *(ms|s|m|min|h|d|months?|y|years?)$"},
                                            {"rate", "^[0-9]+/(s|m|min|h)$"},
                                            {"secret", "^(credential:|env:)[A-Za-z0-9_-][A-Za-z0-9_.-]*$|^file:/"},
                                            {"path", "^/"},
                                            {"url", "^[A-Za-z][A-Za-z0-9+.-]*://[^ ]+$"},
                                            {"mail", "^[^@ ]+@[^@ ]+$"},
                                            {"name", "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
                                            {"group", "^[a-z_][a-z0-9_-]{0,31}$"},
                                            {"listen", ":[0-9]+$"},
                                            {"date", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
                                            {"clock", "^[0-2][0-9]:[0-5][0-9]$"},
                                            {"hours", "^[0-2][0-9]:[0-5][0-9]-"}}};

Json reference_to(std::string_view section) { return {{"$ref", fmt::format("#/$defs/{}", section)}}; }

Json words_of(std::string_view list) {
    Json words = Json::array();
    while (!list.empty()) {
        const auto end = std::min(list.find('|'), list.size());
        words.push_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return {{"enum", words}};
}

/// YAML reads 1 as a number where a text is meant; hinomi takes both.
Json any_scalar() { return {{"type", {"string", "number", "boolean"}}}; }

Json list_of_schema(Json item) { return {{"type", "array"}, {"items", std::move(item)}}; }

Json simple(std::string_view form) {
    if (form == "boolean") return {{"type", "boolean"}};
    if (form == "integer" || form == "count") return {{"type", "integer"}, {"minimum", 0}};
    if (form == "percent") return {{"type", "number"}, {"minimum", 0}, {"maximum", 100}};
    if (form == "names") return {{"anyOf", {any_scalar(), list_of_schema(any_scalar())}}};
    if (form == "percentile") {
        return {{"type", "object"},
                {"patternProperties", {{"^p[5-9][0-9]$", {{"type", "string"}, {"pattern", duration_pattern}}}}},
                {"additionalProperties", false},
                {"minProperties", 1},
                {"maxProperties", 1}};
    }
    const auto found = std::ranges::find(patterns, form, &Pattern::form);
    if (found != patterns.end()) return {{"type", "string"}, {"pattern", found->pattern}};
    return any_scalar();  // text, prose, zone
}

bool may_be_weaker(std::string_view form) { return form == "limit" || form == "period" || form == "percent" || form == "count"; }

Json schema_of(std::string_view form) {
    const auto colon = form.find(':');
    const auto head = form.substr(0, colon);
    const auto rest = colon == std::string_view::npos ? std::string_view{} : form.substr(colon + 1);
    if (head == "word") return words_of(rest);
    if (head == "map") return reference_to(rest);
    if (head == "list") return list_of_schema(reference_to(rest));
    if (head == "list-of") return list_of_schema(schema_of(rest));
    if (head == "named") return {{"type", "object"}, {"additionalProperties", reference_to(rest)}};
    if (head == "block") return {{"anyOf", {reference_to("block"), list_of_schema(reference_to("block"))}}};
    if (!may_be_weaker(form)) return simple(form);
    const Json loosened{{"type", "object"},
                        {"properties", {{"value", simple(form)}, {"weaker_than_profile", {{"type", "string"}, {"minLength", 1}}}}},
                        {"required", {"value"}},
                        {"additionalProperties", false}};
    return {{"anyOf", {simple(form), loosened}}};
}

/// A default as the type that it has in the file.
Json value_of(std::string_view text, std::string_view form) {
    if (form == "boolean") return text == "true";
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool numeric = error == std::errc{} && end == text.data() + text.size();
    if (!numeric) return text;
    if (form == "percent") return number;
    return form == "integer" || form == "count" ? Json(static_cast<std::int64_t>(number)) : Json(text);
}

std::string_view word_for(Mark mark) {
    switch (mark) {
    case Mark::required: return "required";
    case Mark::optional: return "optional";
    case Mark::guideline: return "limit of the guideline [G]";
    case Mark::product: return "default of hinomi [P]";
    }
    return "";
}

Json property(const Key& key) {
    const auto forms = forms_of(key);
    Json schema;
    if (forms.size() == 1) {
        schema = schema_of(forms.front());
    } else {
        Json all = Json::array();
        for (const auto form : forms) all.push_back(schema_of(form));
        schema["anyOf"] = all;
    }
    schema["description"] = key.says;
    // A list is written in the table as YAML; as a JSON default it would be a text.
    if (!key.fallback.empty() && !key.fallback.starts_with('[')) schema["default"] = value_of(key.fallback, forms.back());
    schema["x-mark"] = word_for(key.mark);
    schema["x-source"] = key.source;
    if (!key.unit.empty()) schema["x-unit"] = key.unit;
    return schema;
}

void add_kinds(Json& properties, const std::vector<KindKeys>& kinds) {
    for (const auto& kind : kinds) {
        const auto note = fmt::format("of {} targets", fmt::join(kind.schemes, ", "));
        for (const auto name : kind.keys) {
            auto& property = properties[std::string(name)];
            if (!property.contains("description")) property["description"] = note;
            else property["description"] = fmt::format("{}; {}", property["description"].get<std::string>(), note);
        }
    }
}

Json section_schema(std::string_view section, const std::vector<KindKeys>& kinds) {
    Json properties = Json::object();
    Json required = Json::array();
    for (const auto name : keys_of(section)) {
        const auto& key = *find_key(section, name);
        properties[std::string(name)] = property(key);
        if (key.mark == Mark::required) required.push_back(name);
    }
    if (section == "block") add_kinds(properties, kinds);
    // An empty value stands for an empty map: `services: {portal: }`.
    Json schema{{"type", {"object", "null"}}, {"properties", properties}, {"additionalProperties", false}};
    if (section == "block") schema["anyOf"] = {{{"required", {"target"}}}, {{"required", {"none"}}}};
    else if (!required.empty() && section != "root") schema["required"] = required;
    return schema;
}

std::string cell(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        if (letter == '|') result += '\\';
        result += letter;
    }
    return result;
}

} // namespace

std::string json_schema(const std::vector<KindKeys>& kinds) {
    Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                {"$id", "urn:hinomi:configuration"},
                {"title", "hinomi configuration"},
                {"description", "One file of the configuration: hinomi.yaml, or one of conf.d. Made by `hinomi config schema`."}};
    schema.update(section_schema("root", kinds));
    Json definitions = Json::object();
    for (const auto section : sections()) {
        if (section != "root") definitions[std::string(section)] = section_schema(section, kinds);
    }
    // The ids of a profile's items hold blanks and are a closed list.
    Json items = Json::object();
    for (const auto& item : built_in_profile().items) items[item.id] = {{"$ref", "#/$defs/control_item"}, {"description", item.title_en}};
    schema["properties"]["controls"].erase("additionalProperties");
    schema["properties"]["controls"].update(Json{{"properties", items}, {"additionalProperties", false}});
    schema["$defs"] = definitions;
    return schema.dump(2) + "\n";
}

std::string markdown_reference() {
    std::string text =
        "# Every key of the configuration\n\n"
        "Made by `hinomi config reference` from the table that the parser uses. A key is *required*, or without it there is none of the "
        "thing (-), or\nit has a default: of the guideline's checklist [G], to be loosened only by `{value: ..., weaker_than_profile: "
        "\"REASON\"}`, or our own [P].\n*source* is a section of the semantics or of the design, or an item of the checklist. A probe "
        "kind's own keys are in the manual.\n";
    for (const auto section : sections()) {
        text += fmt::format("\n## {}\n\n| key | written as | default | unit | source | meaning |\n|---|---|---|---|---|---|\n",
                            section == "root" ? "The file itself" : section);
        for (const auto name : keys_of(section)) {
            const auto& key = *find_key(section, name);
            const auto fallback = key.mark == Mark::required ? std::string("*required*")
                                  : key.fallback.empty()     ? std::string("-")
                                                             : fmt::format("`{}`{}", key.fallback, sign_of(key.mark));
            text += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", name, cell(fmt::format("{}", fmt::join(forms_of(key), " or "))),
                                cell(fallback), cell(key.unit), key.source, cell(key.says));
        }
    }
    return text;
}

} // namespace config
