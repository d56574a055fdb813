"""The machine's own faults, and a storm of incidents. Needs root: what is mounted here is mounted in a private namespace of this process."""
import contextlib
import ctypes
import os
import pathlib
import re
import subprocess
import time
import unittest

from harness import Case, MailSink, Target, configuration, mail_contact, text_of, wait_until
from records import assert_one_story


def setUpModule():
    """Mounts of this process and its children are seen by nobody else, and go with it."""
    new_mounts, private, recursive = 0x00020000, 1 << 18, 1 << 14
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(new_mounts) != 0 or libc.mount(b"none", b"/", None, private | recursive, None) != 0:
        raise AssertionError(f"no private mount namespace: {os.strerror(ctypes.get_errno())}; run this test as root")


class Refusal:
    """Every write of a process to some files fails with EROFS, as on a file system that the kernel has turned read-only after an error. (A mount
    cannot be turned read-only while the daemon has its files open, so the system calls are answered in the kernel's place.)"""

    def __init__(self, process, files):
        paths = [word for file in files for word in ("-P", str(file))]
        calls = "write,pwrite64,pwritev,fsync,fdatasync,ftruncate,fallocate"
        self._tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(process), *paths, "-e", f"trace={calls}",
                                         "-e", f"inject={calls}:error=EROFS"], stdin=subprocess.DEVNULL)
        status = f"/proc/{process}/status"
        wait_until(lambda: f"TracerPid:\t{self._tracer.pid}\n" in pathlib.Path(status).read_text(), "strace holds the daemon")

    def end(self):
        self._tracer.terminate()
        self._tracer.wait()


class Disk(Case):
    """The data directory is a small tmpfs."""

    def scene(self):
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", self.data], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.data], check=True)
        self.target = self.keep(Target())
        self.sink = self.keep(MailSink())
        self.hinomi = self.daemon(configuration(self.folder, [self.target], relays=[self.sink], contacts=[mail_contact("it@acme.example")])).start()
        self.hinomi.logged("passed for the first time")

    def alert_arrives_and_the_ledger_heals(self, heal):
        self.target.down()
        alert = wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the alert arrives although nothing can be written")[0]
        self.assertIn("■検知日時", text_of(alert))
        self.hinomi.logged("the ledger cannot be written")
        wait_until(lambda: self.sink.to("oncall@staff.example"), "on-call is told")
        heal()
        self.hinomi.logged("the ledger can be written again")
        self.target.up()
        wait_until(lambda: self.sink.to("it@acme.example", "【復旧報】"), "the recovery arrives")
        self.hinomi.stop()
        self.assertEqual(1, len(self.sink.to("it@acme.example", "【障害速報】")), "told once")
        self.assert_every_duty_met()
        self.assertTrue([event for event in self.hinomi.events() if event.get("undurable")], "what waited in memory is marked")
        opened = self.hinomi.events("opened")[0]
        durable_again = self.hinomi.events("ledger_durable")[0]
        self.assertLess(opened["at"]["boot"], durable_again["at"]["boot"], "appended with its original time")

    def assert_every_duty_met(self):
        states = self.duty_states(self.hinomi)
        self.assertEqual({"met"}, set(states.values()), states)
        self.assertTrue([duty for duty in states if "/first_alert/" in duty])
        verified = self.hinomi.verify()
        self.assertEqual(0, verified.returncode, verified.stderr)
        assert_one_story(self, self.hinomi, self.kept(MailSink))

    def test_db_full(self):
        self.scene()
        with open(self.data / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):  # until no space is left
            while True:
                filler.write(bytes(4096))
        self.alert_arrives_and_the_ledger_heals((self.data / "filler").unlink)

    def test_db_readonly(self):
        self.scene()
        refusal = Refusal(self.hinomi.process.pid, sorted(self.data.glob("ledger.db*")))
        try:
            self.alert_arrives_and_the_ledger_heals(refusal.end)
        finally:
            refusal.end()

    def test_db_readonly_at_start(self):
        """Killed with an alert pending, and the disk is read-only when it starts again: it says so and does not limp on; when the disk is mended the
        alert goes out, with the clock that ran on."""
        self.scene()
        self.sink.down()
        self.target.down()
        self.hinomi.logged("to be tried again")
        self.hinomi.kill()
        self.sink.up()
        subprocess.run(["mount", "-o", "remount,ro", self.data], check=True)
        refused = subprocess.run([self.hinomi.executable, "run", "--config", self.hinomi.file], env=self.hinomi.environment, capture_output=True, text=True,
                                 check=False)
        self.assertEqual(1, refused.returncode, refused.stderr)
        self.assertIn(f"error: the ledger in {self.data} cannot be opened", refused.stderr)
        self.assertIn("Read-only file system", refused.stderr)
        self.assertEqual([], self.sink.to("it@acme.example"))
        subprocess.run(["mount", "-o", "remount,rw", self.data], check=True)
        self.hinomi.start()
        alert = wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the alert goes out")[0]
        self.assertIn("■検知日時", text_of(alert))
        self.hinomi.stop()
        self.assertEqual(1, len(self.sink.to("it@acme.example", "【障害速報】")), "told once")
        states = self.duty_states(self.hinomi)
        self.assertEqual("met", states[next(duty for duty in states if "/first_alert/" in duty)], states)
        self.assertEqual(1, len(self.hinomi.events("opened")))
        assert_one_story(self, self.hinomi, self.kept(MailSink))


class Storm(Case):
    def test_storm_10000_incidents(self):
        """10,000 services of 50 tenants stop at once: digests, every first alert in time, nobody sees another's name."""
        services, tenants = 10_000, 50
        target = self.keep(Target())
        sink = self.keep(MailSink())
        text = configuration(self.folder, [target], relays=[sink], contacts=[mail_contact("it@acme.example")], grouping="5s")
        head, _, rest = text.partition("tenants:\n")
        folder = self.folder / "conf.d"
        folder.mkdir()
        per_tenant = services // tenants
        for tenant in range(tenants):
            mine = range(tenant * per_tenant, (tenant + 1) * per_tenant)
            lines = ["services:", *(f"  s{n}: {{title: Service {n}}}" for n in mine), "assets:",
                     *(f"  s{n}-web: {{kind: application, service: s{n}}}" for n in mine), "watches:",
                     *(f'  - {{asset: s{n}-web, liveness: {{target: "{target.url}?{n}", every: 60s, confirm: {{retry_after: 1s}}}}}}' for n in mine),
                     "tenants:", f"  - {{name: zq{tenant}corp, services: [{', '.join(f's{n}' for n in mine)}], language: en, contacts: [{{email: it@zq{tenant}.example}}]}}"]
            (folder / f"{tenant:02}.yaml").write_text("\n".join(lines) + "\n")
        text = text.replace("every: 500ms", "every: 5s")
        text += "schedule: {per_destination: 64}\n"
        hinomi = self.daemon(text).start()
        wait_until(lambda: hinomi.log.count("passed for the first time") > services, "every watch has passed", cap=240)
        target.down()
        went_down = time.monotonic()
        wait_until(lambda: hinomi.log.count(": opened,") > services, "every service has its incident", cap=240)

        def told():
            return {number for mail in list(sink.mails) for number in [re.match(r"it@zq(\d+)\.example", mail["recipient"])] if number}
        wait_until(lambda: len({m.group(1) for m in told()}) == tenants, "every tenant is told", cap=240)
        wait_until(lambda: hinomi.log.count("armed -> met") > services, "every first alert is accepted", cap=240)
        print(f"storm: {time.monotonic() - went_down:.1f} s from the outage until every tenant was told of every incident", flush=True)
        target.up()
        hinomi.stop()
        states = self.duty_states(hinomi)
        alerts = {duty: state for duty, state in states.items() if "/first_alert/" in duty and "tenant:zq" in duty}
        self.assertEqual(services, len(alerts))
        self.assertEqual({"met"}, set(alerts.values()))
        self.assertEqual(services + 1, len(hinomi.events("opened")))
        for mail in sink.mails:
            own = re.match(r"it@zq(\d+)\.example", mail["recipient"])
            if own:
                named = set(re.findall(r"zq(\d+)corp", text_of(mail)))
                self.assertLessEqual(named, {own.group(1)}, mail["recipient"])
        alerts_sent = [mail for mail in sink.mails if mail["recipient"].startswith("it@zq") and "Incident alert" in mail["message"]["Subject"]]
        self.assertLess(len(alerts_sent), services / 5, "digests, not one mail per incident")
        print(f"storm: {len(alerts_sent)} mails for {services} first alerts", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
