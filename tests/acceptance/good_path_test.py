"""The good path with real parts: hinomi watches a real nginx, and its notices arrive in mailboxes that a real Postfix
fills (STARTTLS and AUTH required), and at a webhook. Nginx breaks and is mended; what the customers read, what the
ledger says and what the relay saw must agree."""
import email.utils
import json
import re
import subprocess
import unittest

from harness import HOOK_ENVIRONMENT, Case, HookSink, hook_contact, signature_is_right, wait_until
from peers import Authority, Nginx, Postfix

JAPANESE, ENGLISH, ON_CALL, MANAGER = "it@acme.example", "ops@globex.example", "oncall@provider.example", "manager@provider.example"
HEADINGS = ("■事象", "■発生日時", "■検知日時", "■影響範囲", "■原因", "■対応状況", "■回避方法", "■復旧見込み", "■次回連絡予定", "■お問い合わせ先")


def plain(message):
    return message.get_body(("plain",)).get_content().replace("\r\n", "\n")


class GoodPath(Case):
    def scene(self, relays, *, selfcheck):
        """nginx, Postfix and a webhook receiver are up; the daemon has seen its watches pass. With `selfcheck` a fault watch is one of them."""
        self.authority = Authority(self.folder)
        self.nginx = self.keep(Nginx(self.folder / "nginx"))
        self.postfix = self.keep(Postfix(self.folder / "postfix", self.authority, [JAPANESE, ENGLISH, ON_CALL, MANAGER]))
        self.hook = self.keep(HookSink())
        (self.folder / "password").write_text(self.postfix.password + "\n")
        (self.folder / "password").chmod(0o400)
        self.password = f'password: "file:{self.folder}/password"'
        self.trust = f"ca_file: {self.authority.certificate}"
        lines = "\n".join(f"  - {relay}" for relay in relays(self))
        fault = (f'{{target: "{self.nginx.url("/selfcheck")}", every: 500ms, timeout: 400ms, confirm: {{retry_after: 200ms}}, '
                 "expect: {status: 200, body_contains: database ok}}" if selfcheck else "{none: shown by the other test}")
        self.hinomi = self.daemon(f"""mode: live
storage: {{directory: {self.folder}/data}}
runtime_directory: {self.folder}/run
provider: {{name: Example Cloud, support: "support@provider.example", timezone: Asia/Tokyo}}
services:
  portal: {{title: {{ja: ポータル, en: Portal}}, timezone: Asia/Tokyo}}
assets:
  portal-web: {{kind: application, service: portal}}
watches:
  - asset: portal-web
    liveness: {{target: "{self.nginx.url('/healthz')}", every: 500ms, timeout: 400ms, confirm: {{retry_after: 200ms}}}}
    fault: {fault}
tenants:
  - name: acme
    services: [portal]
    contacts: [{{email: {JAPANESE}}}, {hook_contact(self.hook)}]
  - {{name: globex, services: [portal], language: en, contacts: [{{email: {ENGLISH}}}]}}
staff:
  manager: [{{email: {MANAGER}}}]
  on_call: [{{email: {ON_CALL}}}]
relays:
{lines}
references: []
duties: {{grouping: 500ms}}
outbox: {{rounds: [0ms, 500ms, 1s, 2s], round_every: 2s, next_contact_after: 1s, relay_suspect_for: 500ms}}
""", environment=HOOK_ENVIRONMENT).start()
        wait_until(lambda: self.hinomi.log.count("passed for the first time") == 1 + int(selfcheck), "every watch passes")

    def arrives(self, address, word):
        return wait_until(lambda: self.postfix.mails(address, word), f"a mail with {word} arrives in the mailbox of {address}\n{self.postfix.log[-2000:]}")[0]

    def settled(self, incidents=1):
        """The ledger after an orderly stop: verified, without an address, every duty met. Returns its envelopes by id and its deliveries."""
        wait_until(lambda: len(self.postfix.mails(ON_CALL)) >= 2 * incidents, "on-call hears of both too")
        self.hinomi.stop()
        verified = self.hinomi.verify()
        self.assertEqual(0, verified.returncode, verified.stderr)
        self.assertNotIn("@acme.example", json.dumps(self.hinomi.events()), "events hold contact ids, never addresses")
        states = self.duty_states(self.hinomi)
        opened = [event["incident"]["id"] for event in self.hinomi.events("opened")]
        self.assertEqual(incidents, len(opened))
        wanted = {f"{number}/{stage}/1/tenant:{tenant}" for number in opened for stage in ("first_alert", "follow_up", "recovery") for tenant in ("acme", "globex")}
        self.assertEqual(wanted, {duty for duty in states if "tenant:" in duty})
        self.assertEqual({"met"}, set(states.values()), states)
        envelopes = {envelope["id"]: {**envelope, "stage": event["notice"]["stage"], "to": event["notice"]["recipient"]}
                     for event in self.hinomi.events("notice_composed") for envelope in event["notice"]["envelopes"]}
        return envelopes, [event["delivery"] for event in self.hinomi.events("delivery_recorded")]

    def test_a_broken_service_is_read_about_in_both_languages(self):
        self.scene(lambda scene: [scene.postfix.relay(scene.password, scene.trust)], selfcheck=False)
        self.nginx.down()
        alert, english = self.arrives(JAPANESE, "【障害速報】"), self.arrives(ENGLISH, "[Incident alert]")
        hook = wait_until(lambda: self.hook.accepted, "the webhook is accepted")[0]
        self.nginx.up()
        recovery, recovered = self.arrives(JAPANESE, "【復旧報】"), self.arrives(ENGLISH, "[Recovery]")
        wait_until(lambda: len(self.hook.accepted) >= 2, "the webhook hears of the recovery")
        envelopes, deliveries = self.settled()

        number = self.hinomi.events("opened")[0]["incident"]["id"]
        self.assertRegex(number, r"^INC-\d{8}-\d\d$")
        self.assertEqual(f"【障害速報】ポータル: 接続できない状態を検知 ({number} 第1報)", alert["Subject"])
        self.assert_japanese_alert(alert)
        self.assert_english_alert(english, number)
        self.assertIn("■復旧日時", plain(recovery))
        self.assertIn(number, recovered["Subject"])
        self.assert_thread(alert, recovery)
        self.assert_thread(english, recovered)
        self.assert_webhook(hook, number)
        self.assert_mailboxes(envelopes, {JAPANESE: 2, ENGLISH: 2, ON_CALL: 2, MANAGER: 0})
        self.assert_evidence(envelopes, deliveries)

    def assert_japanese_alert(self, mail):
        text = plain(mail)
        self.assertTrue(text.startswith("acme ご担当者様"), text)
        self.assertEqual(HEADINGS, tuple(line for line in text.splitlines() if line.startswith("■")), "the order of semantics 3")
        self.assertRegex(text, r"■検知日時\n\d{4}-\d\d-\d\d \d\d:\d\d JST")
        self.assertIn("対象サービス: ポータル", text)
        self.assertIn("support@provider.example", text)
        self.assertNotIn("globex", mail.as_string() + text, "no tenant sees another's name")
        self.assertNotIn("127.0.0.1", text, "customers are not shown our addresses")
        self.assertIn("ポータル", mail.get_body(("html",)).get_content())
        self.assertEqual(JAPANESE, mail["To"])
        self.assertEqual("auto-generated", mail["Auto-Submitted"])
        self.assertEqual("status@provider.example", email.utils.parseaddr(mail["From"])[1])
        self.assertIsNotNone(mail["Date"].datetime.tzinfo)

    def assert_english_alert(self, mail, number):
        text = plain(mail)
        self.assertIn("Portal", mail["Subject"])
        self.assertIn(number, mail["Subject"])
        self.assertTrue(text.startswith("Dear globex team,"), text)
        for heading in ("■ Symptom", "■ Started", "■ Detected", "■ Scope", "■ Cause", "■ Action", "■ Workaround", "■ Forecast", "■ Next report", "■ Contact"):
            self.assertIn(heading, text)
        self.assertNotIn("acme", mail.as_string() + text)

    def assert_thread(self, first, second):
        self.assertEqual(first["Message-ID"], second["In-Reply-To"])
        self.assertIn(first["Message-ID"], second["References"])

    def assert_webhook(self, request, number):
        self.assertTrue(signature_is_right(request))
        body = json.loads(request["body"])
        self.assertEqual("incident.first_alert", body["type"])
        self.assertIn(number, json.dumps(body))
        self.assertNotIn("globex", json.dumps(body))
        self.assertEqual(2, len(self.hook.accepted))

    def assert_mailboxes(self, envelopes, counts):
        """Each mailbox holds so many mails, each exactly once, each with the Message-ID that the ledger minted before it was sent."""
        for address, count in counts.items():
            self.assertEqual(count, len(self.postfix.mails(address)), [str(mail["Subject"]) for mail in self.postfix.mails(address)])
        arrived = sorted(str(mail["Message-ID"]).strip("<>") for address in counts for mail in self.postfix.mails(address))
        self.assertEqual(sorted(envelope["message_id"] for envelope in envelopes.values() if envelope["channel"] == "mail"), arrived)

    def assert_evidence(self, envelopes, deliveries):
        """One accepted attempt per envelope, with what the relay said; the relay's own log and headers tell the same."""
        self.assertEqual(sorted(envelopes), sorted(delivery["envelope"] for delivery in deliveries), "one attempt each")
        for delivery in deliveries:
            self.assertEqual("accepted", delivery["outcome"], delivery)
            if envelopes[delivery["envelope"]]["channel"] == "mail":
                self.assertEqual((250, "TLSv1.3"), (delivery["code"], delivery["tls"]), delivery)
                queued = re.search(r"queued as (\w+)", delivery["text"]).group(1)
                self.assertRegex(self.postfix.log, rf"{queued}: client=localhost\[127.0.0.1\], sasl_method=\w+, sasl_username=status@relay.test")
        for address in (JAPANESE, ENGLISH):
            for mail in self.postfix.mails(address):
                self.assertIn("with ESMTPSA", " ".join(mail["Received"].split()))

    def assert_the_doctor_trusts(self, *relays):
        """The certificates behind STARTTLS, one relay after the other."""
        examined = subprocess.run([self.hinomi.executable, "doctor", "--format", "json", "--config", str(self.hinomi.file)], capture_output=True, text=True,
                                  env=self.hinomi.environment)
        found = [finding for finding in json.loads(examined.stdout)["items"] if finding["check"] == "relay"]
        # a certificate of this test is valid for a day, which is soon
        self.assertEqual(["warning" if trusted else "failed" for trusted in relays], [finding["level"] for finding in found], found)
        for trusted, finding in zip(relays, found):
            self.assertIn("expires in 1 days" if trusted else "the certificate is not valid", finding["what"])

    def test_a_relay_that_cannot_be_trusted_or_refuses_us_is_left_for_the_next(self):
        """The fault watch alone fails. The first relay's certificate is not ours to trust, and no password goes there; the
        second refuses the password; nothing but the third carries the mail."""
        (self.folder / "wrong").write_text("not the password\n")
        stranger = Authority(self.folder, "stranger")
        untrusting = ('password: "env:HOOK_SECRET"', f"ca_file: {stranger.certificate}")
        self.scene(lambda scene: [scene.postfix.relay(*untrusting, port=0),
                                  scene.postfix.relay(f'password: "file:{scene.folder}/wrong"', scene.trust, port=1).replace("localhost", "127.0.0.1"),
                                  scene.postfix.relay(scene.password, scene.trust, port=1)], selfcheck=True)
        self.assert_the_doctor_trusts(False, True, True)
        self.nginx.break_page()
        alert = self.arrives(JAPANESE, "【障害速報】")
        self.assertIn("一部の機能でエラーが返る状態を検知", alert["Subject"])
        self.arrives(ENGLISH, "[Incident alert]")
        self.nginx.mend_page()
        self.arrives(JAPANESE, "【復旧報】")
        self.arrives(ENGLISH, "[Recovery]")
        envelopes, deliveries = self.settled()
        self.assertEqual("fault", self.hinomi.events("opened")[0]["incident"]["severity"])
        self.assert_mailboxes(envelopes, {JAPANESE: 2, ENGLISH: 2, ON_CALL: 2, MANAGER: 0})
        by_step = {delivery["step"]: delivery for delivery in deliveries if delivery["outcome"] == "retry"}
        self.assertEqual({"tls", "auth"}, set(by_step), deliveries)
        self.assertIn("certificate", by_step["tls"]["text"])
        self.assertEqual(535, by_step["auth"]["code"])
        self.assertTrue(all(delivery["relay_fault"] for delivery in by_step.values()))
        self.assertEqual({"127.0.0.1"}, {re.search(r"unknown|127\.0\.0\.1", line).group(0) for line in self.postfix.log.splitlines() if "authentication failed" in line})


if __name__ == "__main__":
    unittest.main(verbosity=2)
