"""An evening in service: thirty realistic watches of a small provider on real parts (nginx, dnsmasq, Postfix), scraped by a real
Prometheus, with three outages; then the mails they produced, and what Prometheus and the ledger say of them must agree.

    python3 evening.py [MINUTES]      10 by default; HINOMI_EXECUTABLE names the executable. Needs root, as Postfix does.

Not a part of ctest: it takes as long as it says, with intervals as in production (30 s), not turned down."""
import re
import subprocess
import sys
import time
import unittest

from harness import Case, free_port, wait_until
from peers import Authority, Nginx, Postfix
from prometheus_test import Prometheus

MINUTES = 10.0
ACME, GLOBEX, ON_CALL, MANAGER = "it@acme.example", "ops@globex.example", "oncall@provider.example", "manager@provider.example"


# /healthz, /selfcheck (JSON, `db` from a file), /login, /admin (403)
LOCATIONS = """
        default_type application/json;
        location /healthz { return 200 "ok\\n"; }
        location /login { return 200 "<html><title>Login</title></html>\\n"; }
        location /admin { return 403; }
        location /selfcheck {
            if (-f BROKEN) { return 200 '{"db": "down", "queue": 7}'; }
            return 200 '{"db": "ok", "queue": 7}';
        }"""


class NameServer:
    """One dnsmasq that knows www.provider.example."""

    def __init__(self):
        self.port = free_port()
        self.process = None
        self.up()

    def up(self):
        self.process = subprocess.Popen(["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--listen-address=127.0.0.1",
                                         "--bind-interfaces", f"--port={self.port}", "--address=/www.provider.example/192.0.2.80", "--pid-file="],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def down(self):
        self.process.kill()
        self.process.wait()

    close = down


class Evening(Case):
    def scene(self):
        self.authority = Authority(self.folder)
        certificate = self.authority.issue("login")
        self.portal, self.api, self.desk = (self.keep(Nginx(self.folder / name, LOCATIONS)) for name in ("portal", "api", "desk"))
        self.login = self.keep(Nginx(self.folder / "login", LOCATIONS, certificate))
        self.names = self.keep(NameServer())
        self.postfix = self.keep(Postfix(self.folder / "postfix", self.authority, [ACME, GLOBEX, ON_CALL, MANAGER]))
        (self.folder / "password").write_text(self.postfix.password + "\n")
        (self.folder / "password").chmod(0o400)
        self.port = free_port()
        self.hinomi = self.daemon(self.configuration()).start()
        self.prometheus = self.keep(Prometheus(self.folder, self.port))

    def application(self, name, server):
        base = f"http://127.0.0.1:{server.port}"
        return f"""  - asset: {name}
    liveness: {{target: "{base}/healthz"}}
    fault: {{target: "{base}/selfcheck", expect: {{status: 200, json: {{/db: ok, /queue: {{below: 100}}}}}}}}
    performance: {{target: "{base}/login", slower_than: {{p95: 800ms}}}}
"""

    def configuration(self):
        tls = f"tls: {{ca_file: {self.authority.certificate}}}"
        trust, login = f"ca_file: {self.authority.certificate}", f"https://localhost:{self.login.port}"
        desk = f"127.0.0.1:{self.desk.port}"
        relay = self.postfix.relay(f'password: "file:{self.folder}/password"', trust)
        text = f"""mode: live
storage: {{directory: {self.folder}/data}}
runtime_directory: {self.folder}/run
provider: {{name: Example Cloud, support: "support@provider.example", timezone: Asia/Tokyo}}
services:
  portal: {{title: {{ja: ポータル, en: Portal}}, regular_maintenance: none}}
  api: {{title: {{ja: 連携API, en: API}}, regular_maintenance: none}}
  desk: {{title: {{ja: サポートデスク, en: Support desk}}, regular_maintenance: none}}
assets:
  web: {{kind: application, service: portal}}
  api: {{kind: application, service: api}}
  desk: {{kind: application, service: desk}}
  login: {{kind: platform, services: [portal, desk]}}
  mail: {{kind: platform, service: desk}}
  app1: {{kind: server, service: portal}}
  app2: {{kind: server, service: portal}}
  db: {{kind: storage, service: portal}}
  names: {{kind: network_device, service: desk}}
  balancer: {{kind: network_device, service: portal}}
  waf: {{kind: security_device, service: portal}}
  office: {{kind: network, service: desk}}
watches:
{self.application("web", self.portal)}{self.application("api", self.api)}{self.application("desk", self.desk)}\
  - asset: login
    liveness: {{target: "{login}/healthz", {tls}}}
    fault:
      - {{name: page, target: "{login}/login", {tls}, expect: {{body_contains: Login}}}}
      - {{name: certificate, target: "tls://localhost:{self.login.port}", {tls}, certificate: {{days_left: 1, names: [localhost]}}}}
    performance: {{target: "{login}/login", {tls}, slower_than: {{p95: 1s}}}}
  - asset: mail
    liveness: {{target: "tcp://127.0.0.1:{self.postfix.ports[0]}", expect: {{contains: "220 "}}}}
    fault: {{target: "tls://localhost:{self.postfix.ports[1]}", starttls: smtp, {tls}, certificate: {{days_left: 1}}}}
    performance: {{none: mail waits in queues}}
  - asset: app1
    liveness: {{target: "icmp://127.0.0.2"}}
    fault: {{target: "tcp://{desk}"}}
    performance: {{none: seen through the applications}}
  - asset: app2
    liveness: {{target: "icmp://127.0.0.3"}}
    fault: {{target: "tcp://{desk}"}}
    performance: {{none: seen through the applications}}
  - asset: db
    liveness:
      - {{name: primary, target: "tcp://{desk}"}}
      - {{name: standby, target: "tcp://{desk}"}}
    fault: {{target: "http://{desk}/selfcheck", expect: {{json: {{/db: ok}}}}}}
    performance: {{target: "http://{desk}/healthz", slower_than: {{p95: 200ms}}}}
  - asset: names
    liveness: {{target: "dns://127.0.0.1:{self.names.port}/www.provider.example"}}
    fault: {{target: "dns://127.0.0.1:{self.names.port}/www.provider.example", expect: {{answers: [192.0.2.80], no_others: true}}}}
  - asset: balancer
    liveness: {{target: "tcp://{desk}"}}
    fault: {{target: "http://{desk}/healthz", method: HEAD}}
  - asset: waf
    liveness: {{target: "tcp://{desk}"}}
    fault: {{target: "http://{desk}/admin", expect: {{status: 403}}}}
  - asset: office
    liveness: {{target: "icmp://127.0.0.4"}}
    performance: {{none: no customer passes here}}
tenants:
  - {{name: acme, services: [portal, api], contacts: [{{email: {ACME}}}]}}
  - {{name: globex, services: ["*"], language: en, contacts: [{{email: {GLOBEX}}}]}}
staff:
  manager: [{{email: {MANAGER}}}]
  on_call: [{{email: {ON_CALL}}}]
relays:
  - {relay}
references: []
metrics: {{listen: "127.0.0.1:{self.port}"}}
"""
        return re.sub(r'target: "[^"]*"', r"\g<0>, every: 30s", text)

    def passes(self, word):
        return wait_until(lambda: word in self.hinomi.log, f"the log says {word}", cap=180)

    def tell(self, text):
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", flush=True)

    ALERT, RECOVERY = ("【障害速報】", "[Incident alert]"), ("【復旧報】", "[Recovery]")

    def told(self, address, words):
        """How many mails of this stage, in either language, lie in the mailbox. What gets worse is an alert of its own."""
        return sum(mail["Subject"].startswith(words) for mail in self.postfix.mails(address))

    def outage(self, what, service, begin, end, tenants, strangers):
        """Breaks something until every customer concerned has the first alert and it has lasted a minute and a half; mends it; waits for the recovery."""
        before = {address: len(self.postfix.mails(address)) for address in (*tenants, *strangers)}
        ended = {address: self.told(address, self.RECOVERY) for address in tenants}
        self.tell(f"OUTAGE {what}")
        broken = time.monotonic()
        begin()
        for address, word in tenants.items():
            wait_until(lambda: len(self.postfix.mails(address)) > before[address], f"{address} hears of {what}\n{self.hinomi.log[-3000:]}", cap=180)
            self.tell(f"{address}: {self.postfix.mails(address)[-1]['Subject']}  ({time.monotonic() - broken:.0f} s after the stop)")
            self.assertIn(word, self.postfix.mails(address)[-1]["Subject"])
        self.prometheus.comes_to(f'sum(hinomi_incidents_open{{severity!="line"}})', 1)
        while time.monotonic() - broken < 90:
            time.sleep(1)
        end()
        self.tell(f"MENDED {what}")
        for address in tenants:
            wait_until(lambda: self.told(address, self.RECOVERY) > ended[address], f"{address} hears of the recovery", cap=180)
            self.tell(f"{address}: {self.postfix.mails(address)[-1]['Subject']}")
        lasted = self.prometheus.value(f'hinomi_downtime_seconds_total{{offering="{service}",cause="unplanned"}}')
        self.tell(f"Prometheus: {service} was down for {lasted:.0f} s")
        self.assertGreater(lasted, 60)
        self.assertLess(lasted, 160)
        for address in strangers:
            self.assertEqual(before[address], len(self.postfix.mails(address)), f"{address} has nothing to do with it")

    def test_thirty_watches_for_ten_minutes_with_three_outages(self):
        self.began = time.monotonic()
        self.scene()
        wait_until(lambda: self.hinomi.log.count("passed for the first time") == 30, f"all 30 watches pass\n{self.hinomi.log[-3000:]}", cap=180)
        self.tell("all 30 watches have passed")
        self.outage("the portal's web server is stopped", "portal", self.portal.down, self.portal.up, {ACME: "障害速報", GLOBEX: "Incident"}, [])
        self.outage("the API's self-check says that its database is down", "api", self.api.break_page, self.api.mend_page,
                    {ACME: "障害速報", GLOBEX: "Incident"}, [])
        self.outage("the name server is killed", "desk", self.names.down, self.names.up, {GLOBEX: "Incident"}, [ACME])
        while time.monotonic() - self.began < MINUTES * 60:
            time.sleep(1)
        self.compare()

    def compare(self):
        """Prometheus, the mailboxes and the ledger tell the same story."""
        value = self.prometheus.value
        self.assertEqual(30, value("count(hinomi_target_up == 1)"), "every target is up again")
        self.assertEqual(0, value("sum(hinomi_deadline_breaches_total)"))
        self.assertEqual(0, value("sum(hinomi_probes_missed_total)"))
        for notice, words, least in (("first_alert", self.ALERT, 5), ("recovery", self.RECOVERY, 5)):
            mails = sum(self.told(address, words) for address in (ACME, GLOBEX))
            self.assertGreaterEqual(mails, least)
            self.assertEqual(mails, value(f'hinomi_notification_latency_seconds_count{{notice="{notice}",channel="mail"}}'))
        worst = value("max(max_over_time(up[15m]) - min_over_time(up[15m]))")
        self.assertEqual(0, worst, "no scrape failed")
        for offering in ("portal", "api", "desk"):
            ratio = value('hinomi_availability_ratio{offering="%s",window="month"}' % offering)
            self.tell(f"availability of {offering}, month to date: {ratio}")
        rss, cpu = value("process_resident_memory_bytes"), value("process_cpu_seconds_total")
        if rss and cpu:
            self.tell(f"hinomi: RSS {rss / 2**20:.0f} MB, CPU {cpu:.2f} s in all")
        self.hinomi.stop()
        states = self.duty_states(self.hinomi)
        self.assertEqual({"met"}, set(states.values()), states)
        self.assertEqual(3, len(self.hinomi.events("opened")))
        verified = self.hinomi.verify()
        self.assertEqual(0, verified.returncode, verified.stderr)
        self.tell(f"ledger: {len(self.hinomi.events())} events, verified; {len(states)} duties, all met")
        for address in (ACME, GLOBEX, ON_CALL, MANAGER):
            for mail in self.postfix.mails(address):
                print(f"--- to {address}\nSubject: {mail['Subject']}\n{mail.get_body(('plain',)).get_content()}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        MINUTES = float(sys.argv.pop(1))
    unittest.main()
