"""Becomes the program named in its arguments, with standard error connected to a journald of its own, as systemd connects a service
(systemd.exec(5)). To be run in a mount namespace of its own; the journal is in its /run/log/journal. Ends with the program."""
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1


def dies_with_its_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
for folder in ("/run/systemd/journal", "/run/log/journal"):
    pathlib.Path(folder).mkdir(parents=True)
subprocess.Popen(["/lib/systemd/systemd-journald"], preexec_fn=dies_with_its_parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                 stderr=subprocess.DEVNULL)
while not pathlib.Path("/run/systemd/journal/stdout").exists():
    time.sleep(0.05)
stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
stream.connect("/run/systemd/journal/stdout")
stream.sendall(b"hinomi\n\n6\n0\n0\n0\n0\n")  # identifier, unit, priority, level prefix, forward to syslog, kmsg, console
os.dup2(stream.fileno(), 2)
status = os.fstat(2)
os.environ["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
os.execv(sys.argv[1], sys.argv[1:])
