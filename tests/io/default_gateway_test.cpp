#include "io/default_gateway.hpp"

#include <gtest/gtest.h>

namespace {

const std::string titles = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

TEST(DefaultGateway, IsTheOneWithTheLowestMetric) {
    EXPECT_EQ(io::default_gateway_in(titles + "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
                                              "eth1\t00000000\t0101010A\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
                                              "eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"),
              "192.168.0.1");
}

TEST(DefaultGateway, IsMissingWhereThereIsNone) {
    EXPECT_FALSE(io::default_gateway_in(""));
    EXPECT_FALSE(io::default_gateway_in(titles));
    EXPECT_FALSE(io::default_gateway_in(titles + "ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0\n")) << "a device route";
    EXPECT_FALSE(io::default_gateway_in(titles + "eth0\t00000000\t0100A8C0\t0002\t0\t0\t0\t00000000\t0\t0\t0\n")) << "not up";
    EXPECT_FALSE(io::default_gateway_in(titles + "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t000000FF\t0\t0\t0\n")) << "0.0.0.0/8";
    EXPECT_FALSE(io::default_gateway_in(titles + "eth0\tzzz\n\n"));
}

} // namespace
