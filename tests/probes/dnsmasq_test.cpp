#include "tests/fakes/dnsmasq.hpp"

#include "tests/fakes/real_probe_effects.hpp"
#include "tests/probes/watch_block.hpp"

#include <gtest/gtest.h>

namespace {

using fakes::WatchBlock;
using model::Reason;

TEST(Dnsmasq, AnswersEveryTypeByUdpAndTcp) {
    const std::string part(200, 'x');
    const fakes::Dnsmasq server({"--host-record=www.example.jp,192.0.2.1,2001:db8::1", "--cname=alias.example.jp,www.example.jp",
                                 "--mx-host=example.jp,mail.example.jp,10", "--txt-record=example.jp,v=spf1 -all",
                                 "--txt-record=long.example.jp," + part + "," + part + "," + part + ",end",
                                 "--auth-server=ns.example.jp,127.0.0.1", "--auth-zone=example.jp",
                                 "--auth-soa=2026112501,admin.example.jp", "--address=/nothing.example.jp/"});
    struct Row {
        std::string name;
        std::string keys;
        Reason reason;
        std::string detail;
    };
    const std::vector<Row> rows{
        {"www.example.jp", "", Reason::none, "NOERROR: 192.0.2.1"},
        {"WWW.Example.JP.", "type: AAAA\nexpect: {answers: '2001:DB8:0::1', no_others: true}", Reason::none, "NOERROR: 2001:db8::1"},
        {"alias.example.jp", "expect: {answers: 192.0.2.1}", Reason::none, "NOERROR: 192.0.2.1"},
        {"alias.example.jp", "type: CNAME", Reason::none, "NOERROR: www.example.jp"},
        {"example.jp", "type: MX\nexpect: {answers: 10 MAIL.example.jp.}", Reason::none, "NOERROR: 10 mail.example.jp"},
        {"example.jp", "type: TXT\nexpect: {contains: '-all'}", Reason::none, "NOERROR: v=spf1 -all"},
        {"example.jp", "type: TXT\ntransport: tcp", Reason::none, "NOERROR: v=spf1 -all"},
        {"long.example.jp", "type: TXT\nexpect: {matches: '^x{600}end$'}", Reason::none, ""},
        {"example.jp", "type: NS", Reason::none, "NOERROR: ns.example.jp"},
        {"example.jp", "type: SOA\nexpect: {matches: ' 2026112501 '}", Reason::none, ""},
        {"nothing.example.jp", "", Reason::bad_status, "NXDOMAIN, expected NOERROR"},
        {"nothing.example.jp", "expect: {code: NXDOMAIN}", Reason::none, "NXDOMAIN: nothing"},
        {"www.example.jp", "expect: {answers: 192.0.2.9}", Reason::not_expected, "\"192.0.2.9\" is not among the answers: 192.0.2.1"},
    };
    for (const auto& row : rows) {
        const WatchBlock watch("target: 'dns://127.0.0.1:" + std::to_string(server.port()) + "/" + row.name + "'\n" + row.keys + "\n");
        ASSERT_NE(watch.probe, nullptr) << watch.described();
        fakes::RealProbeEffects effects;
        const auto observation = effects.observe(*watch.probe);
        EXPECT_EQ(observation.reason, row.reason) << row.name << ' ' << row.keys << ' ' << observation.detail;
        if (!row.detail.empty()) EXPECT_EQ(observation.detail, row.detail) << row.name << ' ' << row.keys;
        EXPECT_GT(observation.duration.count(), 0);
    }
}

} // namespace
