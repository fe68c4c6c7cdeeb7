"""Reads a value of whatever type a tool wrote as a field of ours; one with two readings counts as none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from services.feed.mapping.shapes import PAGES
from shared.records import Declared, Scraper, Source
from shared.text import epochs
from shared.wire.headers import rfc3339

STRUCTS: dict[str, type[Struct]] = {"source": Source, "declared": Declared, "scraper": Scraper}
"""Fields of ours that are objects."""
TIMES = ("fetched_at", "published")
JOINED = ("author", "section")
_NAMES = ("name", "@value", "value", "rendered", "$date", "$numberLong", "$oid", "@id", "url")
"""Under which of them an object that stands for a text holds it: JSON-LD, WordPress, exports of MongoDB."""
_ADDRESSES = ("@id", "url", "@value", "value", "$oid")
_BODIES = ("@value", "value", "rendered")
_NOTHING = frozenset({"none", "null", "nan", "nat", "undefined", "\\n", "<na>"})
"""How tools write that there is nothing: ``str(None)``, pandas, JavaScript, dumps of MySQL."""


def is_nothing(value: Any) -> bool:
    """Whether *value* says that there is none."""
    if isinstance(value, str):
        text = value.strip()
        return not text or text.lower() in _NOTHING
    return value is None or value in ({}, []) or value != value  # noqa: PLR0124 - only NaN is not itself


def fitted(ours: str, values: Sequence[Any]) -> Any:
    """Return what *values* say for the field *ours*, or None when they say nothing.

    The first value that says something counts. A list of one is the one; more are joined where the field is
    made of several, and are nothing where only one can be true.
    """
    if ours in STRUCTS:
        parts = next(
            filter(None, (_parts(value, STRUCTS[ours]) for value in values if isinstance(value, dict))), None
        )
        if parts or ours != "source":  # a source may be an id alone
            return parts
    if ours in PAGES:
        found = "\n\n".join(filter(None, map(_body, values)))
    elif ours in JOINED:
        found = ", ".join(dict.fromkeys(filter(None, map(_words, values))))
    elif ours in TIMES:
        found = next(filter(None, map(_time, values)), "")
    else:
        found = next(
            filter(None, (_one(value, _ADDRESSES if ours == "url" else _NAMES) for value in values)), ""
        )
    return found or None


def fits(given: dict[str, Any], kind: type[Struct]) -> bool:
    """Whether *given* can be a *kind*."""
    try:
        msgspec.convert(given, kind)
    except msgspec.ValidationError:
        return False
    return True


def _parts(given: dict[str, Any], kind: type[Struct]) -> dict[str, Any]:
    """Return the fields of *given* that *kind* has and that fit; none when one that it needs does not."""
    found: dict[str, Any] = {}
    for name in kind.__struct_fields__:
        value = fitted(name, [given[name]]) if name in given else None
        if value is not None and fits(found | {name: value}, kind):
            found[name] = value
    return found if fits(found, kind) else {}


def _body(value: Any) -> str:
    """Return the text of a page: a string, an object that stands for one, or a list of paragraphs."""
    if isinstance(value, str):
        return "" if is_nothing(value) else value
    if isinstance(value, dict):
        return next(
            filter(None, (_body(value.get(key)) for key in _BODIES if isinstance(value.get(key), str))), ""
        )
    if isinstance(value, list):
        paragraphs = [one for one in value if not is_nothing(one)]
        return "\n\n".join(paragraphs) if all(isinstance(one, str) for one in paragraphs) else ""
    return ""


def _words(value: Any, names: Sequence[str] = _NAMES) -> str:
    """Return the text in a value: a string, a number, the name of an object, or those of a list."""
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(filter(None, (_words(one, names) for one in value))))
    if isinstance(value, dict):
        return next(filter(None, (_words(value.get(key), names) for key in names)), "")
    if is_nothing(value) or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():  # tables make 7.0 of an id that is 7
        value = int(value)
    return str(value)


def _one(value: Any, names: Sequence[str] = _NAMES) -> str:
    """Return the text in a value that holds only one."""
    if isinstance(value, list):
        found = {_one(one, names) for one in value} - {""}
        return found.pop() if len(found) == 1 else ""
    return _words(value, names)


def _time(value: Any) -> str:
    """Return a moment in words; one that is a number of seconds as RFC 3339."""
    if isinstance(value, list):
        return _one([_time(one) for one in value])
    if isinstance(value, dict):
        return next(filter(None, (_time(value.get(key)) for key in _NAMES)), "")
    if is_nothing(value) or isinstance(value, bool):
        return ""
    counted = epochs.moment(value)
    return rfc3339(round(counted.timestamp() * 1000)) if counted else str(value).strip()
