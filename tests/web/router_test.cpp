#include "web/router.hpp"
#include "web/http_date.hpp"

#include <gtest/gtest.h>

namespace {

web::DirectHandler answers(const std::string& text) {
    return [text](const web::Request&) { return web::text_answer(200, text); };
}

web::Router some_routes() {
    web::Router router;
    router.add("GET", "/metrics", answers("metrics"));
    router.add("POST", "/-/reload", answers("reload"), /*body_limit=*/10);
    router.add("GET", "/api/*", answers("api"));
    router.add("GET", "/api/v1/*", answers("api v1"));
    router.add("PUT", "/api/v1/*", answers("put"));
    return router;
}

std::string path_found(std::string_view method, std::string_view path) {
    const auto router = some_routes();
    const auto* route = router.find(method, path).route;
    return route == nullptr ? "" : route->path;
}

TEST(Router, FindsTheRouteOfMethodAndPath) {
    EXPECT_EQ(path_found("GET", "/metrics"), "/metrics");
    EXPECT_EQ(path_found("HEAD", "/metrics"), "/metrics");
    EXPECT_EQ(path_found("POST", "/-/reload"), "/-/reload");
    EXPECT_EQ(path_found("GET", "/metrics/"), "");
    EXPECT_EQ(path_found("GET", "/"), "");
    EXPECT_EQ(path_found("GET", ""), "");
}

TEST(Router, TheLongestPatternWins) {
    EXPECT_EQ(path_found("GET", "/api/v1/incidents"), "/api/v1/*");
    EXPECT_EQ(path_found("GET", "/api/other"), "/api/*");
    EXPECT_EQ(path_found("GET", "/api"), "");
}

TEST(Router, SaysWhichMethodsAPathTakes) {
    const auto router = some_routes();
    EXPECT_EQ(router.find("DELETE", "/metrics").allow, "GET, HEAD");
    EXPECT_EQ(router.find("GET", "/-/reload").allow, "POST");
    EXPECT_EQ(router.find("POST", "/api/v1/x").allow, "GET, HEAD, PUT");
    EXPECT_EQ(router.find("GET", "/nowhere").allow, "");
}

TEST(HttpDate, IsWrittenAsTheStandardHasIt) {
    EXPECT_EQ(web::http_date(model::WallTime{model::Milliseconds{784'111'777'000}}), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(web::http_date(model::WallTime{model::Milliseconds{1'795'406'706'999}}), "Mon, 23 Nov 2026 04:05:06 GMT");
}

} // namespace
