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

std::optional<ReplyLine> parse_reply_line(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    constexpr std::size_t digits = 3;
    if (line.size() < digits) return std::nullopt;
    ReplyLine reply;
    for (const char digit : line.substr(0, digits)) {
        if (digit < '0' || digit > '9') return std::nullopt;
        reply.code = static_cast<std::uint16_t>(reply.code * 10 + (digit - '0'));
    }
    if (line.size() == digits) return reply;
    if (line[digits] != ' ' && line[digits] != '-') return std::nullopt;
    reply.last = line[digits] == ' ';
    reply.text = line.substr(digits + 1);
    return reply;
}

MailDialogue::MailDialogue(const MailServer& server, std::function<model::Milliseconds()> now) : server_(server), now_(std::move(now)) {
    enter(MailStep::connect);
}

void MailDialogue::enter(MailStep step) {
    result_.step = step;
    text_.clear();
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

void MailDialogue::connected() {
    if (result_.step == MailStep::done) return;  // what was accepted stays so
    enter(server_.security == MailSecurity::tls ? MailStep::tls : MailStep::greeting);
}

void MailDialogue::secured(std::string_view version) {
    if (result_.step == MailStep::done) return;
    result_.tls = presentable(version);
    if (server_.security == MailSecurity::tls) enter(MailStep::greeting);
}

void MailDialogue::said(std::string_view command) {
    if (result_.step == MailStep::done) return;
    if (std::exchange(asked_for_credentials_, false)) return arm();  // whatever they look like, they are no command
    static constexpr std::pair<std::string_view, MailStep> verbs[] = {
        {"EHLO", MailStep::ehlo}, {"HELO", MailStep::ehlo}, {"STARTTLS", MailStep::starttls}, {"AUTH", MailStep::auth},
        {"MAIL", MailStep::mail}, {"RCPT", MailStep::rcpt}, {"DATA", MailStep::data}};
    leaving_ = begins(command, "QUIT") || begins(command, "RSET");
    for (const auto& [verb, step] : verbs) {
        if (begins(command, verb)) return enter(step);
    }
}

void MailDialogue::replied(std::string_view line) {
    const auto reply = parse_reply_line(line);
    if (leaving_ || result_.step == MailStep::done || !reply) return;
    if (text_.size() < longest_text) text_ += (text_.empty() ? "" : " ") + presentable(reply->text);
    if (!reply->last) return;  // a reply without end has the time of one
    result_.code = reply->code;
    result_.text = presentable(std::exchange(text_, {}));
    advance();
}

void MailDialogue::advance() {
    const auto code = result_.code;
    asked_for_credentials_ = result_.step == MailStep::auth && code == 334;
    if (result_.step == MailStep::starttls && code == 220) return enter(MailStep::tls);
    if (result_.step == MailStep::data && code == 354) return enter(MailStep::body);
    if (result_.step == MailStep::answer && code >= 200 && code < 300) {
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
