#pragma once

#include "daemon/access.hpp"
#include "daemon/engine.hpp"
#include "daemon/verbs.hpp"
#include "io/local_socket.hpp"

#include <nlohmann/json.hpp>

#include <expected>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hinomi {

/// What was asked over the control socket, after the table of verbs has been held against it.
struct Request {
    const Verb* verb = nullptr;
    Given given;
    std::string actor;      ///< the Unix user
    std::string origin;     ///< `control socket`
};

/// What a verb decided: events to append in one turn, of which the first says who asked.
struct Decided {
    std::vector<model::Payload> events;
    std::vector<std::string> subjects;
    std::string message;
    nlohmann::json fields;          ///< the same for programs
};
using Deciding = std::expected<Decided, std::string>;

/// Reads one line of the control socket and holds it against the table. Bounded: at most 64 values of 4 KiB.
std::expected<Request, std::string> parse_request(const std::string& line);

/// Incidents, maintenance, notices: decides from the engine's present state. Pure but for the ids of a test notice.
Deciding decide(const Request& request, Engine& engine);

/// Views: nothing changes.
Answer view(const Request& request, Engine& engine);

/// Answers the control socket. State thread only.
class Control {
public:
    /// `reload` does what `hinomi reload` asks for.
    using Reload = std::function<asio::awaitable<Answer>(const Request& request)>;

    Control(Engine& engine, Access access, Reload reload) : engine_(engine), access_(std::move(access)), reload_(std::move(reload)) {}

    /// Who may ask what, from the next question on.
    void set_access(Access access) { access_ = std::move(access); }

    /// A change is answered only once it is durable (or the ledger is undurable: the answer says so).
    asio::awaitable<std::string> answer(io::Peer peer, std::string line);

private:
    asio::awaitable<Answer> act(Request request);

    Engine& engine_;
    Access access_;
    Reload reload_;
};

} // namespace hinomi
