"""What the article vector is worth: who finds whom across languages, and how well same-event posts stand out.

``retrieval``: of each document (form of ``ntrex-dev``) the even sentences must find the odd ones of its
translation among all documents; recall at 1, both directions averaged, centred by the set's own means.
``pairs``: same-event pairs of labelled posts (form of ``news-dev``) against posts of the same hours
(``window``) and hard negatives, area under the ROC curve, with the shipped means.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.encoder import Encoder, load, pack, unit, unpack
from shared.records import Vector

Floats = NDArray[np.float32]
LANGUAGES = ("fa", "ar", "en")
PAIRS = ("ar-fa", "en-fa", "ar-en")


def evaluate_encoder(data: Path, encoder: Encoder | None = None) -> dict[str, object]:
    """Measure on whatever of ``ntrex-dev`` and ``news-dev`` lies below *data*; rounded to four digits."""
    encoder = encoder or load()
    out: dict[str, object] = {"engine": encoder.engine, "model_sha256": encoder.model_sha256}
    if (data / "ntrex-dev").exists():
        out["retrieval"] = retrieval(data / "ntrex-dev" / "docs.jsonl.gz", encoder)
    if (data / "news-dev").exists():
        out["pairs"] = pairs(data / "news-dev", encoder)
    return out


def retrieval(path: Path, encoder: Encoder) -> dict[str, float]:
    """Recall at 1 of each language pair, and ``int8_loss``: how much storing int8 costs on average."""
    documents: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in _lines(path):
        documents[row["event"]][row["lang"]] = row["sentences"]
    order = sorted(documents)
    halves: dict[tuple[str, int], Floats] = {}
    for lang in LANGUAGES:
        for half in (0, 1):
            rows = [_long(encoder, documents[e][lang][half::2]) for e in order]
            halves[lang, half] = unit(np.stack(rows) - np.stack(rows).mean(0))
    out, loss = {}, []
    for a, b in (("fa", "ar"), ("fa", "en"), ("ar", "en"), ("fa", "fa"), ("ar", "ar"), ("en", "en")):
        exact = _recall(halves[a, 0] @ halves[b, 1].T)
        loss.append(exact - _recall(unpack(*pack(halves[a, 0])) @ unpack(*pack(halves[b, 1])).T))
        out[f"{a}-{b}"] = round(exact, 4)
    return out | {"int8_loss": round(float(np.mean(loss)), 4)}


def pairs(folder: Path, encoder: Encoder) -> dict[str, object]:
    """Area under the curve for each language pair and on average, for int8 vectors as they lie in the
    record.
    """
    posts = {r["doc_id"]: r for name in ("docs", "window_neg") for r in _lines(folder / f"{name}.jsonl")}
    vectors = {
        i: _floats(encoder.article("", "", p["text"].split("\n"), p["lang"])) for i, p in posts.items()
    }
    scores: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for a, b, why, langs in _labelled(folder, posts):
        scores[langs][why].append(float(vectors[a] @ vectors[b]))
    out: dict[str, Any] = {}
    for langs in (*PAIRS, "fa-fa"):
        same = scores[langs]["same_event"]
        out[langs] = {
            "window": area(same, scores[langs]["window"]),
            "hard": area(same, scores[langs]["hard_negative"]),
        }
    for kind in ("window", "hard"):
        out[f"mean_{kind}"] = round(float(np.mean([out[p][kind] for p in PAIRS])), 4)
    return out


def area(positive: Iterable[float], negative: Iterable[float]) -> float | None:
    """Area under the ROC curve: how often a positive outscores a negative, ties half; None without both."""
    high, low = np.array(list(positive)), np.sort(np.array(list(negative)))
    if not high.size or not low.size:
        return None
    below = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return round(float(below.mean() / (2 * len(low))), 4)


def _labelled(folder: Path, posts: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    core = {e["event_id"]: e["core"] for e in _lines(folder / "events.jsonl")}
    for p in _lines(folder / "pairs.jsonl"):
        yield p["a"], p["b"], p["why"], p["langs"]
    for w in _lines(folder / "window_neg.jsonl"):
        for other in core[w["event_id"]]:
            yield w["doc_id"], other, "window", "-".join(sorted((w["lang"], posts[other]["lang"])))


def _long(encoder: Encoder, sentences: list[str]) -> Floats:
    """Encode half a document two sentences at a time, so that the encoder cuts little, and average."""
    return unit(encoder.texts([" ".join(sentences[i : i + 2]) for i in range(0, len(sentences), 2)]).mean(0))


def _recall(similarity: Floats) -> float:
    n = np.arange(len(similarity))
    return float(((similarity.argmax(1) == n).mean() + (similarity.argmax(0) == n).mean()) / 2)


def _floats(vector: Vector) -> Floats:
    codes = np.frombuffer(base64.b64decode(vector.data), np.int8)
    return unpack(codes, np.array([vector.scale], np.float32))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with (
        gzip.open(path, "rt", encoding="utf8") if path.suffix == ".gz" else path.open(encoding="utf8") as file
    ):
        yield from map(json.loads, file)
