#pragma once

#include "io/clock.hpp"
#include "io/probe_lanes.hpp"
#include "io/sleep.hpp"
#include "model/observation.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hinomi {

namespace asio = boost::asio;

/// This machine's name servers, and its default gateway as `icmp://ADDRESS`.
std::vector<std::string> default_references();

/// The reference targets that a silent sample is cross-checked with (semantics 1.1): name servers asked a DNS question, and
/// `icmp://ADDRESS` sent an echo request (where that is not allowed, such a reference never becomes usable). A reference
/// is usable once it has answered since start. State thread only; must outlive its coroutines.
class References {
public:
    References(asio::any_io_executor executor, io::ProbeLanes& lanes, io::Clock& clock, std::vector<std::string> servers,
               model::Milliseconds timeout);

    /// Asks all references at once; callers that come while a round is under way share its result.
    asio::awaitable<model::CrossCheck> cross_check();

    /// Learns which references are usable, at the start, every five minutes and when new ones come. Runs until cancelled.
    asio::awaitable<void> keep_known();

    /// From now on these; what is known of the ones that stay, stays. New ones are asked at once.
    void replace(std::vector<std::string> servers);

    [[nodiscard]] std::size_t usable() const;

private:
    struct Reference {
        std::string server;
        bool usable = false;
        bool answered = false;
    };

    asio::awaitable<void> ask(std::shared_ptr<Reference> reference, std::uint32_t lane);
    asio::awaitable<void> round();
    [[nodiscard]] model::CrossCheck result() const;

    asio::any_io_executor executor_;
    io::ProbeLanes& lanes_;
    io::Clock& clock_;
    model::Milliseconds timeout_;
    std::vector<std::shared_ptr<Reference>> references_;  // shared: one that leaves may still be waiting for its answer
    io::Alarm added_;
    std::size_t asked_ = 0;                    // of the round under way: still without an end
    std::vector<io::Alarm*> waiting_;          // callers of the round under way, in their frames
    bool round_under_way_ = false;
};

} // namespace hinomi
