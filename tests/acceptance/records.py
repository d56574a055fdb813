"""What every scenario asserts: the mails and webhooks that arrived, and the ledger, tell one story. Rules of this test's own; nothing of the
product is used to read the ledger."""
import collections
import json
import sqlite3

from harness import signature_is_right, text_of

REQUIRED = {"ja": ("■事象", "■検知日時", "■お問い合わせ先"), "en": ("■ Symptom", "■ Detected", "■ Contact")}


def lines_of(text):
    return [line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n")]


class Records:
    """The ledger of a daemon that has stopped."""

    def __init__(self, daemon):
        self.events = daemon.events()
        connection = sqlite3.connect(f"file:{daemon.folder}/data/ledger.db?mode=ro", uri=True)
        try:
            self.addresses = dict(connection.execute("SELECT id, address FROM contacts"))
        finally:
            connection.close()
        self.notices, self.envelopes = {}, {}
        for notice in (event["notice"] for event in self.events if event["event"] == "notice_composed"):
            self.notices[notice["id"]] = notice
            for envelope in notice["envelopes"]:
                self.envelopes[envelope["message_id"]] = (envelope, notice)
        self.deliveries = collections.defaultdict(list)
        for delivery in (event["delivery"] for event in self.events if event["event"] == "delivery_recorded"):
            self.deliveries[delivery["envelope"]].append(delivery)
        self.starts = sum(event["event"] == "started" for event in self.events)

    def outcomes(self, envelope):
        return collections.Counter(delivery["outcome"] for delivery in self.deliveries[envelope["id"]])


def assert_one_story(case, daemon, sinks=(), hooks=()):
    """Everything that arrived was minted by the ledger, for this contact, with this text, and came once (again only where the outcome was
    unknown or the process was killed). Everything recorded as accepted did arrive. No address is in an event. Returns the records."""
    records = Records(daemon)
    arrived = collections.Counter()
    for mail in (mail for sink in sinks for mail in list(sink.mails)):
        message = str(mail["message"]["Message-ID"]).strip("<>")
        envelope, notice = records.envelopes[message]
        arrived[message] += 1
        case.assertEqual(records.addresses[envelope["contact"]], mail["recipient"])
        case.assertEqual(notice["subject"], mail["message"]["Subject"])
        case.assertEqual(lines_of(notice["text"]), lines_of(text_of(mail)))
        if notice["stage"] in ("first_alert", "recovery", "follow_up") and len(notice["subjects"]) == 1:
            for heading in REQUIRED[notice["language"]]:
                case.assertIn(heading, notice["text"])
    for request in (request for hook in hooks for request in list(hook.accepted)):
        envelope, notice = records.envelopes[request["headers"]["webhook-id"]]
        arrived[request["headers"]["webhook-id"]] += 1
        case.assertTrue(signature_is_right(request))
        case.assertEqual(json.loads(notice["data"]), json.loads(request["body"]))
    for message, (envelope, _) in records.envelopes.items():
        outcomes = records.outcomes(envelope)
        case.assertLessEqual(outcomes["accepted"], 1, f"accepted twice: {message}")
        case.assertGreaterEqual(arrived[message], outcomes["accepted"], f"recorded as accepted, never arrived: {message}")
        case.assertLessEqual(arrived[message], outcomes["accepted"] + outcomes["unknown"] + records.starts - 1, f"too many copies of {message}")
    written = json.dumps(records.events)
    for address in records.addresses.values():
        case.assertNotIn(address, written, "events hold contact ids, never addresses")
    return records
