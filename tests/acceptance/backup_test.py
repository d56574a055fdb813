"""`hinomi backup` beside the running daemon, and `hinomi restore` on a machine that has only the backup left."""
import json
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import time
import unittest
import urllib.request

from harness import Case, MailSink, Target, configuration, free_port, mail_contact, text_of, wait_until
from service_test import Sandbox

UNIT = pathlib.Path(os.environ.get("HINOMI_UNIT", "")).parent / "hinomi-backup.service"


class Backup(Case):
    def scene(self, backup="backups", every="1d"):
        self.target, self.sink, self.port = self.keep(Target()), self.keep(MailSink()), free_port()
        text = configuration(self.folder, [self.target], relays=[self.sink], contacts=[mail_contact("it@acme.example")],
                             extra=f"backup: {{path: {self.folder}/{backup}, every: {every}}}\nmetrics: {{listen: 127.0.0.1:{self.port}}}")
        shops = f'  - {{targets_from: shops.json, kind: application, service: portal, liveness: {{target: "{self.target.url}/{{word}}"}}}}\n'
        self.text = text.replace("watches:\n", "watches:\n" + shops)
        (self.folder / "shops.json").write_text('[{"asset": "shop-1", "word": "one"}, {"asset": "shop-2", "word": "two"}]')
        (self.folder / "templates/ja").mkdir(parents=True)
        (self.folder / "templates/ja/page.subject.mustache").write_text("呼び出し {{page}} {{number}}")
        self.hinomi = self.daemon(self.text)
        return self.hinomi

    def run_verb(self, *words, code=0, prefix=()):
        ran = subprocess.run([*prefix, self.hinomi.executable, *words, "--config", str(self.hinomi.file)], capture_output=True, text=True,
                             env=self.hinomi.environment, cwd=self.folder, check=False)
        self.assertEqual(code, ran.returncode, ran.stdout + ran.stderr)
        return ran.stdout if code == 0 else ran.stdout + ran.stderr

    def back_up(self, *words):
        return json.loads(self.run_verb("backup", "--format", "json", *words))["item"]

    def metric(self, name):
        self.hinomi.logged(f"listening on http://127.0.0.1:{self.port}")  # which comes after it watches
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            found = re.search(rf"^{re.escape(name)} (\S+)$", answer.read().decode(), re.M)
        return float(found.group(1)) if found else None

    def test_it_stands_in_the_ledger_with_who_and_why_and_its_age_in_the_metrics(self):
        series = 'hinomi_check_last_success_timestamp_seconds{check="backup"}'
        self.scene().start()
        self.assertIsNone(self.metric(series), "there is none yet")
        made = self.back_up("--reason", "before the move")
        self.assertTrue(made["in_ledger"])
        self.assertEqual(3, made["files"], "the file, the list of targets, the template")
        age = wait_until(lambda: self.metric(series), "the metric knows it")
        manifest = json.loads((pathlib.Path(made["folder"]) / "manifest.json").read_text())
        self.assertEqual(manifest["made"] / 1000, age)
        self.hinomi.stop()
        [command] = self.hinomi.events("commanded")
        self.assertEqual(("backup made", [made["backup"], f"{made['events']} events, verified"], "before the move", pwd.getpwuid(os.getuid()).pw_name),
                         (command["verb"], command["subjects"], command["reason"], command["actor"]))
        wait_until(lambda: time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()) > made["backup"], "the next second: it has another name")
        self.assertFalse(self.back_up()["in_ledger"], "nobody runs: it is made all the same")
        self.assertIn("good", self.run_verb("backup", "--list"))

    def test_one_that_fails_stands_in_the_ledger_too(self):
        self.scene(backup="blocked/backups").start()
        (self.folder / "blocked").write_text("a file in the way")
        self.assertIn("no backup was made", self.run_verb("backup", code=1))
        self.hinomi.stop()
        [command] = self.hinomi.events("commanded")
        self.assertEqual("backup failed", command["verb"])
        self.assertIn(f"{self.folder}/blocked/backups", command["reason"])

    def test_on_call_is_told_when_the_last_one_is_too_old(self):
        self.scene(every="3s")
        (self.folder / "templates/ja/page.subject.mustache").unlink()  # the built-in subject
        self.hinomi.start()
        self.back_up()
        self.hinomi.logged("older than twice `backup.every`")
        told = wait_until(lambda: self.sink.to("oncall@staff.example", "【バックアップなし】"), "on-call is told")
        self.assertIn("hinomi backup --list", text_of(told[0]))

    def test_a_machine_that_has_only_the_backup_gets_everything_back(self):
        self.scene().start()
        self.hinomi.logged("passed for the first time")
        self.back_up()
        self.hinomi.stop()
        before = len(self.hinomi.events())
        for path in ("hinomi.yaml", "shops.json"):
            (self.folder / path).unlink()
        for path in ("data", "templates"):
            shutil.rmtree(self.folder / path)
        restore = ("restore", "--from", str(self.folder / "backups"), "--reason", "the disk died")
        self.assertIn("--from FOLDER", self.run_verb("restore", "--reason", "the disk died", code=78))
        said = self.run_verb(*restore, code=1)
        self.assertIn(f"the data directory {self.folder}/data is not there", said)
        self.assertIn("install -d -m 0700", said)
        self.assertFalse(self.hinomi.file.exists(), "nothing is put back as long as nothing is restored")
        (self.folder / "data").mkdir(mode=0o700)
        answer = json.loads(self.run_verb(*restore, "--format", "json"))
        self.assertEqual({"hinomi.yaml": "put back", "shops.json": "put back", "page.subject.mustache": "put back"},
                         {pathlib.Path(row["file"]).name: row["state"] for row in answer["items"]})
        self.assertEqual(self.text, self.hinomi.file.read_text())
        self.hinomi.start()
        self.hinomi.logged("hinomi watches 3 targets")
        self.hinomi.stop()
        self.assertEqual(0, self.hinomi.verify().returncode)
        self.assertGreater(len(self.hinomi.events()), before // 2)
        self.assertEqual("the disk died", self.hinomi.events("commanded")[-1]["reason"])

    def test_the_sandbox_of_its_unit_lets_through_what_it_does(self):
        """Every system call of a backup beside the daemon, as strace saw it; both as nobody."""
        sandbox = Sandbox(UNIT)
        self.scene()
        self.hinomi.executable = shutil.copy(self.hinomi.executable, self.folder / "hinomi")
        for path in [self.folder, *self.folder.rglob("*")]:
            shutil.chown(path, "nobody")
        as_nobody = ("setpriv", "--reuid=nobody", "--clear-groups") if os.getuid() == 0 else ()
        self.hinomi.prefix = list(as_nobody)
        self.hinomi.start()
        trace = self.folder / "trace"
        self.run_verb("backup", prefix=("strace", "-f", "-qq", "-s", "0", *(("-u", "nobody") if as_nobody else ()), "-o", str(trace)))
        self.hinomi.stop()
        self.assertEqual(["backup made"], [event["verb"] for event in self.hinomi.events("commanded")])
        seen = trace.read_text(errors="replace")
        calls = set(re.findall(r"^\d+ +(\w+)\(", seen, re.M))
        self.assertIn("fsync", calls)
        self.assertEqual(set(), calls - sandbox.calls)
        self.assertEqual(set(), set(re.findall(r"socket\((AF_\w+)", seen)) - sandbox.families)


if __name__ == "__main__":
    unittest.main(verbosity=2)
