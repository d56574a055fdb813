"""The log in systemd's journal, with a real journald: what an operator finds with journalctl."""
import json
import pathlib
import subprocess
import unittest

from harness import Case, MailSink, Target, configuration, mail_contact, wait_until

HERE = pathlib.Path(__file__).resolve().parent


class Journal(Case):
    def journal(self, *matches):
        """The entries of the daemon's own journal that match."""
        read = subprocess.run(["nsenter", "-t", str(self.hinomi.process.pid), "-m", "-r", "journalctl", "-D", "/run/log/journal", "-o", "json", "--no-pager",
                               "SYSLOG_IDENTIFIER=hinomi", *matches], capture_output=True, text=True)
        return [json.loads(line) for line in read.stdout.splitlines()]

    def test_events_are_found_by_their_fields(self):
        target, sink = self.keep(Target()), self.keep(MailSink())
        self.hinomi = self.daemon(configuration(self.folder, [target], [sink], contacts=[mail_contact("it@acme.example")]))
        self.hinomi.prefix = ["unshare", "-m", "python3", "-B", str(HERE / "under_journald.py")]
        self.hinomi.start(says_so=lambda: any("hinomi watches" in entry["MESSAGE"] for entry in self.journal()))
        wait_until(lambda: self.journal("HINOMI_EVENT=verified"), "the watch has passed")
        target.down()
        wait_until(lambda: sink.to("it@acme.example"), "the alert is there")
        opened = wait_until(lambda: self.journal("HINOMI_EVENT=opened"), "the incident is in the journal")[0]
        self.assertEqual("4", opened["PRIORITY"])
        self.assertIn("opened", opened["MESSAGE"])
        incident = opened["HINOMI_INCIDENT"]
        self.assertTrue(incident.startswith("INC-"))
        self.assertTrue(opened["HINOMI_SEQUENCE"].isdigit())
        self.assertEqual({"web0/liveness"}, {entry["HINOMI_WATCH"] for entry in self.journal("HINOMI_EVENT=confirmed")})
        delivered = wait_until(lambda: self.journal("HINOMI_EVENT=delivery_recorded"), "the delivery is in the journal")[0]
        self.assertIn("HINOMI_ENVELOPE", delivered)
        self.assertFalse([entry for entry in self.journal() if "it@acme.example" in json.dumps(entry)], "no address is logged")
        plain = next(entry for entry in self.journal() if "hinomi watches" in entry["MESSAGE"])
        self.assertNotIn("HINOMI_EVENT", plain)


if __name__ == "__main__":
    unittest.main()
