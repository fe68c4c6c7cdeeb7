"""The two articles that the project exists for, inside a week of other news: one story, and nobody else in
it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.checkout import SEEDS
from services.link.changes import Changes
from services.link.model import Model
from services.link.reading.signature import Signature
from services.workshop.judging.link.impostors import moved
from services.workshop.streams.link_fold import Earlier, folded, in_time, record_of, signed
from shared.records import Raw
from shared.records.raw import Source

FETCHED = "2022-01-27T12:00:00Z"  # an hour and a half after the one that is dated
DAYS = 7


def seeds(rows: Sequence[Mapping[str, Any]], earlier: Earlier, settings: Model) -> dict[str, Any]:
    """Return how the seeds are linked inside *DAYS* days out of the middle of a stream, moved by whole weeks
    to surround them.
    """
    times = [datetime.fromisoformat(row["first_seen_at"]) for row in rows]
    middle, here = min(times) + (max(times) - min(times)) / 2, datetime.fromisoformat(FETCHED)
    weeks = round((middle - here) / timedelta(weeks=1))
    away = timedelta(weeks=weeks)
    around = [
        row for row, at in zip(rows, times, strict=True) if abs(at - here - away) <= timedelta(days=DAYS) / 2
    ]
    return seeds_among([record_of(moved(row, -7 * weeks)) for row in around], earlier, settings)


def seeds_among(others: Sequence[Raw], earlier: Earlier, settings: Model) -> dict[str, Any]:
    """Return how the seeds are linked among *others*: members of their story, *foreign* ones, score and
    margin of the second seed.
    """
    mine = [seed(path) for path in sorted(SEEDS.glob("*.txt"))]
    names, linked = [page.doc_id for page in mine], dict[str, Any]()

    def watch(article: Signature, changes: Changes) -> None:
        if article.doc_id in names:
            linked[article.doc_id] = changes.linked

    found = signed(sorted([*others, *mine], key=lambda page: (page.fetched_at, page.doc_id)), earlier)
    story_of = folded(in_time(found), settings, watch=watch).story_of
    stories = {story_of[name] for name in names}
    members = [doc for doc, story in story_of.items() if story in stories]
    last = linked[names[-1]]
    return {
        "one_story": len(stories) == 1,
        "members": len(members),
        "foreign": len(members) - len(names),
        "score": last.score,
        "margin": last.margin,
        "runner_up": None if last.runner_up is None else last.runner_up.score,
        "others": len(others),
    }


def seed(path: Path) -> Raw:
    """Return a seed as feed would write it: nothing is declared, its date is in its text or nowhere."""
    text = path.read_text(encoding="utf8")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Raw(
        doc_id=f"seed/{path.stem}",
        id_basis="content",
        rev=digest[:16],
        content_sha256=digest,
        source=Source(id=path.stem),
        fetched_at=FETCHED,
        first_seen_at=FETCHED,
        payload=text,
    )
