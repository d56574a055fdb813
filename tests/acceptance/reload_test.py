"""A changed configuration under the running daemon: taken over whole, or not at all."""
import grp
import os
import pwd
import signal
import unittest

from harness import Case, HookSink, MailSink, Target, configuration, mail_contact, wait_until


class Reload(Case):
    def scene(self, targets=1):
        self.targets = [self.keep(Target()) for _ in range(targets)]
        self.sink = self.keep(MailSink())
        self.hinomi = self.daemon(self.text(self.targets)).start()
        wait_until(lambda: self.hinomi.log.count("passed for the first time") == targets, "every target passed")

    def text(self, targets, contacts=("it@acme.example",), **options):
        return configuration(self.folder, targets, relays=[self.sink], contacts=[mail_contact(address) for address in contacts], **options)

    def write(self, text):
        self.hinomi.file.write_text(text)

    def states(self):
        return {row["watch"]: row["state"] for row in self.rows("status", "--all")}

    def test_what_is_new_is_watched_and_what_goes_on_keeps_its_incident(self):
        self.scene()
        self.targets[0].down()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert")
        incident = self.rows("incident", "list")[0]["incident"]
        second = self.keep(Target())
        self.write(self.text([self.targets[0], second], contacts=("it@acme.example", "boss@acme.example")))
        said = self.ask("reload", "--reason", "second web server")
        self.assertIn("web1/liveness", said)
        wait_until(lambda: self.states().get("web1/liveness") == "up", "the new watch is watched")
        self.assertEqual("down", self.states()["web0/liveness"])
        self.targets[0].up()
        for address in ("it@acme.example", "boss@acme.example"):
            wait_until(lambda: self.sink.to(address, "【復旧報】"), f"the recovery reaches {address}")
        self.assertEqual(1, len(self.sink.to("it@acme.example", "【障害速報】")))
        self.assertEqual([incident], [row["incident"] for row in self.rows("incident", "list")])
        self.assertIn("nothing changes", self.ask("reload"))
        self.hinomi.stop()
        self.assertEqual(["reload", "reload"], [event["verb"] for event in self.hinomi.events("commanded")])
        self.assertEqual(2, len(set(event["sha256"] for event in self.hinomi.events("configuration_loaded"))))
        self.assertEqual(0, self.hinomi.verify().returncode)

    def test_reload_midway(self):
        """Between confirmation and first alert, with the notice still waiting for its grouping."""
        self.scene()
        self.write(self.text(self.targets, grouping="3s"))
        self.ask("reload")
        self.targets[0].down()
        self.hinomi.logged("opened")
        self.write(self.text(self.targets + [self.keep(Target())], grouping="3s"))
        self.ask("reload")
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert")
        self.hinomi.stop()
        self.assertEqual(1, len(self.hinomi.events("opened")))
        self.assertEqual("met", next(state for duty, state in self.duty_states(self.hinomi).items() if "/first_alert/" in duty))

    def test_a_bad_file_leaves_the_old_one_running_and_on_call_hears_of_it(self):
        self.scene()
        self.write(self.text(self.targets).replace("services:", "servces:", 1))
        self.assertIn("servces", self.ask("reload", "--dry-run", code=78))
        said = self.ask("reload", code=1)
        self.assertIn("hinomi.yaml:", said)
        self.assertIn("stays in force", said)
        wait_until(lambda: self.sink.to("oncall@staff.example", "設定"), "on-call is told")
        self.targets[0].down()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the old configuration goes on")
        self.hinomi.stop()
        self.assertEqual(1, len(self.hinomi.events("reload_rejected")), "the dry run leaves no trace")

    def test_a_watch_with_an_open_incident_leaves_by_force_only(self):
        self.scene(targets=2)
        self.targets[1].down()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert")
        self.write(self.text(self.targets[:1]))
        self.assertIn("web1/liveness", self.ask("reload", "--dry-run", code=1))
        os.kill(self.hinomi.process.pid, signal.SIGHUP)
        self.hinomi.logged("the new configuration is rejected")
        self.assertIn("--force", self.ask("reload", code=1))
        self.assertIn("web1/liveness", self.states())
        self.ask("reload", "--force")
        self.assertEqual(["web0/liveness"], list(self.states()))
        incident = self.rows("incident", "list", "--open")[0]["incident"]
        self.assertIn("left the configuration", self.ask("incident", "show", incident))
        self.ask("incident", "resolve", incident)
        wait_until(lambda: self.sink.to("it@acme.example", "【復旧報】"), "the recovery")

    def test_a_watch_that_left_while_nobody_ran_is_handed_to_people(self):
        self.scene(targets=2)
        self.targets[1].down()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert")
        self.hinomi.stop()
        self.write(self.text(self.targets[:1]))
        self.hinomi.start()
        self.hinomi.logged("left the configuration; end it with")
        incident = self.rows("incident", "list", "--open")[0]["incident"]
        self.ask("incident", "resolve", incident)
        wait_until(lambda: self.sink.to("it@acme.example", "【復旧報】"), "the recovery")

    def test_a_tenant_that_comes_while_it_is_down_is_told_like_the_others(self):
        self.scene()
        self.targets[0].down()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert")
        late = "tenants:\n  - {name: globex, services: [portal], language: en, contacts: [{email: ops@globex.example}]}\n"
        self.write(self.text(self.targets).replace("tenants:\n", late))
        self.ask("reload", "--reason", "a new customer")
        wait_until(lambda: self.sink.to("ops@globex.example", "[Incident alert]"), "the newcomer's first alert")
        self.targets[0].up()
        wait_until(lambda: self.sink.to("it@acme.example", "【復旧報】"), "the recovery")
        wait_until(lambda: self.sink.to("ops@globex.example", "[Recovery]"), "the newcomer's recovery")
        self.hinomi.stop()
        self.assertEqual(1, len(self.sink.to("it@acme.example", "【障害速報】")))
        self.assertEqual(1, len(self.sink.to("ops@globex.example", "[Incident alert]")))
        states = self.duty_states(self.hinomi)
        self.assertEqual({"met"}, {state for duty, state in states.items() if "tenant:globex" in duty and "follow_up" not in duty})

    @unittest.skipUnless(os.getuid() == 0, "needs root to become somebody else")
    def test_a_right_that_is_withdrawn_is_gone_with_the_reload(self):
        self.scene()
        self.folder.chmod(0o755)
        nobody = 65534
        self.assertIn("may not `hinomi status`", self.ask("status", user=nobody, code=1))
        self.write(self.text(self.targets, extra=f"control: {{viewer: {grp.getgrgid(nobody).gr_name}}}"))
        said = self.ask("reload")
        self.assertIn("sections: control", said)
        self.assertNotIn("at the next start only", said)
        self.assertIn("web0", self.ask("status", "--all", user=nobody))
        self.assertIn("may not `hinomi reload`", self.ask("reload", user=nobody, code=1))
        self.write(self.text(self.targets))
        self.ask("reload")
        self.assertIn("may not `hinomi status`", self.ask("status", user=nobody, code=1))

    def test_heartbeats_go_where_the_reload_says(self):
        self.scene()
        first, second = self.keep(HookSink()), self.keep(HookSink())
        self.write(self.text(self.targets, extra=f'heartbeat_out: {{url: "{first.url}", every: 1s}}'))
        self.ask("reload")
        wait_until(lambda: len(first.accepted) >= 2, "the first party is pinged again and again")
        self.write(self.text(self.targets, extra=f'heartbeat_out: {{url: "{second.url}", every: 1h}}'))
        self.ask("reload")
        wait_until(lambda: second.accepted, "the second party is pinged at once")
        pinged = len(first.requests)
        self.ask("reload")
        self.write(self.text(self.targets, extra=f'heartbeat_out: {{url: "{second.url}", every: 1s}}'))
        self.ask("reload")
        wait_until(lambda: len(second.accepted) >= 4, "and again and again")
        self.assertEqual(pinged, len(first.requests), "the first is left alone")

    def test_reload_by_signal(self):
        self.scene()
        second = self.keep(Target())
        self.write(self.text([self.targets[0], second]))
        os.kill(self.hinomi.process.pid, signal.SIGHUP)
        wait_until(lambda: self.states().get("web1/liveness") == "up", "the new watch is watched")
        self.hinomi.stop()
        [command] = self.hinomi.events("commanded")
        self.assertEqual((pwd.getpwuid(os.getuid()).pw_name, f"signal of process {os.getpid()}"), (command["actor"], command["origin"]))

    def test_a_changed_target_is_judged_by_itself(self):
        """What the old target said while the file changed is no sample of the new one."""
        self.scene()
        good = self.keep(Target())
        self.targets[0].down()
        self.hinomi.logged("suspected")
        self.write(self.text([good]))
        self.ask("reload")
        wait_until(lambda: self.states()["web0/liveness"] == "up", "the new target is well")


if __name__ == "__main__":
    unittest.main()
