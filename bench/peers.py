"""The peers from Debian, driven as they are used; each beside ours in the same run."""
import http.client
import urllib.parse

from machine import Failure, Process, counted, free_port, wait_until

BLACKBOX = "prometheus-blackbox-exporter"


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
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("GET", path)
            text = connection.getresponse().read().decode()
            connection.close()
            return text
        except OSError:
            self.check()
            return ""

    def per_probe(self, raw, module, target, count):
        path = f"/probe?module={module}&target={urllib.parse.quote(target, safe='')}"
        if "\nprobe_success 1" not in self.get(path):
            raise Failure(f"blackbox_exporter: the {module} probe of {target} fails")
        before = self.cpu_us()
        done = raw.run("http", port=self.port, count=count, path=path, addresses=1, concurrency=16)["done"]
        return (self.cpu_us() - before) / done


def fping(folder, count):
    """CPU per echo, one to each of `count` loopback addresses, unpaced (as root)."""
    file = folder / "fping.txt"
    file.write_text("".join(f"127.{1 + n // 62500}.{n // 250 % 250}.{n % 250 + 1}\n" for n in range(count)))
    output, cpu = counted(["fping", "-q", "-C", "1", "-i", "0", "-f", file])
    alive = sum(1 for line in output.splitlines() if " : " in line and not line.endswith("-"))
    if alive < 0.99 * count:
        raise Failure(f"fping: {alive} of {count} alive: {output[-300:]}")
    return cpu / count
