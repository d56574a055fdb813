#pragma once

namespace io {

/// Gives what the allocator holds and nobody uses back to the kernel: after much was freed at once. Any thread.
void give_back_memory();

} // namespace io
