"""The independent origins of a story: articles that name one source count once, copies not at all."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from services.link.reading.words import tokens
from shared.records import Entities
from shared.records.story import OriginCount, Origins

MOST = 100  # origins that a story keeps apart
MOST_NAMES = 12  # of an origin
MOST_LISTED = 20  # origins that a record lists, and outlets of one

Resting = tuple[str, str]
"""One article: the name by which its origin is known, and the outlet it came through."""


class Voucher(Struct, frozen=True, array_like=True):
    """An origin of a story: its folded names, how many articles rest on it, through which outlets."""

    name: str
    names: list[str]
    n: int
    via: list[str]


def declared(entities: Entities) -> tuple[str | None, list[str]]:
    """Return the source that an article names, and the names in every language by which it is known."""
    name = entities.provenance.origin_guess
    if name is None:
        return None, []
    ids = [
        item.agent.entity_id
        for item in entities.attributions
        if item.agent.text == name and isinstance(item.agent.entity_id, str)
    ]
    labels = [
        label for entity in entities.entities if entity.entity_id in ids for label in entity.label.values()
    ]
    return name, list(dict.fromkeys([*ids, *map(folded, [name, *labels])]))[:MOST_NAMES]


def folded(name: str) -> str:
    """Return a name as names are compared."""
    return " ".join(word.lower() for word, _, _ in tokens(name))


def with_article(known: list[Voucher], name: str, names: list[str], outlet: str) -> list[Voucher]:
    """Return the origins with one article more, which came through *outlet*."""
    return merged_vouchers(known, [Voucher(name, names, 1, [outlet])])


def with_copy(known: list[Voucher], names: list[str], outlet: str) -> list[Voucher]:
    """Return the origins with one copy more of an article that rests on one called *names*; none is new."""
    if not any(set(names) & set(origin.names) for origin in known):
        return known
    return merged_vouchers(known, [Voucher("", names, 1, [outlet])])


def merged_vouchers(known: list[Voucher], more: list[Voucher]) -> list[Voucher]:
    """Return both lists as one: origins that share a name are one."""
    out = list(known)
    for new in more:
        same = [origin for origin in out if set(origin.names) & set(new.names)]
        if not same and len(out) >= MOST:
            continue
        one = same[0] if same else Voucher(new.name, [], 0, [])
        parts = [*(same or [one]), new]
        whole = Voucher(
            one.name,
            list(dict.fromkeys(name for part in parts for name in part.names))[:MOST_NAMES],
            sum(part.n for part in parts),
            list(dict.fromkeys(outlet for part in parts for outlet in part.via))[:MOST_LISTED],
        )
        at = out.index(one) if same else len(out)
        out = [*out[:at], whole, *(origin for origin in out[at + 1 :] if origin not in same)]
    return out


def listed(known: list[Voucher]) -> Origins:
    """Return the block of the record: the largest origins first."""
    ranked = sorted(known, key=lambda origin: (-origin.n, origin.name))[:MOST_LISTED]
    return Origins(
        n_independent=len(known),
        ranked=[OriginCount(origin=one.name, n=one.n, via=one.via) for one in ranked],
    )


def divided(
    known: list[Voucher], leaving: Collection[Resting], staying: Collection[Resting]
) -> tuple[list[Voucher], list[Voucher]]:
    """Return the origins of those that stay and of those that leave.

    Outlets of which neither side knows a member stay. An article of the first part and one of the second may
    rest on one origin: it is then counted in both.
    """
    left, gone = [], []
    for origin in known:
        mine = [outlet for name, outlet in leaving if name in origin.names]
        theirs = {outlet for name, outlet in staying if name in origin.names}
        if mine:
            gone.append(
                Voucher(origin.name, origin.names, len(mine), list(dict.fromkeys(mine))[:MOST_LISTED])
            )
        if origin.n > len(mine):
            left.append(
                Voucher(
                    origin.name,
                    origin.names,
                    origin.n - len(mine),
                    [o for o in origin.via if o in theirs or o not in mine],
                )
            )
    return left, gone
