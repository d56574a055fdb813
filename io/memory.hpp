#pragma once

namespace io {

/// Gives what the allocator holds and nobody uses back to the kernel: after much was freed at once. Any thread.
void give_back_memory();

/// While it lives, what is freed goes back to the kernel at once. The allocator waits otherwise, which is quicker; but what it waits for may
/// not come after what is large was let go. For the whole process; any thread; of two at a time the last one to end counts.
class GivingBackAtOnce {
public:
    GivingBackAtOnce();
    ~GivingBackAtOnce();
    GivingBackAtOnce(const GivingBackAtOnce&) = delete;
    GivingBackAtOnce& operator=(const GivingBackAtOnce&) = delete;

private:
    long usual_delay_ = 0;  // ms
};

/// While it lives, what its thread allocates lies apart from everything else: for what is large and is let go as a whole. What stays for long,
/// and is allocated after it has ended, then fills no gaps between what will go, and whole pages become free. It may be freed at any time and
/// by any thread. Not two at a time in one thread.
class MemoryApart {
public:
    MemoryApart();
    ~MemoryApart();
    MemoryApart(const MemoryApart&) = delete;
    MemoryApart& operator=(const MemoryApart&) = delete;

private:
    void* usual_ = nullptr;  // the heap that the thread had; the other goes on as long as the thread: a few kilobytes
};

}  // namespace io
