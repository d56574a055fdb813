#include "io/memory.hpp"

#include <malloc.h>
#include <mimalloc.h>

/// Of the allocator that the executable is linked with (doc/decisions/0004-allocator.md); a sanitizer's build has none.
#pragma weak mi_collect
#pragma weak mi_heap_new
#pragma weak mi_heap_set_default
#pragma weak mi_option_get
#pragma weak mi_option_set

namespace io {

void give_back_memory() {
    if (mi_collect != nullptr) mi_collect(true);
    else malloc_trim(0);
}

GivingBackAtOnce::GivingBackAtOnce() {
    if (mi_option_set == nullptr) return;
    usual_delay_ = mi_option_get(mi_option_decommit_delay);
    mi_option_set(mi_option_decommit_delay, 0);
}

GivingBackAtOnce::~GivingBackAtOnce() {
    if (mi_option_set != nullptr) mi_option_set(mi_option_decommit_delay, usual_delay_);
}

MemoryApart::MemoryApart() {
    if (mi_heap_new == nullptr) return;
    if (auto* const apart = mi_heap_new(); apart != nullptr) usual_ = mi_heap_set_default(apart);
}

MemoryApart::~MemoryApart() {
    if (usual_ != nullptr) mi_heap_set_default(static_cast<mi_heap_t*>(usual_));
}

} // namespace io
