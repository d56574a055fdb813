#include "web/router.hpp"

#include <utility>

namespace web {

namespace {

asio::awaitable<Answer> answer_at_once(DirectHandler handler, Request request) { co_return handler(request); }

/// How many characters of the path the pattern pins down; 0: it does not fit. An exact pattern beats every other.
std::size_t fit(std::string_view pattern, std::string_view path) {
    if (pattern.ends_with("/*")) return path.starts_with(pattern.substr(0, pattern.size() - 1)) ? pattern.size() - 1 : 0;
    return pattern == path ? std::string_view::npos : 0;
}

void add_method(std::string& allow, std::string_view method) {
    if (!allow.empty()) allow += ", ";
    allow += method;
    if (method == "GET") allow += ", HEAD";
}

} // namespace

void Router::add(std::string method, std::string path, Handler handler, std::size_t body_limit) {
    routes_.push_back({std::move(method), std::move(path), body_limit, std::move(handler)});
}

void Router::add(std::string method, std::string path, DirectHandler handler, std::size_t body_limit) {
    Handler deferred = [handler = std::move(handler)](Request request) { return answer_at_once(handler, std::move(request)); };
    add(std::move(method), std::move(path), std::move(deferred), body_limit);
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
    std::size_t best = 0;
    for (const auto& route : routes_) best = std::max(best, fit(route.path, path));
    Match match;
    if (best == 0) return match;
    const auto wanted = method == "HEAD" ? std::string_view("GET") : method;
    for (const auto& route : routes_) {
        if (fit(route.path, path) != best) continue;
        if (route.method == wanted) match.route = &route;
        add_method(match.allow, route.method);
    }
    return match;
}

} // namespace web
