"""What is probed: a private nginx on 16 loopback addresses, plain and with TLS; it counts connections itself."""
import http.client
import pathlib
import signal
import subprocess

from machine import Process, free_port, wait_until

ADDRESSES = 16


def make_certificates(folder):
    """An authority and a server certificate of it, ECDSA P-256."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-days", "30", "-subj", "/CN=bench authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", *curve, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "request.pem")
    names = ",".join(["DNS:localhost", *(f"IP:127.0.0.{n}" for n in range(1, ADDRESSES + 1))])
    (pathlib.Path(folder) / "names").write_text(f"subjectAltName={names}\n")
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "names",
            "-out", "cert.pem")


class Nginx(Process):
    """One worker. `/` answers 200 with 500 bytes, `/hook` takes what is posted."""

    def __init__(self, folder, name="nginx", port=None, addresses=ADDRESSES):
        self.folder = pathlib.Path(folder)
        if not (self.folder / "cert.pem").exists():
            make_certificates(self.folder)
        self.port = port or free_port()
        self.tls_port = free_port()
        self.ca_file = self.folder / "ca.pem"
        listens = "".join(f"listen 127.0.0.{n}:{self.port} backlog=8192; listen 127.0.0.{n}:{self.tls_port} ssl backlog=8192;\n"
                          for n in range(1, addresses + 1))
        temporary = "".join(f"{kind}_temp_path {self.folder}/{name}-{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        text = f"""daemon off; worker_processes 1; worker_rlimit_nofile 60000; pid {self.folder}/{name}.pid; error_log {self.folder}/{name}.err crit;
events {{ worker_connections 20000; multi_accept on; }}
http {{ access_log off; default_type text/plain; keepalive_requests 1000000; client_body_buffer_size 64k; client_max_body_size 16m;
{temporary}
server {{ {listens}
ssl_certificate {self.folder}/cert.pem; ssl_certificate_key {self.folder}/key.pem; ssl_session_cache shared:S:10m;
location / {{ return 200 "ok {'0' * 497}"; }}
location = /hook {{ return 204; }}
location = /status {{ stub_status; }}
}} }}
"""
        file = self.folder / f"{name}.conf"
        file.write_text(text)
        super().__init__(["/usr/sbin/nginx", "-p", self.folder, "-e", self.folder / f"{name}.err", "-c", file], self.folder / f"{name}.log")
        self.own = 0
        wait_until(self.answers, "nginx answers")

    def answers(self):
        try:
            self.connections()
            return True
        except OSError:
            self.check()
            return False

    def status(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/status")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        self.own += 1
        accepted, _, requests = (int(word) for word in lines[2].split())
        return accepted - self.own, requests - self.own

    def connections(self):
        """Connections so far, without our own."""
        return self.status()[0]

    def requests(self):
        return self.status()[1]

    def stop(self, number=signal.SIGTERM):
        super().stop(number)
