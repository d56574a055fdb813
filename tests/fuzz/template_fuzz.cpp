#include "model/directory.hpp"
#include "notifier/composer.hpp"
#include "notifier/words_clean.hpp"
#include "notifier/words_render.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

namespace {

class Zeros final : public io::Random {
public:
    void fill(std::span<std::uint8_t> bytes) override { std::ranges::fill(bytes, std::uint8_t{0}); }
    std::uint64_t next() override { return 0; }
};

void require(bool kept) {
    if (!kept) std::abort();
}

// The input is an operator's template and, at the same time, every foreign text that enters a notice.
model::Notice compose_with(const std::string& input) {
    model::Directory directory;
    directory.services["portal"] = {"portal", input, input, "Asia/Tokyo"};
    directory.support = input;
    model::Contact contact;
    contact.id = "c1";
    directory.tenants["acme"] = {"acme", {"portal"}, model::Language::en, model::ContactPolicy::any, {contact}};
    model::Incident incident;
    incident.id = "INC-20261123-01";
    incident.services = {"portal"};
    incident.detect.wall = model::WallTime{model::Milliseconds{1'795'406'460'000}};
    incident.first_bad = incident.detect;
    incident.members["portal/liveness"].detail = input;
    notifier::NoticeRequest request;
    request.recipient = {model::RecipientKind::tenant, "acme"};
    request.incidents = {incident};
    request.now = incident.detect;
    notifier::Templates templates;
    for (const char* name : {"en/first_alert.subject", "en/first_alert.text", "en/notice.html"}) {
        [[maybe_unused]] const auto refused = templates.override_with(name, input);
    }
    Zeros random;
    return notifier::compose(request, directory, templates, random, input);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input{data, data + size};
    const std::string cleaned = notifier::clean(input, 100, notifier::Lines::several);
    require(notifier::clean(cleaned, 100, notifier::Lines::several) == cleaned);
    const model::Notice notice = compose_with(input);
    require(!notice.subject.empty() && notice.subject.find('\n') == std::string::npos && notice.subject.size() <= 800);
    require(!notice.text.empty() && notice.text.size() <= notifier::output_limit + 512);
    require(notice.data.size() <= std::size_t{256} << 10);
    require(notice.html.find("<script") == std::string::npos || input.find("<script") != std::string::npos);
    return 0;
}
