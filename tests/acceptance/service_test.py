"""What the service manager sees: readiness, status, the watchdog and the credentials, through a NOTIFY_SOCKET and a CREDENTIALS_DIRECTORY
of this test's own. The watchdog is fed only while schedule, ledger and outbox make progress: one thread at a time is frozen."""
import base64
import ctypes
import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading
import unittest

from harness import HOOK_ENVIRONMENT, SECRET, Case, HookSink, MailSink, Target, configuration, hook_contact, mail_contact, signature_is_right, wait_until

UNIT = os.environ.get("HINOMI_UNIT", "")


class ServiceManager:
    """Listens where systemd would."""

    def __init__(self, folder, watchdog_ms=3_000):
        self.path = pathlib.Path(folder) / "notify"
        self.states = []  # every line told, in order
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self.environment = {"NOTIFY_SOCKET": str(self.path), "WATCHDOG_USEC": str(watchdog_ms * 1000)}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                message = self._socket.recv(4096)
            except OSError:
                return
            self.states += message.decode().splitlines()

    @property
    def fed(self):
        return self.states.count("WATCHDOG=1")

    def close(self):
        self._socket.close()


class FrozenThread:
    """Stops one thread of a process, found by its name, and lets the others run: what a hanging disk or a hanging library does."""

    SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17

    def __init__(self, process, name):
        found = [task for task in pathlib.Path(f"/proc/{process}/task").iterdir() if (task / "comm").read_text().strip() == name]
        if not found:
            raise AssertionError(f"no thread {name}: {[(task / 'comm').read_text().strip() for task in pathlib.Path(f'/proc/{process}/task').iterdir()]}")
        self.thread = int(found[0].name)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._libc.ptrace.restype = ctypes.c_long
        self._trace(self.SEIZE)
        self._trace(self.INTERRUPT)
        os.waitpid(self.thread, 0x40000000)  # __WALL

    def _trace(self, request):
        if self._libc.ptrace(request, self.thread, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def thaw(self):
        self._trace(self.DETACH)


class Sandbox:
    """What the unit allows, expanded by systemd's own tool."""

    def __init__(self, unit):
        lines = [line.partition("=") for line in pathlib.Path(unit).read_text().splitlines() if "=" in line and not line.startswith("#")]
        self.calls = set()
        for _, _, value in (line for line in lines if line[0] == "SystemCallFilter"):
            named = {call for word in value.lstrip("~").split() for call in self._expanded(word)}
            self.calls = self.calls - named if value.startswith("~") else self.calls | named
        self.families = set(next(value for key, _, value in lines if key == "RestrictAddressFamilies").split())

    def _expanded(self, word):
        if not word.startswith("@"):
            return {word}
        said = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", word], capture_output=True, text=True, check=True).stdout
        words = {line.strip() for line in said.splitlines()[1:] if line.startswith("    ") and not line.strip().startswith("#")}
        return {call for inner in words for call in self._expanded(inner)}


class Service(Case):
    def scene(self, contacts=None, environment=None, watchdog_ms=3_000, caps="{}", **options):
        self.manager = self.keep(ServiceManager(self.folder, watchdog_ms))
        self.target = self.keep(Target())
        self.sink = self.keep(MailSink())
        relay = f'{{smtp: "smtp://127.0.0.1:{self.sink.port}", from: "status@provider.example", caps: {caps}}}'
        text = configuration(self.folder, [self.target], relays=[relay], contacts=contacts or [mail_contact("it@acme.example")], **options)
        self.hinomi = self.daemon(text, environment={**self.manager.environment, **(environment or {})})
        return self.hinomi

    def started(self):
        """As systemd starts it: WATCHDOG_PID names the daemon itself, so the environment is set by a shell that becomes it."""
        self.hinomi.prefix = ["sh", "-c", 'WATCHDOG_PID=$$ exec "$0" "$@"']
        self.hinomi.start()
        self.hinomi.logged("passed for the first time")

    def test_it_says_when_it_is_ready_and_when_it_stops(self):
        self.scene()
        self.started()
        wait_until(lambda: self.manager.fed >= 3, "the watchdog is fed")
        self.assertEqual("READY=1", next(state for state in self.manager.states if state != "WATCHDOG=1"))
        self.assertIn("STATUS=watching 1 targets", self.manager.states)
        self.hinomi.stop()
        wait_until(lambda: "STOPPING=1" in self.manager.states, "it says that it stops")
        self.assertEqual(1, self.manager.states.count("READY=1"))

    def test_it_is_not_ready_with_a_configuration_that_it_refuses(self):
        self.scene(extra="no_such_key: 1")
        done = subprocess.run([self.hinomi.executable, "run", "--config", self.hinomi.file], env=self.hinomi.environment, capture_output=True, text=True, check=False)
        self.assertEqual(78, done.returncode, done.stderr)
        self.assertIn("no_such_key", done.stderr)
        self.assertEqual([], self.manager.states)

    def test_the_watchdog_starves_while_a_part_hangs_and_no_longer(self):
        """Two threads hang; one goes on, then the other. Fed before, not fed for as long as the log says so, fed again after."""
        self.scene()
        self.started()
        wait_until(lambda: self.manager.fed >= 2, "the watchdog is fed")
        lane, ledger = (FrozenThread(self.hinomi.process.pid, thread) for thread in ("lane 0", "ledger"))
        self.hinomi.logged("no progress in: schedule, ledger; the watchdog is not fed")
        fed = self.manager.fed
        lane.thaw()
        self.hinomi.logged("no progress in: ledger; the watchdog is not fed")
        self.assertEqual(fed, self.manager.fed)
        ledger.thaw()
        wait_until(lambda: self.manager.fed > fed, "fed again when every part goes on")
        self.hinomi.stop()
        self.assertEqual(0, self.hinomi.verify().returncode)

    def test_the_watchdog_starves_while_a_mail_has_no_outcome(self):
        """The thread of a mail is frozen while the relay keeps it waiting: no cap of its own can end it. Probing and the outbox go on."""
        self.scene(caps="{connect: 100ms, step: 1500ms, final: 100ms}")
        self.sink.script = lambda step, session: "stall" if step == "ehlo" else None
        self.started()
        self.target.down()
        wait_until(lambda: any("ehlo" in session["steps"] for session in self.sink.sessions), "a mail is under way")
        mail = FrozenThread(self.hinomi.process.pid, "mail")
        self.hinomi.logged("no progress in: deliveries; the watchdog is not fed")
        fed = self.manager.fed
        mail.thaw()
        wait_until(lambda: self.manager.fed > fed, "fed again when it has ended")
        self.hinomi.stop()

    def test_the_sandbox_of_the_unit_lets_through_what_the_daemon_does(self):
        """Every system call from the start over a probe, a mail and a webhook to the orderly stop, as strace saw it. Not as root: it asks for more."""
        sandbox = Sandbox(UNIT)
        self.assertIn("connect", sandbox.calls)
        self.assertNotIn("mount", sandbox.calls)
        hook = self.keep(HookSink())
        self.scene(contacts=[mail_contact("it@acme.example"), hook_contact(hook)], environment=HOOK_ENVIRONMENT)
        trace = self.folder / "trace"
        self.hinomi.prefix = ["strace", "-f", "-qq", "-s", "0", "-u", "nobody", "-o", str(trace)]
        self.hinomi.executable = shutil.copy(self.hinomi.executable, self.folder / "hinomi")  # where nobody may run it
        for path in (self.folder, self.hinomi.file):
            shutil.chown(path, "nobody")
        self.hinomi.start()
        self.hinomi.logged("passed for the first time")
        self.target.down()
        wait_until(lambda: hook.accepted and self.sink.to("it@acme.example"), "both channels are used")
        self.hinomi.stop()
        seen = trace.read_text(errors="replace")
        calls = set(re.findall(r"^\d+ +(\w+)\(", seen, re.M))
        self.assertIn("fdatasync", calls)
        self.assertEqual(set(), calls - sandbox.calls)
        self.assertEqual(set(), set(re.findall(r"socket\((AF_\w+)", seen)) - sandbox.families)
        self.assertNotIn("PROT_WRITE|PROT_EXEC", seen, "MemoryDenyWriteExecute")
        self.assertEqual(1, len(re.findall(r"execve\(", seen)), "it starts no foreign program")

    def credential(self, name, text, mode=0o400):
        folder = self.folder / "credentials"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)
        (folder / name).chmod(mode)
        return {"CREDENTIALS_DIRECTORY": str(folder)}

    def assert_the_hook_is_signed(self, file):
        hook = self.keep(HookSink())
        secret = "whsec_" + base64.b64encode(SECRET).decode()
        self.scene(contacts=[hook_contact(hook).replace("env:HOOK_SECRET", "credential:acme")], environment=self.credential(file, secret + "\n"))
        self.started()
        self.target.down()
        accepted = wait_until(lambda: hook.accepted, "the webhook is accepted")[0]
        self.assertTrue(signature_is_right(accepted))
        self.hinomi.stop()
        self.assertNotIn(secret, self.hinomi.log)
        self.assertNotIn(SECRET.decode(), (self.folder / "data/ledger.db").read_bytes().decode(errors="replace"))

    def test_a_credential_of_the_unit_is_used_and_shown_nowhere(self):
        self.assert_the_hook_is_signed("acme")

    def test_a_credential_of_the_folder_that_the_unit_loads_whole_is_used(self):
        self.assert_the_hook_is_signed("hinomi_acme")

    def test_a_credential_that_is_missing_is_named_with_its_remedy(self):
        hook = self.keep(HookSink())
        self.scene(contacts=[hook_contact(hook).replace("env:HOOK_SECRET", "credential:acme")], environment=self.credential("other", "secret"))
        done = subprocess.run([self.hinomi.executable, "run", "--config", self.hinomi.file], env=self.hinomi.environment, capture_output=True, text=True, check=False)
        self.assertEqual(78, done.returncode, done.stderr)
        self.assertRegex(done.stderr, r"hinomi\.yaml:\d+:\d+: .*credentials/acme cannot be read")
        self.assertIn("/etc/hinomi/credentials/acme", done.stderr)
        self.assertEqual([], self.manager.states, "it never says that it is ready")


if __name__ == "__main__":
    unittest.main(verbosity=2)
