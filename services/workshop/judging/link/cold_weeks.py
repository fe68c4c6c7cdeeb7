"""What a fresh deployment gives: each week of a stream from an empty state."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from services.link.model import Model
from services.link.numeric.time_units import DAY_S
from services.link.reading.signature import Signature, seconds
from services.workshop.judging.link.impostors import swallowed
from services.workshop.judging.link.labelled_stream import Stream
from services.workshop.judging.link.labels import labelled
from services.workshop.streams.link_fold import folded, in_time

WEEK_S = 7 * DAY_S


def cold_weeks(found: Stream, settings: Model) -> dict[str, Any]:
    """Return the figures of the weeks of arrivals, each folded from an empty state, labels pooled; impostors
    of weeks before.
    """
    start = min(seconds(row["first_seen_at"]) for row in found.rows)

    def week(at: float) -> int:
        return int((at - start) // WEEK_S)

    def weeks(articles: list[Signature]) -> list[list[Signature]]:
        pieces = defaultdict[int, list[Signature]](list)
        for article in in_time(articles):
            pieces[week(article.fetched)].append(article)
        return [pieces[number] for number in sorted(pieces)]

    runs = [folded(articles, settings) for articles in weeks(found.signatures)]
    story_of = {doc: story for run in runs for doc, story in run.story_of.items()}
    figures = labelled(
        story_of, found.labels.cut({row["id"]: week(seconds(row["first_seen_at"])) for row in found.rows})
    )
    mixed = [folded(articles, settings) for articles in weeks([*found.signatures, *found.impostors])]
    return figures | {"weeks": len(runs), "impostors": swallowed(mixed)}
