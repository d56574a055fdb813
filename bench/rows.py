"""The rows of the table: what is measured, how, and what must hold (issue: speed, measured from the start)."""
import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import time
import urllib.request

import ours
import peers
import storm
from machine import Failure, median, spread, wait_until

SCRAPES = 5
CATCHES_UP = 1.0  # seconds after a raw loop or a peer had both processors: what ours is late by then is no part of its rate
RATE = 1_667  # probes a second of 100,000 watches at 60 s


@dataclasses.dataclass
class Row:
    measure: str
    unit: str
    ours: float | None = None
    raw: float | None = None
    peer: str = ""
    must: str = ""
    kept: bool | None = None  # None: no must, or not measured
    note: str = ""


@dataclasses.dataclass
class Length:
    """How long a run takes."""
    repeats: int
    window: float       # seconds of ours at work, each time
    raw_count: int
    peer_count: int
    most_watches: int
    incidents: int
    soak: float         # seconds of the most watches at work


SHORT = Length(repeats=3, window=2.0, raw_count=10_000, peer_count=1_500, most_watches=10_000, incidents=1_000, soak=10.0)
LONG = Length(repeats=5, window=5.0, raw_count=40_000, peer_count=6_000, most_watches=100_000, incidents=10_000, soak=600.0)


class Bench:
    """Everything the rows share: the target, the raw loops, blackbox_exporter, a folder of its own."""

    def __init__(self, folder, executable, raw, target, blackbox, length):
        self.folder = folder
        self.executable = executable
        self.raw = raw
        self.target = target
        self.blackbox = blackbox
        self.length = length
        self.rows = []
        self.number = 0

    @contextlib.contextmanager
    def daemon(self, targets, every, settings="", pattern=False, lanes=1):
        self.number += 1
        folder = self.folder / f"ours{self.number}"
        if pattern:
            ours.prepare_pattern(folder, targets, every)
        else:
            ours.prepare(folder, targets, every, settings, lanes)
        try:
            with ours.Hinomi(self.executable, folder) as daemon:
                yield daemon
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def window(self, daemon, seconds):
        """CPU of the daemon per probe, and probes per second; the target counts the probes."""
        probes, cpu, began = self.target.connections(), daemon.cpu_us(), time.monotonic()
        time.sleep(seconds)
        done, cpu, took = self.target.connections() - probes, daemon.cpu_us() - cpu, time.monotonic() - began
        daemon.check()
        if done == 0:
            raise Failure("hinomi does not probe:\n" + daemon.log[-2000:])
        return cpu / done, done / took


def settle(seconds):
    time.sleep(seconds)


def per_probe(bench, measure, scheme, port, raw_kind, module, factor, rate, blackbox_share=None, settings=""):
    """One kind of probe beside the raw loop and blackbox_exporter, taking turns. `rate`: probes a second of ours; the others go as fast as
    they can, and so does ours nearly: a processor that sleeps between two probes makes each of them dearer."""
    length = bench.length
    small = 10 if raw_kind == "tls" else 1  # a handshake costs ten times as much
    target = f"{scheme}://127.0.0.1:{port}" + ("" if scheme == "tcp" else "/")
    own, raw, peer, rates = [], [], [], []
    path = "" if scheme == "tcp" else "/"
    with bench.daemon(ours.addresses(scheme, port, rate, path), "1s", settings) as daemon:
        settle(2.5)
        for _ in range(length.repeats):
            settle(CATCHES_UP)
            cost, rate = bench.window(daemon, length.window)
            own.append(cost)
            rates.append(rate)
            raw.append(bench.raw.per_probe(raw_kind, port=port, count=length.raw_count // small, ca=bench.target.ca_file))
            peer.append(bench.blackbox.per_probe(bench.raw, module, target.removeprefix("tcp://"), length.peer_count))
    ratio = median(own) / median(raw)
    kept = ratio <= factor
    must = f"<= {factor} x raw"
    if blackbox_share:
        kept = kept and median(own) <= median(peer) / blackbox_share
        must += f", <= 1/{blackbox_share} of blackbox"
    bench.rows.append(Row(measure, "µs of CPU per probe", median(own), median(raw), f"blackbox_exporter {median(peer):.0f}", must, kept,
                          f"{ratio:.2f} x raw, 1/{median(peer) / median(own):.1f} of blackbox_exporter; at {median(rates):.0f}/s; ±{spread(own):.0%}"))


def http(bench):
    per_probe(bench, "HTTP, fresh connection", "http", bench.target.port, "http", "http", 2.0, rate=8_500, blackbox_share=6)


def https(bench):
    per_probe(bench, "HTTPS, verified, full handshake", "https", bench.target.tls_port, "tls", "https", 1.5, rate=600,
              settings=f", tls: {{ca_file: {bench.target.ca_file}}}")


def tcp(bench):
    per_probe(bench, "TCP connect", "tcp", bench.target.port, "tcp", "tcp", 1.8, rate=13_000)


def echoes_asked():
    """Echo requests that this machine has received (RFC 4293, icmpInEchos): on loopback those that were sent."""
    names, values = [line.split() for line in pathlib.Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Icmp:")]
    return int(values[names.index("InEchos")])


def icmp(bench):
    """Per echo; hinomi sends three to a target, as it does by default, and nobody else on this machine may be asking."""
    own, raw, peer, rates = [], [], [], []
    with bench.daemon([f"icmp://127.0.{n // 250}.{1 + n % 250}" for n in range(4_000)], "1s", ", packets: 3, spacing: 100ms") as daemon:
        settle(2.5)
        for _ in range(bench.length.repeats):
            asked, cpu, began = echoes_asked(), daemon.cpu_us(), time.monotonic()
            settle(bench.length.window)
            asked, cpu, took = echoes_asked() - asked, daemon.cpu_us() - cpu, time.monotonic() - began
            daemon.check()
            if asked == 0:
                raise Failure("hinomi sends no echo:\n" + daemon.log[-2000:])
            own.append(cpu / asked)
            rates.append(asked / took)
            raw.append(bench.raw.per_probe("icmp", count=bench.length.raw_count * 5, addresses=4_000))
            peer.append(peers.fping(bench.folder, 5_000))
    ratio = median(own) / median(raw)
    bench.rows.append(Row("ICMP echo", "µs of CPU per echo", median(own), median(raw), f"fping {median(peer):.0f}", "<= 2.5 x raw", ratio <= 2.5,
                          f"{ratio:.2f} x raw; three echoes to a probe; at {median(rates):.0f} echoes/s; ±{spread(own):.0%}"))


def scrape(daemon):
    """The text of /metrics, and what making it cost the daemon over what it spends anyway."""
    began, cpu = time.monotonic(), daemon.cpu_us()
    settle(2)
    usual = (daemon.cpu_us() - cpu) / (time.monotonic() - began)
    began, cpu = time.monotonic(), daemon.cpu_us()
    for _ in range(SCRAPES):
        with urllib.request.urlopen("http://127.0.0.1:9470/metrics", timeout=60) as answer:
            text = answer.read().decode()
    return text, (daemon.cpu_us() - cpu - usual * (time.monotonic() - began)) / SCRAPES / 1e6


def missed_runs(text):
    return sum(float(value) for value in re.findall(r"^hinomi_probes_missed_total{.*} (\S+)$", text, re.MULTILINE))


def percentile(text, series, share):
    """The upper end of the bucket of a histogram in which this share of its values has been reached, in seconds."""
    buckets = [(float(end), float(count)) for end, count in re.findall(rf'^{series}_bucket{{le="([^"]+)"}} (\S+)$', text, re.MULTILINE)]
    return next(end for end, count in buckets if count >= share * buckets[-1][1])


def soak(bench, daemon, count):
    """The most watches for as long as it takes: missed runs, lateness, memory; then a scrape."""
    settle(bench.length.soak)
    text, cost = scrape(daemon)
    missed = missed_runs(text)
    late = percentile(text, "hinomi_probe_schedule_lateness_seconds", 0.99)
    memory = daemon.memory_kb() / 1024
    whole = count == 100_000
    bench.rows.append(Row(f"{count:,} watches for {bench.length.soak:.0f} s: lateness, 99 of 100 within", "ms", late * 1000, must="no missed run, <= 10 ms, RSS <= 130 MB",
                          kept=(missed == 0 and late <= 0.010 and memory <= 130) if whole else None,
                          note=f"{missed:.0f} missed runs; RSS {memory:.0f} MB; over 16 addresses"))
    bench.rows.append(Row(f"/metrics with {count:,} watches", "s of CPU", cost, must="<= 0.5 s", kept=cost <= 0.5 if whole else None,
                          note=f"{len(text) / 1e6:.1f} MB, in pieces"))


def watches(bench):
    """The same rate by 1,000, 10,000 and 100,000 watches: what a watch costs that is not being probed."""
    costs = {}
    for count in (1_000, 10_000, 100_000):
        if count > bench.length.most_watches:
            continue
        every = f"{round(count / RATE * 1000)}ms"
        began = time.monotonic()
        before = bench.target.connections()
        with bench.daemon(ours.addresses("http", bench.target.port, count), every, pattern=True) as daemon:
            ready = time.monotonic() - began
            wait_until(lambda: bench.target.connections() > before, "the first probe", 60)
            first = time.monotonic() - began
            at_once = burst(bench) if count == bench.length.most_watches else None
            settle(count / RATE + 2)  # a watch's first pass is an event of the ledger, and comes once
            measured = [bench.window(daemon, bench.length.window) for _ in range(bench.length.repeats)]
            memory = daemon.memory_kb()
            if count == bench.length.most_watches:
                soak(bench, daemon, count)
                bench.rows.append(Row(f"start with {count:,} watches: first probe", "s", first, must="<= 2 s, no burst over twice the mean rate",
                                      kept=(first <= 2 and at_once <= 2) if count == 100_000 else None,
                                      note=f"at most {at_once:.2f} x the mean rate in any half second of the first five"))
        costs[count] = median([cost for cost, _ in measured])
        bench.rows.append(Row(f"{count:,} watches, {median([rate for _, rate in measured]):.0f} probes/s", "µs of CPU per probe", costs[count],
                              note=f"RSS {memory / 1024:.0f} MB; watching after {ready:.2f} s, first probe after {first:.2f} s"))
    most = max(costs)
    growth = costs[most] / costs[1_000] - 1
    bench.rows.append(Row(f"growth of the cost from 1,000 to {most:,} watches", "%", growth * 100, must="<= 20 %", kept=growth <= 0.2 if most == 100_000 else None,
                          note="" if most == 100_000 else "the must is about 100,000: see the long run"))


def burst(bench, seconds=5.0, window=0.5):
    """The most probes in any window of the first seconds, as a multiple of the mean rate."""
    most, before = 0, bench.target.connections()
    for _ in range(round(seconds / window)):
        began = time.monotonic()
        settle(window)
        now = bench.target.connections()
        most, before = max(most, (now - before) / (time.monotonic() - began)), now
    return most / RATE


def carries(bench, lanes, rate):
    """Whether so many verified handshakes a second are on time."""
    settings = f", tls: {{ca_file: {bench.target.ca_file}}}"
    with bench.daemon(ours.addresses("https", bench.target.tls_port, rate), "1s", settings, lanes=lanes) as daemon:
        settle(bench.length.window + 2)
        text, _ = scrape(daemon)
        return missed_runs(text) == 0 and percentile(text, "hinomi_probe_schedule_lateness_seconds", 0.99) <= 0.050


def lanes(bench):
    """How many HTTPS watches at 60 s one and two lanes carry: the rate goes up until something is late. The target has as much to do for
    each handshake as hinomi, on the same processors."""
    for count in (1, 2):
        best, rate = 0, 300
        while rate < 5_000 and carries(bench, count, rate):
            best, rate = rate, round(rate * 1.2)
        bench.rows.append(Row(f"HTTPS watches at 60 s that {'one lane carries' if count == 1 else 'two lanes carry'}", "watches", best * 60, must="stated, lateness p99 <= 50 ms", kept=best > 0,
                              note=f"{best} handshakes a second; at {rate} something was late; the target works on the same processors"))


def incidents(bench):
    count = bench.length.incidents
    first, last, notices = storm.first_digest(bench, count)
    bench.rows.append(Row(f"{count:,} incidents at once, one tenant: first digest", "s", first, must="<= 5 s", kept=first <= 5,
                          note=f"grouping 1 s; every first alert accepted after {last:.1f} s, in {notices} notices"))


def notices(bench):
    count = bench.length.incidents
    done, rate, lost = storm.restart_with_pending(bench, count)
    bench.rows.append(Row(f"kill -9 with {count:,} notices pending: all sent again after", "s", done, must="<= 5 s, none lost",
                          kept=done <= 5 and lost == 0, note=f"from the start of the process; {lost} lost"))
    bench.rows.append(Row("webhook notices, each durable before it is sent", "per second", rate, None, f"Alertmanager, from memory {storm.alertmanager_rate(bench, count):.0f}",
                          ">= 5,000", rate >= 5_000, "between the first and the last of those"))


ALL = {"http": http, "https": https, "tcp": tcp, "icmp": icmp, "lanes": lanes, "watches": watches, "incidents": incidents, "notices": notices}
