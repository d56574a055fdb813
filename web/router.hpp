#pragma once

#include "web/exchange.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace web {

namespace asio = boost::asio;

/// May wait; runs on the state thread. An exception is answered with 500 and logged.
using Handler = std::function<asio::awaitable<Answer>(Request)>;

/// Answers within the turn.
using DirectHandler = std::function<Answer(const Request&)>;

struct Route {
    std::string method;
    std::string path;            ///< exact; one that ends with `/*` takes everything below it
    std::size_t body_limit = 0;  ///< bytes of a request's body; 0: none is read, and one that is sent is refused
    Handler handler;
};

/// Which handler answers what. Filled before the server starts, then only read. HEAD is served by the route of GET.
class Router {
public:
    void add(std::string method, std::string path, Handler handler, std::size_t body_limit = 0);
    void add(std::string method, std::string path, DirectHandler handler, std::size_t body_limit = 0);

    struct Match {
        const Route* route = nullptr;  ///< null: nobody answers this method here
        std::string allow;             ///< the methods of the path, for 405; empty: no such path
    };
    [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

private:
    std::vector<Route> routes_;
};

} // namespace web
