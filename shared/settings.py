"""The environment, read once at start: ``KHABAR_*`` variables → frozen Settings."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "KHABAR_"
ELSEWHERE = frozenset({"KHABAR_JAVA", "KHABAR_DEBUG"})
"""Variables that another module reads by itself."""


class BadSetting(ValueError):
    """A variable has a value that cannot be used; the message names both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be set. ``KHABAR_<NAME>`` in the environment sets the field <name>; ``KHABAR_<NAME>_FILE`` names a file that holds it.

    Times in the names' units. The lane's defaults: a session of 10 s, a transaction timeout (30 s) longer than the worst batch.
    """

    kafka: str = ""
    run: str = "live"
    instance: str = ""
    home: Path = Path("~/.cache/khabar")
    slots: int = 1
    batch_records: int = 500
    """The most one transaction holds; a lane takes fewer when they are slow (about a second of work)."""

    record_seconds: float = 20.0
    attempts: int = 5
    session_ms: int = 10_000
    heartbeat_ms: int = 3_000
    rebalance_ms: int = 15_000
    transaction_ms: int = 30_000
    revoke_seconds: float = 5.0
    drain_seconds: float = 10.0
    tagger: str = "encoder"
    """Which names extract finds: ``encoder``, ``crf`` (three times faster, vector of the lead alone: bulk replays) or ``rules``."""

    encoder: str = ""
    """Folder of another sentence encoder (model.bin, means.npz, selftest.npz: ``shared/encoder/source.py``); empty: the shipped one."""

    metrics_port: int = 0
    metrics_host: str = "127.0.0.1"
    hold_ms: float = 0.0
    """Keeps every transaction open this long, so that a test's faults fall into one; 0 outside tests."""

    def __post_init__(self) -> None:
        for name in (
            "slots",
            "batch_records",
            "attempts",
            "record_seconds",
            "session_ms",
            "heartbeat_ms",
            "rebalance_ms",
            "transaction_ms",
        ):
            if not getattr(self, name) > 0:
                raise BadSetting(f"{PREFIX}{name.upper()}={getattr(self, name)} must be above 0")
        if self.heartbeat_ms * 3 > self.session_ms:
            raise BadSetting(f"{PREFIX}HEARTBEAT_MS={self.heartbeat_ms} must be at most a third of {PREFIX}SESSION_MS={self.session_ms}")

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        """Read *env*; raises BadSetting on an unknown variable or a value of the wrong type."""
        fields = {field.name: field for field in dataclasses.fields(cls)}
        given: dict[str, str] = {}
        for name, value in sorted(env.items()):
            if not name.startswith(PREFIX) or name in ELSEWHERE:
                continue
            short = name.removeprefix(PREFIX).lower()
            if short.removesuffix("_file") in fields and short not in fields:
                given[short.removesuffix("_file")] = _read(name, value)
            elif short not in fields:
                raise BadSetting(f"{name} is not a setting; known are {', '.join(PREFIX + known.upper() for known in fields)}")
            else:
                given.setdefault(short, value)
        return cls(**{name: _convert(name, value, type(fields[name].default)) for name, value in given.items()})  # type: ignore[arg-type]

    @property
    def folder(self) -> Path:
        """Where jars, models and a laptop's broker live."""
        return self.home.expanduser()


def _read(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(f"{name}={path!r} cannot be read: {error.strerror}") from None


def _convert(name: str, value: str, kind: type) -> object:
    try:
        return kind(value)
    except ValueError:
        raise BadSetting(f"{PREFIX}{name.upper()}={value!r} is not {'a number' if kind is not Path else 'a path'}") from None
