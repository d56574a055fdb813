#include "io/mail_dialogue.hpp"
#include "notifier/mail_channel.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool kept) {
    if (!kept) std::abort();
}

/// Whether a line ends a reply that accepts: 2yz, then a space and anything, or nothing.
bool accepts(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    const auto digit = [&](std::size_t at) { return line[at] >= '0' && line[at] <= '9'; };
    return line.size() >= 3 && line[0] == '2' && digit(1) && digit(2) && (line.size() == 3 || line[3] == ' ');
}

/// A dialogue that the input leads: the first letter of a line says who does what.
class Dialogue {
public:
    explicit Dialogue(io::MailSecurity security) : server_(server_of(security)) {}

    void play(char who, const std::string& line) {
        const auto before = dialogue_.result();
        switch (who) {
        case 'C': dialogue_.connected(); break;
        case 'T': dialogue_.secured(line); break;
        case '>': dialogue_.said(line); break;
        case '!': dialogue_.body_handed_over(); break;
        case '@': pass_time(); break;
        default: reply(line); break;
        }
        const auto& result = dialogue_.result();
        // an acceptance comes by a reply that says so, after the body, and stays
        if (!before.accepted && result.accepted) require(who != '>' && before.handed_over && accepts(line));
        if (before.accepted) require(result.accepted && result.code == before.code && result.text == before.text);
        if (before.handed_over) require(result.handed_over);
        check(result);
    }

private:
    static io::MailServer server_of(io::MailSecurity security) {
        io::MailServer server;
        server.security = security;
        server.connect_cap = server.step_cap = server.final_cap = model::Milliseconds{100};
        return server;
    }

    void reply(const std::string& line) { dialogue_.replied(line); }

    void pass_time() {
        now_ += model::Milliseconds{100};
        const bool done = dialogue_.result().step == io::MailStep::done;
        require(dialogue_.expired() == !done);  // whatever came in the meantime, a step has its cap
        require(done || dialogue_.result().timed_out);
    }

    static void check(const io::MailResult& result) {
        require(result.code <= 999 && result.text.size() <= 500 && result.tls.size() <= 500);
        require(std::ranges::all_of(result.text, [](char letter) { return letter >= ' ' && letter < '\x7f'; }));
        require(result.accepted == (result.step == io::MailStep::done));
        require(!result.accepted || (result.handed_over && result.code >= 200 && result.code < 300));
        const auto delivery = notifier::classify(result);
        require((delivery.outcome == model::DeliveryOutcome::accepted) == result.accepted);
        // what may have been accepted is never called refused, unless the relay said so
        if (result.handed_over && delivery.outcome != model::DeliveryOutcome::accepted && (result.code < 400 || result.timed_out))
            require(delivery.outcome == model::DeliveryOutcome::unknown || result.code >= 600);
    }

    io::MailServer server_;
    model::Milliseconds now_{0};
    io::MailDialogue dialogue_{server_, [this] { return now_; }};
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string input{data + 1, data + size};
    Dialogue dialogue(static_cast<io::MailSecurity>(data[0] % 3));
    for (std::size_t at = 0; at < input.size();) {
        const auto end = std::min(input.find('\n', at), input.size() - 1) + 1;
        dialogue.play(input[at], input.substr(at + 1, end - at - 1));
        at = end;
    }
    return 0;
}
