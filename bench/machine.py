"""Processes under measurement: started, watched and stopped by their own pid. Standard library only."""
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import time


class Failure(Exception):
    """A measurement that could not be made."""


def wait_until(condition, what, cap=60.0, pause=0.01):
    """Polls until `condition()` is true and returns its value; Failure with `what` after `cap` seconds."""
    end = time.monotonic() + cap
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"not within {cap:.0f} s: {what}")
        time.sleep(pause)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A child with its log; CPU in microseconds and resident memory of all its threads."""

    def __init__(self, words, log, environment=None):
        self.log_file = pathlib.Path(log)
        with open(log, "wb") as out:
            self.child = subprocess.Popen([str(word) for word in words], stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                          env={**os.environ, **(environment or {})}, start_new_session=True)

    @property
    def pid(self):
        return self.child.pid

    @property
    def log(self):
        return self.log_file.read_text(errors="replace")

    def cpu_us(self):
        """Of the threads alive now, to the nanosecond: none of the measured programs ends threads in a measurement."""
        total = 0
        for task in pathlib.Path(f"/proc/{self.pid}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except OSError:
                continue
        return total / 1000

    def memory_kb(self, key="VmRSS"):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        raise Failure(f"{self.child.args[0]} is gone:\n{self.log[-2000:]}")

    def check(self):
        if self.child.poll() is not None:
            raise Failure(f"{self.child.args[0]} ended with {self.child.returncode}:\n{self.log[-2000:]}")

    def stop(self, number=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(number)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def counted(words, cap=120):
    """Runs a program to its end: (its output, its CPU in microseconds)."""
    with subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL) as child:
        timer_end = time.monotonic() + cap
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if time.monotonic() > timer_end:
        raise Failure(f"{words[0]} took more than {cap} s")
    return output.decode(errors="replace"), (usage.ru_utime + usage.ru_stime) * 1e6


class Raw:
    """The raw loops."""

    def __init__(self, executable):
        self.executable = executable

    def run(self, kind, port=0, count=20_000, **options):
        words = [self.executable, kind, "--port", port, "--count", count]
        for name, value in options.items():
            words += ["--" + name, value]
        output, _ = counted(words)
        try:
            result = json.loads(output)
        except ValueError:
            raise Failure(f"hinomi-raw {kind}: {output[-500:]}") from None
        if result["good"] < 0.99 * result["done"] or result["done"] == 0:
            raise Failure(f"hinomi-raw {kind}: {result}")
        return result

    def per_probe(self, kind, **options):
        result = self.run(kind, **options)
        return result["cpu_us"] / result["done"]


def median(values):
    return statistics.median(values)


def spread(values):
    """Half of the range, as a share of the median."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / 2 / middle if middle else 0.0
