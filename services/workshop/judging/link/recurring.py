"""The project's own events: what recurs and must stay apart, what is told in other words and must come
together, near misses, siblings.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from services.link.model import Model, model
from services.workshop.judging.link.labels import named
from services.workshop.judging.link.partition_metrics import scores
from services.workshop.streams.labelled_events import written
from services.workshop.streams.link_fold import Earlier, folded, in_time, signed

NAMES = ("apart", "together", "near")


def recurrence(folder: Path, earlier: Earlier, *, settings: Model | None = None) -> dict[str, Any]:
    """Return B³ of recurring events, which must stay apart (``apart.tsv``), and of events told in other words
    (``together.tsv``).

    Both at once in ``near.tsv``: a fortnight of posts in which each event has three to five others of its
    theme within 60 hours (another sentence of the speech, a second fire, the next match), far denser than any
    real stream. ``siblings.tsv``: two events of one kind, day and region; ``wordings.tsv``: one event in six
    wordings and four languages.
    """
    out: dict[str, Any] = {}
    for name in NAMES:
        found = signed(written(folder / f"{name}.tsv"), earlier)
        story_of = folded(in_time(found), settings or model()).story_of
        ids = [s.doc_id for s in found]
        figures = scores(
            [i.rpartition("/")[0] for i in ids], [story_of[i] for i in ids], [s.lang for s in found]
        )
        out[name] = named(figures) | {"stories": len(set(story_of.values()))}
    for name, judge in (("siblings", siblings), ("wordings", wordings)):
        found = signed(written(folder / f"{name}.tsv"), earlier)
        out[name] = judge(folded(in_time(found), settings or model()).story_of)
    return out


def siblings(story_of: Mapping[str, str]) -> dict[str, Any]:
    """Return the share of families whose events stay *apart*, and of events that are *whole*; those with an
    even number are the test half.

    A document is named family, event's letter, line: ``court-1a/12``.
    """
    events = defaultdict[str, dict[str, set[str]]](lambda: defaultdict(set))
    for doc, story in story_of.items():
        event = doc.rpartition("/")[0]
        events[event[:-1].rstrip("-")][event].add(story)
    halves = {"test": sorted(events)[::2], "development": sorted(events)[1::2], "all": sorted(events)}
    return {half: _apart([events[family] for family in families]) for half, families in halves.items()}


def _apart(families: Sequence[Mapping[str, set[str]]]) -> dict[str, float]:
    apart = sum(not (a & b) for events in families for a, b in combinations(events.values(), 2))
    whole = [len(stories) == 1 for events in families for stories in events.values()]
    return {
        "families": len(families),
        "apart": round(apart / len(families), 4),
        "whole": round(sum(whole) / len(whole), 4),
    }


def wordings(story_of: Mapping[str, str]) -> dict[str, Any]:
    """Return the share of documents in the largest story of their event, and of events that are one story."""
    events = defaultdict[str, Counter[str]](Counter)
    for doc, story in story_of.items():
        events[doc.rpartition("/")[0]][story] += 1
    largest = sum(max(stories.values()) for stories in events.values())
    whole = sum(len(stories) == 1 for stories in events.values())
    return {
        "events": len(events),
        "together": round(largest / len(story_of), 4),
        "whole": round(whole / len(events), 4),
    }
