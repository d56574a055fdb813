#pragma once

#include "io/http_client.hpp"
#include "tests/io/scripted_server.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// The faults of an HTTP peer, and what every engine must say of them.
namespace fault_table {

using model::Reason;

/// How far an exchange comes; it has a duration for this phase and each before it. `any`: a race decides.
enum class Reached : std::uint8_t { any, nothing, connect, tls, processing, transfer };

struct Fault {
    std::string name;
    scripted::Script script;                  ///< of each connection
    Reason reason = Reason::none;
    std::uint16_t status = 0;
    Reached reached = Reached::transfer;
    std::string body = {};                    ///< of a complete answer
    std::function<void(io::HttpRequest&)> with = [](io::HttpRequest&) {};
    bool tls = false;                         ///< the server's certificate is good unless `server_tls` says otherwise
    scripted::TlsContext server_tls = nullptr;
    Reason also = Reason::none;               ///< another engine's word for the same fault; none: all agree
};

inline scripted::Move hear_request() { return scripted::hear("\r\n\r\n"); }

/// Hears a request and answers it with these bytes; then the connection is closed in an orderly way.
scripted::Script answer(const std::string& bytes);

/// The same behind TLS.
scripted::Script secure_answer(const std::string& bytes);

std::vector<Fault> endings();       ///< closed and reset at every phase
std::vector<Fault> silences();      ///< stalled or dripping at every phase; each lasts for the request's timeout
std::vector<Fault> odd_answers();   ///< what is hardly HTTP, and what is HTTP although it looks odd
std::vector<Fault> odd_bodies();    ///< lengths, chunks, answers without body
std::vector<Fault> excesses();      ///< beyond the limits of the request
std::vector<Fault> redirections();

} // namespace fault_table
