#include "io/ares_resolver.hpp"

#include "io/sleep.hpp"
#include "io/stopwatch.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <ares.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>

#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

namespace io {

namespace {

constexpr model::Milliseconds tick{100};  // how often c-ares is asked about its own time-outs while questions are open

void initialise_library() {
    static std::once_flag once;
    std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
}

std::string numeric(const sockaddr* address) {
    char text[INET6_ADDRSTRLEN] = {};
    if (address->sa_family == AF_INET) {
        inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text, sizeof text);
    } else {
        inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text, sizeof text);
    }
    return text;
}

int family_of(AddressFamily family) { return family == AddressFamily::ipv4 ? AF_INET : family == AddressFamily::ipv6 ? AF_INET6 : AF_UNSPEC; }

std::string joined(const std::vector<std::string>& servers) {
    std::string text;
    for (const auto& server : servers) text += (text.empty() ? "" : ",") + server;
    return text;
}

} // namespace

/// One c-ares channel with its sockets on the loop. Callbacks hold it by shared pointer, so it outlives its questions.
class AresResolver::Channel : public std::enable_shared_from_this<Channel> {
public:
    Channel(asio::any_io_executor executor, Clock& clock) : executor_(std::move(executor)), clock_(clock) {}
    ~Channel() { close(); }

    bool open(const std::vector<std::string>& servers) {
        initialise_library();
        ares_options options{};
        options.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
            static_cast<Channel*>(self)->watch(socket, readable != 0, writable != 0);
        };
        options.sock_state_cb_data = this;
        options.timeout = 1'000;
        options.tries = 3;
        if (ares_init_options(&channel_, &options, ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS) return false;
        opened_ = true;
        return servers.empty() || ares_set_servers_ports_csv(channel_, joined(servers).c_str()) == ARES_SUCCESS;
    }

    void close() {
        if (!opened_) return;
        opened_ = false;
        if (timer_ != 0) clock_.cancel(std::exchange(timer_, 0));
        ares_destroy(channel_);  // answers every open question with ARES_EDESTRUCTION
        for (auto& [socket, watched] : sockets_) watched->release();
        sockets_.clear();
    }

    [[nodiscard]] ares_channel get() const { return channel_; }

    void question_asked() {
        ++open_questions_;
        keep_time();
    }
    void question_ended() { --open_questions_; }

private:
    using Descriptor = asio::posix::stream_descriptor;

    void watch(ares_socket_t socket, bool readable, bool writable) {
        auto found = sockets_.find(socket);
        if (!readable && !writable) {
            if (found == sockets_.end()) return;
            found->second->release();  // c-ares closes it
            sockets_.erase(found);
            return;
        }
        if (found == sockets_.end()) found = sockets_.emplace(socket, std::make_shared<Descriptor>(executor_, socket)).first;
        if (readable) wait(found->second, Descriptor::wait_read);
        if (writable) wait(found->second, Descriptor::wait_write);
    }

    void wait(const std::shared_ptr<Descriptor>& descriptor, Descriptor::wait_type type) {
        descriptor->async_wait(type, [weak = weak_from_this(), descriptor, type](const boost::system::error_code& error) {
            const auto self = weak.lock();
            if (error || !self || !self->opened_ || !descriptor->is_open()) return;
            const auto socket = descriptor->native_handle();
            const bool reading = type == Descriptor::wait_read;
            ares_process_fd(self->channel_, reading ? socket : ARES_SOCKET_BAD, reading ? ARES_SOCKET_BAD : socket);
            const auto still = self->sockets_.find(socket);
            if (reading && still != self->sockets_.end() && still->second == descriptor) self->wait(descriptor, type);
        });
    }

    void keep_time() {
        if (timer_ != 0 || open_questions_ == 0 || !opened_) return;
        timer_ = clock_.call_at(clock_.now().boot + tick, [weak = weak_from_this()] {
            const auto self = weak.lock();
            if (!self || !self->opened_) return;
            self->timer_ = 0;
            ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            self->keep_time();
        });
    }

    asio::any_io_executor executor_;
    Clock& clock_;
    ares_channel channel_ = nullptr;
    bool opened_ = false;
    std::map<ares_socket_t, std::shared_ptr<Descriptor>> sockets_;
    std::uint32_t open_questions_ = 0;
    Clock::TimerId timer_ = 0;
};

namespace {

/// An open question: shared by the callback and the waiting coroutine, whichever lives longer.
struct Question {
    explicit Question(Clock& clock) : alarm(clock) {}
    Alarm alarm;
    bool ended = false;
    int status = ARES_ETIMEOUT;
    std::vector<std::string> addresses;
};

model::Reason reason_of(int status) {
    switch (status) {
    case ARES_SUCCESS: return model::Reason::none;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME: return model::Reason::name_not_found;
    default: return model::Reason::name_timeout;
    }
}

} // namespace

AresResolver::AresResolver(asio::any_io_executor executor, Clock& clock, std::vector<std::string> servers)
    : executor_(std::move(executor)), clock_(clock), servers_(std::move(servers)), channel_(std::make_shared<Channel>(executor_, clock_)) {
    channel_->open(servers_);
}

AresResolver::~AresResolver() { channel_->close(); }

std::vector<std::string> AresResolver::servers() const { return servers_.empty() ? configured_name_servers() : servers_; }

asio::awaitable<ResolveResult> AresResolver::resolve(std::string host, AddressFamily family, model::Milliseconds timeout) {
    ResolveResult result;
    boost::system::error_code not_numeric;
    const auto address = asio::ip::make_address(host, not_numeric);
    if (!not_numeric) {
        const bool fits = family == AddressFamily::any || (family == AddressFamily::ipv4) == address.is_v4();
        if (fits) result.addresses.push_back(host);
        else result.reason = model::Reason::name_not_found;
        co_return result;
    }
    Stopwatch watch;
    using Shared = std::pair<std::shared_ptr<Channel>, std::shared_ptr<Question>>;
    const auto question = std::make_shared<Question>(clock_);
    ares_addrinfo_hints hints{};
    hints.ai_family = family_of(family);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;
    channel_->question_asked();
    ares_getaddrinfo(
        channel_->get(), host.c_str(), nullptr, &hints,
        [](void* data, int status, int, ares_addrinfo* found) {
            const std::unique_ptr<Shared> shared(static_cast<Shared*>(data));
            auto& [channel, asked] = *shared;
            channel->question_ended();
            asked->ended = true;
            asked->status = status;
            for (auto* node = found == nullptr ? nullptr : found->nodes; node != nullptr; node = node->ai_next) asked->addresses.push_back(numeric(node->ai_addr));
            if (found != nullptr) ares_freeaddrinfo(found);
            if (status != ARES_EDESTRUCTION) asked->alarm.ring();
        },
        new Shared(channel_, question));
    if (!question->ended) co_await question->alarm.wait_until(clock_.now().boot + timeout);
    result.took = watch.lap();
    result.reason = question->ended ? reason_of(question->status) : model::Reason::name_timeout;
    result.addresses = question->addresses;
    if (result.reason == model::Reason::none && result.addresses.empty()) result.reason = model::Reason::name_not_found;
    if (result.reason != model::Reason::none) result.error = question->ended ? ares_strerror(question->status) : "no answer from the name servers in time";
    co_return result;
}

asio::awaitable<bool> AresResolver::server_answers(std::string server, model::Milliseconds timeout) {
    const auto channel = std::make_shared<Channel>(executor_, clock_);
    if (!channel->open({server})) co_return false;
    const auto question = std::make_shared<Question>(clock_);
    using Shared = std::shared_ptr<Question>;
    channel->question_asked();
    ares_query(
        channel->get(), ".", C_IN, T_NS,
        [](void* data, int status, int, unsigned char*, int) {
            const std::unique_ptr<Shared> asked(static_cast<Shared*>(data));
            (*asked)->ended = true;
            (*asked)->status = status;
            if (status != ARES_EDESTRUCTION) (*asked)->alarm.ring();
        },
        new Shared(question));
    if (!question->ended) co_await question->alarm.wait_until(clock_.now().boot + timeout);
    // any reply code is an answer: somebody is there
    const auto status = question->ended ? question->status : ARES_ETIMEOUT;
    channel->close();
    co_return status != ARES_ETIMEOUT && status != ARES_ECONNREFUSED && status != ARES_EDESTRUCTION && status != ARES_ECANCELLED;
}

std::vector<std::string> configured_name_servers() {
    std::ifstream file("/etc/resolv.conf");
    std::vector<std::string> servers;
    for (std::string line; std::getline(file, line) && servers.size() < 8;) {
        std::istringstream words(line);
        std::string key;
        std::string address;
        words >> key >> address;
        if (key == "nameserver" && !address.empty()) servers.push_back(address);
    }
    return servers;
}

} // namespace io
