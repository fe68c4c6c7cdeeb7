"""Scores the linker on a labelled stream, on halves of translated documents, and on recurring events. Used by ``khabar eval link``.

The stages before link are arguments, because services do not know each other. Labels are read for scoring alone.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from services.link.cluster import DAY_S
from services.link.metrics import Triple, scores
from services.link.model import Model, model
from services.link.replay import Earlier, Replayed, folded, lines, record_of, signed
from services.link.signature import Signature

IMPOSTORS, IMPOSTOR_DAYS = 1000, 14
NTREX_SEEDS = (7, 8, 9, 10, 11)
NTREX_LANGS = ("en", "ar", "fa")
RECURRENCE = Path(__file__).resolve().parents[2] / "tests" / "eval" / "recurrence"


def evaluate(data: Path, *, earlier: Earlier, ntrex: Path | None = None, orders: int = 1, settings: Model | None = None) -> dict[str, Any]:
    """Return every figure of the sets found at *data*: a labelled stream, translated documents, the project's own recurring events.

    A labelled stream is a folder with ``stream.jsonl.gz``, ``events.jsonl``, ``docs.jsonl``, ``pairs.jsonl``, ``window_neg.jsonl``: *data*
    itself or folders in it. *earlier* is the stages before link as one function; *orders*: arrival order and shuffles inside the hour.
    """
    known, out = settings or model(), dict[str, Any]()
    for folder in sorted(path.parent for pattern in ("stream.jsonl.gz", "*/stream.jsonl.gz") for path in data.glob(pattern)):
        out[folder.name.replace("-", "_")] = stream(folder, earlier, orders=orders, settings=known)
    for file in [ntrex] if ntrex is not None else sorted(data.glob("ntrex-dev/docs.jsonl.gz")):
        out["ntrex"] = translated(file, earlier, settings=known)
    if RECURRENCE.is_dir():
        out["recurrence"] = recurrence(RECURRENCE, earlier, settings=known)
    return out


def stream(data: Path, earlier: Earlier, *, orders: int, settings: Model) -> dict[str, Any]:
    """Return the figures of one labelled stream: arrival order, *orders* − 1 shuffles inside the hour, impostors."""
    rows = sorted(lines(data / "stream.jsonl.gz"), key=lambda row: (row["first_seen_at"], row["id"]))
    signatures = signed([record_of(row) for row in rows], earlier)
    labels = {name: list(lines(data / f"{name}.jsonl")) for name in ("events", "docs", "pairs", "window_neg")}
    replayed = folded(signatures, settings)
    out = {"arrival": labelled(replayed.story_of, labels), "speed": replayed.speed, "left_out": len(rows) - len(signatures)}
    for seed in range(1, orders):
        out[f"shuffled_{seed}"] = labelled(folded(shuffled(signatures, seed), settings).story_of, labels)
    moved = signed([record_of(row) for row in impostors(rows)], earlier)
    out["impostors"] = swallowed(folded(in_time([*signatures, *moved]), settings))
    return out


def in_time(signatures: Sequence[Signature]) -> list[Signature]:
    """Return articles in the order of their arrival."""
    return sorted(signatures, key=lambda s: (s.fetched, s.doc_id))


def shuffled(signatures: Sequence[Signature], seed: int) -> list[Signature]:
    """Return the stream with another order inside each hour."""
    dice = random.Random(seed)
    return sorted(in_time(signatures), key=lambda s: (int(s.fetched // 3600), dice.random()))


def impostors(rows: Sequence[Mapping[str, Any]], n: int = IMPOSTORS, days: int = IMPOSTOR_DAYS) -> list[dict[str, Any]]:
    """Return *n* rows moved *days* ahead: what shares a story with one of these is nearly always a false link."""
    end = max(row["first_seen_at"] for row in rows)
    old = [row for row in rows if later(row["first_seen_at"], days) <= end]
    return [
        {**row, "id": f"impostor/{row['id']}"} | {name: later(row[name], days) for name in ("published_at", "first_seen_at")}
        for row in random.Random(4).sample(old, min(n, len(old)))
    ]


def later(time: str, days: int) -> str:
    """Return an RFC 3339 time in UTC moved *days* ahead."""
    return (datetime.fromisoformat(time) + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def swallowed(replayed: Replayed) -> dict[str, Any]:
    """Return how many impostors ended in a story with a real article, of those that are compared at all."""
    real = Counter(story for doc, story in replayed.story_of.items() if not doc.startswith("impostor/"))
    mine = [story for doc, story in replayed.story_of.items() if doc.startswith("impostor/") and doc not in replayed.asides]
    hit = sum(real[story] > 0 for story in mine)
    return {"linked": len(mine), "swallowed": hit, "rate": round(hit / max(1, len(mine)), 4)}


def labelled(story_of: Mapping[str, str], labels: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """Return recall and false links by pair of languages, and the cluster metrics of the core documents."""
    lang = {doc["doc_id"]: doc["lang"] for doc in labels["docs"]}
    core = {event["event_id"]: event["core"] for event in labels["events"]}

    def together(a: str, b: str) -> bool:
        return story_of.get(a, a) == story_of.get(b, b)

    hits = defaultdict[str, Counter[str]](Counter)
    for pair in labels["pairs"]:
        hits[pair["why"]]["of"] += 1
        hits[f"{pair['why']} {pair['langs']}"]["of"] += 1
        if together(pair["a"], pair["b"]):
            hits[pair["why"]]["linked"] += 1
            hits[f"{pair['why']} {pair['langs']}"]["linked"] += 1
    window = [any(together(row["doc_id"], doc) for doc in core[row["event_id"]]) for row in labels["window_neg"]]
    ids = [(doc, event) for event, docs in core.items() for doc in docs]
    figures = scores([event for _, event in ids], [story_of.get(doc, doc) for doc, _ in ids], [lang[doc] for doc, _ in ids])
    sizes = Counter(story_of.values())
    return {
        "recall": {name.split()[1]: round(c["linked"] / c["of"], 4) for name, c in sorted(hits.items()) if name.startswith("same_event ")},
        "hard_negatives": hits["hard_negative"]["linked"],
        "other_event_links": hits["other_event_same_week"]["linked"],
        "window_documents": sum(window),
        "events_whole": sum(len({story_of.get(doc, doc) for doc in docs}) == 1 for docs in core.values()),
        "largest": max(sizes.values()),
        "stories": len(sizes),
    } | named(figures)


def named(figures: Mapping[str, Triple]) -> dict[str, dict[str, float]]:
    """Return figures with their parts by name."""
    return {name: dict(zip(("precision", "recall", "f1"), (round(v, 4) for v in parts), strict=True)) for name, parts in figures.items()}


def translated(file: Path, earlier: Earlier, *, settings: Model) -> dict[str, Any]:
    """Return the worst of five orders of the halves of translated documents, in one week of a made-up stream, and other languages."""
    docs = list(lines(file))
    records = [
        record_of(made(f"{row['event']}/{row['lang']}/{half}", text, 0.0), declared=row["lang"])
        for row in sorted(docs, key=lambda row: (row["event"], row["lang"]))
        for half in (0, 1)
        if (text := " ".join(row["sentences"][half::2]))
    ]
    halves = {s.doc_id: s for s in signed(records, earlier)}
    out: dict[str, Any] = halves_linked(halves, NTREX_LANGS, settings)
    others = sorted({row["lang"] for row in docs} - set(NTREX_LANGS))
    return out | {"zero_shot": {lang: halves_linked(halves, (*NTREX_LANGS[:1], lang), settings) for lang in others}}


def halves_linked(halves: Mapping[str, Signature], langs: Sequence[str], settings: Model) -> dict[str, float]:
    """Return the worst F1 of each kind over five orders of the halves in *langs*."""
    runs = []
    for seed in NTREX_SEEDS:
        dice, placed = random.Random(seed), []
        for event in sorted({name.partition("/")[0] for name in halves}):
            day = dice.uniform(0, 6)
            for lang in langs:
                for half in (0, 1):
                    at = (day + dice.uniform(0, 0.8)) * DAY_S
                    if (found := halves.get(f"{event}/{lang}/{half}")) is not None:
                        placed.append(msgspec.structs.replace(found, at=at, fetched=at))
        story_of = folded(in_time(placed), settings).story_of
        ids = [s.doc_id for s in placed]
        runs.append(scores([i.partition("/")[0] for i in ids], [story_of[i] for i in ids], [i.split("/")[1] for i in ids]))
    return {name: round(min(run[name][2] for run in runs), 4) for name in runs[0]}


def recurrence(folder: Path, earlier: Earlier, *, settings: Model | None = None) -> dict[str, Any]:
    """Return B³ of recurring events, which must stay apart (``apart.tsv``), and of events told in other words (``together.tsv``)."""
    out = {}
    for name in ("apart", "together"):
        rows = [line.split("\t") for line in (folder / f"{name}.tsv").read_text(encoding="utf8").splitlines() if not line.startswith("#")]
        records = [record_of(made(f"{event}/{i}", text, at), declared=lang) for i, (_, event, lang, at, text) in enumerate(rows)]
        found = signed(records, earlier)
        story_of = folded(in_time(found), settings or model()).story_of
        ids = [s.doc_id for s in found]
        figures = scores([i.rpartition("/")[0] for i in ids], [story_of[i] for i in ids], [s.lang for s in found])
        out[name] = named(figures) | {"stories": len(set(story_of.values()))}
    return out


def made(name: str, text: str, at: float | str) -> dict[str, Any]:
    """Return a stream row of a text that has no page."""
    when = at if isinstance(at, str) else "2024-01-01T00:00:00Z"
    return {
        "id": name,
        "source": name.split("/", maxsplit=1)[0],
        "url": f"urn:{name}",
        "published_at": when,
        "first_seen_at": when,
        "text": text,
    }
