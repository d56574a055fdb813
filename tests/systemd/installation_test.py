"""`cmake --install` into a folder of the test's own: what lies where, and what systemd's tools say of the units. systemd need not run."""
import configparser
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

BUILD, SOURCE = os.environ["HINOMI_BUILD"], pathlib.Path(os.environ["HINOMI_SOURCE"])


class Settings(configparser.RawConfigParser):
    """A unit file. A key given more than once is joined by lines."""

    class Many(dict):
        def __setitem__(self, key, value):
            if key in self and isinstance(value, list):
                self[key].extend(value)
            else:
                super().__setitem__(key, value)

    def __init__(self, file):
        super().__init__(dict_type=Settings.Many, strict=False, interpolation=None)
        self.optionxform = str
        self.read(file)


def run(*arguments):
    return subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, check=False)


def seconds(text):
    return int(re.match(r"\d+", text).group()) * {"s": 1, "min": 60, "h": 3600}[re.search(r"[a-z]*$", text).group() or "s"]


def given_up_after(unit, service, life):
    """When the service manager gives up a daemon that lives for `life` seconds at a time, by its own rule (ratelimit_below); None: never."""
    interval, burst = seconds(unit["StartLimitIntervalSec"]), int(unit["StartLimitBurst"])
    now = began = count = 0
    for _ in range(1000):
        if now - began > interval:
            began, count = now, 0
        count += 1
        if count > burst:
            return now
        now += life + seconds(service["RestartSec"])
    return None


class Installation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="hinomi-installation-")
        cls.stage = pathlib.Path(cls.folder.name) / "stage"
        cls.prefix = pathlib.Path(cls.folder.name) / "usr"
        for arguments in (["--prefix", cls.prefix], []):
            done = subprocess.run(["cmake", "--install", BUILD, *map(str, arguments)], env={**os.environ, "DESTDIR": "" if arguments else str(cls.stage)},
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise AssertionError(done.stderr)
        cls.units = cls.stage / "usr/local/lib/systemd/system"
        cls.unit = Settings(cls.units / "hinomi.service")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_everything_lies_in_its_place(self):
        wanted = ["bin/hinomi", "lib/systemd/system/hinomi.service", "lib/systemd/system/hinomi-failed.service",
                  "lib/systemd/system/hinomi-backup.service", "lib/systemd/system/hinomi-backup.timer", "lib/sysusers.d/hinomi.conf",
                  "lib/tmpfiles.d/hinomi.conf", "share/doc/hinomi/README.md", "share/doc/hinomi/CHANGELOG.md", "share/doc/hinomi/manual.md",
                  "share/doc/hinomi/guarantees.md", "share/doc/hinomi/ledger-format.md", "share/man/man1/hinomi.1", "share/man/man5/hinomi.yaml.5",
                  "share/bash-completion/completions/hinomi"]
        wanted += [f"share/doc/hinomi/examples/{file.relative_to(SOURCE / 'config/examples')}" for file in (SOURCE / "config/examples").rglob("*") if file.is_file()]
        for root in (self.prefix, self.stage / "usr/local"):
            for file in wanted:
                self.assertTrue((root / file).is_file(), f"{root / file} is not installed")
        installed = {str(file.relative_to(self.prefix)) for file in self.prefix.rglob("*") if file.is_file()}
        strays = {file for file in installed if not file.startswith(("bin/", "lib/", "share/"))}
        self.assertEqual(set(), strays)

    def test_the_installed_executable_runs_and_takes_the_installed_sample(self):
        version = run(self.prefix / "bin/hinomi", "version")
        self.assertRegex(version.stdout, r"^hinomi \d+\.\d+\.\d+\n$", version.stderr)
        checked = run(self.prefix / "bin/hinomi", "check", "--config", self.prefix / "share/doc/hinomi/examples/hinomi.yaml")
        self.assertEqual(0, checked.returncode, checked.stdout + checked.stderr)

    def test_the_man_pages_and_the_completion_are_in_order(self):
        for page, says in (("man1/hinomi.1", "EXIT STATUS"), ("man5/hinomi.yaml.5", "THE FILE ITSELF")):
            said = run("groff", "-k", "-man", "-Tutf8", "-ww", "-P-c", "-P-bou", self.prefix / "share/man" / page)  # plain: neither colours nor overstriking
            self.assertEqual((0, ""), (said.returncode, said.stderr))
            self.assertIn(says, said.stdout)
        completion = self.prefix / "share/bash-completion/completions/hinomi"
        self.assertEqual(0, run("bash", "-n", completion).returncode)
        self.assertIn("complete ", completion.read_text())
        for words, offered in (("notify test --role ", ["on_call", "manager"]), ("incident open --severity fa", ["fault"]), ("restore --duties ", ["resume", "give-up"]),
                               ("check --format ", ["table", "json", "csv"]), ("incident open --reason ", []), ("config diff --against /etc/passw", ["/etc/passwd"]),
                               ("incident re", ["resolve"]), ("compl", ["completion"]), ("notify test --ten", ["--tenant"])):
            typed = ["hinomi", *words.split(" ")]
            asked = f'. {completion}; COMP_WORDS=({" ".join(f"{word!r}" for word in typed)}); COMP_CWORD={len(typed) - 1}; _hinomi; printf "%s\\n" "${{COMPREPLY[@]}}"'
            said = run("bash", "-c", asked)
            self.assertEqual("", said.stderr)
            self.assertEqual(set(offered), set(said.stdout.split()) - {"/etc/passwd-"}, words)

    def test_the_units_start_the_executable_that_was_installed(self):
        for unit in (self.unit, Settings(self.units / "hinomi-backup.service")):
            for key in ("ExecStart", "ExecReload"):
                command = unit["Service"].get(key)
                if command:
                    self.assertTrue((self.stage / command.split()[0].lstrip("/")).is_file(), command)
        for unit in self.units.glob("*"):
            self.assertNotIn("@", re.sub(r"@[a-z-]+", "", unit.read_text()), f"an unfilled place in {unit.name}")

    def test_systemd_takes_every_unit_without_a_word(self):
        """`verify` ends with 0 on faults: any output is one. The executable is where this test installed it."""
        units = pathlib.Path(self.folder.name) / "verified"
        units.mkdir()
        for unit in self.units.glob("*"):
            (units / unit.name).write_text(unit.read_text().replace("=/usr/local/bin/", f"={self.stage}/usr/local/bin/"))
        for unit in sorted(units.glob("*")):
            said = run("systemd-analyze", "--man=no", "verify", unit)
            self.assertEqual((0, ""), (said.returncode, said.stdout + said.stderr), unit.name)
        broken = units / "broken.service"
        broken.write_text((units / "hinomi.service").read_text() + "\n[Service]\nNoSuchKey=1\n")
        said = run("systemd-analyze", "--man=no", "verify", broken)
        self.assertIn("NoSuchKey", said.stdout + said.stderr, "this test sees faults")

    def test_the_sandbox_is_tight(self):
        for unit in self.units.glob("*.service"):
            said = run("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit)
            self.assertEqual(0, said.returncode, said.stdout)
            exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", said.stdout).group(1))
            print(f"{unit.name}: exposure {exposure}", flush=True)
            self.assertLessEqual(exposure, 2.0)

    def test_what_the_promise_needs_of_the_unit(self):
        service, unit = self.unit["Service"], self.unit["Unit"]
        self.assertEqual(("notify", "main", "always", "78"), tuple(service[key] for key in ("Type", "NotifyAccess", "Restart", "RestartPreventExitStatus")))
        self.assertEqual("30s", service["WatchdogSec"])
        self.assertTrue((self.units / unit["OnFailure"]).is_file(), "what it starts on failure is installed")
        self.assertEqual(("hinomi", "hinomi", "0700"), tuple(service[key] for key in ("StateDirectory", "RuntimeDirectory", "StateDirectoryMode")))
        self.assertIn("hinomi:/etc/hinomi/credentials", service["LoadCredential"])
        self.assertNotEqual("pid", service["ProcSubset"], "the boot id is read from /proc/sys: without it deadlines lose their clock at a reboot")

    def test_who_fails_again_and_again_is_given_up_so_that_people_hear_of_it(self):
        service, unit = self.unit["Service"], self.unit["Unit"]
        watchdog = seconds(service["WatchdogSec"])
        # A part that hangs from the start: for as long as the daemon's own patience (WatchdogSec again) it is still fed.
        hanging = watchdog + watchdog + seconds(service["TimeoutAbortSec"])
        for what, life, earliest, latest in (("fails at once", 0, 120, 300), ("a second of trying", 1, 120, 300),
                                             ("hangs when it is ready", hanging, 300, 1200), ("hangs after a long replay", 20 + hanging, 300, 1200),
                                             ("a replay of a minute", 60 + hanging, 300, 1800)):
            given_up = given_up_after(unit, service, life)
            self.assertIsNotNone(given_up, what)
            self.assertTrue(earliest <= given_up <= latest, f"{what}: given up after {given_up} s")
        self.assertIsNone(given_up_after(unit, service, 300), "who works for minutes in between goes on")

    def test_what_the_promise_needs_of_the_backup(self):
        timer, backup = Settings(self.units / "hinomi-backup.timer"), Settings(self.units / "hinomi-backup.service")
        self.assertIn("hinomi-backup.timer", self.unit["Unit"]["Wants"], "whoever starts the daemon has backups")
        self.assertEqual(("true", "timers.target"), (timer["Timer"]["Persistent"], timer["Install"]["WantedBy"]))
        when = run("systemd-analyze", "calendar", "--iterations=3", timer["Timer"]["OnCalendar"])
        self.assertEqual(0, when.returncode, when.stderr)
        days = re.findall(r"(?:Next elapse|Iteration #\d|Iter\. #\d): \w+ (\S+) 03:00:00", when.stdout)
        self.assertEqual(3, len(set(days)), f"once a day: {when.stdout}")
        service, daemon = backup["Service"], self.unit["Service"]
        for key in ("User", "Group", "StateDirectory", "StateDirectoryMode", "UMask", "ProcSubset"):
            self.assertEqual(daemon[key], service[key], key)
        self.assertNotIn("RuntimeDirectory", service, "its end would remove the control socket")
        self.assertEqual(("oneshot", "yes", "AF_UNIX", ""),
                         tuple(service[key] for key in ("Type", "PrivateNetwork", "RestrictAddressFamilies", "CapabilityBoundingSet")))
        self.assertRegex(service["ExecStart"], r"^\S+/hinomi backup --config /etc/hinomi/hinomi\.yaml --reason ")

    def test_user_and_folders_are_made(self):
        root = pathlib.Path(self.folder.name) / "root"
        for folder in ("etc", "usr/lib/sysusers.d", "usr/lib/tmpfiles.d"):
            (root / folder).mkdir(parents=True)
        for kind in ("sysusers.d", "tmpfiles.d"):
            shutil.copy(self.prefix / "lib" / kind / "hinomi.conf", root / "usr/lib" / kind / "hinomi.conf")
        made = run("systemd-sysusers", f"--root={root}")
        self.assertEqual(0, made.returncode, made.stderr)
        self.assertRegex((root / "etc/passwd").read_text(), r"(?m)^hinomi:x:\d+:\d+:hinomi daemon:/var/lib/hinomi:/usr/sbin/nologin$")
        self.assertRegex((root / "etc/group").read_text(), r"(?m)^hinomi:x:\d+:$")
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n" + (root / "etc/passwd").read_text())
        made = run("systemd-tmpfiles", f"--root={root}", "--create")
        self.assertEqual((0, ""), (made.returncode, made.stderr))
        for folder, mode in (("etc/hinomi", 0o755), ("etc/hinomi/conf.d", 0o755), ("etc/hinomi/credentials", 0o700)):
            self.assertEqual(mode, stat.S_IMODE((root / folder).stat().st_mode), folder)


if __name__ == "__main__":
    unittest.main(verbosity=2)
