#include "daemon/command_line.hpp"
#include "daemon/log_sink.hpp"

#include <spdlog/spdlog.h>

int main(int argument_count, char** arguments) {
    spdlog::set_default_logger(hinomi::make_logger());
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    return hinomi::run_command_line(argument_count, arguments);
}
