#include "io/asio_datagram_exchange.hpp"

#include "io/deadline.hpp"
#include "io/echo_socket.hpp"
#include "io/stopwatch.hpp"
#include "io/system_random.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace io {

namespace {

using boost::system::error_code;
using udp = asio::ip::udp;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t largest_datagram = 65'535;

/// Our own cancellation is no finding about the peer.
void pass_on_cancellation(const error_code& error) {
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
}

struct Arrived {
    error_code error;
    std::string data;
};

/// The first datagram that is an answer, or the socket's error.
asio::awaitable<Arrived> receive(udp::socket& socket, const DatagramRequest& request) {
    std::vector<char> buffer(largest_datagram);
    for (;;) {
        const auto [error, size] = co_await socket.async_receive(asio::buffer(buffer), as_result);
        pass_on_cancellation(error);
        if (error) co_return Arrived{error, {}};
        const std::string_view data(buffer.data(), size);
        if (!request.accept || request.accept(data)) co_return Arrived{{}, std::string(data)};
    }
}

/// Of a UDP socket: an error is what ICMP or our own network said.
model::Reason reason_of_datagram(const error_code& error) {
    if (error == asio::error::connection_refused) return model::Reason::refused;
    namespace failure = boost::system::errc;
    if (error == failure::too_many_files_open || error == failure::too_many_files_open_in_system || error == failure::no_buffer_space)
        return model::Reason::probe_crashed;
    return model::Reason::no_route;
}

template <typename Response> void fail(Response& response, model::Reason reason, std::string error) {
    response.reason = reason;
    response.error = std::move(error);
}

} // namespace

AsioDatagramExchange::AsioDatagramExchange(asio::any_io_executor executor, Clock& clock, Resolver& resolver)
    : executor_(std::move(executor)), clock_(clock), resolver_(resolver) {}

AsioDatagramExchange::~AsioDatagramExchange() = default;

namespace {

/// Sends, and sends again while nothing comes; fills `response`.
asio::awaitable<void> ask(udp::socket& socket, Clock& clock, model::Milliseconds deadline, const DatagramRequest& request,
                          DatagramResponse& response) {
    const auto tries = std::max(request.tries, 1U);
    for (std::uint32_t left = tries; left > 0; --left) {
        error_code error;
        socket.send(asio::buffer(request.payload), 0, error);
        if (error && error != asio::error::would_block) {
            fail(response, reason_of_datagram(error), "sending: " + error.message());
            co_return;
        }
        const auto now = clock.now().boot;
        const auto share = std::max(deadline - now, model::Milliseconds{0}) / static_cast<std::int64_t>(left);
        auto arrived = co_await with_deadline(receive(socket, request), clock, now + share);
        if (!arrived) continue;
        if (arrived->error) fail(response, reason_of_datagram(arrived->error), "receiving: " + arrived->error.message());
        else response.received = std::move(arrived->data);
        co_return;
    }
    fail(response, model::Reason::response_timeout,
         "no answer within " + std::to_string(request.timeout.count()) + " ms to " + std::to_string(tries) + " datagrams");
}

} // namespace

asio::awaitable<DatagramResponse> AsioDatagramExchange::exchange(DatagramRequest request) {
    DatagramResponse response;
    response.began = clock_.now();
    const auto deadline = response.began.boot + request.timeout;
    auto resolved = co_await resolver_.resolve(request.host, request.family, request.timeout);
    response.phases.resolve = resolved.took;
    if (resolved.reason != model::Reason::none) {
        fail(response, resolved.reason, std::move(resolved.error));
        response.ended = clock_.now();
        co_return response;
    }
    Stopwatch watch;
    const udp::endpoint endpoint(asio::ip::make_address(resolved.addresses.front()), request.port);
    const auto address = endpoint.address().to_string();
    response.peer = (endpoint.address().is_v6() ? "[" + address + "]:" : address + ":") + std::to_string(request.port);
    udp::socket socket(executor_);
    error_code error;
    socket.open(endpoint.protocol(), error);
    if (!error) socket.connect(endpoint, error);  // only this peer is heard, and what ICMP says of it
    if (!error) socket.non_blocking(true, error);
    if (error) fail(response, reason_of_datagram(error), response.peer + ": " + error.message());
    else co_await ask(socket, clock_, deadline, request, response);
    response.phases.processing = watch.lap();
    response.ended = clock_.now();
    co_return response;
}

std::shared_ptr<EchoSocket> AsioDatagramExchange::echo_socket(bool six) {
    auto& socket = six ? six_ : four_;
    if (socket == nullptr || !socket->failure().empty())
        socket = std::make_shared<EchoSocket>(executor_, clock_, six, SystemRandom{}.next());
    return socket;
}

asio::awaitable<EchoResponse> AsioDatagramExchange::echo(EchoRequest request) {
    EchoResponse response;
    response.began = clock_.now();
    const auto deadline = response.began.boot + request.timeout;
    auto resolved = co_await resolver_.resolve(request.host, request.family, request.timeout);
    response.resolve = resolved.took;
    response.ended = clock_.now();
    if (resolved.reason != model::Reason::none) {
        fail(response, resolved.reason, std::move(resolved.error));
        co_return response;
    }
    const auto target = asio::ip::make_address(resolved.addresses.front());
    response.peer = resolved.addresses.front();
    const auto socket = echo_socket(target.is_v6());
    if (!socket->failure().empty()) {
        fail(response, model::Reason::probe_crashed, socket->failure() + ". " + std::string(echo_remedy));
        co_return response;
    }
    Echoes echoes(clock_);
    struct Guard {
        EchoSocket& socket;
        Echoes& echoes;
        ~Guard() { socket.forget(echoes); }
    } guard{*socket, echoes};
    echoes.target = target;
    echoes.payload = request.payload;
    echoes.unsent = request.count;
    echoes.spacing = request.spacing;
    echoes.deadline = deadline;
    socket->begin(echoes);
    while (!echoes.complete() && clock_.now().boot < deadline) co_await echoes.alarm.wait_until(deadline);
    response.round_trips = std::move(echoes.round_trips);
    response.ended = clock_.now();
    const bool any = std::ranges::any_of(response.round_trips, [](const auto& round_trip) { return round_trip.has_value(); });
    if (any) co_return response;
    if (!echoes.error.empty()) fail(response, model::Reason::no_route, response.peer + ": " + echoes.error);
    else if (!echoes.unreachable.empty()) fail(response, model::Reason::no_route, response.peer + ": " + echoes.unreachable);
    else
        fail(response, model::Reason::response_timeout,
             "no reply to " + std::to_string(response.round_trips.size()) + " echo requests within " +
                 std::to_string(request.timeout.count()) + " ms");
    co_return response;
}

} // namespace io
