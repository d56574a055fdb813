"""Many incidents at once: how soon the first is told, how fast the rest, and what a kill -9 loses."""
import contextlib
import pathlib
import shutil
import signal
import threading
import time

import ours
import peers
from machine import Failure, free_port, wait_until
from target import ADDRESSES, Nginx

GROUPING = 1.0
PER_FILE = 2_000


def watch(number, port):
    target = ours.addresses("http", port, number + 1)[-1]
    return (f'  - {{asset: a{number}, liveness: {{target: "{target}", every: 10s, timeout: 2s, '
            f'confirm: {{failures: 1, window: 1, retry_after: 1s}}}}}}')


def tenant(name, services, port, number=0):
    """Its receiver is one of 16 hosts: what goes to one host at a time is limited, so that one that hangs delays nobody else."""
    contact = f'{{webhook: {{url: "http://127.0.0.{1 + number % ADDRESSES}:{port}/hook", secret: "env:HOOK_SECRET"}}}}'
    return f"  - {{name: {name}, services: [{', '.join(services)}], language: en, contacts: [{contact}]}}"


def prepare(folder, count, victim, sink, one_tenant):
    """`count` services with a watch each, of one tenant or of as many tenants."""
    parts = folder / "conf.d"
    parts.mkdir(parents=True)
    extra = "schedule: {per_destination: 1000, in_flight: 1000}"
    (folder / "hinomi.yaml").write_text(ours.head(folder, extra, grouping=f"{GROUPING:.0f}s"))
    for begin in range(0, count, PER_FILE):
        mine = range(begin, min(begin + PER_FILE, count))
        lines = ["services:", *(f"  s{n}: {{title: Service {n}}}" for n in mine),
                 "assets:", *(f"  a{n}: {{kind: application, service: s{n}}}" for n in mine),
                 "watches:", *(watch(n, victim) for n in mine)]
        if not one_tenant:
            lines += ["tenants:", *(tenant(f"t{n}", [f"s{n}"], sink, n) for n in mine)]
        (parts / f"{begin:07}.yaml").write_text("\n".join(lines) + "\n")
    if one_tenant:
        (parts / "tenant.yaml").write_text("tenants:\n" + tenant("all", [f"s{n}" for n in range(count)], sink) + "\n")


@contextlib.contextmanager
def scene(bench, count, one_tenant, sink_port):
    """A running daemon that has seen every target well, and the target's process to be killed."""
    bench.number += 1
    folder = pathlib.Path(bench.folder / f"storm{bench.number}")
    folder.mkdir()
    victim = Nginx(bench.folder, f"victim{bench.number}")
    prepare(folder, count, victim.port, sink_port, one_tenant)
    daemon = ours.Hinomi(bench.executable, folder)
    try:
        wait_until(lambda: victim.connections() >= count, "every target was probed", 120, pause=0.2)
        yield folder, daemon, victim
    finally:
        daemon.stop(signal.SIGKILL)
        victim.stop(signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def first_digest(bench, count):
    """Seconds from the outage of everything to the first notice, and to the last first alert."""
    with Nginx(bench.folder, f"sink{bench.number}") as sink, scene(bench, count, True, sink.port) as (_, daemon, victim):
        victim.stop(signal.SIGTERM)
        began = time.monotonic()
        wait_until(lambda: sink.requests() > 0, "the first digest", 60)
        first = time.monotonic() - began
        wait_until(lambda: daemon.log.count("armed -> met") >= count, "every first alert is accepted", 120, pause=0.5)
        return first, time.monotonic() - began, sink.requests()


def restart_with_pending(bench, count):
    """Kills the daemon while `count` notices wait for a receiver; then seconds from its start to the last of them, notices a
    second between the first and the last, and how many never came."""
    port = free_port()
    with scene(bench, count, False, port) as (folder, daemon, victim):
        victim.stop(signal.SIGTERM)
        wait_until(lambda: daemon.log.count(": composed for ") >= count, "every notice is composed", 120, pause=0.5)
        time.sleep(2)  # until the last of them is durable
        daemon.stop(signal.SIGKILL)
        with Nginx(bench.folder, f"sink{bench.number}", port=port) as sink:
            began = time.monotonic()
            again = ours.Hinomi(bench.executable, folder, wait=False)
            try:
                return timed(sink, count, began, again)
            finally:
                again.stop(signal.SIGKILL)


def alertmanager_rate(bench, count):
    """Webhook notices a second of Alertmanager, from memory, between the first and the last."""
    bench.number += 1
    with Nginx(bench.folder, f"sink{bench.number}") as sink, peers.Alertmanager(bench.folder, sink.port) as alertmanager:
        began = time.monotonic()
        posting = threading.Thread(target=alertmanager.post, args=(count,))
        posting.start()
        _, rate, lost = timed(sink, count, began, alertmanager)
        posting.join()
        if lost:
            raise Failure(f"Alertmanager: {lost} of {count} notices did not come")
        return rate


def timed(sink, count, began, daemon):
    moments = []
    while time.monotonic() - began < 60:
        daemon.check()
        moments.append((time.monotonic() - began, sink.requests()))
        if moments[-1][1] >= count:
            break
        time.sleep(0.02)
    taken = moments[-1][1]
    if taken == 0:
        raise Failure("nothing was sent again within 60 s:\n" + daemon.log[-2000:])
    begun = next(moment for moment, number in moments if number > 0)
    done = next(moment for moment, number in moments if number >= min(count, taken))
    rate = taken / max(done - begun, 0.02)
    return done, rate, max(0, count - taken)
