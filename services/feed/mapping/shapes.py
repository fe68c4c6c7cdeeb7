"""How tools write articles: the declared shapes (``data/mappings.yml``), and those of ``--map``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.feed.mapping.field_path import FieldPath

DECLARED = Path(__file__).parents[1] / "data" / "mappings.yml"
PAGES = ("payload", "html", "text", "payload_b64")
"""Fields that hold the page itself; an item has one of them."""
TARGETS = (*PAGES, "media_type", "encoding", "url", "publisher_code", "source", "publisher", "fetched_at", "published", "lang", "title",
           "author", "section")  # fmt: skip
"""Fields of ours that a shape may fill."""


class BadMapping(ValueError):
    """A mapping that cannot be used; the message says which field of which file, and why."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How one tool writes an article.

    *fields* lead from a field of ours to the paths of which the first with a value counts; *names* lead from
    its own top fields to ours. A shape is known by fields that an object has *all* of and *any* of.
    """

    name: str
    fields: Mapping[str, tuple[FieldPath, ...]]
    names: Mapping[str, str]
    all: frozenset[str] = frozenset()
    any: frozenset[str] = frozenset()

    @classmethod
    def of(cls, name: str, given: Mapping[Any, Any], known_by: Mapping[str, list[str]]) -> Shape:
        """Return the shape that *given* declares: our field ← path, or a list of paths; raises BadMapping."""
        fields = {}
        for ours, paths in given.items():
            if ours not in TARGETS:
                raise BadMapping(f"{name}: {ours} is no field of ours; they are {', '.join(TARGETS)}")
            try:
                fields[ours] = tuple(
                    FieldPath.parse(str(one)) for one in (paths if isinstance(paths, list) else [paths])
                )
            except ValueError as error:
                raise BadMapping(f"{name}: {ours}: {error}") from None
        names = {path.first: ours for ours, paths in reversed(fields.items()) for path in paths}
        return cls(
            name, fields, names, frozenset(known_by.get("all", ())), frozenset(known_by.get("any", ()))
        )

    def is_of(self, present: frozenset[str]) -> bool:
        """Whether an object with the fields *present* is of this shape."""
        return self.all <= present and bool(self.any & present)


@cache
def declared() -> tuple[Shape, ...]:
    """Return the declared shapes, the most particular first."""
    found = yaml.safe_load(DECLARED.read_text(encoding="utf-8"))
    return tuple(Shape.of(name, given["fields"], given["known_by"]) for name, given in found.items())


@cache
def known_names() -> Mapping[str, str]:
    """Return every foreign field that a declared shape reads → ours."""
    return {name: ours for shape in reversed(declared()) for name, ours in shape.names.items()}


def read(path: Path) -> Shape:
    """Return the shape that a user declares in *path*: a YAML object, our field ← path or list of paths.

    Raises BadMapping.
    """
    try:
        given = yaml.safe_load(path.read_bytes())
    except yaml.YAMLError as error:
        raise BadMapping(
            f"{path}: no YAML (a path with [ ] in a list needs quotes): {' '.join(str(error).split())}"
        ) from None
    if not isinstance(given, dict) or not given:
        raise BadMapping(f"{path}: an object is needed, such as:  text: article.body[0].value")
    return Shape.of(str(path), given, {})
