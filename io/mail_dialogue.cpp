#include "io/mail_dialogue.hpp"

#include <cctype>
#include <utility>

namespace io {

namespace {

constexpr std::size_t longest_text = 500;

bool begins(std::string_view line, std::string_view verb) {
    if (line.size() < verb.size()) return false;
    for (std::size_t index = 0; index < verb.size(); ++index) {
        if (std::toupper(static_cast<unsigned char>(line[index])) != verb[index]) return false;
    }
    return true;
}

} // namespace

std::string presentable(std::string_view text) {
    std::string clean;
    for (const char letter : text.substr(0, longest_text)) {
        const auto byte = static_cast<unsigned char>(letter);
        clean += byte < 0x20 || byte >= 0x7f ? ' ' : letter;
    }
    while (!clean.empty() && clean.back() == ' ') clean.pop_back();
    return clean;
}

MailDialogue::MailDialogue(const MailServer& server, std::function<model::Milliseconds()> now) : server_(server), now_(std::move(now)) {
    enter(MailStep::connect);
}

void MailDialogue::enter(MailStep step) {
    result_.step = step;
    arm();
}

void MailDialogue::arm() {
    const auto cap = result_.step <= MailStep::connect  ? server_.connect_cap
                     : result_.step == MailStep::answer ? server_.final_cap
                                                        : server_.step_cap;
    deadline_ = now_() + cap;
}

bool MailDialogue::expired() {
    if (result_.step == MailStep::done || now_() < deadline_) return false;
    result_.timed_out = true;
    return true;
}

void MailDialogue::connected() { enter(server_.security == MailSecurity::tls ? MailStep::tls : MailStep::greeting); }

void MailDialogue::secured(std::string_view version) {
    result_.tls = presentable(version);
    if (server_.security == MailSecurity::tls) enter(MailStep::greeting);
}

void MailDialogue::said(std::string_view command) {
    if (result_.step == MailStep::done) return;
    static constexpr std::pair<std::string_view, MailStep> verbs[] = {
        {"EHLO", MailStep::ehlo}, {"HELO", MailStep::ehlo}, {"STARTTLS", MailStep::starttls}, {"AUTH", MailStep::auth},
        {"MAIL", MailStep::mail}, {"RCPT", MailStep::rcpt}, {"DATA", MailStep::data}};
    leaving_ = begins(command, "QUIT") || begins(command, "RSET");
    for (const auto& [verb, step] : verbs) {
        if (begins(command, verb)) return enter(step);
    }
}

void MailDialogue::replied(std::string_view line) {
    if (leaving_ || result_.step == MailStep::done || line.size() < 3) return;
    std::uint16_t code = 0;
    for (const char digit : line.substr(0, 3)) {
        if (digit < '0' || digit > '9') return;
        code = static_cast<std::uint16_t>(code * 10 + (digit - '0'));
    }
    result_.code = code;
    result_.text = presentable(line.substr(3));
    if (!result_.text.empty() && (result_.text.front() == ' ' || result_.text.front() == '-')) result_.text.erase(0, 1);
    const bool last_line = line.size() < 4 || line[3] != '-';
    if (result_.step == MailStep::data && code == 354) return enter(MailStep::body);
    if (result_.step == MailStep::answer && last_line && code >= 200 && code < 300) {
        result_.accepted = true;
        return enter(MailStep::done);
    }
    arm();
}

void MailDialogue::body_handed_over() {
    if (result_.step != MailStep::body) return;
    result_.handed_over = true;
    enter(MailStep::answer);
}

} // namespace io
