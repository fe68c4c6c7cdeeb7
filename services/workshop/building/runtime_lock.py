"""Writes what the image installs: ``python -m services.workshop.building.runtime_lock``. A test fails when the file is not up to date.

``requirements.lock`` holds what any checkout needs, tests and yardsticks too. The image runs the dependencies of the project alone, so
its lock is the part of that file that can be reached from them; versions and hashes are copied, never chosen here.
"""

from __future__ import annotations

import re
import tomllib
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from services.checkout import ROOT

LOCK = ROOT / "requirements.lock"
RUNTIME_LOCK = ROOT / "deploy" / "requirements-runtime.lock"
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

    Their own requirements are read from what is installed here. Raises importlib.metadata.PackageNotFoundError where one is missing.
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


def text() -> str:
    """Return the file's content; raises KeyError where a package that is needed is not locked."""
    blocks = {
        canonicalize_name(block.partition("==")[0]): block.rstrip("\n") for block in re.split(r"\n(?=\S)", LOCK.read_text(encoding="utf-8"))
    }
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    return "\n".join(blocks[name] for name in sorted(reached(dependencies))) + "\n"


if __name__ == "__main__":
    RUNTIME_LOCK.write_text(text(), encoding="utf-8")
