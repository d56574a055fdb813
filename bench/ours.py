"""hinomi under measurement: whole daemon, real ledger, configurations of many watches."""
import base64
import json
import pathlib

from machine import Process, wait_until
from target import ADDRESSES

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
PER_FILE = 5_000  # watches to a file of conf.d: a file may have 1 MiB


def head(folder, extra="", grouping="1s"):
    return f"""mode: live
storage: {{directory: {folder}/data}}
runtime_directory: {folder}/run
provider: {{name: Example Cloud, support: "support@provider.example", timezone: Asia/Tokyo}}
services:
  portal: {{title: Portal}}
tenants:
  - {{name: acme, services: [portal], language: en, contacts: [{{webhook: {{url: "http://127.0.0.1:9/hook", secret: "env:HOOK_SECRET"}}}}]}}
staff:
  manager: [{{email: manager@staff.example}}]
  on_call: [{{email: oncall@staff.example}}]
relays:
  - {{smtp: "smtp://127.0.0.1:9", from: "status@provider.example"}}
references: []
duties: {{grouping: {grouping}}}
{extra}
"""


def write_watches(folder, targets, every, settings=""):
    """One asset and one liveness watch per target, in files of conf.d."""
    parts = pathlib.Path(folder) / "conf.d"
    parts.mkdir(parents=True, exist_ok=True)
    for begin in range(0, len(targets), PER_FILE):
        mine = range(begin, min(begin + PER_FILE, len(targets)))
        lines = ["assets:", *(f"  a{n}: {{kind: application, service: portal}}" for n in mine), "watches:",
                 *(f'  - {{asset: a{n}, liveness: {{target: "{targets[n]}", every: {every}{settings}}}}}' for n in mine)]
        (parts / f"{begin:07}.yaml").write_text("\n".join(lines) + "\n")


def addresses(scheme, port, count, path="/"):
    return [f"{scheme}://127.0.0.{1 + n % ADDRESSES}:{port}{path}" for n in range(count)]


class Hinomi(Process):
    """Started on `folder`/hinomi.yaml; returns once it says that it watches."""

    def __init__(self, executable, folder, cap=120, wait=True):
        folder = pathlib.Path(folder)
        super().__init__([executable, "run", "--config", folder / "hinomi.yaml"], folder / "log", {"HOOK_SECRET": SECRET})
        if wait:
            wait_until(self.watches, "hinomi watches", cap)

    def watches(self):
        self.check()
        return "hinomi watches" in self.log


def schedule(lanes=1):
    return f"schedule: {{per_destination: 64, in_flight: 2000, lanes: {lanes}}}"


def prepare(folder, targets, every, settings="", lanes=1):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    (folder / "hinomi.yaml").write_text(head(folder, schedule(lanes)))
    write_watches(folder, targets, every, settings)
    return folder


def prepare_pattern(folder, targets, every):
    """The same as very many watches are declared: one pattern, and a list of targets."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    (folder / "targets.json").write_text(json.dumps([{"asset": f"a{n}", "target": target} for n, target in enumerate(targets)]))
    pattern = f"""watches:
  - targets_from: targets.json
    kind: application
    service: portal
    liveness: {{target: "{{target}}", every: {every}}}
"""
    (folder / "hinomi.yaml").write_text(head(folder, schedule() + "\n" + pattern))
    return folder
