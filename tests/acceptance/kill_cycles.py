"""kill -9 at random moments of the real executable, over real sockets and SQLite, with the invariants checked from the
sinks' records against the ledger: python3 kill_cycles.py CYCLES [SEED]."""
import bisect
import collections
import random
import sys
import tempfile
import time

from harness import HOOK_ENVIRONMENT, Hinomi, HookSink, MailSink, Target, configuration, hook_contact, mail_contact, text_of, wait_until


READING = 0.05  # seconds: what a killed daemon had sent is read by the sinks within these, and before the next one sends


def main(cycles, seed):
    chance = random.Random(seed)
    folder = tempfile.TemporaryDirectory(prefix="hinomi-kill-")
    targets = [Target() for _ in range(3)]
    misbehaviour = [None, None, None, "lost", "451 4.3.0 later", "close", "421 4.3.2 busy"]

    def script(step, session):
        return chance.choice(misbehaviour) if step in ("answer", "rcpt") and not healed else None

    healed = False
    relays = [MailSink(script), MailSink(script)]
    hook = HookSink(lambda number, request: (chance.choice([204, 204, 500, 429]) if not healed else 204, {}))
    text = configuration(folder.name, targets, relays=relays, contacts=[mail_contact("it@acme.example"), hook_contact(hook)],
                         grouping="200ms", every="400ms")
    daemon = Hinomi(folder.name, text, environment=HOOK_ENVIRONMENT)
    kills = []
    try:
        daemon.start()
        wait_until(lambda: daemon.log.count("passed for the first time") >= len(targets), "every watch has passed")
        for cycle in range(cycles):
            target = chance.choice(targets)
            if chance.random() < 0.9:
                target.status = 503 if target.status == 200 else 200
            time.sleep(chance.uniform(0.0, 2.5))
            daemon.kill()
            kills.append(time.monotonic() + READING)
            daemon.start()
            if cycle % 10 == 9:
                print(f"cycle {cycle + 1} of {cycles}: {sum(len(r.mails) for r in relays)} mails, {len(hook.accepted)} webhooks", flush=True)
        healed = True
        for target in targets:
            target.status = 200
        quiet(daemon, relays, hook)
        daemon.stop()
        check(daemon, relays, hook, kills)
    except BaseException:
        print(daemon.log[-6000:], file=sys.stderr)
        raise
    finally:
        daemon.close()
        for peer in [*targets, *relays, hook]:
            peer.close()
    print(f"{cycles} kill cycles, seed {seed}: every invariant held")


def quiet(daemon, relays, hook):
    """Waits until every incident is restored and nothing arrives any more."""
    last = [None, time.monotonic()]

    def settled():
        now = (sum(len(r.mails) for r in relays), len(hook.accepted), len(daemon.log))
        if now != last[0]:
            last[:] = [now, time.monotonic()]
        return time.monotonic() - last[1] > 4
    wait_until(settled, "the outbox comes to rest", cap=180)


def check_copies(message, arrived, outcomes, accepted_in):
    """A copy more than one needs its reason: an outcome recorded as unknown, or a crash between acceptance and record, which is at most one
    copy to a life, its last. None comes after the life in which the acceptance was recorded."""
    for life, count in arrived.items():
        assert count <= 1 + outcomes[life], f"{count} copies of {message} in life {life} with {outcomes[life]} unknown outcomes"
        assert accepted_in is None or life <= accepted_in, f"{message} came again in life {life}, accepted and recorded in life {accepted_in}"


def check(daemon, relays, hook, kills):
    events = daemon.events()
    duties, notices, states, message_of = {}, {}, collections.Counter(), {}
    acceptances, missed, unknown, started = collections.Counter(), collections.Counter(), collections.defaultdict(collections.Counter), 0
    accepted_in = {}
    boot_ahead = time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()

    def life_of(delivery):
        return bisect.bisect(kills, delivery["ended"]["boot"] / 1000 - boot_ahead)

    for event in events:
        kind = event["event"]
        if kind == "started":
            started += 1
        elif kind == "duties_armed":
            for duty in event["duties"]:
                assert duty["id"] not in duties, f"armed twice: {duty['id']}"
                duties[duty["id"]] = duty
        elif kind == "notice_composed":
            for envelope in event["notice"]["envelopes"]:
                notices[envelope["id"]] = event["notice"]
                message_of[envelope["id"]] = envelope["message_id"]
        elif kind == "delivery_recorded":
            delivery = event["delivery"]
            if delivery["outcome"] == "accepted":
                acceptances[message_of[delivery["envelope"]]] += 1
                accepted_in[message_of[delivery["envelope"]]] = life_of(delivery)
                for duty in notices[delivery["envelope"]]["duties"]:
                    states[duty] += 1
            elif delivery["outcome"] == "unknown":
                unknown[message_of[delivery["envelope"]]][life_of(delivery)] += 1
        elif kind == "duty_missed":
            missed[event["duty"]] += 1
    assert duties, "no duty was ever armed: the cycles proved nothing"
    for duty in duties:
        assert states[duty] > 0, f"lost: {duty} was never accepted"
        assert missed[duty] == 0, f"missed: {duty}"
    received, arrived = collections.Counter(), collections.defaultdict(collections.Counter)

    def receive(message, at):
        received[message] += 1
        arrived[message][bisect.bisect(kills, at)] += 1
    for relay in relays:
        for mail in relay.mails:
            receive(str(mail["message"]["Message-ID"]).strip("<>"), mail["at"])
            assert "acme" not in text_of(mail) or mail["recipient"] == "it@acme.example" or mail["recipient"].endswith("staff.example")
    for request in hook.accepted:
        receive(request["headers"]["webhook-id"], request["at"])
    known = set(message_of.values())
    for message, count in received.items():
        assert message in known, f"arrived but unknown to the ledger: {message}"
        assert acceptances[message] <= 1, f"recorded as accepted twice: {message}"
        check_copies(message, arrived[message], unknown[message], accepted_in.get(message))
    for message, count in acceptances.items():
        assert received[message] >= count, f"recorded as accepted but never arrived: {message}"
    verified = daemon.verify()
    assert verified.returncode == 0, verified.stderr
    print(f"{len(duties)} duties, {sum(received.values())} deliveries, {sum(count - 1 for count in received.values())} duplicates, "
          f"{sum(sum(lives.values()) for lives in unknown.values())} unknown outcomes, {started} lives, {len(events)} events", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
