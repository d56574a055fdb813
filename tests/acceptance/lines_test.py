"""External lines (III.3.2.5): a line is cut with the mail relay behind it, and the manager hears of it by a way that survives."""
import json
import os
import shutil
import subprocess
import unittest

from harness import HOOK_ENVIRONMENT, Case, HookSink, MailSink, Target, configuration, mail_contact, signature_is_right, text_of, wait_until

NEAR, FAR = "198.51.100.1", ["198.51.100.2", "198.51.100.3", "198.51.100.4"]


def run(*words):
    subprocess.run(words, check=True, capture_output=True)


@unittest.skipUnless(os.getuid() == 0 and shutil.which("ip"), "needs root and iproute2 for a network namespace")
class Lines(Case):
    def setUp(self):
        super().setUp()
        self.far = f"hinomi-far-{os.getpid()}"
        run("ip", "netns", "add", self.far)
        self.addCleanup(subprocess.run, ["ip", "netns", "del", self.far], capture_output=True)
        run("ip", "link", "add", "hinomi0", "type", "veth", "peer", "name", "hinomi1", "netns", self.far)
        self.addCleanup(subprocess.run, ["ip", "link", "del", "hinomi0"], capture_output=True)
        run("ip", "addr", "add", f"{NEAR}/24", "dev", "hinomi0")
        run("ip", "link", "set", "hinomi0", "up")
        # whatever happens to the line, nothing of this test leaves the machine by another way
        run("ip", "route", "add", "blackhole", "198.51.100.0/24", "metric", "9999")
        self.addCleanup(subprocess.run, ["ip", "route", "del", "blackhole", "198.51.100.0/24"], capture_output=True)
        for address in FAR:
            run("ip", "netns", "exec", self.far, "ip", "addr", "add", f"{address}/24", "dev", "hinomi1")
        run("ip", "netns", "exec", self.far, "ip", "link", "set", "hinomi1", "up")
        # what answers at the far end: a listener on each address
        program = ("import socket,time\nheld=[]\n"
                   f"for address in {FAR!r}:\n s=socket.socket(); s.bind((address,8080)); s.listen(64); held.append(s)\n"
                   "print('up',flush=True)\n"
                   "import selectors\nselector=selectors.DefaultSelector()\n"
                   "[selector.register(s,selectors.EVENT_READ) for s in held]\n"
                   "while True:\n for key,_ in selector.select():\n  key.fileobj.accept()[0].close()\n")
        self.peer = subprocess.Popen(["ip", "netns", "exec", self.far, "python3", "-c", program], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.peer.stdout.close)
        self.addCleanup(self.peer.wait)
        self.addCleanup(self.peer.kill)
        self.assertEqual("up", self.peer.stdout.readline().strip())

    def test_a_line_is_cut_with_the_relay_behind_it_and_the_managers_notice_arrives(self):
        target, out_of_band = self.keep(Target()), self.keep(MailSink())
        behind = f'{{smtp: "smtp://{FAR[0]}:2525", from: "status@provider.example"}}'
        outside = f'{{smtp: "smtp://127.0.0.1:{out_of_band.port}", from: "status@provider.example", out_of_band: true}}'
        targets = ", ".join(f'"tcp://{address}:8080"' for address in FAR)
        text = configuration(self.folder, [target], relays=[behind, outside], contacts=[mail_contact("it@acme.example")],
                             extra=f"lines:\n  - {{name: isp-a, targets: [{targets}], every: 500ms, timeout: 300ms}}\n")
        hinomi = self.daemon(text).start()
        hinomi.logged("line:isp-a: passed for the first time")
        run("ip", "netns", "exec", self.far, "ip", "link", "set", "hinomi1", "down")
        notice = wait_until(lambda: out_of_band.to("manager@staff.example", "【外部回線の障害】"), "the manager hears of the line")[0]
        self.assertIn("isp-a", text_of(notice))
        self.assertIn("3 of 3 targets are silent", text_of(notice))
        self.assertEqual([], out_of_band.to("it@acme.example"), "no customer is told: their service is seen to be well")
        run("ip", "netns", "exec", self.far, "ip", "link", "set", "hinomi1", "up")
        wait_until(lambda: out_of_band.to("manager@staff.example", "【回復】"), "the manager hears of the end")
        hinomi.stop()
        states = self.duty_states(hinomi)
        self.assertEqual(["met"], [state for duty, state in states.items() if "/line_fault/" in duty])
        first = hinomi.events("delivery_recorded")[0]["delivery"]
        self.assertEqual(f"127.0.0.1:{out_of_band.port}", first["relay"], "the way that survives is tried first")

    def test_the_gateway_tells_the_side_of_the_fault_and_a_webhook_outside_of_the_line_is_called_at_once(self):
        """Also where the manager is to be reached by mail first, and the only relay lies behind the line."""
        target, hook = self.keep(Target()), self.keep(HookSink())
        behind = f'{{smtp: "smtp://{FAR[0]}:2525", from: "status@provider.example"}}'
        targets = f'"icmp://{FAR[0]}", "icmp://{FAR[1]}", "tcp://{FAR[2]}:8080"'
        text = configuration(self.folder, [target], relays=[behind], contacts=[mail_contact("it@acme.example")],
                             extra=f"lines:\n  - {{name: isp-a, gateway: {NEAR}, targets: [{targets}], every: 2s, timeout: 1s}}\n")
        mail_first = (f'manager: {{policy: primary, contacts: [{{email: manager@staff.example}}, '
                      f'{{webhook: {{url: "{hook.url}", secret: "env:HOOK_SECRET", out_of_band: true}}}}]}}')
        changed = text.replace("manager: [{email: manager@staff.example}]", mail_first)
        self.assertNotEqual(text, changed)
        hinomi = self.daemon(changed, environment=HOOK_ENVIRONMENT).start()
        hinomi.logged("line:isp-a: passed for the first time")
        run("ip", "netns", "exec", self.far, "ip", "link", "set", "hinomi1", "down")
        said = wait_until(lambda: [request for request in hook.accepted if b"incident.line_fault" in request["body"]], "the manager is called")[0]
        self.assertTrue(signature_is_right(said))
        text = json.loads(said["body"])["data"]["text"]
        self.assertIn("3 of 3 targets are silent", text)
        self.assertIn(f"the gateway {NEAR} answers: the fault lies beyond it", text)
        run("ip", "netns", "exec", self.far, "ip", "link", "set", "hinomi1", "up")
        hinomi.logged("restored")
        hinomi.stop()
        self.assertEqual(["met"], [state for duty, state in self.duty_states(hinomi).items() if "/line_fault/" in duty])


if __name__ == "__main__":
    unittest.main()
