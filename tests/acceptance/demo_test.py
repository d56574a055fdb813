"""`hinomi demo` as a newcomer runs it: the real daemon breaks, tells and mends, and nothing stays behind."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from harness import CAP, EXECUTABLE, wait_until


def command_lines():
    """Of every process, as far as they can be read."""
    for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield file.read_text(errors="replace")
        except OSError:
            pass  # it has ended meanwhile


class Demo(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="hinomi-demo-test-")
        self.addCleanup(self._folder.cleanup)
        self.folder = pathlib.Path(self._folder.name)
        self.environment = {**os.environ, "TMPDIR": str(self.folder), "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": "detect_leaks=0"}

    def start(self, *words):
        self.said = open(self.folder / "said", "w+", encoding="utf-8")
        self.addCleanup(self.said.close)
        demo = subprocess.Popen([EXECUTABLE, "demo", *words], stdin=subprocess.DEVNULL, stdout=self.said, stderr=subprocess.STDOUT, env=self.environment)
        self.addCleanup(demo.wait)
        self.addCleanup(demo.kill)
        return demo

    def text(self):
        return (self.folder / "said").read_text(encoding="utf-8")

    def assert_nothing_stays(self):
        self.assertEqual(["said"], sorted(path.name for path in self.folder.iterdir()), "the demo's folder is gone")
        self.assertEqual([], [line for line in command_lines() if str(self.folder) in line], "the daemon is gone")

    def assert_in_order(self, *words):
        text, place = self.text(), 0
        for word in words:
            found = re.compile(word).search(text, place)
            self.assertIsNotNone(found, f"{word!r} after what came before, in:\n{text}")
            place = found.end()

    def test_the_story_is_told_in_order_and_nothing_stays_behind(self):
        demo = self.start("--language", "en")
        self.assertEqual(0, demo.wait(2 * CAP), self.text())
        self.assert_in_order("watching: three parts", "broken: login", r"suspected: login/liveness: .*refused", "confirmed: login/liveness", r"incident: INC-\d{8}-01",
                             "owed: first alert to acme within 20 min", "mended: login", "restored: INC-", "That was hinomi. Both customers were told with 19 min",
                             "relay: smtp://relay.example.jp")
        text = self.text()
        self.assertRegex(text, r"Subject: 【障害速報】オンラインショップ: 接続できない状態を検知 \(INC-\d{8}-01 第1報\)")
        self.assertRegex(text, r"Subject: \[Incident alert\] Online shop: cannot be reached \(INC-\d{8}-01, report 1\)")
        self.assertIn("acme ご担当者様", text)
        self.assertIn("Subject: 【復旧報】", text)
        self.assertIn("Subject: [Recovery]", text)
        self.assertEqual(2, len(re.findall(r"met: first alert to \w+ accepted after .*: 19 min \d+\.\d s of its 20 min were left", text)), text)
        self.assertNotIn("\x1b", text, "no colours in a file")
        self.assert_nothing_stays()

    def test_the_story_can_be_ended_in_the_middle(self):
        demo = self.start("--language", "ja")
        wait_until(lambda: "監視中: 3 つの部品" in self.text(), "all parts are watched")
        self.assertIsNotNone(re.search(r"http://127\.0\.0\.1:\d+/metrics", self.text()))
        demo.send_signal(signal.SIGINT)
        self.assertEqual(0, demo.wait(CAP), self.text())
        self.assert_nothing_stays()

    def test_a_daemon_that_dies_is_a_failure_with_its_last_words(self):
        demo = self.start("--language", "en")
        wait_until(lambda: "watching: three parts" in self.text(), "all parts are watched")
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_text().split("\0")
            except OSError:
                continue
            if "run" in words and any(word.startswith(str(self.folder)) for word in words):
                os.kill(int(process.name), signal.SIGKILL)
        self.assertEqual(1, demo.wait(CAP), self.text())
        self.assertIn("error: hinomi ended with", self.text())
        self.assertIn("hinomi watches 3", self.text(), "the end of its log")
        self.assert_nothing_stays()

    def test_without_a_place_for_its_folder_it_says_so(self):
        self.environment["TMPDIR"] = "/nonexistent"
        demo = self.start()
        self.assertEqual(1, demo.wait(CAP))
        self.assertIn("no temporary folder can be made. Set TMPDIR", self.text())


if __name__ == "__main__":
    unittest.main()
