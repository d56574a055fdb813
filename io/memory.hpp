#pragma once

namespace io {

/// Gives what the allocator holds and nobody uses back to the kernel: after much was freed at once. Any thread.
void give_back_memory();

/// While it lives, what is freed goes back to the kernel at once. The allocator waits otherwise, which is quicker; but what it waits for may
/// not come after the reading of what is large and soon forgotten. For the whole process; any thread; of two at a time the last one to end
/// counts.
class GivingBackAtOnce {
public:
    GivingBackAtOnce();
    ~GivingBackAtOnce();
    GivingBackAtOnce(const GivingBackAtOnce&) = delete;
    GivingBackAtOnce& operator=(const GivingBackAtOnce&) = delete;

private:
    long usual_delay_ = 0;  // ms
};

}  // namespace io
