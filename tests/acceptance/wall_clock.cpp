// Preloaded into the daemon by clock_test.py: moves the wall clock, and nothing else, by what the file $HINOMI_WALL_CLOCK says (milliseconds).
// Why not libfaketime: 0.9.10 shifts every absolute timerfd too, also those on the boot clock, and does not start under AddressSanitizer.
#include <charconv>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

/// Read at every call: the test sets the clock while the daemon runs. No memory is asked for: the sanitizer's own start calls this, too.
long long offset_ms() {
    const char* file = std::getenv("HINOMI_WALL_CLOCK");
    const int descriptor = file == nullptr ? -1 : ::open(file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return 0;
    char text[32] = {};
    const auto size = ::read(descriptor, text, sizeof text - 1);
    ::close(descriptor);
    long long offset = 0;
    if (size > 0) std::from_chars(text, text + size, offset);
    return offset;
}

}  // namespace

extern "C" int clock_gettime(clockid_t id, timespec* time) noexcept {
    const auto result = static_cast<int>(::syscall(SYS_clock_gettime, id, time));
    if (result != 0 || (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE)) return result;
    constexpr long long second = 1'000'000'000;
    const auto moved = time->tv_sec * second + time->tv_nsec + offset_ms() * 1'000'000;
    time->tv_sec = moved / second;
    time->tv_nsec = moved % second;
    return 0;
}

extern "C" int gettimeofday(timeval* time, void*) noexcept {
    timespec now{};
    if (const int result = clock_gettime(CLOCK_REALTIME, &now); result != 0) return result;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1'000;
    return 0;
}

extern "C" std::time_t time(std::time_t* told) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (told != nullptr) *told = now.tv_sec;
    return now.tv_sec;
}
