"""The broker's processes: Java started under its guard, found again through the folder's lock, and ended."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.broker import jvm_guard
from shared.broker.config import HOST
from shared.broker.installation import BrokerError, Parts
from shared.broker.probe import answers

READY_S = 60.0
STOP_S = 30.0
POLL_S = 0.03
CLUSTER = "khabarEmbeddedKafkaAAA"
"""The cluster's id: 22 letters, as Kafka wants them."""

MEMORY_FLAGS = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
)
WHEEL_FLAGS = ("-Xlog:disable", "-Xlog:all=error:stderr", "--sun-misc-unsafe-memory-access=allow")
"""Silence about what Kafka does to this Java; older ones do not know the flags."""

LOGGING_FILE = Path(__file__).parent / "data" / "log4j2.properties"


@dataclass(frozen=True, slots=True)
class Java:
    """The parts and the flags they run with."""

    parts: Parts
    flags: tuple[str, ...] = ()

    def command(self, main: str, *arguments: str) -> list[str]:
        """Return the command line that runs the class *main* of Kafka."""
        flags = (
            *MEMORY_FLAGS,
            *(WHEEL_FLAGS if self.parts.wheel else ()),
            *self.flags,
            f"-Dlog4j2.configurationFile={LOGGING_FILE}",
        )
        return [str(self.parts.java), *flags, "-cp", self.parts.class_path, main, *arguments]


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """A running broker: its process group, where clients find it, its log, whether its cluster answers."""

    pid: int
    bootstrap: str
    log: Path
    answers: bool


def status(folder: Path) -> RunningBroker | None:
    """Return the broker that runs in *folder*, or None."""
    if not is_held(folder):
        return None
    try:
        state = json.loads(_state(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # it has the folder and is about to start
    return RunningBroker(state["pid"], f"{HOST}:{state['port']}", _log(folder), answers(state["port"]))


def stop(folder: Path) -> bool:
    """End the broker that runs in *folder* and wait for it; False when none does.

    After STOP_S it is killed.
    """
    running = status(folder)
    if running is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    if not _let_go(folder, STOP_S):
        kill(folder, running.pid)
    _state(folder).unlink(missing_ok=True)
    return True


def kill(folder: Path, group: int) -> None:
    """Kill the process *group* that runs the broker of *folder*, and wait until it is gone.

    Java takes a moment to give up its memory.
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    if not _let_go(folder, STOP_S):
        raise BrokerError(f"the broker in {folder} cannot be killed (process group {group})")


def _let_go(folder: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_held(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def is_held(folder: Path) -> bool:
    """Tell whether a broker has *folder*: its guard and its Java hold the lock as long as either lives."""
    try:
        with (folder / "broker.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def format_data(folder: Path, java: Java, passwords: Mapping[str, str] | None = None) -> None:
    """Make the data folder of a new broker with the users of *passwords* (SCRAM-SHA-512).

    A used folder stays as it is.
    """
    if (folder / "data" / "meta.properties").exists():
        return
    users = [
        f"--add-scram=SCRAM-SHA-512=[name={name},password={password}]"
        for name, password in (passwords or {}).items()
    ]
    line = java.command(
        "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(folder / "server.properties"), *users
    )
    formatting = subprocess.run(line, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if formatting.returncode:
        raise BrokerError(f"{folder} cannot be formatted: {_cause(formatting.stderr + formatting.stdout)}")


def launch(
    folder: Path,
    port: int,
    java: Java,
    *,
    parent: int,
    properties: str = "server.properties",
    ready: Callable[[int], bool] = answers,
) -> subprocess.Popen[bytes]:
    """Start the node of *folder* with its file *properties*, *ready* at *port* when this returns.

    It dies with the process *parent*, or stays for 0.

    Raises BrokerError when the folder has one already or it does not come up.
    """
    _log(folder).unlink(missing_ok=True)
    line = java.command("kafka.Kafka", str(folder / properties))
    guard = [
        sys.executable,
        "-IS",
        jvm_guard.__file__,
        str(parent),
        str(folder / "broker.lock"),
        str(_log(folder)),
        *line,
    ]
    started = subprocess.Popen(  # noqa: S603 - our own command
        guard, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
    )
    group = started.pid
    try:
        group = _group(started, folder)
        _state(folder).write_text(json.dumps({"pid": group, "port": port}), encoding="utf-8")
        _await_ready(folder, port, ready)
    except BaseException:
        kill(folder, group)
        started.wait()
        raise
    return started


def _group(started: subprocess.Popen[bytes], folder: Path) -> int:
    """Return the process group the guard names once it holds the folder and Java runs."""
    with started.stdout or contextlib.nullcontext() as output:
        line = output.readline() if output else b""
    if line:
        return int(line)
    if is_held(folder):
        raise BrokerError(f"a broker runs in {folder} already: stop it first")
    raise BrokerError(f"the broker in {folder} did not start (status {started.wait()})")


def _await_ready(folder: Path, port: int, ready: Callable[[int], bool]) -> None:
    deadline = time.monotonic() + READY_S
    while not ready(port):
        if not is_held(folder):
            raise BrokerError(_why(folder, port))
        if time.monotonic() > deadline:
            raise BrokerError(f"the broker did not answer within {READY_S:.0f} s: see {_log(folder)}")
        time.sleep(POLL_S)


def _why(folder: Path, port: int) -> str:
    """Return in one line why the broker of *folder* ended while it started."""
    text = _log(folder).read_text(encoding="utf-8", errors="replace")
    if "Address already in use" in text:
        return f"port {port} is taken: stop what listens there or choose another port"
    if "No space left on device" in text:
        return f"no space left in {folder}"
    return f"the broker ended while it started: {_cause(text)}; see {_log(folder)}"


def _cause(text: str) -> str:
    causes = re.findall(r"(?:[\w$]+\.)+[\w$]*(?:Exception|Error): .+$", text, re.MULTILINE)
    return causes[-1] if causes else "no reason given"


def kept_port(folder: Path) -> int:
    """Return the port that the broker of *folder* had last; 0 before its first start (any free one)."""
    try:
        return int(_port(folder).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def keep_port(folder: Path, port: int) -> None:
    """Remember *port* for the next start: clients that knew the broker find it again."""
    _port(folder).write_text(f"{port}\n", encoding="utf-8")


def _port(folder: Path) -> Path:
    return folder / "port"


def _state(folder: Path) -> Path:
    return folder / "broker.json"


def _log(folder: Path) -> Path:
    return folder / "broker.log"
