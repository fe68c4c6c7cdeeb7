"""Writes what the image and what a user's checkout install: ``python -m
services.workshop.building.runtime_locks``.

``requirements.lock`` holds everything, tests and yardsticks too. The image runs the dependencies of the
project alone, a checkout runs them and the embedded broker: their locks are the parts of that file that can
be reached from those. Versions and hashes are copied, never chosen here. A test fails when a file is not up
to date.
"""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from services.checkout import ROOT

LOCK = ROOT / "requirements.lock"
RUNTIME_LOCK = ROOT / "deploy" / "requirements-runtime.lock"
EMBEDDED_LOCK = ROOT / "deploy" / "requirements-embedded.lock"
IN_THE_IMAGE = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}
"""What markers are asked about: the image's Python, whichever one this machine has."""


def reached(start: list[str]) -> set[NormalizedName]:
    """Return the canonical names of the packages that *start* (requirements) needs in the image.

    Their own requirements are read from what is installed here. Raises
    importlib.metadata.PackageNotFoundError where one is missing.
    """
    found: set[tuple[NormalizedName, str]] = set()
    wanted = [(Requirement(one), "") for one in start]
    while wanted:
        requirement, extra = wanted.pop()
        if requirement.marker and not requirement.marker.evaluate(IN_THE_IMAGE | {"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for asked in ("", *requirement.extras):
            if (name, asked) not in found:
                found.add((name, asked))
                wanted += [(Requirement(one), asked) for one in metadata.distribution(name).requires or ()]
    return {name for name, _ in found}


def lock_of(requirements: list[str]) -> str:
    """Return the part of the lock that *requirements* need; raises KeyError where a package that is needed is
    not locked.
    """
    blocks = {
        canonicalize_name(block.partition("==")[0]): block.rstrip("\n")
        for block in re.split(r"\n(?=\S)", LOCK.read_text(encoding="utf-8"))
    }
    return "\n".join(blocks[name] for name in sorted(reached(requirements))) + "\n"


def texts() -> dict[Path, str]:
    """Return both files with their content."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    engine, broker = project["dependencies"], project["optional-dependencies"]["broker"]
    return {RUNTIME_LOCK: lock_of(engine), EMBEDDED_LOCK: lock_of(engine + broker)}


if __name__ == "__main__":
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8")
