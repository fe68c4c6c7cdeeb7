"""Which fields of a block differ, by path: ``clean.published.value``, ``entities.places[].lat``.

The members of a list are matched by what they are about (a mention by its place in the text, a piece of
evidence by its kind and key), all others as in a multiset: one that is inserted is one change, and one lost
beside one gained are two. The numbers that extract gives to mentions (``m3``), attributions and quotes shift
with every one that is inserted: in their place stands what they are about.

Where the texts differ every later place in them does, so that places say nothing: there the words stand for
the place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from services.replay.comparing.blocks import Block

Kind = Literal["changed", "lost", "gained"]

ATOMS = frozenset({"clean.align", "clean.fingerprint", "entities.vector"})
"""What is one value however many numbers it has: a text that differs by a letter changes dozens of them."""

SPAN, RAW = {"start", "end"}, "raw"
KEYS: Mapping[str, tuple[str, ...]] = {
    "clean.segments": ("start", "end"),
    "clean.duplicate": ("of",),
    "language.alternatives": ("lang",),
    "entities.mentions": ("about",),
    "entities.entities": ("entity_id",),
    "entities.attributions": ("about",),
    "entities.quotes": ("about",),
    "entities.times": ("about",),
    "entities.numbers": ("about",),
    "entities.places": ("mention_id",),
    "linked.evidence": ("kind", "key"),
    "linked.runner_up.against": ("kind", "key"),
}
NUMBERED = ("mentions", "attributions", "quotes", "times", "numbers")
"""Lists of entities whose members are about one place in the text."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: *was* on the first side, *now* on the second; None on the side that has nothing."""

    path: str
    kind: Kind
    was: Any
    now: Any


def changes(was: Mapping[str, Block], now: Mapping[str, Block], blocks: Sequence[str]) -> list[Change]:
    """Return what differs in *blocks*, those that are known to differ, between two records' contents.

    A block in which nothing differs but the order, the places or the numbering of its members is one change
    of the whole block.
    """
    texts = [side.get("clean", {}).get("text", "") for side in (was, now)]
    placed = texts[0] == texts[1]
    found: list[Change] = []
    for name in blocks:
        a, b = (
            None if (block := side.get(name)) is None else _readable(name, block, text, placed=placed)
            for side, text in zip((was, now), texts, strict=True)
        )
        found += list(_values(name, a, b)) or [
            Change(name, "changed", "the same members", "only their places or their order")
        ]
    return found


def _values(path: str, was: Any, now: Any) -> Iterator[Change]:
    if was == now and type(was) is type(now):
        return
    if was is None or now is None:
        yield Change(path, "gained" if was is None else "lost", was, now)
    elif path in ATOMS:
        yield Change(path, "changed", was, now)
    elif isinstance(was, dict) and isinstance(now, dict):
        for name in was | now:
            yield from _values(f"{path}.{name}", was.get(name), now.get(name))
    elif isinstance(was, list) and isinstance(now, list):
        yield from _members(path, was, now)
    elif was != now:
        yield Change(path, "changed", was, now)


def _members(path: str, was: list[Any], now: list[Any]) -> Iterator[Change]:
    key = _key(path)
    old, new = _by_key(was, key), _by_key(now, key)
    for name in old | new:
        yield from _values(f"{path}[]", old.get(name), new.get(name))


def _key(path: str) -> Callable[[Any], bytes]:
    """Return what says which members of the list at *path* belong together."""
    names = KEYS.get(path, ())
    return lambda item: orjson.dumps(
        [item.get(name) for name in names] if names and isinstance(item, dict) else item, option=SORTED
    )


SORTED = orjson.OPT_SORT_KEYS


def _by_key(items: list[Any], key: Callable[[Any], bytes]) -> dict[tuple[bytes, int], Any]:
    """Return *items* by their key and how many with the same one came before."""
    seen: Counter[bytes] = Counter()
    found = {}
    for item in items:
        name = key(item)
        found[name, seen[name]] = item
        seen[name] += 1
    return found


def _readable(name: str, block: Block, text: str, *, placed: bool) -> Block:
    """Return a block without numbers that only count; unless it is *placed*, without places in *text* too."""
    if name == "entities":
        block = _unnumbered(block, text, placed=placed)
    return block if placed else _worded(block, text)


def _unnumbered(block: Block, text: str, *, placed: bool) -> Block:
    """Return entities with, in place of each member's number, what it is about."""
    called: dict[str, str] = {}
    out = dict(block)
    for name in NUMBERED:
        seen: Counter[str] = Counter()
        members = []
        for item in block.get(name) or []:
            words = _about(item, text)
            seen[words] += 1
            about = f"{words} @{_start(item)}" if placed else f"{words} #{seen[words]}"
            if "id" in item:
                called[item["id"]] = about
            members.append(
                {"about": about} | {field: value for field, value in item.items() if field != "id"}
            )
        out[name] = members
    renamed: Block = _renamed(out, called)
    return renamed


def _about(item: Block, text: str) -> str:
    where = item.get("cue") or item
    return (
        f"{item['kind']}: {text[where['start'] : where['end']]}"
        if "cue" in item
        else text[where["start"] : where["end"]]
    )


def _start(item: Block) -> int:
    return int((item.get("cue") or item)["start"])


def _renamed(value: Any, called: Mapping[str, str]) -> Any:
    """Return *value* with the numbers in its references replaced by what they are about."""
    if isinstance(value, list):
        return [_renamed(item, called) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: [called.get(one, one) for one in part]
        if name == "mention_ids"
        else called.get(part, part)
        if name in {"mention_id", "via"} and isinstance(part, str)
        else _renamed(part, called)
        for name, part in value.items()
    }


def _worded(value: Any, text: str) -> Any:
    """Return *value* with the words in place of each place in *text*; places in the page itself stay."""
    if isinstance(value, list):
        return [_worded(item, text) for item in value]
    if not isinstance(value, dict):
        return value
    spans = value.keys() >= SPAN and value.get("layer") != RAW
    kept = {name: _worded(part, text) for name, part in value.items() if not (spans and name in SPAN)}
    return kept | {"words": text[value["start"] : value["end"]]} if spans else kept
