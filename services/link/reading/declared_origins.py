"""The independent origins of a story: articles that name one source count once, copies not at all."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from msgspec import Struct

from services.link.reading.words import tokens
from shared.records import Entities
from shared.records.story import OriginCount, Origins

MOST_ORIGINS = 100  # origins that a story keeps apart
MOST_NAMES = 12  # names kept of one origin
MOST_LISTED = 20  # origins that a record lists, and outlets of one


class ArticleOrigin(NamedTuple):
    """What one article rests on: the name by which its origin is known, and the outlet it came through."""

    name: str
    outlet: str


class StoryOrigin(Struct, frozen=True, array_like=True):
    """An origin of a story: its folded names, how many articles rest on it, through which outlets."""

    name: str
    names: list[str]
    n: int
    via: list[str]


def declared_origin(entities: Entities) -> tuple[str | None, list[str]]:
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


def with_article(origins: list[StoryOrigin], name: str, names: list[str], outlet: str) -> list[StoryOrigin]:
    """Return the origins with one article more, which came through *outlet*."""
    return joined_origins(origins, [StoryOrigin(name, names, 1, [outlet])])


def with_copy(origins: list[StoryOrigin], names: list[str], outlet: str) -> list[StoryOrigin]:
    """Return the origins with one copy more of an article whose origin has these *names*; none is new."""
    if not any(set(names) & set(origin.names) for origin in origins):
        return origins
    return joined_origins(origins, [StoryOrigin("", names, 1, [outlet])])


def joined_origins(origins: list[StoryOrigin], more: list[StoryOrigin]) -> list[StoryOrigin]:
    """Return both lists as one: origins that share a name are one."""
    out = list(origins)
    for new in more:
        same = [origin for origin in out if set(origin.names) & set(new.names)]
        if same:
            at = out.index(same[0])
            behind = [origin for origin in out[at + 1 :] if origin not in same]
            out = [*out[:at], _as_one([*same, new]), *behind]
        elif len(out) < MOST_ORIGINS:
            out.append(_as_one([new]))
    return out


def _as_one(origins: list[StoryOrigin]) -> StoryOrigin:
    """Return origins that share names as one, called as the first is."""
    return StoryOrigin(
        origins[0].name,
        list(dict.fromkeys(name for origin in origins for name in origin.names))[:MOST_NAMES],
        sum(origin.n for origin in origins),
        list(dict.fromkeys(outlet for origin in origins for outlet in origin.via))[:MOST_LISTED],
    )


def listed(origins: list[StoryOrigin]) -> Origins:
    """Return the block of the record: the largest origins first."""
    ranked = sorted(origins, key=lambda origin: (-origin.n, origin.name))[:MOST_LISTED]
    return Origins(
        n_independent=len(origins),
        ranked=[OriginCount(origin=origin.name, n=origin.n, via=origin.via) for origin in ranked],
    )


def divided(
    origins: list[StoryOrigin], leaving: Collection[ArticleOrigin], staying: Collection[ArticleOrigin]
) -> tuple[list[StoryOrigin], list[StoryOrigin]]:
    """Return the origins of the articles that stay, and those of the articles that leave.

    Outlets of which neither side knows a member stay. An origin on which articles of both sides rest is
    counted in both.
    """
    of_staying, of_leaving = [], []
    for origin in origins:
        gone = [article.outlet for article in leaving if article.name in origin.names]
        kept = {article.outlet for article in staying if article.name in origin.names}
        if gone:
            of_leaving.append(
                StoryOrigin(origin.name, origin.names, len(gone), list(dict.fromkeys(gone))[:MOST_LISTED])
            )
        if origin.n > len(gone):
            via = [outlet for outlet in origin.via if outlet in kept or outlet not in gone]
            of_staying.append(StoryOrigin(origin.name, origin.names, origin.n - len(gone), via))
    return of_staying, of_leaving
