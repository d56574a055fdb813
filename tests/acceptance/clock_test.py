"""The wall clock is set while deadlines run; the boot clock is not. `wall_clock.cpp`, preloaded, moves what the daemon reads; timers do not hear of
it, so the daemon sees the step by comparing clocks."""
import os
import unittest

from harness import Case, MailSink, Target, configuration, mail_contact, text_of, wait_until
from records import assert_one_story

LIBRARY = os.environ.get("HINOMI_WALL_CLOCK_LIBRARY", "")
HOURS = 3_600_000


class Clock(Case):
    def scene(self, duties="{grouping: 100ms}", **options):
        self.assertTrue(os.path.exists(LIBRARY), "HINOMI_WALL_CLOCK_LIBRARY names the library that the build makes of wall_clock.cpp")
        self.offset = self.folder / "offset"
        self.step(0)
        self.target = self.keep(Target())
        self.sink = self.keep(MailSink())
        text = configuration(self.folder, [self.target], relays=[self.sink], contacts=[mail_contact("it@acme.example")], **options)
        self.hinomi = self.daemon(text.replace("duties: {grouping: 100ms}", f"duties: {duties}"),
                                  environment={"LD_PRELOAD": LIBRARY, "HINOMI_WALL_CLOCK": str(self.offset)}).start()
        self.hinomi.logged("passed for the first time")

    def step(self, hours):
        """Sets the daemon's wall clock so many hours from the true one."""
        fresh = self.offset.with_suffix(".new")
        fresh.write_text(f"{hours * HOURS}\n")
        fresh.rename(self.offset)

    def settled(self, *steps):
        """After an orderly stop: every duty met in time by the boot clock, nothing missed, one story, and these steps of the clock recorded, in hours."""
        self.hinomi.stop()
        states = self.duty_states(self.hinomi)
        self.assertTrue(states)
        self.assertEqual({"met"}, set(states.values()), states)
        self.assertEqual([], self.hinomi.events("duty_missed"))
        self.assertEqual(list(steps), [round(event["step"] / HOURS) for event in self.hinomi.events("clock_stepped")])
        verified = self.hinomi.verify()
        self.assertEqual(0, verified.returncode, verified.stderr)
        return assert_one_story(self, self.hinomi, self.kept(MailSink))

    def told_once(self, *words):
        for word in words:
            self.assertEqual(1, len(self.sink.to("it@acme.example", word)), word)

    def test_clock_step_back_2h_during_wait(self):
        """While an alert waits for the relay and a follow-up for its time: both come when the boot clock says so, not two hours later."""
        self.scene(duties="{grouping: 100ms, follow_up: 12s, follow_up_further: 60min}")
        self.sink.down()
        self.target.down()
        self.hinomi.logged("to be tried again")
        self.step(-2)
        self.hinomi.logged("the wall clock was stepped by -7")
        self.sink.up()
        alert = wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert arrives")[0]
        self.assertIn("■検知日時", text_of(alert))
        follow_up = wait_until(lambda: self.sink.to("it@acme.example", "【障害続報】"), "the follow-up goes out by itself")[0]
        self.assertIn(alert["message"]["Message-ID"], follow_up["message"]["References"])
        self.target.up()
        wait_until(lambda: self.sink.to("it@acme.example", "【復旧報】"), "the recovery arrives")
        records = self.settled(-2)
        self.told_once("【障害速報】", "【障害続報】", "【復旧報】")
        opened = next(event["incident"] for event in records.events if event["event"] == "opened")
        accepted = [delivery for deliveries in records.deliveries.values() for delivery in deliveries if delivery["outcome"] == "accepted"]
        self.assertTrue(all(delivery["ended"]["boot"] > opened["detect"]["boot"] for delivery in accepted))
        self.assertTrue(all(delivery["ended"]["wall"] < opened["detect"]["wall"] for delivery in accepted), "the wall clock was indeed two hours back")

    def test_clock_step_forward_2h_during_wait(self):
        """Nothing falls due by it: no alert is late, no follow-up goes out."""
        self.scene()
        self.sink.down()
        self.target.down()
        self.hinomi.logged("to be tried again")
        self.step(2)
        self.hinomi.logged("the wall clock was stepped by 7")
        self.sink.up()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert arrives")
        self.target.up()
        wait_until(lambda: self.sink.to("it@acme.example", "【復旧報】"), "the recovery arrives")
        self.settled(2)
        self.told_once("【障害速報】", "【復旧報】")
        self.assertEqual([], self.sink.to("it@acme.example", "【障害続報】"))

    def test_clock_step_back_2h_while_killed(self):
        """Set back between two lives of the same boot: the deadline goes on by the boot clock, and the step is on record."""
        self.scene()
        self.sink.down()
        self.target.down()
        self.hinomi.logged("to be tried again")
        self.hinomi.kill()
        self.step(-2)
        self.sink.up()
        self.hinomi.start()
        wait_until(lambda: self.sink.to("it@acme.example", "【障害速報】"), "the first alert arrives")
        self.target.up()
        wait_until(lambda: self.sink.to("it@acme.example", "【復旧報】"), "the recovery arrives")
        self.settled(-2)
        self.told_once("【障害速報】", "【復旧報】")


if __name__ == "__main__":
    unittest.main(verbosity=2)
