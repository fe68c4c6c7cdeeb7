"""Builds ``spacing.npz`` byte for byte: ``python -m services.workshop.building.clean.half_space_model --data
DIR``.

Reads agency articles with their half-spaces intact (``DIR/zwnj/farsnews.jsonl.gz``) and hazm's word list and
verb stems.
"""

from __future__ import annotations

import argparse
import random
import sys
import zipfile
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.checkout import ROOT
from services.clean.spacing.cut_model import (
    HIDE_NOTHING,
    HIDE_OWN,
    HIDE_OWN_AND_LEXICON,
    candidates,
    features,
)
from services.clean.spacing.known_words import (
    ARTEFACT,
    FEATURE_BITS,
    LONGEST_WORD,
    Knowledge,
    SortedTable,
    SpacingModel,
    cuts_in,
    hashed,
    packed,
)
from services.clean.spacing.restorer import with_cuts
from services.clean.spacing.suffix_stems import COMPARATIVES, PRODUCTIVE
from services.workshop.building.clean.spaced_text import (
    TRAIN_ARTICLES,
    MissingSource,
    cuts_of,
    fars,
    gradable_words,
    mask_of,
    verb_forms,
    word_list,
)
from shared.text.letters import NON_JOINERS, WORD, ZWNJ

CLITICS = ("ام", "ای", "اند", "ایم", "اید", "است", "اش", "ات", "مان", "تان", "شان", "ایی")
EXAMPLES_PER_WORD = 4
"""From the fifth occurrence on a word is sampled with probability 4/n."""
OMISSION = 0.15
"""A joined form is a writer's omission when its split form has at least this share of its count."""
EPOCHS, RATE, L2, BATCH = 8, 0.08, 1e-6, 128

type Forms = dict[str, dict[str, int]]


def written_forms(paragraphs: list[str]) -> Forms:
    """Return joined word → written form → count."""
    out: Forms = {}
    for paragraph in paragraphs:
        for raw in WORD.findall(paragraph):
            form = raw.strip(ZWNJ)
            joined = form.replace(ZWNJ, "")
            if joined and len(joined) <= LONGEST_WORD:
                forms = out.setdefault(joined, {})
                forms[form] = forms.get(form, 0) + 1
    return out


def _add(table: dict[str, int], key: str, count: int) -> None:
    table[key] = table.get(key, 0) + count


class Builder:
    """The tables of the restorer while they are being made."""

    def __init__(self) -> None:
        self.words = word_list()
        self.gradable = gradable_words()
        self.verbs, self.verb_cuts = verb_forms()
        self.compounds: dict[str, int] = {}
        self.lexicon_cuts: dict[str, int] = {}
        self.parts: tuple[set[str], set[str]] = (set(), set())
        for word in self.words:
            if ZWNJ in word and len(word) <= LONGEST_WORD:
                self._add_compound(word)

    def _add_compound(self, word: str) -> None:
        joined, cuts = cuts_of(word)
        if " " not in word:
            self.compounds[joined] = mask_of(cuts)
        self.lexicon_cuts[joined] = self.lexicon_cuts.get(joined, 0) | mask_of(cuts)
        for cut in cuts:
            self.parts[0].add(joined[:cut])
            self.parts[1].add(joined[cut:])

    def knowledge(self, forms: Forms, apart: dict[str, int]) -> Knowledge:
        """Return the tables with the counts of *forms* and *apart* in them."""
        seen: dict[str, int] = {}
        left = dict.fromkeys((*self.parts[0], "می", "نمی", "بی"), 1)
        right = dict.fromkeys((*self.parts[1], *PRODUCTIVE, *CLITICS), 1)
        split: dict[str, int] = {}
        for joined, written in forms.items():
            if written.get(joined):
                seen[joined] = written[joined]
            for form, n in written.items():
                for cut in cuts_of(form)[1]:
                    _add(split, f"{joined}|{cut}", n)
                    left[joined[:cut]] = left.get(joined[:cut], 1) + n
                    right[joined[cut:]] = right.get(joined[cut:], 1) + n
        dicts = ({w: n + 1 for w, n in self.words.items()}, seen, left, right, self.compounds, self.lexicon_cuts,
                 self.verbs, self.verb_cuts, split, apart, dict.fromkeys(self.gradable, 1))  # fmt: skip
        return Knowledge(*map(SortedTable.of, dicts))

    def omissions(self, forms: Forms) -> dict[str, str]:
        """Return joined forms whose writer plainly dropped a half-space → the split form: labels of the
        training alone.
        """
        found = (
            (joined, self._meant(joined, written)) for joined, written in forms.items() if written.get(joined)
        )
        return {joined: form for joined, form in found if form}

    def _meant(self, joined: str, written: dict[str, int]) -> str | None:
        split = sorted(((n, form) for form, n in written.items() if form != joined), reverse=True)
        best = split[0][1] if split else None
        if best and split[0][0] >= OMISSION * written[joined]:
            return best
        if joined in self.words:
            return None
        suffixed = self._suffixed(joined)
        if suffixed:
            return best or suffixed
        is_present = joined in self.verbs and joined.startswith(("می", "نمی"))
        return with_cuts(joined, cuts_in(self.verbs[joined])) if is_present else None

    def _suffixed(self, joined: str) -> str | None:
        for suffix in sorted(PRODUCTIVE, key=lambda s: (-len(s), s)):
            stem = joined[: -len(suffix)]
            if not joined.endswith(suffix) or len(stem) < 2:
                continue
            if stem[-1] in NON_JOINERS:
                return None
            if suffix in COMPARATIVES and stem not in self.gradable:
                continue
            longer = suffix.startswith("های") and self.words.get(stem + "ه", 0) > 0
            if self.words.get(stem, 0) > 0:
                return stem + ZWNJ + suffix
            if longer:
                continue
        return None


def corrected(forms: Forms, omissions: dict[str, str]) -> Forms:
    """Return *forms* with every omission counted as what was meant."""
    out: Forms = {}
    for joined, written in forms.items():
        for form, n in written.items():
            _add(out.setdefault(joined, {}), omissions.get(form, form), n)
    return out


def parts_apart(paragraphs: list[str], known: Knowledge) -> dict[str, int]:
    """Return how often the parts of a known compound stand with a space between: it decides whether a space
    may be closed.
    """
    out: dict[str, int] = {}
    for paragraph in paragraphs:
        tokens = [token.strip(ZWNJ) for token in paragraph.split(" ")]
        for a, b in pairwise(tokens):
            joined, cut = a + b, len(a)
            if cut and len(joined) <= LONGEST_WORD:
                key = f"{joined}|{cut}"
                if known.lexicon_cuts.get(hashed(joined)) >> cut & 1 or known.split.get(hashed(key)):
                    _add(out, key, 1)
    return out


def examples(
    known: Knowledge, paragraphs: list[str], omissions: dict[str, str]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return a row of feature indices and a label for every possible cut of every sampled word."""
    rng = random.Random(1)
    rows: list[list[int]] = []
    labels: list[int] = []
    seen: dict[str, int] = {}
    memo: dict[tuple[str, int, int, int | None], list[int]] = {}
    for raw in (raw for paragraph in paragraphs for raw in WORD.findall(paragraph)):
        form = raw.strip(ZWNJ)
        joined = form.replace(ZWNJ, "")
        if not 3 <= len(joined) <= LONGEST_WORD:
            continue
        form = omissions.get(form, form)
        seen[form] = n = seen.get(form, 0) + 1
        if n > EXAMPLES_PER_WORD and rng.random() > EXAMPLES_PER_WORD / n:
            continue
        draw = rng.random()
        hide = HIDE_OWN_AND_LEXICON if draw < 0.15 else HIDE_OWN if draw < 0.5 else HIDE_NOTHING
        cuts = cuts_of(form)[1]
        for i in candidates(known, joined):
            label = int(i in cuts)
            key = (joined, i, hide, None if hide else label)
            if key not in memo:
                memo[key] = features(known, joined, i, hide=hide, leave_out=key[3])
            rows.append(memo[key])
            labels.append(label)
    return np.array(rows, dtype=np.int32), np.array(labels, dtype=np.float32)


def fit(x: NDArray[np.int32], y: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Return weights and bias: logistic regression by Adagrad, averaged over the last half of the epochs;
    seeded.
    """
    rng = np.random.default_rng(0)
    w = np.zeros(1 << FEATURE_BITS)
    g2 = np.full(1 << FEATURE_BITS, 1e-2)
    mean, bias, bias_g2, bias_mean = np.zeros_like(w), 0.0, 1e-2, 0.0
    for epoch in range(EPOCHS):
        order = rng.permutation(len(y))
        for start in range(0, len(y), BATCH):
            pick = order[start : start + BATCH]
            rows = x[pick]
            error = 1.0 / (1.0 + np.exp(-np.clip(w[rows].sum(1) + bias, -30, 30))) - y[pick]
            where, inverse = np.unique(rows, return_inverse=True)
            gradient = np.bincount(
                inverse.ravel(), weights=np.repeat(error, rows.shape[1]), minlength=len(where)
            )
            gradient += L2 * len(pick) * w[where]
            g2[where] += gradient * gradient
            w[where] -= RATE * gradient / np.sqrt(g2[where])
            bias_gradient = float(error.sum())
            bias_g2 += bias_gradient * bias_gradient
            bias -= RATE * bias_gradient / bias_g2**0.5
        if epoch >= EPOCHS // 2:
            mean += w
            bias_mean += bias
    kept = EPOCHS - EPOCHS // 2
    return (mean / kept).astype(np.float32), bias_mean / kept


def train(paragraphs: list[str]) -> SpacingModel:
    """Return the model of *paragraphs*."""
    builder = Builder()
    forms = written_forms(paragraphs)
    omissions = builder.omissions(forms)
    meant = corrected(forms, omissions)
    apart = parts_apart(paragraphs, builder.knowledge(meant, {}))
    known = builder.knowledge(meant, apart)
    weights, bias = fit(*examples(known, paragraphs, omissions))
    return SpacingModel(known, weights, bias)


def archived(arrays: dict[str, NDArray[np.generic]]) -> bytes:
    """Return an npz file whose bytes depend on *arrays* alone: fixed order, no times in it."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            body = BytesIO()
            np.save(body, arrays[name], allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), body.getvalue(), zipfile.ZIP_DEFLATED
            )
    return out.getvalue()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds zwnj/farsnews.jsonl.gz")
    parser.add_argument("--out", type=Path, default=ROOT / "services" / "clean" / "data" / ARTEFACT)
    args = parser.parse_args()
    try:
        articles = fars(args.data)
        model = train([paragraph for article in articles[:TRAIN_ARTICLES] for paragraph in article])
    except MissingSource as error:
        sys.exit(f"build: {error}")
    args.out.write_bytes(archived(packed(model)))


if __name__ == "__main__":
    main()
