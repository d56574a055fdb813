"""The table of doc/performance.md, between its two marks."""
import json
import pathlib
import re
import subprocess
import time

BEGIN = "<!-- measured: begin -->"
END = "<!-- measured: end -->"


def number(value):
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"


def verdict(row):
    if not row.must:
        return ""
    if row.kept is None:
        return f"{row.must}: not measured"
    return f"{row.must}: {'kept' if row.kept else '**missed**'}"


def machine():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown processor")
    processors = sum(1 for line in lines if line.startswith("processor"))
    load = pathlib.Path("/proc/loadavg").read_text().split()[0]
    return f"{processors} processors ({model}), load {load} when it began"


def versions():
    names = {"nginx-light": "nginx", "prometheus-blackbox-exporter": "blackbox_exporter", "fping": "fping", "prometheus-alertmanager": "Alertmanager",
             "libssl3": "OpenSSL"}
    found = []
    for package, name in names.items():
        answer = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            found.append(f"{name} {re.sub('[-+~].*', '', answer.stdout)}")
    return ", ".join(found)


def render(rows, length, where, commit):
    lines = [BEGIN,
             f"Measured {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC at commit {commit} by `bench/run --{length}`; {where}; {versions()}.",
             "",
             "| measure | unit | hinomi | raw loop | peer | must | remarks |",
             "|---|---|---|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row.measure} | {row.unit} | {number(row.ours)} | {number(row.raw)} | {row.peer} | {verdict(row)} | {row.note} |")
    lines.append(END)
    return "\n".join(lines) + "\n"


def put_into(page, table):
    """Replaces what stands between the marks."""
    text = page.read_text()
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1].removeprefix("\n")
    page.write_text(before + table + after)


def save(folder, rows, table):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "performance.md").write_text(table)
    (folder / "rows.json").write_text(json.dumps([row.__dict__ for row in rows], indent=1, ensure_ascii=False))
