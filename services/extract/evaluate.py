"""Figures of extract on tagged text, names in three scripts and quotes: ``evaluate(data)`` reads the formats of the data folder.

Tagged files ``ner/{lang}-*.{dev,test}.conll.gz`` go through all of naming (tables, rules, tagger where one is given, document pass).
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Sequence
from pathlib import Path

from services.extract import lexicon
from services.extract.conll import Document, Span, as_tokens, bio, read, score
from services.extract.cues import folded
from services.extract.name import Name, Words
from services.extract.names import names
from services.extract.quotes import said
from services.extract.seam import Models, SpanType
from services.extract.speakers import voices
from shared.text.sound import name_similarity
from shared.text.sound_index import SoundIndex
from shared.text.tokens import Token, fold, tokens

SCRIPTS = ("en", "fa", "ar")
PAIRS = (("ar", "fa"), ("en", "ar"), ("en", "fa"))
LINK_AT = 0.85
DISTRACTORS = 100_000
SEED = 5


def evaluate(data: Path, models: Models | None = None, distractors: int = DISTRACTORS) -> dict[str, object]:
    """Return exact-span scores by file (rules alone, and with the tagger of *models*), name figures and, where gold is there, quotes."""
    figures: dict[str, object] = {}
    for path in sorted((data / "ner").glob("*.conll.gz")):
        if ".train." not in path.name:
            figures[path.name.removesuffix(".conll.gz").replace(".", "-")] = tagged_file(path, models)
    listed = data / "ner/names-fa-ar-en.tsv"
    if listed.exists():
        figures["names"] = name_figures(people(listed), distractors)
    gold = data / "quotes.jsonl"
    if gold.exists():
        figures["quotes"] = quote_figures(gold)
    return figures


def tagged_file(path: Path, models: Models | None = None) -> dict[str, object]:
    """Return the scores of one tagged file."""
    lang = path.name[:2]
    documents = read(path, lang)
    figures: dict[str, object] = {"rules": _scored(documents, lang, Models())}
    if models and models.tag:
        figures["tagger"] = _scored(documents, lang, models)
    return figures


def _scored(documents: Sequence[Document], lang: str, models: Models) -> dict[str, dict[str, float]]:
    gold, guess = [], []
    for document in documents:
        placed = as_tokens([sentence.words for sentence in document])
        words = Words(text_of(placed), placed, folded(placed), lang)
        found = names(words, models.tag(placed, lang) if models.tag else None)
        gold.append([tag for sentence in document for tag in sentence.tags])
        guess.append(bio(spans_of(found), len(placed)))
    return score(gold, guess)


def text_of(placed: Sequence[Token]) -> str:
    """Return the text whose tokens these are."""
    out, at = "", 0
    for token in placed:
        out += " " * (token.start - at) + token.text
        at = token.end
    return out


def spans_of(found: Sequence[Name]) -> list[Span]:
    """Return names as the corpora annotate them: a facility is a place, nationalities and events are left out."""
    kinds: dict[str, SpanType] = {"PER": "PER", "ORG": "ORG", "LOC": "LOC", "FAC": "LOC"}
    kept = [Span(name.first, name.last, kinds[name.type]) for name in found if name.type in kinds]
    return kept + [Span(name.first, name.last, "MISC") for name in found if name.type == "NORP" and name.method in {"crf", "encoder"}]


def people(path: Path) -> list[dict[str, list[str]]]:
    """Return the people of a names list, each with spellings by language."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf8").splitlines() if line.startswith("P")]
    return [dict(zip(SCRIPTS, (cell.split(";") for cell in row[1:]), strict=True)) for row in rows]


def name_figures(folk: list[dict[str, list[str]]], distractors: int = DISTRACTORS) -> dict[str, object]:
    """Return R@1 and recall among the listed people by pair of languages, and the search among made-up Latin names."""
    figures: dict[str, object] = {f"{x}-{y}": _closed(folk, x, y) for x, y in PAIRS}
    rng = random.Random(SEED)
    latin = sorted(lexicon.name_words("latin"))
    listed = [f"{rng.choice(latin)} {rng.choice(latin)}" for _ in range(distractors)] + [person["en"][0] for person in folk]
    index = SoundIndex(listed)
    return figures | {f"{lang}-en among {distractors}": _open(folk, lang, index) for lang in ("fa", "ar")}


def _closed(folk: list[dict[str, list[str]]], x: str, y: str) -> dict[str, float]:
    first, wrong = 0, []
    for i, person in enumerate(folk):
        ranked = sorted(((name_similarity(person[x][0], b), j) for j, other in enumerate(folk) for b in other[y]), reverse=True)
        first += ranked[0][1] == i
        wrong.append(max(score_ for score_, j in ranked if j != i))
    alike = [name_similarity(a, b) for person in folk for a, b in itertools.product(person[x], person[y])]
    return {
        "r1": round(first / len(folk), 4),
        "recall_80": round(sum(s >= 0.8 for s in alike) / len(alike), 4),
        "recall_85": round(sum(s >= LINK_AT for s in alike) / len(alike), 4),
        "wrong_80": round(sum(s >= 0.8 for s in wrong) / len(wrong), 4),
    }


def _open(folk: list[dict[str, list[str]]], lang: str, index: SoundIndex) -> dict[str, float]:
    first = accepted = right = false = 0
    for person in folk:
        hits = index.search(person[lang][0])
        best = hits[0] if hits else None
        true = bool(best) and index.names[best.place] == person["en"][0] if best else False
        first += true
        if best and best.score >= LINK_AT:
            accepted, right = accepted + 1, right + true
        false += any(hit.score >= LINK_AT for hit in hits if index.names[hit.place] != person["en"][0])
    n = len(folk)
    return {
        "r1": round(first / n, 4),
        "accepted": round(accepted / n, 4),
        "precision": round(right / max(1, accepted), 4),
        "wrong_when_absent": round(false / n, 4),
    }


def quote_figures(path: Path) -> dict[str, float]:
    """Return how many gold quotes ``{lang, text, quotes: [{exact, speaker}]}`` are found, with the right speaker; and false ones."""
    total = found = spoken = voiced = made = 0
    for line in path.read_text(encoding="utf8").splitlines():
        row = json.loads(line)
        placed = tokens(row["text"])
        words = Words(row["text"], placed, folded(placed), row["lang"])
        named = names(words, None)
        quotes = said(words)
        heard = voices(words, quotes, named)
        made += sum(quote.mode in {"direct", "mixed"} for quote in quotes)
        for gold in row["quotes"]:
            total += 1
            hit = next((i for i, q in enumerate(quotes) if q.verb and _same(row["text"][q.start : q.end], gold["exact"])), None)
            found += hit is not None
            if gold.get("speaker"):
                spoken += 1
                voice = heard[hit] if hit is not None else None
                voiced += bool(voice and _same(voice.text, gold["speaker"]))
    return {"n": total, "recall": round(found / max(1, total), 4), "speaker": round(voiced / max(1, spoken), 4), "direct_made": made}


def _same(one: str, two: str) -> bool:
    a, b = fold(one), fold(two)
    return a in b or b in a
