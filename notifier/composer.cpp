#include "notifier/composer.hpp"

#include "notifier/words.hpp"
#include "notifier/words_clean.hpp"
#include "notifier/words_data.hpp"
#include "notifier/words_facts.hpp"
#include "notifier/words_render.hpp"
#include "notifier/words_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>

namespace notifier {

namespace {

constexpr std::size_t subject_limit = 200;  // code points

std::string random_hex(io::Random& random, std::size_t bytes) {
    std::array<std::uint8_t, 32> raw{};
    random.fill(std::span{raw}.first(bytes));
    std::string out;
    for (const std::uint8_t byte : std::span{raw}.first(bytes)) out += fmt::format("{:02x}", byte);
    return out;
}

// 32 characters of a-z and 2-7: 160 bits, no case that a relay could change, no dot.
std::string random_word(io::Random& random) {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    std::array<std::uint8_t, 32> raw{};
    random.fill(raw);
    std::string out;
    for (const std::uint8_t byte : raw) out += alphabet[byte & 31U];
    return out;
}

// Hosts only: whatever else a configuration holds must not reach a mail header.
std::string host_of(const std::string& domain) {
    std::string out;
    for (const char character : domain.substr(0, 253)) {
        const bool upper = character >= 'A' && character <= 'Z';
        const bool letter = character >= 'a' && character <= 'z';
        const bool plain = letter || (character >= '0' && character <= '9') || character == '.' || character == '-';
        if (upper) out += static_cast<char>(character - 'A' + 'a');
        if (plain) out += character;
    }
    return out.empty() ? "localhost" : out;
}

// The base name of the texts: pages and digests have their own, stages without texts of their own share the general one.
std::string template_of(const NoticeRequest& request) {
    switch (request.stage) {
    case model::Stage::page: return "page";
    case model::Stage::blind:
    case model::Stage::line_fault:
    case model::Stage::test: return std::string{word(request.stage)};
    case model::Stage::first_alert:
    case model::Stage::follow_up:
    case model::Stage::recovery:
    case model::Stage::correction:
        if (request.maintenance) return "maintenance_cancelled";
        if (request.incidents.empty()) return "general";
        if (request.incidents.size() == 1 && !request.incidents.front().void_reason.empty()) return "void";
        return request.incidents.size() > 1 ? "digest" : std::string{word(request.stage)};
    case model::Stage::maintenance: return request.maintenance ? "maintenance" : "general";
    case model::Stage::final_report:
    case model::Stage::monthly_report: return "general";
    }
    return "general";
}

// One notice's texts: the operator's template where it works, else the built-in one.
class Writer {
public:
    explicit Writer(const Templates& templates) : templates_(templates) {}

    std::string write(const std::string& name, const Values& values, Escape escape) {
        const auto filled = [&](const Template* form) { return form == nullptr ? std::string{} : form->fill(values, escape).value_or(""); };
        // what is not shown says nothing: a control character alone is as good as empty
        if (auto text = filled(templates_.ready(name)); !clean(text, text.size(), Lines::several).empty()) return text;
        fallback_ = true;
        return filled(templates_.ready_built_in(name));
    }

    [[nodiscard]] bool fallback() const { return fallback_; }

private:
    const Templates& templates_;
    bool fallback_ = false;
};

Values line_of(std::string_view line) {
    constexpr std::string_view mark = "■";
    Values values;
    values.flags["blank"] = line.empty();
    if (line.starts_with(mark)) {
        values.texts["heading"] = line.substr(mark.size());
    } else {
        values.texts["text"] = line;
    }
    return values;
}

// The same content as the text, line by line: lines that begin with ■ are headings.
Values html_values(const std::string& subject, const std::string& text) {
    Values values;
    values.texts["subject"] = subject;
    std::vector<Values>& lines = values.lists["lines"];
    std::size_t from = 0;
    while (from < text.size()) {
        const std::size_t end = std::min(text.find('\n', from), text.size());
        lines.push_back(line_of(std::string_view{text}.substr(from, end - from)));
        from = end + 1;
    }
    return values;
}

std::vector<model::Contact> contacts_of(const NoticeRequest& request, const model::Directory& directory) {
    const model::RecipientKind kind = request.recipient.kind;
    if (kind == model::RecipientKind::manager) return directory.manager.contacts;
    if (kind == model::RecipientKind::on_call || directory.rehearsal) return directory.on_call.contacts;
    const auto found = directory.tenants.find(request.recipient.name);
    return found == directory.tenants.end() ? request.former : found->second.contacts;
}

model::ContactPolicy policy_of(const model::Recipient& recipient, const model::Directory& directory) {
    if (recipient.kind == model::RecipientKind::manager) return directory.manager.policy;
    if (recipient.kind == model::RecipientKind::on_call || directory.rehearsal) return directory.on_call.policy;
    const auto found = directory.tenants.find(recipient.name);
    return found == directory.tenants.end() ? model::ContactPolicy::any : found->second.policy;
}

std::vector<model::Envelope> envelopes_of(const NoticeRequest& request, const model::Directory& directory, const model::NoticeId& notice,
                                          io::Random& random, const std::string& host) {
    std::vector<model::Envelope> envelopes;
    auto contacts = contacts_of(request, directory);
    const auto avoided = [&](const model::Contact& contact) { return request.avoid.contains(contact.id); };
    if (!std::ranges::all_of(contacts, avoided)) std::erase_if(contacts, avoided);
    for (const model::Contact& contact : contacts) {
        model::Envelope envelope;
        envelope.order = static_cast<std::uint32_t>(envelopes.size());
        envelope.id = fmt::format("{}/{}", notice, envelope.order);
        envelope.contact = contact.id;
        envelope.channel = contact.channel;
        envelope.message_id = contact.channel == model::ChannelKind::mail ? random_word(random) + "@" + host : "msg_" + random_word(random);
        if (const auto thread = request.thread.find(contact.id); thread != request.thread.end()) envelope.in_reply_to = thread->second;
        envelopes.push_back(std::move(envelope));
    }
    return envelopes;
}

void write_texts(model::Notice& notice, const NoticeRequest& request, const model::Directory& directory, const Templates& templates) {
    const std::string base = std::string{notice.language == model::Language::ja ? "ja/" : "en/"};
    const std::string name = base + template_of(request);
    const Values values = facts(request, directory);
    const bool rehearsal = directory.rehearsal && request.recipient.kind == model::RecipientKind::tenant;
    const std::string who = clean(request.recipient.name, 60);
    Writer writer{templates};
    const std::string mark = rehearsal || request.stage == model::Stage::test ? std::string{drill_mark(notice.language)} : std::string{};
    notice.subject = clean(mark + writer.write(name + ".subject", values, Escape::none), subject_limit);
    const std::string preface = rehearsal ? rehearsal_line(who, notice.language) : std::string{};
    notice.text = clean(preface + writer.write(name + ".text", values, Escape::none), output_limit, Lines::several) + "\n";
    notice.html = writer.write(base + "notice.html", html_values(notice.subject, notice.text), Escape::html);
    notice.fallback_text = writer.fallback();
}

} // namespace

model::Notice compose(const NoticeRequest& request, const model::Directory& directory, const Templates& templates, io::Random& random,
                      const std::string& domain) {
    model::Notice notice;
    notice.id = fmt::format("N-{}-{}", say_day(request.now.wall, directory.time_zone), random_hex(random, 8));
    notice.recipient = request.recipient;
    notice.stage = request.stage;
    for (const model::Duty& duty : request.duties) notice.duties.push_back(duty.id);
    for (const model::Incident& incident : request.incidents) notice.subjects.push_back(incident.id);
    notice.language = reader_of(request.recipient, directory).language;
    notice.policy = policy_of(request.recipient, directory);
    notice.composed = request.now;
    notice.supersedes = request.supersedes;
    write_texts(notice, request, directory, templates);
    notice.envelopes = envelopes_of(request, directory, notice.id, random, host_of(domain));
    notice.data = webhook_data(request, directory, notice);
    return notice;
}

} // namespace notifier
