"""Which pairs of articles the labels name, lane by lane: of streams, own events, translated halves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from services.link.numeric.vectors import norm_of
from services.link.reading.signature import Signature
from services.workshop.streams.labelled_events import (
    LANGS,
    RECURRENCE,
    Labels,
    halves_of,
    placed,
    seeds_of,
    table,
    written,
)
from services.workshop.streams.link_fold import Earlier, lines, record_of, signed

TABLES = {
    "near": "near misses",
    "siblings": "siblings",
    "apart": "recurring",
    "together": "recurring",
    "wordings": "recurring",
}
HARD = 6  # halves of other documents that each half is held against: the nearest in meaning, as candidates of seeds are
ORDER = 7  # the seed of the made-up week


class Label(NamedTuple):
    """What is known of two documents.

    *kind*: the set. *event*, *week*: what is left out together when one of them is judged.
    """

    kind: str
    event: str
    week: str
    a: str
    b: str
    same: bool


@dataclass(frozen=True, slots=True)
class Labelled:
    """The articles of one lane and the labels of their pairs.

    Also how many records of the whole stream stand behind each article.
    """

    articles: list[Signature]
    labels: list[Label]
    thinned: float = 1.0


def labelled_lanes(data: Path, earlier: Earlier) -> Iterator[Labelled]:
    """Yield every lane of the labels below *data*, and of our own."""
    for stream in sorted(data.glob("*/stream.jsonl.gz")):
        yield of_stream(stream.parent, earlier)
    for name, kind in TABLES.items():
        yield of_table(RECURRENCE / f"{name}.tsv", kind, earlier)
    for file in sorted(data.glob("ntrex-dev/docs.jsonl.gz")):
        yield from of_halves(halves_of(file, earlier))


def of_stream(folder: Path, earlier: Earlier) -> Labelled:
    """Return the labelled records of a stream; those that no label names are not read."""
    labels, rows = Labels.read(folder), list(lines(folder / "stream.jsonl.gz"))
    week = {row["id"]: f"{folder.name} {_week(row['first_seen_at'])}" for row in rows}
    told = [
        ("events", pair["event"].partition("/")[0], pair["a"], pair["b"], pair["label"] == 1)
        for pair in labels.pairs
    ]
    told += [
        ("events", event, core, doc, False)
        for event, doc in labels.window
        for core in labels.core[event]
        if core != doc
    ]
    told += [
        ("seeds", seed.seed, seed.seed, doc, kind == "same")
        for seed in seeds_of(folder)
        for doc, kind in seed.judged()
    ]
    found = [
        Label(kind, f"{folder.name} {event}", week.get(a, ""), a, b, same) for kind, event, a, b, same in told
    ]
    named = {doc for label in found for doc in (label.a, label.b)}
    kept = sorted(
        (row for row in rows if row["id"] in named), key=lambda row: (row["first_seen_at"], row["id"])
    )
    return Labelled(signed([record_of(row) for row in kept], earlier), found, len(rows) / len(kept))


def of_table(file: Path, kind: str, earlier: Earlier) -> Labelled:
    """Return the pairs inside each family of a table: of one event, or of two easily taken for one."""
    rows = [
        (family, event, _week(at), f"{event}/{i}") for i, (family, event, _, at, _) in enumerate(table(file))
    ]
    pairs = [(a, b) for a, b in combinations(rows, 2) if a[0] == b[0]]
    found = [
        Label(kind, f"{file.stem} {a[0]}", f"{file.stem} {a[2]}", a[3], b[3], a[1] == b[1]) for a, b in pairs
    ]
    return Labelled(signed(written(file), earlier), found)


def of_halves(halves: dict[str, Signature]) -> Iterator[Labelled]:
    """Yield a lane of three languages, and one of each other language with English.

    English pairs are told once.
    """
    others = sorted({name.split("/")[1] for name in halves} - set(LANGS))
    for langs in (LANGS, *((LANGS[0], lang) for lang in others)):
        articles, new = placed(halves, langs, ORDER), "" if langs is LANGS else f"/{langs[-1]}/"
        pairs = sorted(pair for pair in _held(articles) if any(new in name for name in pair))
        found = [
            Label("ntrex", f"ntrex {_event(a)}", "ntrex", a, b, _event(a) == _event(b)) for a, b in pairs
        ]
        yield Labelled(articles, found)


def _held(articles: Sequence[Signature]) -> set[tuple[str, str]]:
    """Return all pairs of halves of one document, and of each half with the *HARD* nearest of others."""
    names, events = [s.doc_id for s in articles], np.array([_event(s.doc_id) for s in articles])
    vectors = np.array(
        [np.frombuffer(s.vector, np.int8) / norm_of(np.frombuffer(s.vector, np.int8)) for s in articles]
    )
    alike = np.where(events[:, None] == events[None, :], -1.0, vectors @ vectors.T)
    same = {pair for pair in combinations(sorted(names), 2) if _event(pair[0]) == _event(pair[1])}
    near = np.argsort(-alike, axis=1, kind="stable")[:, :HARD].tolist()
    return same | {
        (min(a, names[j]), max(a, names[j])) for a, row in zip(names, near, strict=True) for j in row
    }


def _event(half: str) -> str:
    return half.partition("/")[0]


def _week(at: str) -> str:
    year, week, _ = datetime.fromisoformat(at).isocalendar()
    return f"{year}-{week:02}"
