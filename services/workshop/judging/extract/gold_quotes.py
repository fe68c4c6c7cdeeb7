"""Scores of extract on passages with marked quotes: ``{"lang", "text", "quotes": [{"exact", "mode", "verb",
"speaker"}]}`` a line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from services.extract.naming.names import names
from services.extract.saying.quotes import Quotation, quotations
from services.extract.saying.speakers import Voice, voices
from services.extract.tagger.interfaces import Models
from services.extract.words_of_article import Words
from services.workshop.judging.extract.gold_names import GOLD
from shared.text.tokens import fold, tokens

ALIKE = 0.8
"""Two passages are one quote when one holds the other and is no longer than this share of it."""


def quote_gold(held: Models) -> dict[str, dict[str, float]]:
    """Return figures of the own passages: every second one is dev, the others test."""
    rows = list(passages(GOLD / "quotes.jsonl"))
    return {"dev": quote_figures(rows[::2], held), "test": quote_figures(rows[1::2], held)}


def passages(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the passages of a file."""
    yield from map(json.loads, path.read_text(encoding="utf8").splitlines())


def quote_figures(rows: Sequence[Mapping[str, Any]], held: Models) -> dict[str, float]:
    """Return recall and precision of quotes with a verb and, of all gold quotes, the shares with the right
    mode, verb and speaker.
    """
    counts: Counter[str] = Counter()
    for row in rows:
        heard = heard_in(row["text"], row["lang"], held)
        counts["made"] += len(heard)
        for gold in row["quotes"]:
            counts["n"] += 1
            counts += _judged(row["text"], gold, heard)
    n, made = max(1, counts["n"]), max(1, counts["made"])
    shares = {name: round(counts[name] / n, 4) for name in ("mode", "verb", "speaker")}
    return {
        "n": counts["n"],
        "recall": round(counts["found"] / n, 4),
        "precision": round(counts["found"] / made, 4),
        **shares,
    }


def heard_in(text: str, lang: str, held: Models) -> list[tuple[Quotation, Voice | None, str]]:
    """Return what was said with a speech verb, by whom, and that verb as written."""
    placed = tokens(text)
    words = Words.of(text, placed, lang)
    named = names(words, held.tag(placed, lang) if held.tag else None)
    quotes = quotations(words)
    both = zip(quotes, voices(words, quotes, named), strict=True)
    return [
        (quote, voice, text[placed[q.first].start : placed[q.last - 1].end])
        for quote, voice in both
        if (q := quote.verb)
    ]


def _judged(
    text: str, gold: Mapping[str, Any], heard: Sequence[tuple[Quotation, Voice | None, str]]
) -> Counter[str]:
    hit = next((one for one in heard if alike(text[one[0].start : one[0].end], gold["exact"])), None)
    if hit is None:
        return Counter()
    quote, voice, verb = hit
    right = (
        (voice is None)
        if gold["speaker"] is None
        else bool(voice and alike(voice.text, gold["speaker"], 0.5))
    )
    return Counter(
        {
            "found": 1,
            "mode": quote.mode == gold["mode"],
            "verb": alike(verb, gold["verb"], 0.5),
            "speaker": right,
        }
    )


def alike(one: str, two: str, share: float = ALIKE) -> bool:
    """Tell whether one text holds the other and both are about as long, folded."""
    short, long = sorted((_plain(one), _plain(two)), key=len)
    return bool(short) and short in long and len(short) >= share * len(long)


def _plain(text: str) -> str:
    return fold(text).strip(' .،,:؛!؟?«»"“”')
