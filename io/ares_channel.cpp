#include "io/ares_channel.hpp"

#include <mutex>
#include <utility>

namespace io {

namespace {

constexpr model::Milliseconds tick{100};  ///< how often c-ares looks at its own time-outs while questions are open
constexpr int first_try_ms = 1'000;       ///< doubled at each further one
constexpr int tries = 3;

void initialise_library() {
    static std::once_flag once;
    std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
}

std::string joined(const std::vector<std::string>& servers) {
    std::string text;
    for (const auto& server : servers) text += (text.empty() ? "" : ",") + server;
    return text;
}

} // namespace

bool AresChannel::open(const std::vector<std::string>& servers, int flags) {
    initialise_library();
    std::string lookups = "fb";  // /etc/hosts first, then the servers
    ares_options options{};
    options.flags = flags;
    options.timeout = first_try_ms;
    options.tries = tries;
    options.lookups = lookups.data();
    options.sock_state_cb_data = this;
    options.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
        static_cast<AresChannel*>(self)->socket_changed(socket, readable != 0, writable != 0);
    };
    const int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    if (ares_init_options(&channel_, &options, given) != ARES_SUCCESS) {
        channel_ = nullptr;
        return false;
    }
    if (servers.empty() || ares_set_servers_ports_csv(channel_, joined(servers).c_str()) == ARES_SUCCESS) return true;
    close();
    return false;
}

void AresChannel::close() {
    if (channel_ == nullptr) return;
    timer_.reset();
    ares_destroy(std::exchange(channel_, nullptr));
    for (const auto& [socket, watched] : sockets_) watched->descriptor.release();
    sockets_.clear();
}

void AresChannel::question_asked() {
    ++open_questions_;
    keep_time();
}

void AresChannel::socket_changed(ares_socket_t socket, bool readable, bool writable) {
    auto found = sockets_.find(socket);
    if (!readable && !writable) {
        if (found == sockets_.end()) return;
        found->second->descriptor.release();  // c-ares closes it next
        sockets_.erase(found);
        return;
    }
    if (channel_ == nullptr) return;
    if (found == sockets_.end()) found = sockets_.emplace(socket, std::make_shared<Watched>(executor_, socket)).first;
    const auto watched = found->second;
    watched->reading.wanted = readable;
    watched->writing.wanted = writable;
    wait(watched, Descriptor::wait_read);
    wait(watched, Descriptor::wait_write);
}

void AresChannel::wait(const std::shared_ptr<Watched>& watched, Descriptor::wait_type type) {
    const bool reads = type == Descriptor::wait_read;
    auto& direction = reads ? watched->reading : watched->writing;
    if (!direction.wanted || direction.waiting) return;
    direction.waiting = true;
    watched->descriptor.async_wait(type,
                                   [weak = weak_from_this(), watched, type, reads, &direction](const boost::system::error_code& error) {
                                       direction.waiting = false;
                                       const auto self = weak.lock();
                                       if (error || !self || !self->is_open() || !watched->descriptor.is_open()) return;
                                       const auto socket = watched->descriptor.native_handle();
                                       ares_process_fd(self->channel_, reads ? socket : ARES_SOCKET_BAD, reads ? ARES_SOCKET_BAD : socket);
        // the number may belong to another socket by now: compare the object
                                       const auto still = self->sockets_.find(socket);
                                       if (still != self->sockets_.end() && still->second == watched) self->wait(watched, type);
                                   });
}

void AresChannel::keep_time() {
    if (timer_ || open_questions_ == 0 || channel_ == nullptr) return;
    timer_.emplace(clock_, clock_.now().boot + tick, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self || !self->is_open()) return;
        self->timer_.reset();
        ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        self->keep_time();
    });
}

} // namespace io
