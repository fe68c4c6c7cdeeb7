"""The language of text in Arabic script: the own model, a prior, CLD2's vote on short text, a temperature."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from services.detect import language_tags
from services.detect.models import cld2, linear_weights, ngrams, script_folding, small_words
from services.detect.models.fitted import calibration
from services.detect.models.guess import Guess

MODEL = "script"
FREQUENT = frozenset({"fa", "fa-AF", "ar", "ar-dia", "ur", "ps", "ckb", "ug", "sd"})
PRIOR = 3.0
"""Nats taken off every label outside FREQUENT: 4-word dev accuracy 91.3 -> 96.1."""

VOTE, GUESS = 2.0, 1.5
"""Nats given to labels CLD2 names, and to those it only guesses; a full vote makes bare names sure.

39 % of them >= .8.
"""

SMALL_WORDS = 5.0
"""Nats given to a label whose small words a short text is full of."""

VOTE_BELOW = 150
"""Only shorter texts (code points) are shown to CLD2: above, the model makes no error that it would mend."""

SURE = 0.8
"""A model this sure is not voted on: CLD2 is blind to Urdu in Arabic letters (97.8 against 97.2)."""

PRIOR_ID = "constant-1"
"""Name of the prior in use, written into the record so that a replay can use the same."""

_VOTES = {
    "fa": ("fa", "fa-AF"),
    "ar": ("ar", "ar-dia"),
    "ku": ("ckb", "kmr-Arab", "sdh"),
    **{code: (code,) for code in ("ur", "ps", "ug", "sd", "ks")},
}


@cache
def _tables() -> tuple[NDArray[np.float64], list[str], NDArray[np.float64]]:
    """Prior per label; the tags; labels × tags, 1 where a label is of a tag."""
    labels, to_tag = linear_weights.load(MODEL).labels, language_tags.names().labels
    prior = np.array([0.0 if label in FREQUENT else -PRIOR for label in labels])
    known = sorted({to_tag[label] for label in labels})
    return prior, known, np.array([[float(to_tag[label] == tag) for tag in known] for label in labels])


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities from *logits* along the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def logits(text: str) -> tuple[NDArray[np.float64] | None, cld2.Opinion | None]:
    """Return the logits of *text* before the temperature (None without letters), and CLD2's opinion.

    The opinion is None where it was not asked for.
    """
    found = linear_weights.load(MODEL).logits(script_folding.arabic(ngrams.sample(text)))
    if found is None:
        return None, None
    prior, _, merge = _tables()
    found = found + prior
    if len(text) < VOTE_BELOW and (tag := small_words.named(text, "Arab")):
        found[linear_weights.load(MODEL).labels.index(tag)] += SMALL_WORDS
    if len(text) >= VOTE_BELOW or (softmax(found) @ merge).max() >= SURE:
        return found, None
    opinion = cld2.without_latin(text)
    return found + _vote(opinion), opinion


@cache
def _vote(opinion: cld2.Opinion) -> NDArray[np.float64]:
    named = _VOTES.get(opinion.code, ())
    return (VOTE if opinion.sure else GUESS) * np.array(
        [float(label in named) for label in linear_weights.load(MODEL).labels]
    )


def merged(found: NDArray[np.float64]) -> tuple[list[str], NDArray[np.float64]]:
    """Return the tags and their probabilities for tempered *found* logits, varieties added up."""
    _, known, merge = _tables()
    return known, softmax(found) @ merge


def read(text: str) -> Guess:
    """Return what *text* is likely to be in; no probabilities at all when it has no Arabic-script letters."""
    found, opinion = logits(text)
    if found is None:
        return Guess()
    known, shares = merged(found / calibration().temperature.at(len(text)))
    return Guess(dict(zip(known, shares.tolist(), strict=True)), opinion, dialect(found))


def dialect(found: NDArray[np.float64]) -> float:
    """Return the log-ratio of Arabic dialect to standard Arabic in *found* logits."""
    labels = linear_weights.load(MODEL).labels
    return float(found[labels.index("ar-dia")] - found[labels.index("ar")])
