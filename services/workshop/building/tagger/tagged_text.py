"""Tagged text on disk, and how well spans of names agree.

A file holds ``token<TAB>tag`` a line, a blank line after a sentence and ``# doc NAME`` before a document;
tags are BIO. Scores are conlleval's: a span counts when both its ends and its type are right.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from services.extract.tagger.bio_tags import KINDS, spans
from shared.text.tokens import Token, fold

SAME = {"POG": "ORG"}
"""ParsTwiNER's political groups are organisations for us."""
NO_SPACE_BEFORE = frozenset(".,;:!?)]}»”’…%،؛؟")
NO_SPACE_AFTER = frozenset("([{«“")
ENGLISH_TAILS = frozenset(
    {"n't", "'s", "'m", "'re", "'ve", "'ll", "'d", "’s", "’m", "’re", "’ve", "’ll", "’d", "n’t"}
)


class Sentence(NamedTuple):
    """Words and their BIO tags, equally many."""

    words: list[str]
    tags: list[str]


Document = list[Sentence]


def read(path: Path, lang: str) -> list[Document]:
    """Read the documents of a file in *lang*, gzipped or not; types not in `KINDS` become O.

    Where a file marks no documents its sentences are unrelated (tweets, a shuffled treebank), and each is
    one.
    """
    documents: list[Document] = [[]]
    marked = False
    words: list[str] = []
    tags: list[str] = []
    with (
        gzip.open(path, "rt", encoding="utf8")
        if path.suffix == ".gz"
        else path.open(encoding="utf8") as lines
    ):
        for line in (*lines, "\n"):
            if line.startswith("# doc "):
                marked = True
                documents.append([])
            elif "\t" in line:
                word, tag = line.rstrip("\n").split("\t")
                words.append(word)
                tags.append(_kept(tag, lang))
            elif words:
                documents[-1].append(Sentence(words, tags))
                words, tags = [], []
    documents = [d for d in documents if d]
    return documents if marked else [[s] for d in documents for s in d]


def _kept(tag: str, lang: str) -> str:
    kind = SAME.get(tag[2:], tag[2:])
    return tag[:2] + kind if kind in KINDS[lang] else "O"


def as_tokens(sentences: Sequence[Sequence[str]]) -> list[Token]:
    """Set words as running text has them: signs close up, all else has a space between."""
    out: list[Token] = []
    at = 0
    for number, words in enumerate(sentences):
        before = ""
        for word in words:
            if out and not (before and _closes_up(before, word)):
                at += 1
            out.append(Token(at, at + len(word), word, number))
            at += len(word)
            before = word
    return out


def _closes_up(before: str, word: str) -> bool:
    return word[0] in NO_SPACE_BEFORE or word in ENGLISH_TAILS or before in NO_SPACE_AFTER


def ordinary(sentences: Iterable[Sentence]) -> set[str]:
    """Return the words a training text uses mostly outside names: never propagated."""
    outside, inside = Counter[str](), Counter[str]()
    for sentence in sentences:
        for word, tag in zip(sentence.words, sentence.tags, strict=True):
            (outside if tag == "O" else inside)[fold(word)] += 1
    return {w for w, n in outside.items() if n >= 2 and n > 2 * inside[w]}


def score(gold: Iterable[Sequence[str]], guess: Iterable[Sequence[str]]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 (percent) and number of gold spans, by type and for ``all``.

    ``overlap``: recall of any touch.
    """
    hit, made, true, touched = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for g, p in zip(gold, guess, strict=True):
        want, have = set(spans(g)), set(spans(p))
        inside = {i for s in have for i in range(s.first, s.last)}
        for bag, names in (
            (hit, want & have),
            (made, have),
            (true, want),
            (touched, {s for s in want if inside & {*range(s.first, s.last)}}),
        ):
            bag.update(s.kind for s in names)
            bag["all"] += len(names)
    return {kind: _figures(hit[kind], made[kind], true[kind], touched[kind]) for kind in sorted(true)}


def _figures(hit: int, made: int, true: int, touched: int) -> dict[str, float]:
    precision, recall = hit / max(1, made), hit / max(1, true)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    shares = {"precision": precision, "recall": recall, "f1": f1, "overlap": touched / max(1, true)}
    return {name: round(100 * share, 2) for name, share in shares.items()} | {"n": true}
