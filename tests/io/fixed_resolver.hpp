#pragma once

#include "io/resolver.hpp"

#include <string>
#include <vector>

/// Answers at once with what the test says.
struct FixedResolver final : io::Resolver {
    boost::asio::awaitable<io::ResolveResult> resolve(std::string host, io::AddressFamily, model::Milliseconds) override {
        asked = host;
        co_return result;
    }
    [[nodiscard]] std::vector<std::string> servers() const override { return {}; }
    boost::asio::awaitable<bool> server_answers(std::string, model::Milliseconds) override { co_return false; }

    io::ResolveResult result{.reason = model::Reason::none, .addresses = {"127.0.0.1"}, .took = {}, .error = {}};
    std::string asked;
};
