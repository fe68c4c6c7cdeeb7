"""Asks a database of known holes about every locked package, through pip-audit, and takes no silence for an
answer.

pip-audit ends well when it could not ask about a package («skipped»). Here an audit has passed when each
package of the lock was answered for.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import NamedTemporaryFile
from typing import Any

from services.checkout import ROOT
from services.workshop.supply.locked_parts import locked

LOCK = ROOT / "requirements.lock"
TIMEOUT_S = 15


class NotAsked(Exception):
    """The database was not asked about everything, so nothing is known; the message says what happened."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A known hole in a locked package; *fixed_in* are the versions without it."""

    name: str
    version: str
    id: str
    fixed_in: tuple[str, ...]


def audit(database: str = "") -> tuple[int, list[Hole]]:
    """Return how many packages were asked about and the holes found; raises NotAsked.

    *database* is the address of another OSV than the public one: a mirror.
    """
    where = ["--osv-url", database] if database else []
    packages = list(locked(LOCK.read_text(encoding="utf-8")))
    with NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as lock:
        # without the markers: a package that only other systems install is asked about too
        lock.writelines(
            f"{name}=={version} --hash=sha256:{hashes[0]}\n" for name, version, hashes in packages
        )
        lock.flush()
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "--requirement",
            lock.name,
            "--disable-pip",
            "--require-hashes",
            "--strict",
        ]
        command += [
            "--vulnerability-service",
            "osv",
            *where,
            "--format",
            "json",
            "--progress-spinner",
            "off",
            "--timeout",
            str(TIMEOUT_S),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own tool
    return judged(done.stdout, done.stderr, [name for name, _, _ in packages])


def judged(said: str, errors: str, names: Sequence[str]) -> tuple[int, list[Hole]]:
    """Return how many of *names* were asked about and the holes that pip-audit *said*; raises NotAsked, with
    the last line of *errors*.
    """
    try:
        rows: list[dict[str, Any]] = json.loads(said)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        lines = [line for line in errors.splitlines() if line.strip()]
        raise NotAsked(
            f"the audit did not come to its end: {lines[-1].strip()[:160] if lines else 'it said nothing'}"
        ) from None
    skipped = sorted(f"{row['name']} ({row['skip_reason']})" for row in rows if "skip_reason" in row)
    if skipped:
        raise NotAsked(f"{len(skipped)} packages were skipped, the first: {skipped[0][:200]}")
    unasked = sorted(set(names) - {row["name"] for row in rows})
    if unasked:
        raise NotAsked(f"{len(unasked)} locked packages were not asked about, the first: {unasked[0]}")
    holes = [
        Hole(row["name"], row["version"], one["id"], tuple(one["fix_versions"]))
        for row in rows
        for one in row["vulns"]
    ]
    return len(rows), holes
