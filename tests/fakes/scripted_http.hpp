#pragma once

#include "io/clock.hpp"
#include "io/http_client.hpp"
#include "io/sleep.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace fakes {

struct HttpReply {
    io::HttpResponse response;
    model::Milliseconds takes{50};
};

inline HttpReply status(std::uint16_t code, std::vector<std::pair<std::string, std::string>> headers = {}) {
    io::HttpResponse response;
    response.status = code;
    response.request_sent = true;
    response.headers = std::move(headers);
    return {.response = response};
}

inline HttpReply fails(model::Reason reason, model::Milliseconds takes = model::Milliseconds{50}) {
    io::HttpResponse response;
    response.reason = reason;
    response.error = "no answer";
    return {.response = response, .takes = takes};
}

/// HTTP by script: records requests and answers as `script` says; without one, 204.
class ScriptedHttp final : public io::HttpClient {
public:
    explicit ScriptedHttp(io::Clock& clock) : clock_(clock) {}

    struct Sent {
        io::HttpRequest request;
        model::Instant at;
    };

    io::asio::awaitable<io::HttpResponse> request(io::HttpRequest request) override {
        const auto began = clock_.now();
        sent.push_back({request, began});
        auto reply = script ? script(request) : status(204);
        most = std::max(most, ++busy_);
        co_await io::sleep_until(clock_, began.boot + reply.takes);
        --busy_;
        reply.response.began = began;
        reply.response.ended = clock_.now();
        co_return reply.response;
    }

    std::function<HttpReply(const io::HttpRequest&)> script;
    std::vector<Sent> sent;
    int most = 0;  ///< requests at a time

private:
    io::Clock& clock_;
    int busy_ = 0;
};

} // namespace fakes
