"""What is known of articles: labelled streams, records drawn at random, the project's own events, halves of
translated documents.

Labels are read to judge the linker and to fit its weights; where a set of them says which articles are of one
event, the files are the same for both.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct, convert
from msgspec.structs import replace

from services.checkout import ROOT
from services.link.numeric.time_units import DAY_S
from services.link.reading.signature import Signature
from services.workshop.streams.link_fold import Earlier, lines, made, record_of, signed
from shared.records import Raw

KINDS = ("same", "storyline", "other")
DRAWN = ROOT / "tests" / "eval" / "drawn"
RECURRENCE = ROOT / "tests" / "eval" / "recurrence"
BREAK = "⏎"
LANGS = ("en", "ar", "fa")


@dataclass(frozen=True, slots=True)
class Labels:
    """The documents of each event (*core*), their languages, labelled pairs, and *window*: (event, document
    beside it in time).
    """

    core: dict[str, list[str]]
    lang: dict[str, str]
    pairs: list[dict[str, Any]]
    window: list[tuple[str, str]]

    @classmethod
    def read(cls, folder: Path) -> Labels:
        """Read ``events.jsonl``, ``docs.jsonl``, ``pairs.jsonl`` and ``window_neg.jsonl`` of *folder*."""
        return cls(
            core={event["event_id"]: event["core"] for event in lines(folder / "events.jsonl")},
            lang={doc["doc_id"]: doc["lang"] for doc in lines(folder / "docs.jsonl")},
            pairs=list(lines(folder / "pairs.jsonl")),
            window=[(row["event_id"], row["doc_id"]) for row in lines(folder / "window_neg.jsonl")],
        )

    def outside(self) -> list[tuple[str, str]]:
        """Return (event, document) where the document is known to be no part of the event."""
        hard = [
            (pair["event"], pair[side])
            for pair in self.pairs
            if pair["why"] == "hard_negative"
            for side in ("a", "b")
        ]
        return self.window + [(event, doc) for event, doc in hard if doc not in self.core.get(event, ())]

    def cut(self, piece_of: Mapping[str, int]) -> Labels:
        """Return the labels of a stream cut in pieces: an event becomes one for each piece, a pair between
        two pieces is left out.
        """
        core = defaultdict[str, list[str]](list)
        for event, docs in self.core.items():
            for doc in docs:
                core[f"{event}/{piece_of.get(doc)}"].append(doc)
        window = [(f"{event}/{piece_of[doc]}", doc) for event, doc in self.window if doc in piece_of]
        pairs = [pair for pair in self.pairs if piece_of.get(pair["a"]) == piece_of.get(pair["b"])]
        return Labels(dict(core), self.lang, pairs, [(event, doc) for event, doc in window if event in core])


class Seed(Struct, frozen=True):
    """One drawn record, of a *kind* («event», else no single happening), and how its neighbours were read."""

    seed: str
    kind: str
    same: list[str]
    storyline: list[str]
    other: list[str]
    unsure: list[str] = []

    def judged(self) -> list[tuple[str, str]]:
        """Return each neighbour that was judged, with the judgement."""
        return [(doc, kind) for kind in KINDS for doc in getattr(self, kind)]


def seeds_of(folder: Path) -> list[Seed]:
    """Return the seeds of *folder* that tell of one happening: of its ``seeds.jsonl``, and those that were
    drawn for this project.

    None where there are neither. Ours hold ids alone (``DRAWN``); two readers judged each, who did not see
    what the engine joins.
    """
    files = (folder / "seeds.jsonl", DRAWN / f"{folder.name}.jsonl")
    return [
        seed
        for file in files
        if file.exists()
        for row in lines(file)
        if (seed := convert(row, Seed)).kind == "event"
    ]


def table(file: Path) -> list[list[str]]:
    """Return the rows of a table of our own: family, event, language, time, text."""
    return [
        line.split("\t") for line in file.read_text(encoding="utf8").splitlines() if not line.startswith("#")
    ]


def written(file: Path) -> list[Raw]:
    """Return the pages of such a table; a page is named event/line."""
    rows = enumerate(table(file))
    return [
        record_of(made(f"{event}/{i}", text.replace(BREAK, "\n"), at), declared=lang)
        for i, (_, event, lang, at, text) in rows
    ]


def halves_of(file: Path, earlier: Earlier) -> dict[str, Signature]:
    """Return both halves of each translated document of *file*, by event/language/half: every second
    sentence.
    """
    records = [
        record_of(
            made(f"{row['event']}/{row['lang']}/{half}", text, "2024-01-01T00:00:00Z"), declared=row["lang"]
        )
        for row in sorted(lines(file), key=lambda row: (row["event"], row["lang"]))
        for half in (0, 1)
        if (text := " ".join(row["sentences"][half::2]))
    ]
    return {s.doc_id: s for s in signed(records, earlier)}


def placed(halves: Mapping[str, Signature], langs: Sequence[str], seed: int) -> list[Signature]:
    """Return the halves in *langs* inside one week of a made-up stream, those of one document within some 19
    hours.
    """
    dice, found = random.Random(seed), []
    for event in sorted({name.partition("/")[0] for name in halves}):
        day = dice.uniform(0, 6)
        for lang in langs:
            for half in (0, 1):
                at = (day + dice.uniform(0, 0.8)) * DAY_S
                if (one := halves.get(f"{event}/{lang}/{half}")) is not None:
                    found.append(replace(one, at=at, fetched=at))
    return found
