#include "model/event.hpp"

#include <type_traits>

namespace model {

static_assert(std::is_nothrow_move_constructible_v<PayloadKinds> && std::is_nothrow_move_assignable_v<PayloadKinds>);

Payload::Payload(const Payload& other) = default;
Payload::Payload(Payload&& other) noexcept = default;
Payload& Payload::operator=(const Payload& other) = default;
Payload& Payload::operator=(Payload&& other) noexcept = default;
Payload::~Payload() = default;

} // namespace model
