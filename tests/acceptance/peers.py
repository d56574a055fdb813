"""Real peers from Debian for the good path: nginx as the service under watch, Postfix as the provider's relay, and the
mailboxes it delivers to. Each runs in a folder of its own, on a port of its own, with its own configuration; nothing of
the machine's own mail or web service is touched. Needs root, as Postfix does."""
import email
import email.policy
import os
import pathlib
import pwd
import shutil
import signal
import subprocess

from harness import free_port, wait_until


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.key, self.certificate = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name} of the test",
                      "-keyout", self.key, "-out", self.certificate)

    def issue(self, name):
        """A key and a certificate for localhost, as (key file, certificate file)."""
        key, request, certificate, names = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem", "names"))
        names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", "2", "-extfile", names,
                      "-out", certificate)
        return key, certificate

    def issue_client(self, name, days=2):
        """A client's key and certificate with this common name, as (key file, certificate file); with negative days one that has expired."""
        key, request, certificate = (self.folder / f"client-{name}.{end}" for end in ("key", "csr", "pem"))
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", days, "-out", certificate)
        return key, certificate

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Nginx:
    """A real nginx. `down()` ends it, as an outage of the machine's service would; `break_page()` puts the file in place that
    `locations` ask for as BROKEN: of these it lets the self-check answer 503. With a certificate (key, certificate) it speaks TLS."""

    LOCATIONS = """
        location /healthz { return 200 "ok\\n"; }
        location /selfcheck {
            if (-f BROKEN) { return 503 "broken\\n"; }
            return 200 "database ok\\n";
        }"""

    def __init__(self, folder, locations=LOCATIONS, certificate=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.port = free_port()
        self.broken = self.folder / "broken"
        tls = f" ssl; ssl_certificate {certificate[1]}; ssl_certificate_key {certificate[0]}" if certificate else ""
        temporary = "\n".join(f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(f"""daemon off;
master_process off;
pid {self.folder}/pid;
events {{ worker_connections 64; }}
http {{
    access_log {self.folder}/access.log;
    default_type text/plain;
    {temporary}
    server {{
        listen 127.0.0.1:{self.port}{tls};
        {locations.replace("BROKEN", str(self.broken))}
    }}
}}
""")
        self.process = None
        self.up()

    def up(self):
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", self.folder, "-e", self.folder / "error.log", "-c", self.folder / "nginx.conf"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def down(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    close = down

    def break_page(self):
        self.broken.touch()

    def mend_page(self):
        self.broken.unlink()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


class Postfix:
    """A real Postfix: submission with STARTTLS and AUTH required, delivery into one Maildir per address."""

    SERVICES = """
127.0.0.1:{ports[0]} inet n - n - - smtpd
127.0.0.1:{ports[1]} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

    def __init__(self, folder, authority, addresses, username="status", password="a secret of the test"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(mode=0o755)
        self.ports = (free_port(), free_port())  # two doors to the same house: a relay may be listed once per port
        self.addresses = list(addresses)
        self.username, self.password = username, password
        self.etc = self.folder / "etc"
        self.boxes = self.folder / "mail"
        self.log_file = self.folder / "log"
        self._lay_out()
        self._write_main(*authority.issue("relay"))
        (self.etc / "master.cf").write_text(self.SERVICES.format(ports=self.ports))
        self._add_account()
        self.process = None
        self.up()

    def _lay_out(self):
        owner = pwd.getpwnam("postfix")
        for path, mode in ((self.etc, 0o755), (self.folder / "queue", 0o755), (self.folder / "data", 0o700), (self.boxes, 0o700), (self.etc / "sasl", 0o755)):
            path.mkdir(mode=mode)
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.boxes, "postfix")
        for parent in self.folder.parents:  # the temporary folder of the test is private; Postfix's own user must pass
            if str(parent).startswith("/tmp/"):
                parent.chmod(0o755)
        self.owner = owner

    def _write_main(self, key, certificate):
        domains = " ".join(sorted({address.split("@")[1] for address in self.addresses}))
        (self.etc / "boxes").write_text("".join(f"{address} {address}/\n" for address in self.addresses))
        (self.etc / "main.cf").write_text(f"""compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {self.log_file}
maillog_file_prefixes = {self.folder}
myhostname = relay.test
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:no local mail here
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {self.boxes}
virtual_mailbox_maps = texthash:{self.etc}/boxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{self.owner.pw_uid}
virtual_gid_maps = static:{self.owner.pw_gid}
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = encrypt
smtpd_tls_received_header = yes
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = relay.test
smtpd_sasl_authenticated_header = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
""")

    def _add_account(self):
        """Debian's Postfix looks for SASL's settings in the folder `sasl` of its configuration."""
        database = self.etc / "sasl" / "accounts"
        (self.etc / "sasl" / "smtpd.conf").write_text(f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: {database}\n")
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", database, "-u", "relay.test", self.username], input=self.password.encode(), check=True,
                       capture_output=True)
        database.chmod(0o644)  # Postfix reads it as its own user, and wants its settings to be root's

    def up(self):
        if os.geteuid() != 0:
            raise AssertionError("Postfix needs root")
        self.process = subprocess.Popen(["postfix", "-c", self.etc, "start-fg"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: "daemon started" in self.log or self.process.poll() is not None, "Postfix starts", cap=30)
        if self.process.poll() is not None:
            raise AssertionError(f"Postfix ended: {self.log}")

    def close(self):
        if self.process and self.process.poll() is None:
            subprocess.run(["postfix", "-c", self.etc, "stop"], capture_output=True, check=False)
        self.process.wait()

    @property
    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def relay(self, *extra, port=0):
        """A relay of the configuration, as YAML; `extra` are more of its keys."""
        return ", ".join((f'{{smtp: "smtp://localhost:{self.ports[port]}"', "from: status@provider.example", f"username: {self.username}", *extra)) + "}"

    def mails(self, address, word=None):
        """What lies in a mailbox, oldest first; with `word`, only what has it in its subject."""
        files = sorted((self.boxes / address / "new").glob("*"), key=lambda file: file.stat().st_mtime_ns)
        mails = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
        return [mail for mail in mails if word is None or word in mail["Subject"]]
