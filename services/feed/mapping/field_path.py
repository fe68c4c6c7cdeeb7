"""Where a value stands in a JSON object: ``headline``, ``a.b[0].c``, ``authors[].name`` (of every one)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

EVERY = "[]"
_STEP = re.compile(r"([^.\[\]]+)(?:\.|(?=\[)|\Z)|\[(\d*)\](?:\.|(?=\[)|\Z)")


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A path in its written form, and its steps: a name, a place in a list, or ``[]`` for each of a list."""

    written: str
    steps: tuple[str | int, ...]

    @classmethod
    def parse(cls, written: str) -> FieldPath:
        """Read the written form; raises ValueError on anything else."""
        steps: list[str | int] = []
        at = 0
        while at < len(written):
            found = _STEP.match(written, at)
            if found is None:
                break
            steps.append(found[1] if found[1] is not None else int(found[2]) if found[2] else EVERY)
            at = found.end()
        if (
            at < len(written)
            or not steps
            or not isinstance(steps[0], str)
            or steps[0] == EVERY
            or written.endswith(".")
        ):
            raise ValueError(f"{written!r} is no path: write it as a.b[0].c")
        return cls(written, tuple(steps))

    @property
    def first(self) -> str:
        """The field at the top that the path begins with."""
        return str(self.steps[0])

    def values(self, found: dict[str, Any]) -> Iterator[Any]:
        """Yield what stands at this path in *found*, without nulls; a dotted name is also tried as it is."""
        if self.written in found:
            yield from () if found[self.written] is None else (found[self.written],)
            return
        yield from _follow(found, self.steps)


def _follow(value: Any, steps: tuple[str | int, ...]) -> Iterator[Any]:
    if value is None:
        return
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step == EVERY:
        for one in value if isinstance(value, list) else ():
            yield from _follow(one, rest)
    elif isinstance(step, int):
        if isinstance(value, list) and step < len(value):
            yield from _follow(value[step], rest)
    elif isinstance(value, dict):
        yield from _follow(value.get(step), rest)
