"""The peers from Debian, driven as they are used; each beside ours in the same run."""
import http.client
import json
import time
import urllib.parse

from machine import Failure, Process, counted, free_port, wait_until

BLACKBOX = "prometheus-blackbox-exporter"
ALERTMANAGER = "prometheus-alertmanager"
ALERTS_AT_ONCE = 1_000  # to a request


def answer_of(port, method, path, body=None):
    """Status and text; 0 when nobody answers."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text
    except OSError as error:
        return 0, str(error)


class Blackbox(Process):
    """blackbox_exporter; its probes are asked for by the raw HTTP loop, whose CPU is not counted."""

    def __init__(self, folder, ca_file):
        self.port = free_port()
        file = folder / "blackbox.yml"
        file.write_text(f"""modules:
  http: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4}}}}
  https: {{prober: http, timeout: 5s, http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {ca_file}}}}}}}
  tcp: {{prober: tcp, timeout: 5s, tcp: {{preferred_ip_protocol: ip4}}}}
  icmp: {{prober: icmp, timeout: 5s, icmp: {{preferred_ip_protocol: ip4}}}}
""")
        super().__init__([BLACKBOX, f"--config.file={file}", f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"],
                         folder / "blackbox.log")
        wait_until(lambda: self.get("/metrics"), "blackbox_exporter answers")

    def get(self, path):
        status, text = answer_of(self.port, "GET", path)
        if status == 0:
            self.check()
        return text if status else ""

    def per_probe(self, raw, module, target, count):
        path = f"/probe?module={module}&target={urllib.parse.quote(target, safe='')}"
        if "\nprobe_success 1" not in self.get(path):
            raise Failure(f"blackbox_exporter: the {module} probe of {target} fails")
        before = self.cpu_us()
        done = raw.run("http", port=self.port, count=count, path=path, addresses=1, concurrency=16)["done"]
        return (self.cpu_us() - before) / done


class Alertmanager(Process):
    """A group for each service, and no waiting for others: a webhook notice for each, as ours."""

    def __init__(self, folder, sink_port):
        self.port = free_port()
        file = folder / "alertmanager.yml"
        file.write_text(f"""route: {{receiver: hook, group_by: [service], group_wait: 0s, group_interval: 5m, repeat_interval: 4h}}
receivers:
  - {{name: hook, webhook_configs: [{{url: "http://127.0.0.1:{sink_port}/hook", send_resolved: false}}]}}
""")
        super().__init__([ALERTMANAGER, f"--config.file={file}", f"--storage.path={folder}/alertmanager", "--cluster.listen-address=",
                          f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=error"], folder / "alertmanager.log")
        wait_until(lambda: self.check() or answer_of(self.port, "GET", "/-/ready")[0] == 200, "Alertmanager is ready")

    def post(self, count):
        """As many alerts, each of a service of its own."""
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        for begin in range(0, count, ALERTS_AT_ONCE):
            alerts = [{"labels": {"alertname": "Down", "service": f"s{number}"}, "startsAt": since} for number in range(begin, min(begin + ALERTS_AT_ONCE, count))]
            status, text = answer_of(self.port, "POST", "/api/v2/alerts", json.dumps(alerts))
            if status != 200:
                raise Failure(f"Alertmanager answers {status}: {text[-300:]}")


def fping(folder, count):
    """CPU per echo, one to each of `count` loopback addresses, unpaced (as root)."""
    file = folder / "fping.txt"
    file.write_text("".join(f"127.{1 + n // 62500}.{n // 250 % 250}.{n % 250 + 1}\n" for n in range(count)))
    output, cpu = counted(["fping", "-q", "-C", "1", "-i", "0", "-f", file])
    alive = sum(1 for line in output.splitlines() if " : " in line and not line.endswith("-"))
    if alive < 0.99 * count:
        raise Failure(f"fping: {alive} of {count} alive: {output[-300:]}")
    return cpu / count
