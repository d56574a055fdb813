"""What people do over the control socket: the command line against the running daemon, and what customers get of it."""
import json
import os
import subprocess
import time
import unittest

from harness import Case, MailSink, Target, configuration, mail_contact, text_of, wait_until


class People(Case):
    def scene(self, **options):
        self.target = self.keep(Target())
        self.sink = self.keep(MailSink())
        text = configuration(self.folder, [self.target], relays=[self.sink], contacts=[mail_contact("it@acme.example")], **options)
        self.hinomi = self.daemon(text).start()
        self.hinomi.logged("passed for the first time")

    def mails(self, word):
        return wait_until(lambda: self.sink.to("it@acme.example", word), f"a mail with {word}")

    def test_an_incident_of_people_is_told_noted_and_resolved(self):
        self.scene()
        self.assertIn("1 watches, 0 of them not well", self.ask("status"))
        said = self.ask("incident", "open", "--service", "portal", "--symptom", "ログインできません", "--reason", "customers call")
        self.assertIn("is open; 1 tenants are told", said)
        incident = self.rows("incident", "list")[0]["incident"]
        self.assertIn("ログインできません", text_of(self.mails("【障害速報】")[0]))
        page = wait_until(lambda: self.sink.to("oncall@staff.example"), "on-call is told")
        self.assertIn(incident, text_of(page[0]))
        self.ask("incident", "ack", incident)
        self.assertEqual("acknowledged", self.rows("incident", "list")[0]["state"])
        self.ask("incident", "note", incident, "--cause", "認証サーバーの証明書切れ", "--forecast", "18:00", "--now")
        report = text_of(self.mails("第2報")[0])
        self.assertIn("認証サーバーの証明書切れ", report)
        self.assertIn("18:00", report)
        self.ask("incident", "resolve", incident)
        self.mails("【復旧報】")
        shown = json.loads(self.ask("incident", "show", incident, "--format", "json"))["item"]
        self.assertEqual("closed", shown["state"])
        self.assertEqual({"met"}, {duty["state"] for duty in shown["duties"]})
        self.hinomi.stop()
        self.assertEqual(0, self.hinomi.verify().returncode)
        commands = self.hinomi.events("commanded")
        self.assertEqual(["incident open", "incident ack", "incident note", "incident resolve"], [event["verb"] for event in commands])
        self.assertEqual({"root" if os.getuid() == 0 else commands[0]["actor"]}, {event["actor"] for event in commands})
        self.assertEqual("customers call", commands[0]["reason"])

    def test_a_false_alarm_is_corrected(self):
        self.scene()
        self.target.down()
        self.mails("【障害速報】")
        self.assertEqual(3, subprocess.run([self.hinomi.executable, "status", "--exit-code", "--socket", f"{self.folder}/run/control.sock"],
                                           capture_output=True, env=self.hinomi.environment).returncode)
        incident = self.rows("incident", "list", "--open")[0]["incident"]
        self.assertIn("--reason", self.ask("incident", "void", incident, code=2))
        self.ask("incident", "void", incident, "--reason", "監視側の設定誤り")
        self.mails("【訂正】")
        self.assertEqual("void", self.rows("incident", "list")[0]["state"])
        self.assertIn("void already", self.ask("incident", "void", incident, "--reason", "x", code=1))

    def test_maintenance_is_announced_hides_and_ends(self):
        self.scene()
        start = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 3))
        end = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 9))
        said = self.ask("maintenance", "add", "--service", "portal", "--title", "データベース更新", "--start", start, "--end", end)
        self.assertIn("MNT-", said)
        self.assertIn("counts as an outage", said)
        self.assertIn("データベース更新", text_of(self.mails("メンテナンス")[0]))
        wait_until(lambda: self.rows("maintenance", "list")[0]["state"] == "going on", "the window begins")
        self.target.down()
        self.hinomi.logged("opened")
        self.assertEqual(0, self.rows("incident", "list")[0]["tenants"])
        self.assertEqual([], self.sink.to("it@acme.example", "【障害速報】"))
        self.mails("【障害速報】")  # still down at the end of the window
        self.assertEqual("ended", self.rows("maintenance", "list")[0]["state"])
        self.assertIn("is over", self.ask("maintenance", "cancel", self.rows("maintenance", "list")[0]["maintenance"], "--reason", "x", code=1))

    def test_a_test_notice_goes_out_and_the_outbox_shows_what_waits(self):
        self.scene(rounds="[0ms, 60s]")
        self.ask("notify", "test", "--tenant", "acme")
        self.mails("到達確認")
        self.assertIn("there is no tenant nobody", self.ask("notify", "test", "--tenant", "nobody", code=1))
        self.sink.close()
        self.ask("notify", "test", "--tenant", "acme")
        wait_until(lambda: any(row["attempts"] > 0 and row["phase"] == "resting" for row in self.rows("outbox", "list")), "it waits for its round")
        self.sink = self.keep(MailSink(port=self.sink.port))
        self.assertIn("1 envelopes are tried now", self.ask("outbox", "retry"))
        self.mails("到達確認")
        wait_until(lambda: self.rows("outbox", "list") == [], "nothing waits any more")

    def test_a_bounce_takes_the_acceptance_back(self):
        self.scene()
        self.target.down()
        mail = self.mails("【障害速報】")[0]
        wait_until(lambda: any(duty["state"] == "met" for duty in
                               json.loads(self.ask("incident", "show", self.rows("incident", "list")[0]["incident"], "--format", "json"))["item"]["duties"]), "met")
        self.ask("outbox", "bounce", mail["message"]["Message-ID"], "--diagnostic", "550 5.1.1 no such user", "--reason", "the postmaster called")
        wait_until(lambda: len(self.sink.to("it@acme.example", "【障害速報】")) == 2, "it is sent again: there is no other contact")
        self.hinomi.stop()
        self.assertEqual("the postmaster called", self.hinomi.events("commanded")[-1]["reason"])

    def bounce(self, action, mail, code=0):
        """A mail server's report, piped as from /etc/aliases."""
        report = (f"From: MAILER-DAEMON@relay.example\nMessage-ID: <report@relay.example>\n\n--x\nContent-Type: message/delivery-status\n\n"
                  f"Action: {action}\nDiagnostic-Code: smtp; 550 <it@acme.example> no such user\n\n--x\nContent-Type: text/rfc822-headers\n\n"
                  f"Message-ID: {mail['message']['Message-ID']}\n\n--x--\n")
        ran = subprocess.run([self.hinomi.executable, "outbox", "bounce", "--reason", "alias", "--socket", f"{self.folder}/run/control.sock"],
                             input=report, capture_output=True, text=True, env=self.hinomi.environment)
        self.assertEqual(code, ran.returncode, ran.stdout + ran.stderr)
        return ran.stdout + ran.stderr

    def test_the_returned_mail_itself_takes_the_acceptance_back(self):
        self.scene()
        self.target.down()
        mail = self.mails("【障害速報】")[0]
        self.assertIn("nothing to do", self.bounce("delayed", mail))
        self.assertIn("no report", self.bounce("", mail, code=1))
        self.assertIn("noted", self.bounce("failed", mail))
        wait_until(lambda: len(self.sink.to("it@acme.example", "【障害速報】")) == 2, "it is sent again")
        self.hinomi.stop()
        [bounced] = self.hinomi.events("bounced")
        self.assertEqual("550 (address) no such user", bounced["diagnostic"])

    def test_programs_read_what_was_done(self):
        self.scene()
        opened = json.loads(self.ask("incident", "open", "--service", "portal", "--symptom", "slow", "--format", "json"))
        incident = opened["item"]["incident"]
        self.assertEqual({"incident": incident, "tenants": ["acme"], "durable": True}, opened["item"])
        self.assertIn(incident, opened["message"])
        self.assertEqual(3, subprocess.run([self.hinomi.executable, "status", "--exit-code", "--socket", f"{self.folder}/run/control.sock"],
                                           capture_output=True, env=self.hinomi.environment).returncode, "what a person opened counts")
        noted = json.loads(self.ask("incident", "note", incident, "--cause", "disk", "--reason", "told by phone\nforged line", "--format", "json"))
        self.assertEqual(incident, noted["item"]["incident"])
        self.assertEqual(["durable,incident", f"yes,{incident}"], self.ask("incident", "resolve", incident, "--format", "csv").splitlines())
        self.ask("status", "--exit-code")
        self.hinomi.logged("told by phone\\nforged line")
        self.assertNotIn("\nforged line", self.hinomi.log)
        failed = subprocess.run([self.hinomi.executable, "incident", "ack", "INC-1", "--format", "json", "--socket", f"{self.folder}/run/control.sock"],
                                capture_output=True, text=True, env=self.hinomi.environment)
        self.assertEqual((1, False), (failed.returncode, json.loads(failed.stdout)["ok"]))

    def test_rehearsal_ends_with_go_live(self):
        target, self.sink = self.keep(Target()), self.keep(MailSink())
        text = configuration(self.folder, [target], relays=[self.sink], contacts=[mail_contact("it@acme.example")]).replace("mode: live", "mode: rehearsal")
        self.hinomi = self.daemon(text).start()
        self.hinomi.logged("passed for the first time")
        target.down()
        drill = wait_until(lambda: self.sink.to("oncall@staff.example", "【訓練】"), "the customers' notice goes to on-call")
        self.assertEqual([], self.sink.to("it@acme.example"))
        self.assertIn("rehearsal", self.ask("status"))
        self.ask("go-live", "--reason", "contract signed")
        alert = self.mails("【障害速報】")[0]
        self.assertIn("第1報", alert["message"]["Subject"], "the first that this customer sees")
        target.up()
        self.assertIn("第2報", self.mails("【復旧報】")[0]["message"]["Subject"])
        self.assertIn("no rehearsal", self.ask("go-live", code=1))
        self.hinomi.stop()
        self.hinomi.start()
        wait_until(lambda: "rehearsal" not in self.ask("status"), "it stays live after a restart")
        self.assertTrue(drill)

    @unittest.skipUnless(os.getuid() == 0, "needs root to become somebody else")
    def test_a_stranger_may_not_even_look(self):
        self.scene()
        os.chmod(self.folder, 0o755)
        self.assertIn("may not `hinomi status`", self.ask("status", user=65534, code=1))
        self.hinomi.logged("may not")

    @unittest.skipUnless(os.getuid() == 0, "needs root to become somebody else")
    def test_who_is_in_a_group_may_do_what_its_role_allows(self):
        self.scene(extra="control: {viewer: news, operator: mail, admin: adm}")
        os.chmod(self.folder, 0o755)
        opened = ("incident", "open", "--service", "portal", "--symptom", "ログインできません", "--reason", "customers call")
        self.assertIn("1 watches", self.ask("status", user=65534, group="news"))
        self.assertIn("may not `hinomi incident open`", self.ask(*opened, user=65534, group="news", code=1))
        self.assertIn("is open", self.ask(*opened, user=65534, group="mail"))
        self.assertIn("may not `hinomi reload`", self.ask("reload", user=65534, group="mail", code=1))
        self.ask("reload", user=65534, group="adm")
        self.hinomi.stop()
        commands = [(event["verb"], event["actor"]) for event in self.hinomi.events("commanded")]
        self.assertEqual([("incident open", "nobody"), ("reload", "nobody")], commands)

    def test_regular_maintenance_is_announced_and_taken_back_with_the_configuration(self):
        windows = "regular_maintenance: [{every: day, from: \"03:00\", for: 1h, title: 夜間バックアップ}]"
        self.scene()
        plain = self.hinomi.file.read_text()
        with_windows = plain.replace("timezone: Asia/Tokyo}\nassets", f"timezone: Asia/Tokyo, {windows}}}\nassets")
        self.assertNotEqual(plain, with_windows)
        self.hinomi.file.write_text(with_windows)
        self.ask("reload")
        announced = self.mails("メンテナンス】")
        self.assertIn("夜間バックアップ", text_of(announced[0]))
        self.assertIn("【計画メンテナンス】", announced[0]["message"]["Subject"])
        self.assertIn(len(self.rows("maintenance", "list")), (2, 3), "two days ahead")
        self.hinomi.file.write_text(plain)
        self.ask("reload")
        wait_until(lambda: {row["state"] for row in self.rows("maintenance", "list")} == {"cancelled"}, "all are cancelled")
        self.mails("【訂正】")

    def test_without_a_daemon_the_exit_code_is_4(self):
        self.scene()
        self.hinomi.stop()
        self.assertIn("cannot be reached", self.ask("status", code=4))
        self.assertFalse(os.path.exists(f"{self.folder}/run/control.sock"))


if __name__ == "__main__":
    unittest.main()
