"""Our own silence is noticed from outside: `heartbeat_out` pings as long as every part makes progress, and no longer."""
import json
import time
import unittest

from harness import HOOK_ENVIRONMENT, Case, HookSink, MailSink, Target, configuration, mail_contact, signature_is_right, wait_until
from service_test import FrozenThread


class Silence(Case):
    def test_the_ping_is_signed_and_stops_while_a_part_hangs(self):
        target, sink, outside = self.keep(Target()), self.keep(MailSink()), self.keep(HookSink())
        text = configuration(self.folder, [target], relays=[sink], contacts=[mail_contact("it@acme.example")],
                             extra=f'heartbeat_out: {{url: "{outside.url}", every: 200ms, secret: "env:HOOK_SECRET"}}')
        hinomi = self.daemon(text, environment=HOOK_ENVIRONMENT).start()
        hinomi.logged("passed for the first time")
        wait_until(lambda: len(outside.accepted) >= 3, "it pings")
        ping = outside.accepted[0]
        self.assertTrue(signature_is_right(ping))
        self.assertEqual("heartbeat", json.loads(ping["body"])["type"])
        self.assertEqual(len(outside.accepted), len({request["headers"]["webhook-id"] for request in outside.accepted}))
        ledger = FrozenThread(hinomi.process.pid, "ledger")
        try:
            wait_until(lambda: time.monotonic() - outside.requests[-1]["at"] > 3, "it falls silent: fifteen pings are missing")
            target.down()
            hinomi.logged("web0/liveness: suspected")  # in everything else the daemon goes on
        finally:
            ledger.thaw()  # or it could not even be killed
        silent_since = len(outside.requests)
        wait_until(lambda: len(outside.accepted) > silent_since + 2, "it pings again")
        hinomi.stop()

    def test_an_outside_party_that_refuses_is_logged_once(self):
        target, sink = self.keep(Target()), self.keep(MailSink())
        outside = self.keep(HookSink(script=lambda number, request: (503 if number < 5 else 204, {})))
        text = configuration(self.folder, [target], relays=[sink], contacts=[mail_contact("it@acme.example")],
                             extra=f'heartbeat_out: {{url: "{outside.url}", every: 200ms}}')
        hinomi = self.daemon(text).start()
        hinomi.logged("heartbeat_out: taken again")
        self.assertEqual(1, hinomi.log.count("heartbeat_out: not taken: HTTP 503"))
        hinomi.stop()


if __name__ == "__main__":
    unittest.main()
