"""Runs the real executable against real and scripted peers on loopback. Standard library only.

Tests wait for conditions with a generous cap, never for a duration. Everything lives in one temporary folder per test.
"""
import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import signal
import socket
import socketserver
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

EXECUTABLE = os.environ.get("HINOMI_EXECUTABLE", "")
CAP = float(os.environ.get("HINOMI_TEST_CAP", "90"))
SECRET = b"0123456789abcdef0123456789abcdef"


def wait_until(condition, what, cap=CAP):
    """Polls until `condition()` is true and returns its value; fails with `what` after the cap."""
    end = time.monotonic() + cap
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {cap:.0f} s: {what}")
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Target:
    """A service under watch: answers 200 until told otherwise. `down()` closes the port, as a dead process would."""

    def __init__(self):
        self.status = 200
        self.body = None  # in place of the usual few bytes
        self.delay = 0.0
        self.requests = 0
        self.port = free_port()
        self._server = None
        self.up()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/healthz"

    def up(self):
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                target.requests += 1
                if target.delay:
                    time.sleep(target.delay)
                body = target.body or (b"ok\n" if target.status == 200 else b"broken\n")
                try:
                    self.send_response(target.status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def down(self):
        self._server.shutdown()
        self._server.server_close()

    close = down


class MailSink:
    """A scripted SMTP server. `script(step, session)` may return an action for a step: a reply text such as
    "451 4.7.1 later", "close", "stall" or None for the normal answer. Steps: greeting, ehlo, mail, rcpt, data, body, answer."""

    def __init__(self, script=None, port=None):
        self.script = script or (lambda step, session: None)
        self.mails = []          # accepted: dicts with sender, recipient, bytes, message, at
        self.sessions = []       # every session: dict with steps seen
        self.lock = threading.Lock()
        self.port = port or free_port()
        self.stopped = threading.Event()
        self._open()

    def _open(self):
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    sink._serve(self)
                except (OSError, ConnectionError):
                    pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def down(self):
        self._server.shutdown()
        self._server.server_close()

    def up(self):
        self._open()

    def close(self):
        self.stopped.set()
        self.down()

    def _act(self, step, session, stream, normal):
        session["steps"].append(step)
        action = self.script(step, session)
        if action == "close":
            raise ConnectionError
        if action == "stall":
            self.stopped.wait(120)
            raise ConnectionError
        reply = action or normal
        if reply is not None:
            stream.wfile.write(reply.encode() + b"\r\n")
        return reply is None or reply[0] in "23"

    def _serve(self, stream):
        session = {"steps": [], "recipient": None, "sender": None, "number": 0}
        with self.lock:
            self.sessions.append(session)
            session["number"] = len(self.sessions)
        self._act("greeting", session, stream, "220 sink ESMTP")
        while True:
            line = stream.rfile.readline(4096)
            if not line:
                return
            verb = line.strip().upper()
            if verb.startswith(b"EHLO") or verb.startswith(b"HELO"):
                self._act("ehlo", session, stream, "250-sink\r\n250 8BITMIME")
            elif verb.startswith(b"MAIL FROM"):
                session["sender"] = line.split(b"<", 1)[1].split(b">", 1)[0].decode()
                self._act("mail", session, stream, "250 ok")
            elif verb.startswith(b"RCPT TO"):
                session["recipient"] = line.split(b"<", 1)[1].split(b">", 1)[0].decode()
                self._act("rcpt", session, stream, "250 ok")
            elif verb == b"DATA":
                if self._act("data", session, stream, "354 go on"):
                    self._body(session, stream)
            elif verb == b"RSET" or verb.startswith(b"NOOP"):
                stream.wfile.write(b"250 ok\r\n")
            elif verb == b"QUIT":
                stream.wfile.write(b"221 bye\r\n")
                return
            else:
                stream.wfile.write(b"500 what?\r\n")

    def _body(self, session, stream):
        lines = []
        while True:
            line = stream.rfile.readline(1 << 16)
            if not line:
                return
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        data = b"".join(lines)
        mail = {"sender": session["sender"], "recipient": session["recipient"], "bytes": data, "at": time.monotonic(),
                "message": email.message_from_bytes(data, policy=email.policy.default)}
        session["mail"] = mail
        session["steps"].append("answer")
        action = self.script("answer", session)
        if action is None or action.startswith("2") or action in ("lost", "accept-then-stall"):
            with self.lock:
                self.mails.append(mail)
        if action == "accept-then-stall":
            self.stopped.wait(120)
            raise ConnectionError
        if action in ("lost", "close"):
            raise ConnectionError
        stream.wfile.write((action or "250 2.0.0 queued").encode() + b"\r\n")

    def to(self, recipient, word=None):
        """The accepted mails to `recipient` whose subject holds `word`."""
        with self.lock:
            return [mail for mail in self.mails if mail["recipient"] == recipient and (word is None or word in mail["message"]["Subject"])]


def text_of(mail):
    return mail["message"].get_body(("plain",)).get_content()


class HookSink:
    """A webhook receiver. `script(number, request)` returns (status, headers), "stall" or "close"; default 204."""

    def __init__(self, script=None, body=b""):
        self.script = script or (lambda number, request: (204, {}))
        self.body = body  # of every answer
        self.requests = []
        self.accepted = []
        self.lock = threading.Lock()
        self.port = free_port()
        self.stopped = threading.Event()
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = {"headers": dict((k.lower(), v) for k, v in self.headers.items()), "body": body, "at": time.monotonic(), "path": self.path}
                with sink.lock:
                    sink.requests.append(request)
                    number = len(sink.requests)
                action = sink.script(number, request)
                if action == "stall":
                    sink.stopped.wait(120)
                    return
                if action == "close":
                    self.connection.close()
                    return
                status, headers = action
                if 200 <= status < 300:
                    with sink.lock:
                        sink.accepted.append(request)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(sink.body)))
                self.end_headers()
                try:
                    self.wfile.write(sink.body)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def close(self):
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


def signature_is_right(request):
    """Standard Webhooks: HMAC-SHA256 over id.timestamp.body."""
    headers = request["headers"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request["body"]
    wanted = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


class Hinomi:
    """The daemon as a child process, with its ledger."""

    def __init__(self, folder, configuration, environment=None, prefix=(), executable=None):
        self.folder = pathlib.Path(folder)
        self.file = self.folder / "hinomi.yaml"
        self.file.write_text(configuration)
        self.environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0", **(environment or {})}
        self.prefix = list(prefix)
        self.executable = executable or EXECUTABLE
        self.process = None
        self.lives = 0

    @property
    def log_file(self):
        return self.folder / f"log.{self.lives}"

    @property
    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def start(self, says_so=None):
        """Returns once it watches: its log says so, or `says_so` does where the log goes elsewhere."""
        self.lives += 1
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(self.prefix + [self.executable, "run", "--config", str(self.file)], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env=self.environment, start_new_session=True)
        says_so = says_so or (lambda: "hinomi watches" in self.log)
        wait_until(lambda: self.process.poll() is not None or says_so(), "the daemon starts")
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode}:\n{self.log}")
        return self

    def kill(self):
        """kill -9, the whole session (a prefix such as strace may stand in between)."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """An orderly stop; asserts that it ends well."""
        os.killpg(self.process.pid, signal.SIGTERM)
        code = self.process.wait(CAP)
        if code != 0:
            raise AssertionError(f"the daemon ended with {code}:\n{self.log[-8000:]}")

    def close(self):
        if self.process and self.process.poll() is None:
            self.kill()

    def logged(self, word):
        return wait_until(lambda: word in self.log, f"the log says {word!r}:\n{self.log[-4000:]}")

    def events(self, kind=None):
        """Payloads of the ledger, in order. Only while the daemon is not running."""
        connection = sqlite3.connect(f"file:{self.folder}/data/ledger.db?mode=ro", uri=True)
        try:
            payloads = [json.loads(row[0]) for row in connection.execute("SELECT payload FROM events ORDER BY sequence")]
        finally:
            connection.close()
        return [payload for payload in payloads if kind is None or payload["event"] == kind]

    def verify(self):
        return subprocess.run([self.executable, "verify", "--config", str(self.file)], capture_output=True, text=True, env=self.environment)


class Case(unittest.TestCase):
    """One scenario: a temporary folder, and everything closed at the end. The log is shown when it fails."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="hinomi-acceptance-")
        self.folder = pathlib.Path(self._folder.name)
        self.addCleanup(self._folder.cleanup)
        self.daemons = []
        self.peers = []

    def keep(self, peer):
        self.addCleanup(peer.close)
        self.peers.append(peer)
        return peer

    def kept(self, kind):
        return [peer for peer in self.peers if isinstance(peer, kind)]

    def daemon(self, configuration, **options):
        daemon = Hinomi(self.folder, configuration, **options)
        self.daemons.append(daemon)
        self.addCleanup(daemon.close)
        return daemon

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            for daemon in self.daemons:
                print(f"--- log of {self.id()}\n{getattr(daemon, 'last_log', '')[-12000:]}", file=sys.stderr)

    def tearDown(self):
        for daemon in self.daemons:
            daemon.last_log = "".join(file.read_text(errors="replace") for file in sorted(daemon.folder.glob("log.*")))

    # --- the command line against the running daemon `self.hinomi`
    def ask(self, *words, code=0, user=None, group=None):
        """Runs a verb; returns what it says. With `user` as that Unix user in this one group, or in one that nobody knows."""
        command = [self.hinomi.executable, *words, "--socket", f"{self.folder}/run/control.sock"]
        options = {"user": user, "group": group or user, "extra_groups": []} if user else {}
        ran = subprocess.run(command, capture_output=True, text=True, env=self.hinomi.environment, **options)
        self.assertEqual(code, ran.returncode, f"{words}: {ran.stdout}{ran.stderr}")
        return ran.stdout if code in (0, 3) else ran.stderr

    def rows(self, *words):
        """The rows that a verb shows."""
        return json.loads(self.ask(*words, "--format", "json"))["items"]

    # --- what the duties came to
    def duty_states(self, daemon):
        """Duty id -> met, missed, late or armed, folded from the ledger by rules of this test's own."""
        duties, notices, states = {}, {}, {}
        for event in daemon.events():
            kind = event["event"]
            if kind == "duties_armed":
                for duty in event["duties"]:
                    duties[duty["id"]] = duty
                    states[duty["id"]] = "armed"
            elif kind == "notice_composed":
                notice = event["notice"]
                for envelope in notice["envelopes"]:
                    notices[envelope["id"]] = notice["duties"]
            elif kind == "duty_missed":
                states[event["duty"]] = "missed"
            elif kind == "delivery_recorded" and event["delivery"]["outcome"] == "accepted":
                for duty in notices[event["delivery"]["envelope"]]:
                    states[duty] = {"armed": "met", "missed": "late"}.get(states[duty], states[duty])
        return states


def configuration(folder, targets, relays=(), contacts=(), extra="", policy="any", grouping="100ms", rounds="[0ms, 200ms, 500ms, 1s, 2s, 3s]",
                  every="500ms", language="ja", staff=("oncall@staff.example",), round_every="1s"):
    """A configuration with everything turned down to test speed. `contacts`: YAML flow text of each of acme's contacts."""
    watches = "\n".join(f'  - asset: web{n}\n    liveness: {{target: "{t.url}", every: {every}, timeout: 300ms, confirm: {{failures: 3, retry_after: 100ms}}}}'
                        for n, t in enumerate(targets))
    assets = "\n".join(f"  web{n}: {{kind: application, service: portal}}" for n, _ in enumerate(targets))
    relay_lines = "\n".join(f'  - {{smtp: "smtp://127.0.0.1:{r.port}", from: "status@provider.example"}}' if not isinstance(r, str) else f"  - {r}" for r in relays)
    staff_lines = ", ".join(f"{{email: {a}}}" for a in staff)
    return f"""mode: live
storage: {{directory: {folder}/data}}
runtime_directory: {folder}/run
templates_directory: {folder}/templates
provider: {{name: Example Cloud, support: "support@provider.example", timezone: Asia/Tokyo}}
services:
  portal: {{title: {{ja: ポータル, en: Portal}}, timezone: Asia/Tokyo}}
assets:
{assets}
watches:
{watches}
tenants:
  - name: acme
    services: [portal]
    language: {language}
    policy: {policy}
    contacts: [{", ".join(contacts)}]
staff:
  manager: [{{email: manager@staff.example}}]
  on_call: [{staff_lines}]
relays:
{relay_lines}
references: []
duties: {{grouping: {grouping}}}
outbox: {{rounds: {rounds}, round_every: {round_every}, next_relay_after_4xx: 200ms, next_contact_after: 1s, webhook_timeout: 2s, relay_suspect_for: 500ms}}
{extra}
"""


def mail_contact(address):
    return f"{{email: {address}}}"


def hook_contact(sink):
    return f'{{webhook: {{url: "{sink.url}", secret: "env:HOOK_SECRET"}}}}'


HOOK_ENVIRONMENT = {"HOOK_SECRET": "whsec_" + base64.b64encode(SECRET).decode()}
