"""The runs there are, and what one of them changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from services.archive.reading import cards
from services.archive.reading.answers import ArticleCard, RunCard, RunList, RunPage
from services.archive.reading.opening import Archive
from shared.records.run import Run
from shared.records.run_diff import RunDiff
from shared.wire import topics

_RUNS = msgspec.json.Decoder(Run)
_DIFFS = msgspec.json.Decoder(RunDiff)


def runs(archive: Archive) -> RunList:
    """Return the runs not dropped and those of which a diff is kept, the one that changed last first."""
    with archive.look() as db:
        known = {name: _RUNS.decode(record) for name, record in db.execute("SELECT name, record FROM runs")}
        found = [
            _DIFFS.decode(record)
            for (record,) in db.execute("SELECT record FROM diffs ORDER BY run, against")
        ]
    compared = {one.run for one in found}
    listed = [_card(run, found) for run in known.values() if run.state != "dropped" or run.name in compared]
    return RunList(runs=sorted(listed, key=lambda card: card.run.at, reverse=True))


def run(archive: Archive, name: str, against: str | None = None) -> RunPage | None:
    """Return the run *name* with what it changes *against* another one; None when there is no such run.

    By default the other one is live, else any.
    """
    with archive.look() as db:
        row = db.execute("SELECT record FROM runs WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        found = [
            _DIFFS.decode(one)
            for (one,) in db.execute("SELECT record FROM diffs WHERE run = ? ORDER BY against", (name,))
        ]
        asked = topics.LIVE if against is None else against
        shown = next((one for one in found if one.against == asked), None)
        if shown is None and against is None:
            shown = next(iter(found), None)
        known = _RUNS.decode(row[0])
        articles = [] if shown is None else _articles(db, _named(shown))
    return RunPage(run=known, compared_with=[one.against for one in found], diff=shown, articles=articles)


def _card(run: Run, found: Iterable[RunDiff]) -> RunCard:
    own = [one for one in found if one.run == run.name]
    shown = next((one for one in own if one.against == topics.LIVE), own[0] if own else None)
    kinds = {one.kind: one.times for one in shown.stories.kinds} if shown and shown.stories else {}
    return RunCard(
        run=run,
        against=shown.against if shown else None,
        compared_at=shown.at if shown else None,
        differences=shown.differences if shown else None,
        split=kinds.get("split", 0),
        merged=kinds.get("merged", 0),
        moved=kinds.get("moved", 0),
    )


def _named(diff: RunDiff) -> Iterator[str]:
    """Yield the articles that *diff* names."""
    for kind in diff.stories.kinds if diff.stories else ():
        for one in kind.told:
            for group in (one.docs, one.main, one.joined):
                yield from group.doc_ids if group else ()


def _articles(db: sqlite3.Connection, doc_ids: Iterable[str]) -> list[ArticleCard]:
    query = f"SELECT {cards.ARTICLE} FROM articles WHERE doc_id = ? AND newest"
    rows = (db.execute(query, (doc_id,)).fetchone() for doc_id in dict.fromkeys(doc_ids))
    return [cards.article_card(row) for row in rows if row is not None]
