"""Turns an object in a foreign shape into an item of ours.

What nobody asked for, or cannot be read, is kept aside and is never an error.
"""

from __future__ import annotations

from typing import Any

import orjson
from msgspec import Struct

from services.feed.mapping import shapes
from services.feed.mapping.shapes import PAGES, Shape
from services.feed.mapping.value_forms import STRUCTS, fits, fitted, is_nothing

OURS = "khabar"
"""The key in ``extra`` under which feed itself notes something."""
MOST_KEPT_BYTES = 32_768
"""Fields without a place of their own are kept up to this size together: they travel with every raw record.
"""


def understood(
    found: dict[str, Any], kind: type[Struct], shape: Shape | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return *found* as the fields of an item (*kind*), and which of them had a type that says nothing.

    Names are read by *shape* if the user declared one, else by the declared shape that *found* is of. Fields
    that are null or empty are as if absent, and so are those that cannot be read: they cost themselves, and
    never the article. An item in our own words is never read as another shape.
    """
    known = frozenset(kind.__struct_fields__)
    present = {name: value for name, value in found.items() if not is_nothing(value)}
    form = shape or _recognised(present, known)
    item, used = ({}, set[str]()) if form is None else _translated(present, form, kind)
    for name in present.keys() & known - item.keys() - {"extra"}:
        if form is None or name not in form.names:
            value = fitted(name, [present[name]])
            if value is not None and fits({name: value}, kind):
                item[name] = value
                used.add(name)
    if form is not None:  # a second form of the page is not kept: it says the same
        used |= {
            name for name in present if form.names.get(name) in PAGES and any(page in item for page in PAGES)
        }
    unread = _unread(present, item, {name: name for name in known} | dict({} if form is None else form.names))
    own = present.get("extra", {})
    left = {
        name: value
        for name, value in present.items()
        if name not in used and not (name == "extra" and isinstance(own, dict))
    }
    extra = _kept(
        ({name: value for name, value in own.items() if name != OURS} if isinstance(own, dict) else {}) | left
    )
    return item | {"extra": extra} if extra else item, unread


def _unread(present: dict[str, Any], item: dict[str, Any], names: dict[str, str]) -> list[str]:
    """Return our fields, and parts of them, that were given something and are not in *item*.

    *names* is foreign → ours.
    """
    lost = {names[name] for name in present.keys() & names.keys()} - item.keys() - {"extra"}
    if any(name in item for name in PAGES):  # one page is enough
        lost -= {*PAGES}
    parts = {
        f"{name}.{part}"
        for name in present.keys() & STRUCTS.keys() & item.keys()
        if isinstance(present[name], dict) and isinstance(item[name], dict)
        for part in STRUCTS[name].__struct_fields__
        if part in present[name] and part not in item[name] and not is_nothing(present[name][part])
    }
    return sorted(lost | parts)


def _recognised(present: dict[str, Any], known: frozenset[str]) -> Shape | None:
    has_page = any(name in present for name in PAGES)
    if has_page and ("source" in present or all(name in known for name in present)):
        return None
    names = frozenset(present)
    return next((shape for shape in shapes.declared() if shape.is_of(names)), None)


def _translated(present: dict[str, Any], shape: Shape, kind: type[Struct]) -> tuple[dict[str, Any], set[str]]:
    """Return the item that *shape* makes of *present*, and the top fields that are in it unchanged."""
    item: dict[str, Any] = {}
    used = set()
    for ours, paths in shape.fields.items():
        if ours in PAGES and any(name in item for name in PAGES):
            continue
        for path in paths:
            value = fitted(ours, list(path.values(present)))
            if value is not None and fits({ours: value}, kind):
                item[ours] = value
                if len(path.steps) == 1 or ours in PAGES:
                    used.add(path.first)
                break
    return item, used


def _kept(left: dict[str, Any]) -> dict[str, Any]:
    """Return what is *left*, as far as there is room; what is not kept is named."""
    kept: dict[str, Any] = {}
    room, left_out = MOST_KEPT_BYTES, []
    for name, value in left.items():
        size = _size(value) + len(name)
        if size > room:
            left_out.append(name[:100])
            continue
        room -= size
        kept[name] = value
    return kept | {OURS: {"left_out": left_out[:50]}} if left_out else kept


def _size(value: Any) -> int:
    """Return the bytes that *value* takes, or more than the limit when it is nested too deep to write."""
    try:
        return len(orjson.dumps(value))
    except orjson.JSONEncodeError:
        return MOST_KEPT_BYTES + 1
