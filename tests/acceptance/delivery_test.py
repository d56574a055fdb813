"""From a failing service to an accepted alert: the scenarios that cost other monitors an alert, under their names."""
import json
import os
import time
import unittest

from harness import (HOOK_ENVIRONMENT, Case, HookSink, MailSink, Target, configuration, hook_contact, mail_contact, signature_is_right, text_of,
                     wait_until)
from records import assert_one_story


class Delivery(Case):
    def scene(self, contacts=("it@acme.example",), script=None, relays=None, **options):
        """One target, one scripted relay (or those given), one tenant; the daemon is up and has seen the target pass."""
        self.target = self.keep(Target())
        self.sink = self.keep(MailSink(script)) if relays is None else None
        lines = [contact if contact.startswith("{") else mail_contact(contact) for contact in contacts]
        text = configuration(self.folder, [self.target], relays=relays or [self.sink], contacts=lines, **options)
        self.hinomi = self.daemon(text, environment=HOOK_ENVIRONMENT).start()
        self.hinomi.logged("passed for the first time")
        return self.hinomi

    def assert_met(self, *, first_alert=True):
        self.hinomi.stop()
        states = self.duty_states(self.hinomi)
        alerts = [state for duty, state in states.items() if "/first_alert/" in duty]
        self.assertTrue(alerts)
        if first_alert:
            self.assertEqual({"met"}, set(alerts), states)
        verified = self.hinomi.verify()
        self.assertEqual(0, verified.returncode, verified.stderr)
        assert_one_story(self, self.hinomi, self.kept(MailSink), self.kept(HookSink))
        return states

    def test_first_alert_and_recovery_reach_the_customer(self):
        self.scene()
        self.target.down()
        alert = wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert arrives")[0]
        text = text_of(alert)
        for heading in ("■事象", "■発生日時", "■検知日時", "■影響範囲", "■原因", "■対応状況", "■回避方法", "■復旧見込み", "■次回連絡予定", "■お問い合わせ先"):
            self.assertIn(heading, text)
        self.assertIn("ポータル", alert["message"]["Subject"])
        self.assertEqual("auto-generated", alert["message"]["Auto-Submitted"])
        self.assertNotIn("127.0.0.1", text)
        self.target.up()
        recovery = wait_until(lambda: self.sink.to("it@acme.example", "【復旧報】"), "the recovery notice arrives")[0]
        self.assertIn(alert["message"]["Message-ID"], recovery["message"]["References"])
        states = self.assert_met()
        self.assertTrue(all(state == "met" for state in states.values()), states)
        self.assertEqual(1, len(self.sink.to("it@acme.example", "【障害速報】")))
        self.assertEqual(1, len(self.sink.to("it@acme.example", "【復旧報】")))

    def test_lost_on_kill_before_first_send(self):
        """Killed inside the confirmation: the clock that `suspected` started goes on."""
        self.scene()
        self.target.down()
        self.hinomi.logged("suspected")
        self.hinomi.kill()
        self.hinomi.start()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert arrives after the restart")
        self.assert_met()
        self.assertEqual(1, len(self.hinomi.events("suspected")))

    def test_lost_on_kill_inside_grouping(self):
        self.scene(grouping="3s")
        self.target.down()
        self.hinomi.logged("opened")
        self.hinomi.kill()
        self.assertEqual([], self.sink.to("it@acme.example"))
        self.hinomi.start()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert arrives after the restart")
        self.assert_met()

    def test_lost_on_orderly_stop(self):
        self.scene(grouping="3s")
        self.target.down()
        self.hinomi.logged("opened")
        self.hinomi.stop()
        self.hinomi.start()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert arrives after the restart")
        self.assert_met()

    def test_duplicate_on_kill_after_send(self):
        """Killed between acceptance and record: sent again, with the same Message-ID."""
        def script(step, session):
            return "accept-then-stall" if step == "answer" and session["recipient"] == "it@acme.example" and self.stalling else None
        self.stalling = True
        self.scene(script=script)
        self.target.down()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the relay has the mail")
        self.hinomi.kill()
        self.stalling = False
        self.hinomi.start()
        mails = wait_until(lambda: len(self.sink.to("it@acme.example", "【障害速報】")) >= 2 and self.sink.to("it@acme.example", "【障害速報】"), "sent again")
        self.assertEqual(1, len({mail["message"]["Message-ID"] for mail in mails}))
        self.assert_met()

    def test_incident_shorter_than_channel_outage(self):
        """The relay is down for longer than the incident lasts: the customer hears of both in one combined notice."""
        self.scene()
        self.sink.down()
        self.target.down()
        self.hinomi.logged("opened")
        self.target.up()
        self.hinomi.logged("restored")
        self.hinomi.logged("to be tried again")
        self.sink.up()
        recovery = wait_until(lambda: self.sink.to("it@acme.example", "【復旧報】"), "the combined notice arrives")[0]
        self.assertIn("■検知日時", text_of(recovery))
        self.assert_met()

    def test_one_bad_recipient_of_two(self):
        def script(step, session):
            return "550 5.1.1 no such user" if step == "rcpt" and session["recipient"] == "gone@acme.example" else None
        self.scene(contacts=("gone@acme.example", "it@acme.example"), script=script)
        self.target.down()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the good one is told")
        wait_until(lambda: "refused" in self.hinomi.log, "the refusal is logged")
        self.assert_met()
        refused = [d for d in self.hinomi.events("delivery_recorded") if d["delivery"]["outcome"] == "refused"]
        self.assertEqual({550}, {d["delivery"]["code"] for d in refused})

    def test_primary_falls_back_to_the_next_contact(self):
        def script(step, session):
            return "550 5.1.1 no such user" if step == "rcpt" and session["recipient"] == "gone@acme.example" else None
        self.scene(contacts=("gone@acme.example", "it@acme.example"), script=script, policy="primary")
        self.target.down()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the second contact is told")
        self.assert_met()

    def test_unknown_outcome_after_final_dot(self):
        """The reply after the final dot is lost once: sent again under the same id, and the attempt stands as unknown."""
        lost = []
        def script(step, session):
            if step == "answer" and session["recipient"] == "it@acme.example" and not lost:
                lost.append(session)
                return "lost"
            return None
        self.scene(script=script)
        self.target.down()
        mails = wait_until(lambda: len(self.sink.to("it@acme.example", "【障害速報】")) >= 2 and self.sink.to("it@acme.example", "【障害速報】"), "sent again")
        self.assertEqual(1, len({mail["message"]["Message-ID"] for mail in mails}))
        self.assertEqual(mails[0]["bytes"], mails[1]["bytes"])
        self.assert_met()
        outcomes = [d["delivery"]["outcome"] for d in self.hinomi.events("delivery_recorded")]
        self.assertIn("unknown", outcomes)

    def test_4xx_then_ok(self):
        tries = []
        def script(step, session):
            if step == "rcpt" and session["recipient"] == "it@acme.example":
                tries.append(session)
                return "451 4.7.1 greylisted" if len(tries) < 3 else None
            return None
        self.scene(script=script)
        self.target.down()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "accepted at the third try")
        self.assertEqual(1, len(self.sink.to("it@acme.example", "【障害速報】")))
        self.assert_met()

    def test_429_retry_after(self):
        first = []
        def script(number, request):
            if not first:
                first.append(request)
                return 429, {"Retry-After": "1"}
            return 204, {}
        hook = self.keep(HookSink(script))
        self.scene(contacts=(hook_contact(hook),))
        self.target.down()
        accepted = wait_until(lambda: hook.accepted, "the webhook is accepted")[0]
        self.assertTrue(signature_is_right(accepted))
        self.assertEqual(first[0]["headers"]["webhook-id"], accepted["headers"]["webhook-id"])
        self.assertEqual(first[0]["body"], accepted["body"])
        self.assertGreaterEqual(accepted["at"] - first[0]["at"], 1.0)
        body = json.loads(accepted["body"])
        self.assertEqual("incident.first_alert", body["type"])
        self.assert_met()

    def test_oversized_body(self):
        """Whatever the others say, and however much of it: the target fails with 50 MB, the receiver accepts with 8 MB that nobody reads, the
        relay talks for pages. The notices arrive once, and the evidence is kept short."""
        relay = "\r\n".join([f"250-{'x' * 480}"] * 200 + ["250 queued"])
        hook = self.keep(HookSink(lambda number, request: (200, {"X-Long": "y" * 2_000}), body=b"z" * (8 << 20)))
        self.scene(contacts=("it@acme.example", hook_contact(hook)), script=lambda step, session: relay if step == "answer" else None)
        self.target.body = b"<html>" + b"broken " * (7 << 20)
        self.target.status = 500
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert arrives")
        wait_until(lambda: hook.accepted, "the webhook is accepted")
        self.target.body, self.target.status = None, 200
        wait_until(lambda: self.sink.to("it@acme.example", "【復旧報】"), "the recovery arrives")
        wait_until(lambda: len(hook.accepted) >= 2, "the webhook hears of the recovery")
        self.assert_met()
        self.assertEqual(2, len(hook.requests), "nothing is sent again")
        self.assertEqual({"accepted"}, {d["delivery"]["outcome"] for d in self.hinomi.events("delivery_recorded")})
        self.assertLessEqual(max(len(d["delivery"]["text"]) for d in self.hinomi.events("delivery_recorded")), 500)
        self.assertLess(max(len(json.dumps(event)) for event in self.hinomi.events()), 64 << 10, "no event carries what they said")

    def test_slow_channel_must_not_delay_probes(self):
        """A webhook that hangs and a relay that stalls, while 200 watches run on time."""
        hook = self.keep(HookSink(lambda number, request: "stall"))
        sink = self.keep(MailSink(lambda step, session: "stall" if step == "mail" else None))
        good = self.keep(MailSink())
        self.sink = good
        targets = [self.keep(Target()) for _ in range(4)]
        self.target = targets[0]
        assets = "\n".join(f"  a{n}: {{kind: application, service: portal}}" for n in range(200))
        watches = "\n".join(f'  - asset: a{n}\n    liveness: {{target: "{targets[n % 4].url}?{n}", every: 1s, timeout: 500ms, '
                            f"confirm: {{retry_after: 100ms}}}}" for n in range(200))
        text = configuration(self.folder, [targets[0]], relays=[sink, good], contacts=[hook_contact(hook), mail_contact("it@acme.example")])
        text = text.replace("assets:\n", "assets:\n" + assets + "\n", 1).replace("watches:\n", "watches:\n" + watches + "\n", 1)
        text += "schedule: {per_destination: 64}\n"
        self.hinomi = self.daemon(text, environment=HOOK_ENVIRONMENT).start()
        wait_until(lambda: self.hinomi.log.count("passed for the first time") >= 200, "every watch has passed")
        targets[0].down()
        wait_until(lambda: good.to("it@acme.example", "【障害速報】"), "the mail goes round the stalled relay")
        before = sum(target.requests for target in targets[1:])
        wait_until(lambda: sum(target.requests for target in targets[1:]) > before + 450, "the other 150 watches go on being probed")
        self.assert_met()
        self.assertEqual([], self.hinomi.events("runs_missed"))

    def test_template_error_must_still_notify(self):
        folder = self.folder / "templates" / "ja"
        folder.mkdir(parents=True)
        (folder / "first_alert.text.mustache").write_text("{{#open}} never closed")
        self.scene()
        self.target.down()
        alert = wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the built-in text is sent")[0]
        self.assertIn("■事象", text_of(alert))
        self.assertIn("first_alert.text", self.hinomi.log)
        self.assert_met()

    def test_relay_is_lost_and_the_second_takes_over(self):
        bad = self.keep(MailSink(lambda step, session: "421 4.3.2 shutting down" if step == "greeting" else None))
        good = self.keep(MailSink())
        self.scene(relays=[bad, good])
        self.target.down()
        wait_until(lambda: good.to("it@acme.example", "【障害速報】"), "the second relay takes it")
        self.assert_met()

    def test_relapse_owes_a_new_alert(self):
        self.scene()
        self.target.down()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert")
        self.target.up()
        wait_until(lambda: self.sink.to("it@acme.example", "【復旧報】"), "the recovery")
        self.target.down()
        wait_until(lambda: len(self.sink.to("it@acme.example", "【障害速報】")) >= 2, "a second first alert")
        states = self.assert_met()
        incidents = {duty.split("/")[0] for duty in states if duty.startswith("INC-")}
        self.assertEqual(1, len(incidents), states)

    def test_follow_up_goes_out_by_itself(self):
        self.scene(extra="", language="en", staff=("oncall@staff.example",))
        self.hinomi.stop()
        text = self.hinomi.file.read_text().replace("duties: {grouping: 100ms}", "duties: {grouping: 100ms, follow_up: 4s, follow_up_further: 4s}")
        self.hinomi.file.write_text(text)
        self.hinomi.start()
        self.target.down()
        wait_until(lambda: self.sink.to("it@acme.example", "Incident alert"), "the first alert")
        wait_until(lambda: len(self.sink.to("it@acme.example", "Incident update")) >= 2, "two follow-ups by themselves")
        states = self.assert_met()
        self.assertIn("met", [state for duty, state in states.items() if "/follow_up/1/" in duty])

    def test_an_unverified_watch_wakes_on_call_only(self):
        self.target = self.keep(Target())
        self.target.down()
        self.sink = self.keep(MailSink())
        text = configuration(self.folder, [self.target], relays=[self.sink], contacts=[mail_contact("it@acme.example")])
        self.hinomi = self.daemon(text).start()
        wait_until(lambda: self.sink.to("oncall@staff.example"), "on-call is told")
        self.target.up()
        self.hinomi.logged("passed for the first time")
        self.hinomi.stop()
        self.assertEqual([], self.sink.to("it@acme.example"))
        self.assertEqual({}, {duty: state for duty, state in self.duty_states(self.hinomi).items() if "tenant:" in duty})


if __name__ == "__main__":
    unittest.main(verbosity=2)
