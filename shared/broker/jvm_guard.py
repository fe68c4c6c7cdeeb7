"""The process between us and the broker's JVM: it ends the JVM when its owner is gone.

Standard library alone, run by path.

``jvm_guard.py PARENT LOCK LOG JAVA…`` holds the folder's lock, starts Java in its own process group, says the
group's id on stdout, and ends with Java. When PARENT (a process id; 0 = nobody, stay) is gone, the whole
group is killed. The parent is polled: a pipe to it would stay open in every child it forked, and
PR_SET_PDEATHSIG is Linux alone.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

POLL_S = 0.25
TRIES = 3
BUSY = 75
"""Exit status when another broker holds the lock (EX_TEMPFAIL)."""


def hold(lock: Path) -> int:
    """Return the descriptor of the locked file; exits with BUSY when another broker has it."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    for _ in range(TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # a look at the lock holds it too, for a moment
            time.sleep(POLL_S)
        else:
            return descriptor
    sys.exit(BUSY)


def watch(java: subprocess.Popen[bytes], parent: int) -> int:
    """Wait for *java* and return its status; kills the group when *parent* is gone."""
    while True:
        try:
            return java.wait(POLL_S)
        except subprocess.TimeoutExpired:
            if parent and os.getppid() != parent:
                os.killpg(0, signal.SIGKILL)


def main() -> int:
    """Run Java until it ends or its owner is gone."""
    parent, lock, log = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    if not parent:  # detached: nobody waits for us
        if os.fork():
            os._exit(0)
        os.setsid()
    descriptor = hold(lock)
    with log.open("ab") as out:
        os.dup2(out.fileno(), 2)  # a caller that reads our stderr to its end shall not wait for us
        # Java inherits the lock: the folder is taken as long as either of us lives
        java = subprocess.Popen(  # noqa: S603 - our own command
            sys.argv[4:], stdin=subprocess.DEVNULL, stdout=out, stderr=out, pass_fds=(descriptor,)
        )

    def end(_signal: int, _frame: FrameType | None) -> None:
        java.terminate()

    signal.signal(signal.SIGTERM, end)
    os.write(1, b"%d\n" % os.getpgrp())
    os.close(1)
    return watch(java, parent)


if __name__ == "__main__":
    sys.exit(main())
