"""A replay: what it changes against live, its stories side by side as they are there and as they would be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from services.archive.reading import run_page
from services.archive.reading.answers import ArticleCard, RunPage
from services.web.views.asked import Asked, Shown
from shared.records.run_diff import GroupTold, KindTold, RegroupingTold


class Line(NamedTuple):
    """An article of a group: *card* is None where the archive lacks it.

    *moved* says that it is on another side of the change.
    """

    doc_id: str
    card: ArticleCard | None
    headline: str
    moved: bool


class Group(NamedTuple):
    """Articles that are one story on a side, and how many more there are than are named."""

    lines: list[Line]
    more: int


class Beside(NamedTuple):
    """One change: the stories it concerns as they were, and as they are in the run."""

    told: RegroupingTold
    was: list[Group]
    now: list[Group]


async def runs(asked: Asked) -> Shown:
    """Show the runs there are."""
    return Shown("runs.html", asked.tongue.say("runs_title"), await asked.library.ask(run_page.runs))


async def run(asked: Asked) -> Shown:
    """Show what a run changes, against live or the run of ``against``."""
    page: RunPage = asked.there(await asked.library.ask(run_page.run, asked.name, asked.text("against")))
    known = {one.doc_id: one for one in page.articles}
    kinds = page.diff.stories.kinds if page.diff and page.diff.stories else []
    return Shown(
        "run.html",
        f"{asked.tongue.say('run')} {page.run.name}",
        page,
        {"kinds": [(kind, _beside(kind, known)) for kind in kinds]},
    )


def _beside(kind: KindTold, known: Mapping[str, ArticleCard]) -> list[Beside]:
    return [beside(one, known) for one in kind.told]


def beside(told: RegroupingTold, known: Mapping[str, ArticleCard]) -> Beside:
    """Return the groups of a change on either side, the articles that change marked in both."""

    def group(*parts: GroupTold | None) -> Group:
        given = [part for part in parts if part is not None and part.articles]
        lines = [line for part in given for line in _lines(part, known, moved=part is told.docs)]
        return Group(lines, sum(part.articles for part in given) - len(lines))

    apart, whole = [group(told.main), group(told.docs)], [group(told.main, told.docs)]
    if told.kind == "merged":
        return Beside(told, _there(apart), _there(whole))
    if told.joined is None:
        return Beside(told, _there(whole), _there(apart))
    return Beside(
        told, _there([*whole, group(told.joined)]), _there([group(told.main), group(told.joined, told.docs)])
    )


def _there(groups: list[Group]) -> list[Group]:
    return [one for one in groups if one.lines or one.more]


def _lines(part: GroupTold, known: Mapping[str, ArticleCard], *, moved: bool) -> list[Line]:
    heads = {doc_id: part.headline if at == 0 else "" for at, doc_id in enumerate(part.doc_ids)}
    return [Line(doc_id, known.get(doc_id), heads[doc_id] or doc_id, moved) for doc_id in part.doc_ids]
