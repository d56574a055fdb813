"""The machine's own faults, and a storm of incidents."""
import pathlib
import re
import shutil
import subprocess
import time
import unittest

from harness import Case, MailSink, Target, configuration, mail_contact, text_of, wait_until


class Disk(Case):
    """The data directory is a small tmpfs in a private mount namespace of the daemon's own."""

    def scene(self):
        (self.folder / "data").mkdir(mode=0o700)
        self.target = self.keep(Target())
        self.sink = self.keep(MailSink())
        text = configuration(self.folder, [self.target], relays=[self.sink], contacts=[mail_contact("it@acme.example")])
        mount = f"mount -t tmpfs -o size=8m,mode=700 tmpfs {self.folder}/data && exec \"$0\" \"$@\""
        self.hinomi = self.daemon(text, prefix=["unshare", "--mount", "--propagation", "private", "sh", "-c", mount]).start()
        self.hinomi.logged("passed for the first time")

    def fill(self):
        subprocess.run(["nsenter", "-t", str(self.hinomi.process.pid), "-m", "dd", "if=/dev/zero", f"of={self.folder}/data/filler", "bs=4k"],
                       capture_output=True, check=False)  # ends with "no space left"

    def free(self):
        subprocess.run(["nsenter", "-t", str(self.hinomi.process.pid), "-m", "rm", f"{self.folder}/data/filler"], check=True)

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
        self.assertEqual(1, len(self.sink.to("it@acme.example", "【障害速報】")), "told once")
        keeper = subprocess.Popen(["nsenter", "-t", str(self.hinomi.process.pid), "-m", "sleep", "300"])  # holds the namespace, and so the files
        try:
            self.hinomi.stop()
            kept = pathlib.Path(f"/proc/{keeper.pid}/root{self.folder}/data")
            for file in kept.glob("ledger.db*"):
                shutil.copy(file, self.folder / "data" / file.name)
        finally:
            keeper.kill()
            keeper.wait()
        states = self.duty_states(self.hinomi)
        self.assertEqual({"met"}, {state for duty, state in states.items() if "/first_alert/" in duty}, states)
        self.assertTrue([event for event in self.hinomi.events() if event.get("undurable")], "what waited in memory is marked")
        opened = self.hinomi.events("opened")[0]
        durable_again = self.hinomi.events("ledger_durable")[0]
        self.assertLess(opened["at"]["boot"], durable_again["at"]["boot"], "appended with its original time")
        verified = self.hinomi.verify()
        self.assertEqual(0, verified.returncode, verified.stderr)

    def test_db_full(self):
        self.scene()
        self.fill()
        self.alert_arrives_and_the_ledger_heals(self.free)


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
