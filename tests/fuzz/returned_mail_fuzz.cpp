#include "notifier/returned_mail.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

void require(bool kept) {
    if (!kept) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto mail = notifier::read_returned_mail(input);
    require(mail.message_id.size() <= 998 && mail.action.size() <= 32 && mail.diagnostic.size() <= 500);
    const auto printable = [](char letter) { return letter > ' ' && letter < '\x7f' && letter != '<' && letter != '>'; };
    require(std::ranges::all_of(mail.message_id, printable));
    require(mail.message_id.empty() || mail.message_id.find('@') != std::string::npos);
    require(std::ranges::all_of(mail.action, [](char letter) { return letter >= 'a' && letter <= 'z'; }));
    // no address, and nothing that ends the line that it is written into
    require(mail.diagnostic.find('@') == std::string::npos);
    require(
        std::ranges::none_of(mail.diagnostic, [](char letter) { return static_cast<unsigned char>(letter) < ' ' || letter == '\x7f'; }));
    // what is found is there
    require(input.find(mail.message_id) != std::string_view::npos);
    return 0;
}
