#include "daemon/answer.hpp"
#include "daemon/control.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

void require(bool kept) {
    if (!kept) std::abort();
}

} // namespace

/// Whatever comes over the control socket is a request that the table of verbs allows, within its bounds, or a sentence that can be
/// answered.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string line(reinterpret_cast<const char*>(data), size);
    const auto request = hinomi::parse_request(line);
    if (!request) {
        require(!request.error().empty());
        const auto answer = hinomi::to_line(hinomi::failed(request.error()));
        require(answer.find('\n') == std::string::npos && hinomi::answer_of(answer).has_value());
        return 0;
    }
    require(request->verb != nullptr && request->verb->run == nullptr && request->verb->name == request->given.verb);
    require(request->actor.empty());  // who asks is known from the socket, never from what is said
    std::size_t count = 0;
    for (const auto& [name, values] : request->given.values) {
        count += values.size();
        for (const auto& value : values) require(value.size() <= 4'096);
    }
    require(count <= 64);
    return 0;
}
