#include "io/memory.hpp"

#include <malloc.h>

/// Of the allocator that the executable is linked with (doc/decisions/0004-allocator.md); a sanitizer's build has none.
extern "C" __attribute__((weak)) void mi_collect(bool force) noexcept;

namespace io {

void give_back_memory() {
    if (mi_collect != nullptr) mi_collect(true);
    else malloc_trim(0);
}

} // namespace io
