#include "probes/dns_message.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool kept) {
    if (!kept) std::abort();
}

} // namespace

/// The first byte chooses the type asked for; the rest is a message of a name server that means no good.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using probes::RecordType;
    constexpr RecordType types[] = {RecordType::a,  RecordType::ns,  RecordType::cname, RecordType::soa,
                                    RecordType::mx, RecordType::txt, RecordType::aaaa};
    if (size < 3) return 0;
    const std::string message{data + 1, data + size};
    probes::DnsQuestion question{.id = 0, .name = "example.jp", .type = types[data[0] % std::size(types)]};
    question.id = static_cast<std::uint16_t>((data[1] << 8U) | data[2]);
    const auto answer = probes::decode(message, question);
    require(!answer || probes::answers(message, question));
    if (!answer) return 0;
    require(answer->code < 16);
    std::size_t total = 0;
    for (const auto& record : answer->records) total += record.size();
    require(answer->records.size() <= 512 && total <= 512U * 8'192U);
    for (const auto& record : answer->records) require(normalised(question.type, record).size() <= record.size() + 8);
    return 0;
}
