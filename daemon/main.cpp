#include "daemon/command_line.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

int main(int argument_count, char** arguments) {
    spdlog::set_default_logger(spdlog::stderr_logger_mt("hinomi"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    return hinomi::run_command_line(argument_count, arguments);
}
