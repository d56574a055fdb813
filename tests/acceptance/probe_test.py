"""The verb `probe`: the real executable looks once, at real peers, in network namespaces of its own where it needs them."""
import json
import os
import shutil
import subprocess
import unittest

from harness import EXECUTABLE, Target

NOBODY = "65534"


def can_make_namespaces():
    tools = all(shutil.which(tool) for tool in ("unshare", "ip", "setpriv"))
    return os.geteuid() == 0 and tools and subprocess.run(["unshare", "-n", "true"], check=False).returncode == 0


class Probe(unittest.TestCase):
    def probe(self, *words, code=0):
        ran = subprocess.run([EXECUTABLE, "probe", *words, "--format", "json"], capture_output=True, text=True, check=False)
        self.assertEqual(code, ran.returncode, f"{words}: {ran.stdout}{ran.stderr}")
        if code == 78:  # the same for programs
            self.assertIn(json.loads(ran.stdout)["problems"][0]["text"], ran.stderr)
        return json.loads(ran.stdout)["items"] if code in (0, 3) else ran.stderr

    def test_a_url_is_looked_at_and_the_exit_code_says_how_it_went(self):
        target = Target()
        try:
            rows = self.probe(target.url, "--count", "2")
            self.assertEqual(["passed", "passed"], [row["outcome"] for row in rows])
            self.assertEqual(200, rows[0]["status"])
            self.assertGreater(rows[0]["duration_ms"], 0)
            rows = self.probe(target.url, "--with", "expect: {status: 204}", code=3)
            self.assertIn("HTTP 200, expected 204", rows[0]["detail"])
        finally:
            target.down()
        self.assertEqual("failed", self.probe(target.url, code=3)[0]["outcome"])

    def test_what_makes_no_sense_is_said_with_its_place(self):
        said = self.probe("http://127.0.0.1/", "--with", "expect: {stauts: 200}", code=78)
        self.assertIn('the command line:2:10: error: unknown key "stauts". Did you mean "status"?', said)
        self.assertIn("cannot be read", self.probe("portal/liveness", "--config", "/nonexistent/hinomi.yaml", code=78))
        self.assertIn("--count takes a whole number", self.probe("http://127.0.0.1/", "--count", "0", code=2))


@unittest.skipUnless(can_make_namespaces(), "needs root, unshare, ip and setpriv")
class Echo(unittest.TestCase):
    """In a network namespace where the loopback is up, and little else."""

    def probe(self, target, *, group_range="1 0", privileged=True, prepare="true", words=()):
        drop = f"setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups --bounding-set=-all --inh-caps=-all"
        script = f"""ip link set lo up && echo '{group_range}' >/proc/sys/net/ipv4/ping_group_range && {prepare} &&
            exec {'' if privileged else drop} "$0" probe "$@" --format json"""
        command = ["unshare", "-n", "sh", "-c", script, EXECUTABLE, target, *words]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertIn(ran.returncode, (0, 3), ran.stdout + ran.stderr)
        return ran.returncode, json.loads(ran.stdout)["items"][0]

    def replies(self, target, **options):
        code, row = self.probe(target, **options)
        self.assertEqual((0, "passed", 3, 0), (code, row["outcome"], row["packets_sent"], row["packets_lost"]), row)

    def test_by_a_raw_socket(self):
        self.replies("icmp://127.0.0.1")
        self.replies("icmp://[::1]")

    def test_by_a_ping_socket_without_any_privilege(self):
        self.replies("icmp://127.0.0.1", group_range=f"{NOBODY} {NOBODY}", privileged=False)
        self.replies("icmp://[::1]", group_range=f"{NOBODY} {NOBODY}", privileged=False)

    def test_when_neither_is_allowed_it_says_what_to_do(self):
        code, row = self.probe("icmp://127.0.0.1", privileged=False)
        self.assertEqual((3, "silent"), (code, row["outcome"]))
        self.assertIn("hinomi may not send echo requests. Give hinomi CAP_NET_RAW", row["detail"])

    def test_packets_that_get_lost_and_hosts_that_cannot_be_reached(self):
        options = {"prepare": "ip route add 192.0.2.0/24 dev lo && ip route add unreachable 198.51.100.0/24"}
        code, row = self.probe("icmp://192.0.2.9", words=("--with", "{timeout: 1s, packets: 2}"), **options)
        self.assertEqual((3, "silent", 2), (code, row["outcome"], row["packets_lost"]), row)
        self.assertIn("no reply to 2 echo requests within", row["detail"])
        code, row = self.probe("icmp://198.51.100.9", **options)
        self.assertEqual((3, "silent"), (code, row["outcome"]), row)
        self.assertIn("No route to host", row["detail"])


if __name__ == "__main__":
    unittest.main()
