#include "io/ares_resolver.hpp"

#include "io/ares_channel.hpp"
#include "io/sleep.hpp"
#include "io/stopwatch.hpp"

#include <boost/asio/ip/address.hpp>

#include <arpa/inet.h>
#include <arpa/nameser.h>

#include <array>
#include <fstream>
#include <sstream>
#include <utility>

namespace io {

namespace {

constexpr std::size_t most_addresses = 16;
constexpr std::size_t most_servers = 8;

/// An open question: shared by c-ares and the waiting coroutine, whichever lives longer. Never keeps its channel alive: a
/// channel that nobody holds takes its questions with it.
struct Question {
    Question(Clock& clock, const std::shared_ptr<AresChannel>& where) : alarm(clock), channel(where) {}
    Alarm alarm;
    std::weak_ptr<AresChannel> channel;
    bool ended = false;
    int status = ARES_ETIMEOUT;
    std::vector<std::string> addresses;
};

using SharedQuestion = std::shared_ptr<Question>;

/// c-ares holds the question by this pointer, and gives it back exactly once.
void* hand_over(const SharedQuestion& question) { return std::make_unique<SharedQuestion>(question).release(); }

SharedQuestion take_back(void* data, int status) {
    const std::unique_ptr<SharedQuestion> owned(static_cast<SharedQuestion*>(data));
    auto question = std::move(*owned);
    question->ended = true;
    question->status = status;
    if (const auto channel = question->channel.lock()) channel->question_ended();
    return question;
}

std::string numeric(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = address->sa_family == AF_INET
                            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
                            : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
    return inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr ? "" : text.data();
}

void on_addresses(void* data, int status, int, ares_addrinfo* found) {
    const auto question = take_back(data, status);
    for (const auto* node = found == nullptr ? nullptr : found->nodes; node != nullptr; node = node->ai_next) {
        if (question->addresses.size() == most_addresses) break;
        if (node->ai_family == AF_INET || node->ai_family == AF_INET6) question->addresses.push_back(numeric(node->ai_addr));
    }
    if (found != nullptr) ares_freeaddrinfo(found);
    // after the destruction of the resolver nobody is left to be woken
    if (status != ARES_EDESTRUCTION) question->alarm.ring();
}

void on_reply(void* data, int status, int, unsigned char*, int) {
    const auto question = take_back(data, status);
    if (status != ARES_EDESTRUCTION) question->alarm.ring();
}

int family_of(AddressFamily family) {
    switch (family) {
    case AddressFamily::any: return AF_UNSPEC;
    case AddressFamily::ipv4: return AF_INET;
    case AddressFamily::ipv6: return AF_INET6;
    }
    return AF_UNSPEC;
}

/// Which failures say that there is no such name or no such address of it. The others may be gone the next time.
bool is_final(int status) {
    return status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME || status == ARES_EBADSTR ||
           status == ARES_ENONAME;
}

ResolveResult numeric_result(const asio::ip::address& address, AddressFamily family) {
    ResolveResult result;
    if (is_of(family, address)) {
        result.addresses.push_back(address.to_string());
    } else {
        result.reason = model::Reason::name_not_found;
        result.error = address.to_string() + " is not an address of the wanted family";
    }
    return result;
}

ResolveResult result_of(const Question& question, const std::string& host) {
    ResolveResult result;
    if (!question.ended) {
        result.reason = model::Reason::name_timeout;
        result.error = "the name servers did not answer for " + host + " in time";
    } else if (question.status != ARES_SUCCESS) {
        result.reason = is_final(question.status) ? model::Reason::name_not_found : model::Reason::name_timeout;
        result.error = "the name " + host + " was not resolved: " + ares_strerror(question.status);
    } else if (question.addresses.empty()) {
        result.reason = model::Reason::name_not_found;
        result.error = "the name " + host + " has no address of the wanted family";
    } else {
        result.addresses = question.addresses;
    }
    return result;
}

} // namespace

AresResolver::AresResolver(asio::any_io_executor executor, Clock& clock, std::vector<std::string> servers)
    : executor_(std::move(executor)), clock_(clock), servers_(std::move(servers)),
      channel_(std::make_shared<AresChannel>(executor_, clock_)) {
    channel_->open(servers_, 0);
}

AresResolver::~AresResolver() { channel_->close(); }

std::vector<std::string> AresResolver::servers() const { return servers_.empty() ? configured_name_servers() : servers_; }

asio::awaitable<ResolveResult> AresResolver::resolve(std::string host, AddressFamily family, model::Milliseconds timeout) {
    boost::system::error_code not_numeric;
    const auto address = asio::ip::make_address(host, not_numeric);
    if (!not_numeric) co_return numeric_result(address, family);
    Stopwatch watch;
    const auto question = std::make_shared<Question>(clock_, channel_);
    if (channel_->is_open()) {
        ares_addrinfo_hints hints{};
        hints.ai_family = family_of(family);
        hints.ai_socktype = SOCK_STREAM;
        channel_->question_asked();
        ares_getaddrinfo(channel_->get(), host.c_str(), nullptr, &hints, on_addresses, hand_over(question));
        if (!question->ended) co_await question->alarm.wait_until(clock_.now().boot + timeout);
    }
    auto result = result_of(*question, host);
    result.took = watch.lap();
    co_return result;
}

asio::awaitable<bool> AresResolver::server_answers(std::string server, model::Milliseconds timeout) {
    const auto channel = std::make_shared<AresChannel>(executor_, clock_);
    // every reply code is an answer, and so is a reply that was cut short
    if (!channel->open({server}, ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC)) co_return false;
    const auto question = std::make_shared<Question>(clock_, channel);
    channel->question_asked();
    ares_query(channel->get(), ".", C_IN, T_NS, on_reply, hand_over(question));
    if (!question->ended) co_await question->alarm.wait_until(clock_.now().boot + timeout);
    channel->close();
    switch (question->status) {
    case ARES_SUCCESS:
    case ARES_ENODATA:
    case ARES_EFORMERR:
    case ARES_ESERVFAIL:
    case ARES_ENOTFOUND:
    case ARES_ENOTIMP:
    case ARES_EREFUSED: co_return true;
    default: co_return false;
    }
}

std::vector<std::string> configured_name_servers() {
    std::ifstream file("/etc/resolv.conf");
    std::vector<std::string> servers;
    for (std::string line; std::getline(file, line) && servers.size() < most_servers;) {
        std::istringstream words(line);
        std::string key;
        std::string address;
        words >> key >> address;
        if (key == "nameserver" && !address.empty()) servers.push_back(address);
    }
    return servers;
}

} // namespace io
