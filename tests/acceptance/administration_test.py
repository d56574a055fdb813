"""Reload over HTTP: TLS, a client's certificate, a role; whoever has none is not heard. The real executable, real certificates."""
import http.client
import ssl
import unittest

from harness import Case, MailSink, Target, configuration, free_port, mail_contact, wait_until
from peers import Authority


class Administration(Case):
    def scene(self):
        self.authority = Authority(self.folder)
        self.strangers = Authority(self.folder, "strangers")
        self.targets = [self.keep(Target()) for _ in range(2)]
        self.sink = self.keep(MailSink())
        self.port, self.metrics_port = free_port(), free_port()
        key, certificate = self.authority.issue("administration")
        key.chmod(0o400)
        self.extra = (f'metrics: {{listen: "127.0.0.1:{self.metrics_port}"}}\n'
                      f'administration: {{listen: "127.0.0.1:{self.port}", certificate_file: "{certificate}", key: "file:{key}", '
                      f'client_ca_file: "{self.authority.certificate}", admin: [sato], viewer: [watcher]}}')
        self.hinomi = self.daemon(self.text(self.targets)).start()
        self.hinomi.logged(f"listening on https://127.0.0.1:{self.port}")
        wait_until(lambda: self.hinomi.log.count("passed for the first time") == 2, "both watches pass")

    def text(self, targets):
        return configuration(self.folder, targets, relays=[self.sink], contacts=[mail_contact("it@acme.example")], extra=self.extra)

    def post(self, client, path="/-/reload", method="POST", body=None):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        if client:
            context.load_cert_chain(client[1], client[0])
        connection = http.client.HTTPSConnection("localhost", self.port, timeout=60, context=context)
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def test_who_may_reloads_and_the_ledger_knows_who_it_was(self):
        self.scene()
        sato = self.authority.issue_client("sato")
        self.hinomi.file.write_text(self.text(self.targets[:1]))
        status, text = self.post(sato, body=b"web1 has gone")
        self.assertEqual(200, status, text)
        self.assertIn("-web1/liveness", text)
        self.hinomi.file.write_text("nonsense: true\n")
        status, text = self.post(sato)
        self.assertEqual(409, status)
        self.assertIn('unknown key "nonsense"', text)
        self.assertIn("The running configuration stays in force", text)
        wait_until(lambda: self.sink.to("oncall@staff.example", "設定"), "on-call hears of the rejection")
        self.hinomi.stop()
        commands = [event for event in self.hinomi.events("commanded") if event["verb"] == "reload"]
        self.assertEqual(["sato", "sato"], [command["actor"] for command in commands])
        self.assertEqual("web1 has gone", commands[0]["reason"])
        self.assertTrue(commands[0]["origin"].startswith("http 127.0.0.1:"), commands[0])

    def test_a_watch_with_an_open_incident_does_not_leave_by_http(self):
        self.scene()
        self.targets[1].down()
        self.hinomi.logged("opened")
        self.hinomi.file.write_text(self.text(self.targets[:1]))
        status, text = self.post(self.authority.issue_client("sato"), path="/-/reload?force=true")
        self.assertEqual(409, status)
        self.assertIn("would leave while their incident is open: web1/liveness", text)
        self.targets[1].up()

    def test_nobody_else_is_heard(self):
        self.scene()
        before = self.hinomi.file.read_text()
        self.hinomi.file.write_text(self.text(self.targets[:1]))
        watcher = self.authority.issue_client("watcher")
        self.assertEqual(403, self.post(watcher)[0], "a viewer")
        self.assertEqual((200, "hinomi is healthy\n"), self.post(watcher, "/-/healthy", "GET"))
        self.assertEqual(403, self.post(self.authority.issue_client("mallory"))[0], "a certificate without a role")
        for client, who in ((None, "no certificate"), (self.strangers.issue_client("sato"), "another authority's sato")):
            with self.assertRaises((ssl.SSLError, ConnectionError, http.client.HTTPException), msg=who):
                self.post(client)
        plain = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with self.assertRaises((ConnectionError, http.client.HTTPException), msg="clear text"):
            plain.request("POST", "/-/reload")
            plain.getresponse()
        plain.close()
        outside = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=60)
        outside.request("POST", "/-/reload")
        answer = outside.getresponse()
        self.assertEqual(403, answer.status, "the read-only listener")
        self.assertIn("administration", answer.read().decode())
        outside.close()
        outside.request("GET", "/metrics")
        refused = [line for line in outside.getresponse().read().decode().splitlines() if line.startswith("hinomi_http_handshakes_failed_total ")]
        self.assertEqual(["hinomi_http_handshakes_failed_total 3"], refused)
        outside.close()
        self.hinomi.file.write_text(before)
        self.hinomi.stop()
        self.assertEqual([], self.hinomi.events("commanded"), "nobody changed anything")

    def test_a_certificate_that_is_wrong_is_named_at_the_start(self):
        self.scene()
        self.hinomi.stop()
        _, other = self.authority.issue("other")
        text = self.text(self.targets).replace(str(self.folder / "administration.pem"), str(other))
        wrong = self.daemon(text)
        with self.assertRaises(AssertionError) as ended:
            wrong.start()
        self.assertIn("the daemon ended with 78", str(ended.exception))
        self.assertIn("administration", str(ended.exception))


if __name__ == "__main__":
    unittest.main()
