#include "io/boot_clock.hpp"
#include "io/curl_http_client.hpp"
#include "io/http_engines.hpp"
#include "notifier/webhook_channel.hpp"
#include "tests/io/fixed_resolver.hpp"
#include "tests/io/run_to_end.hpp"
#include "tests/io/scripted_server.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

namespace {

void require(bool kept) {
    if (!kept) std::abort();
}

constexpr std::size_t header_limit = 512;
constexpr std::size_t body_limit = 256;
constexpr std::uint8_t redirects = 3;  // of the first byte

io::HttpRequest request_of(std::uint8_t kind, std::uint16_t port) {
    io::HttpRequest request;
    request.url = "http://server.test:" + std::to_string(port) + "/hook";
    request.timeout = model::Milliseconds{60'000};
    request.header_limit = header_limit;
    request.body_limit = body_limit;
    request.redirects = kind & redirects;
    request.need_body = (kind & 4U) == 0;
    if ((kind & 8U) != 0) request.method = "HEAD";
    if ((kind & 16U) != 0) {
        request.method = "POST";
        request.body = "{}";
    }
    return request;
}

bool is_one_line(const std::string& text) { return text.find_first_of(std::string("\r\n\0", 3)) == std::string::npos; }

void check(const io::HttpResponse& response, const io::HttpRequest& request) {
    require(response.answered() == response.error.empty());
    // the peer always answers or leaves: nothing is waited for
    require(response.reason != model::Reason::response_timeout && response.reason != model::Reason::connect_timeout);
    require(response.body.size() <= body_limit && (request.need_body || response.body.empty()));
    std::size_t header_size = 0;
    for (const auto& [name, value] : response.headers) {
        require(is_one_line(name) && is_one_line(value));
        require(std::ranges::none_of(name, [](char letter) { return letter >= 'A' && letter <= 'Z'; }));
        header_size += name.size() + value.size();
    }
    require(header_size <= header_limit);
    const auto delivery = notifier::classify(response);
    require(delivery.retry_after >= model::Milliseconds{0} &&
            delivery.retry_after <= model::Milliseconds{std::int64_t{30} * 24 * 3'600'000});
    if (!response.answered()) {
        require(response.status == 0 && delivery.outcome != model::DeliveryOutcome::accepted);
        return;
    }
    require(response.status >= 100 && response.status <= 999);
    const bool good = response.status >= 200 && response.status < 300;
    require((delivery.outcome == model::DeliveryOutcome::accepted) == good);
}

/// One loop for all inputs: a name server or a certificate is not needed, a real connection is.
struct World {
    boost::asio::io_context context{1};
    io::BootClock clock{context.get_executor()};
    FixedResolver resolver;
    std::unique_ptr<io::HttpClient> chosen = io::make_http_client(context.get_executor(), clock, resolver);
    io::CurlHttpClient rich{context.get_executor(), clock, resolver};
};

io::HttpResponse ask(World& world, io::HttpClient& client, std::uint8_t kind, const std::string& answer) {
    const scripted::Server server(world.context, {scripted::hear("\r\n\r\n"), scripted::say(answer)});
    const auto request = request_of(kind, server.port());
    auto response = run_to_end(world.context, client.request(request));
    check(response, request);
    return response;
}

/// Whichever engine is chosen, the answer is the same. A redirect leads each to a server of its own, which has gone. Known to differ: trailers
/// behind the last chunk with line ends of LF alone are refused by Beast and passed over by libcurl.
void compare(const io::HttpResponse& chosen, const io::HttpResponse& rich, const std::string& answer) {
    if (answer.contains("hunked") && chosen.answered() != rich.answered()) return;
    require(chosen.answered() == rich.answered() && chosen.status == rich.status && chosen.body == rich.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static World world;
    const std::string answer{data + 1, data + size};
    const auto chosen = ask(world, *world.chosen, data[0], answer);
    const auto rich = ask(world, world.rich, data[0], answer);
    if ((data[0] & redirects) == 0) compare(chosen, rich, answer);
    return 0;
}
