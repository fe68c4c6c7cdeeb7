"""Reads what the half-space restorer is built and judged from; nothing of it is needed when the engine
runs.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
import unicodedata
from itertools import product
from pathlib import Path

from services.clean.spacing.known_words import Cuts
from shared.text.letters import ZWNJ

TRAIN_ARTICLES = 1200
"""Articles 0..1199 train; the rest is the test part of the agency text."""

_LETTERS = str.maketrans({"ي": "ی", "ك": "ک", "ى": "ی", "\u200b": None, "\xad": ZWNJ, "¬": ZWNJ})
_PAST_ENDS = ("م", "ی", "", "یم", "ید", "ند")
_PRESENT_ENDS = ("م", "ی", "د", "یم", "ید", "ند")
_PERFECT_ENDS = ("ام", "ای", "است", "ایم", "اید", "اند")
_PRESENT_PREFIXES = ("می", "نمی")


class MissingSource(Exception):
    """A file that the build needs is not there."""


def gold_form(text: str) -> str:
    """Return *text* in Persian letters, with single half-spaces and none at a word's edge."""
    text = re.sub(f"{ZWNJ}+", ZWNJ, unicodedata.normalize("NFC", text).translate(_LETTERS))
    return re.sub(rf"{ZWNJ}(?=[^\w]|$)|(?<![\w]){ZWNJ}", "", text)


def fars(data: Path) -> list[list[str]]:
    """Return title, abstract and paragraphs of every agency article, in gold form; raises MissingSource."""
    path = data / "zwnj" / "farsnews.jsonl.gz"
    if not path.exists():
        raise MissingSource(f"{path} is missing")
    articles = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            parts = [
                article.get("title") or "",
                article.get("abstract") or "",
                *(article.get("paragraphs") or []),
            ]
            articles.append([gold_form(" ".join(part.split())) for part in parts if part.strip()])
    return articles


def sentences(path: Path) -> list[str]:
    """Return the gold sentences of a file with one a line."""
    return [gold_form(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _hazm(name: str) -> list[str]:
    """Return the lines of one of hazm's data files; hazm itself is not imported."""
    spec = importlib.util.find_spec("hazm")
    if spec is None or not spec.submodule_search_locations:
        raise MissingSource("hazm's word list is needed: .venv/bin/pip install --no-deps hazm==0.12.1")
    return (
        (Path(next(iter(spec.submodule_search_locations))) / "data" / name)
        .read_text(encoding="utf-8")
        .splitlines()
    )


def word_list() -> dict[str, int]:
    """Return word → corpus frequency (0 where the list gives none)."""
    out: dict[str, int] = {}
    for line in _hazm("words.dat"):
        word, _, rest = line.partition("\t")
        count = rest.split("\t", 1)[0]
        out[word] = int(count) if count.isdigit() else 0
    return out


_COMPARED_CLASSES = frozenset({"AJ", "ADV", "AJC"})
_NOUNS = frozenset({"N", "AJ"})
_NOISE = "RES"
"""The class that hazm gives to remnants; with it a short word is rarely the adjective that it is called as
well («دک», «فیل»).
"""
_ADJECTIVE_PREFIXES = ("با", "بی", "پر", "کم", "خوش", "بد", "نا")


def gradable_words() -> set[str]:
    """Return the words that can be compared: those that hazm's list calls adjectives, and those made of a
    listed noun («علمی», «بافضیلت»).
    """
    classes = _classes()
    found = {word for word, of in classes.items() if _is_compared(word, of)}
    nouns = {word for word, of in classes.items() if of & _NOUNS and len(word) > _SHORT}
    for word in classes:
        noun = word.removesuffix("ی") if word.endswith("ی") else ""
        noun = noun or next(
            (word.removeprefix(one).lstrip(ZWNJ) for one in _ADJECTIVE_PREFIXES if word.startswith(one)), ""
        )
        if noun in nouns:
            found.add(word.replace(ZWNJ, ""))
    return found


_SHORT = 2


def _is_compared(word: str, of: set[str]) -> bool:
    """Whether a word of these classes is surely an adjective: the fewer letters, the less the classes are
    believed.
    """
    if len(word) <= _SHORT:
        return "ADV" in of and _NOISE not in of
    return "ADV" in of or (bool(of & _COMPARED_CLASSES) and (_NOISE not in of or len(word) > _SHORT + 1))


def _classes() -> dict[str, set[str]]:
    """Return word → the classes that hazm's list gives it."""
    out: dict[str, set[str]] = {}
    for line in _hazm("words.dat"):
        word, *rest = line.split("\t")
        out.setdefault(word, set()).update(rest[1].split(",") if len(rest) > 1 else ())
    return out


def _spelled(past: str, present: str) -> list[str]:
    """All forms of a verb that hold a half-space."""
    forms: list[str] = []
    if past:
        forms += [f"{prefix}{ZWNJ}{past}{end}" for prefix, end in product(_PRESENT_PREFIXES, _PAST_ENDS)]
        forms += [
            f"{prefix}{ZWNJ}{past}ه{ZWNJ}{end}" for prefix, end in product(_PRESENT_PREFIXES, _PERFECT_ENDS)
        ]
        forms += [f"{prefix}{past}ه{ZWNJ}{end}" for prefix, end in product(("", "ن"), _PERFECT_ENDS)]
    if present:
        stems = (present, present + "ی") if present[-1] in "او" else (present,)
        forms += [
            f"{prefix}{ZWNJ}{stem}{end}"
            for stem, prefix, end in product(stems, _PRESENT_PREFIXES, _PRESENT_ENDS)
        ]
    return forms


def verb_forms() -> tuple[dict[str, int], dict[str, int]]:
    """Return joined verb form → mask of its cuts, the spelling with the most; and → mask of the cuts of all
    spellings.
    """
    best: dict[str, int] = {}
    every: dict[str, int] = {}
    for line in _hazm("verbs.dat"):
        past, _, present = line.strip().partition("#")
        if not present or ZWNJ in past or " " in past:
            continue
        for form in _spelled(past, present.split("#")[0]):
            joined, cuts = cuts_of(form)
            mask = mask_of(cuts)
            every[joined] = every.get(joined, 0) | mask
            best[joined] = max(best.get(joined, 0), mask, key=lambda m: (m.bit_count(), m))
    return best, every


def cuts_of(word: str) -> tuple[str, Cuts]:
    """Return the joined letters of *word* and where half-spaces stood: «کتاب‌ها» → («کتابها», (4,))."""
    letters: list[str] = []
    cuts: list[int] = []
    for char in word:
        if char == ZWNJ:
            cuts.append(len(letters))
        else:
            letters.append(char)
    return "".join(letters), tuple(cuts)


def mask_of(cuts: Cuts) -> int:
    """Return *cuts* as bits."""
    return sum(1 << cut for cut in set(cuts))
