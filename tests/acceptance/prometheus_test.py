"""What the outside sees: a real Prometheus scrapes the real executable, and clients that behave badly harm nobody."""
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import Case, MailSink, Target, configuration, free_port, mail_contact, wait_until

RULES = pathlib.Path(__file__).resolve().parents[2] / "dashboards" / "alerts.yaml"


class Prometheus:
    """Debian's prometheus, scraping one target every second into a temporary folder."""

    def __init__(self, folder, target_port):
        self.port = free_port()
        file = folder / "prometheus.yml"
        file.write_text("global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
                        f"rule_files: ['{RULES}']\n"
                        f"scrape_configs: [{{job_name: hinomi, static_configs: [{{targets: ['127.0.0.1:{target_port}']}}]}}]\n")
        self.log = open(folder / "prometheus.log", "wb")
        self.process = subprocess.Popen(["prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder}/prometheus",
                                         f"--web.listen-address=127.0.0.1:{self.port}"], stdout=self.log, stderr=self.log)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def ask(self, path, **parameters):
        """The data of an answer of the API, or nothing while it is not there yet."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    def value(self, query):
        """The one value of an instant query; nothing when there is none."""
        data = self.ask("query", query=query)
        result = data["result"] if data else []
        assert len(result) < 2, f"{query}: {result}"
        return float(result[0]["value"][1]) if result else None

    def comes_to(self, query, value):
        wait_until(lambda: self.value(query) == value, f"{query} comes to {value}; it is {self.value(query)}")


class Outside(Case):
    def scene(self, extra="", targets=2):
        self.port = free_port()
        self.targets = [self.keep(Target()) for _ in range(targets)]
        self.sink = self.keep(MailSink())
        text = configuration(self.folder, self.targets, relays=[self.sink], contacts=[mail_contact("it@acme.example")],
                             extra=f'metrics: {{listen: "127.0.0.1:{self.port}"{extra}}}')
        self.hinomi = self.daemon(text).start()
        self.hinomi.logged("listening on http://127.0.0.1")
        self.hinomi.logged("web0/liveness: passed for the first time")

    def get(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metrics(self):
        status, text = self.get("/metrics")
        self.assertEqual(200, status)
        return text

    def scraped_at_last(self):
        """The metrics; while others' scrapes are under way or every connection is taken it says 503, and is asked again."""
        def scrape():
            status, text = self.get("/metrics")
            self.assertIn(status, (200, 503))
            return text if status == 200 else None

        return wait_until(scrape, "a scrape is answered")

    def sample(self, series):
        """The value of one series as it is exposed; nothing without it."""
        found = re.search("^" + re.escape(series) + r" (\S+)$", self.metrics(), re.MULTILINE)
        return float(found[1]) if found else None

    def check(self, text=None):
        result = subprocess.run(["promtool", "check", "metrics"], input=text or self.metrics(), capture_output=True, text=True)
        self.assertEqual((0, "", ""), (result.returncode, result.stdout, result.stderr))

    def test_prometheus_sees_a_failure_and_that_customers_were_told(self):
        self.scene()
        self.check()
        prometheus = self.keep(Prometheus(self.folder, self.port))
        prometheus.comes_to('up{job="hinomi"}', 1)
        prometheus.comes_to('hinomi_target_up{target="web0",class="liveness"}', 1)
        self.assertEqual(0, prometheus.value('hinomi_deadline_breaches_total{notice="first_alert"}'))
        self.assertEqual(0.995, prometheus.value('hinomi_availability_objective_ratio{offering="portal"}'))
        self.targets[0].down()
        prometheus.comes_to('hinomi_incidents_open{severity="stop"}', 1)
        prometheus.comes_to('hinomi_target_up{target="web0",class="liveness"}', 0)
        prometheus.comes_to('hinomi_target_up{target="web1",class="liveness"}', 1)
        prometheus.comes_to('hinomi_target_state{target="web0",class="liveness",state="down"}', 1)
        prometheus.comes_to('hinomi_notification_latency_seconds_count{notice="first_alert",channel="mail"}', 1)
        prometheus.comes_to('hinomi_deadlines_pending{notice="first_alert"}', 0)
        prometheus.comes_to('hinomi_deadlines_pending{notice="follow_up"}', 1)
        self.assertGreater(prometheus.value('hinomi_deadline_next_timestamp_seconds{notice="follow_up"} - time()'), 3000)
        wait_until(lambda: (prometheus.value('hinomi_downtime_seconds_total{cause="unplanned"}') or 0) > 0, "down time is counted")
        self.assertGreater(prometheus.value('sum(hinomi_probe_failures_total{target="web0",reason="refused"})'), 0)
        for kind in ("usage", "exception"):
            age = f'time() - hinomi_log_oldest_record_timestamp_seconds{{class="{kind}"}}'
            self.assertLess(wait_until(lambda: prometheus.value(age), f"the oldest {kind} record is looked up"), 600)
        self.check()
        self.targets[0].up()
        prometheus.comes_to('hinomi_incidents_open{severity="stop"}', 0)
        prometheus.comes_to('hinomi_notification_latency_seconds_count{notice="recovery",channel="mail"}', 1)
        self.assertEqual(0, prometheus.value('sum(hinomi_deadline_breaches_total)'))
        self.assertEqual(0, prometheus.value('sum(hinomi_notifications_failed_total)'))
        health = {rule["health"] for group in prometheus.ask("rules")["groups"] for rule in group["rules"]}
        self.assertEqual({"ok"}, health)

    def test_down_time_of_the_month_survives_a_kill(self):
        self.scene(targets=1)
        self.targets[0].down()
        self.hinomi.logged("opened")
        self.targets[0].up()
        self.hinomi.logged("recovered")
        series = 'hinomi_downtime_seconds_total{offering="portal",cause="unplanned"}'
        before = wait_until(lambda: self.sample(series), "down time is counted")
        unknown = self.sample('hinomi_downtime_seconds_total{offering="portal",cause="unknown"}')
        self.hinomi.kill()
        self.hinomi.start()
        self.hinomi.logged("listening on http://127.0.0.1")
        self.assertEqual(before, self.sample(series))
        self.assertGreater(self.sample('hinomi_downtime_seconds_total{offering="portal",cause="unknown"}'), unknown)
        self.check()

    def test_basic_series_only(self):
        self.scene(extra=", per_watch: basic")
        self.check()
        of_web0 = [line for line in self.metrics().splitlines() if 'target="web0"' in line]
        self.assertEqual(10, len(of_web0), "\n".join(of_web0))

    def test_a_reload_changes_the_series_and_keeps_the_counters(self):
        self.scene()
        self.hinomi.logged("web1/liveness: passed for the first time")
        probes = 'hinomi_probes_total{target="web0",class="liveness",kind="http"}'
        wait_until(lambda: self.sample(probes) > 3, "some probes are counted")
        text = self.hinomi.file.read_text()
        self.hinomi.file.write_text("".join(line + "\n" for line in text.splitlines() if "web1" not in line and str(self.targets[1].port) not in line))
        before = self.sample(probes)
        os.kill(self.hinomi.process.pid, signal.SIGHUP)
        wait_until(lambda: 'target="web1"' not in self.metrics(), "the watch is gone")
        self.assertGreaterEqual(self.sample(probes), before)
        self.assertEqual(1, self.sample("hinomi_watches"))
        self.hinomi.file.write_text("nonsense: true\n")
        os.kill(self.hinomi.process.pid, signal.SIGHUP)
        wait_until(lambda: self.sample("hinomi_config_last_reload_successful") == 0, "the rejection is told")
        self.assertEqual(1, self.sample("hinomi_watches"))
        self.check()

    def reload(self, text):
        """The daemon with that text for its configuration, once it is in force; its reload may not have ended then."""
        self.hinomi.file.write_text(text)
        reloads = self.hinomi.log.count("the configuration is reloaded")
        os.kill(self.hinomi.process.pid, signal.SIGHUP)
        wait_until(lambda: self.hinomi.log.count("the configuration is reloaded") > reloads, "the signal is answered")

    def test_a_scrape_under_way_survives_reloads(self):
        """One that a slow client takes while other watches come in, and many that meet a reload at whatever turn."""
        self.scene()
        small = self.hinomi.file.read_text()
        many = range(300)
        large = small.replace("assets:\n", "assets:\n" + "".join(f"  bulk{n}: {{kind: server, service: portal}}\n" for n in many))
        large = large.replace("watches:\n", "watches:\n" + "".join(
            f'  - asset: bulk{n}\n    liveness: {{target: "{self.targets[0].url}", every: 4min}}\n' for n in many))
        self.reload(large)
        bulk = lambda text: len(set(re.findall(r'^hinomi_target_state\{target="(bulk\d+)",class="liveness",state="down"\} 0$', text, re.MULTILINE)))
        slow = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        slow.sock = socket.socket()
        slow.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        slow.sock.settimeout(60)
        slow.sock.connect(("127.0.0.1", self.port))
        slow.request("GET", "/metrics")
        answer = slow.getresponse()
        self.reload(small)
        self.assertEqual(0, bulk(self.metrics()))
        text = answer.read().decode()  # raises when the end of it does not come
        slow.close()
        self.assertEqual(len(many), bulk(text))
        self.check(text)

        scrapes, broken, done = [], [], threading.Event()

        def scrape():
            while not done.is_set():
                try:
                    scrapes.append(self.get("/metrics"))
                except (OSError, http.client.HTTPException) as error:
                    broken.append(error)

        scraper = threading.Thread(target=scrape)
        scraper.start()
        try:
            for text in [large, small] * 4:
                self.reload(text)
        finally:
            done.set()
            scraper.join()
        self.assertEqual([], broken)
        self.assertEqual({200}, {status for status, _ in scrapes})
        self.assertLessEqual({bulk(text) for _, text in scrapes}, {0, len(many)})
        self.assertNotIn("broke off", self.hinomi.log)

    def test_health_and_the_paths_that_are_not_there(self):
        self.scene()
        self.assertEqual((200, "hinomi is healthy\n"), self.get("/-/healthy"))
        self.assertEqual((200, "hinomi is ready\n"), self.get("/-/ready"))
        self.assertEqual(404, self.get("/nowhere")[0])
        self.assertEqual(405, self.get("/metrics", method="POST")[0])

    def test_bad_clients_harm_nobody(self):
        """Garbage, an endless header, connections by the hundred, readers that do not read: scrapes and probes go on."""
        self.scene()
        for junk in (b"\x16\x03\x01garbage\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * 100_000, b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as client:
                try:
                    client.sendall(junk)
                    answer = client.recv(4096)
                except OSError:
                    continue
                self.assertIn(answer.split(b" ")[1], (b"400", b"405", b"413", b"431"), answer)
        held = []
        try:
            for number in range(400):
                held.append(socket.create_connection(("127.0.0.1", self.port), timeout=30))
                if number % 2:
                    held[-1].sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
            wait_until(lambda: self.get("/-/healthy")[0] == 200, "it answers again")
            self.check(self.scraped_at_last())
            probed = self.targets[0].requests
            wait_until(lambda: self.targets[0].requests > probed + 3, "probes go on")
        finally:
            for each in held:
                each.close()
        self.scraped_at_last()
        self.assertEqual(0, self.sample('hinomi_probes_missed_total{target="web0",class="liveness"}'))

    def test_an_address_that_is_taken_stops_nothing(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            target, sink = self.keep(Target()), self.keep(MailSink())
            text = configuration(self.folder, [target], relays=[sink], contacts=[mail_contact("it@acme.example")],
                                 extra=f'metrics: {{listen: "127.0.0.1:{other.getsockname()[1]}"}}')
            hinomi = self.daemon(text).start()
            hinomi.logged("cannot listen on 127.0.0.1")
            hinomi.logged("passed for the first time")
            target.down()
            wait_until(lambda: sink.to("it@acme.example", "【障害速報】"), "the first alert arrives all the same")


if __name__ == "__main__":
    unittest.main()
