#include "bench/raw_connections.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <exception>
#include <iostream>

namespace {

double microseconds(const timeval& time) { return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec); }

} // namespace

/// hinomi-raw: how little a probe can cost on this machine. Prints one line of JSON.
int main(int count, char** words) {
    bench::RawOptions options;
    CLI::App app("The raw loops that hinomi is measured against");
    app.add_option("kind", options.kind)->required()->check(CLI::IsMember({"http", "tcp", "tls", "icmp"}));
    app.add_option("--port", options.port);
    app.add_option("--count", options.count)->required();
    app.add_option("--concurrency", options.concurrency);
    app.add_option("--addresses", options.addresses);
    app.add_option("--path", options.path);
    app.add_option("--ca", options.ca_file);
    app.add_option("--seconds", options.seconds);
    CLI11_PARSE(app, count, words);
    try {
        const auto began = std::chrono::steady_clock::now();
        const auto tally = options.kind == "icmp" ? bench::run_echoes(options) : bench::run_connections(options);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        const auto cpu = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
        std::cout << fmt::format(R"({{"kind": "{}", "done": {}, "good": {}, "seconds": {:.3f}, "cpu_us": {:.0f}, "rss_kb": {}}})",
                                 options.kind, tally.done, tally.good, took.count(), cpu, usage.ru_maxrss)
                  << '\n';
        return tally.done > 0 && tally.good * 100 >= tally.done * 99 ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << '\n';
        return 1;
    }
}
