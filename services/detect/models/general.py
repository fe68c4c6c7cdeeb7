"""The language of text in other scripts: by the script where that tells, else by model and CLD2's vote."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from services.detect import language_tags
from services.detect.models import cld2, linear_weights, ngrams, script_folding, small_words
from services.detect.models.fitted import calibration
from services.detect.models.guess import Guess

MODEL = "general"
VOTE, GUESS = 4.0, 2.0
"""Nats given to the language CLD2 names, and to one it only guesses.

4-word accuracy 94.7 -> 95.5, 6 words 97.5 -> 97.9.
"""

JUNK_PRIOR = 2.0
"""Nats taken off no language at all (zxx): pages are text first."""

ELSEWHERE, ELSEWHERE_LETTERS = 0.9, 150
"""Probability of a language unknown to the model that CLD2 is sure of on so long a text: Frisian."""

FAINTEST = 1e-6
"""Languages less likely than this are left out of the answer."""


@cache
def _labels() -> tuple[str, ...]:
    return linear_weights.load(MODEL).labels


@cache
def _index() -> dict[str, int]:
    return {label: at for at, label in enumerate(_labels())}


@cache
def _prior(script: str) -> NDArray[np.float64]:
    """Return the prior of each label: 0 if *script* writes it, else minus infinity; zxx lies between."""
    written = language_tags.names().written.get(script, [])
    return np.array(
        [
            -JUNK_PRIOR if label == language_tags.NO_LANGUAGE else 0.0 if label in written else -np.inf
            for label in _labels()
        ]
    )


def read(text: str, script: str) -> Guess:
    """Return what *text* is likely to be in; no probabilities when no language of the *script* is known.

    *script* is that of ISO 15924.
    """
    only = language_tags.names().scripts.get(script)
    if only:
        return Guess({only: 1.0})
    if small_words.named(text, script) == language_tags.UNDETERMINED:
        return Guess()
    opinion = cld2.opinion(text)
    named = language_tags.canonical(opinion.code)
    if (
        opinion.sure
        and len(text) >= ELSEWHERE_LETTERS
        and cld2.is_language(opinion.code)
        and named not in _index()
    ):
        return Guess({named: ELSEWHERE}, opinion)
    found = logits(text, script, opinion)
    if found is None:
        return Guess(opinion=opinion)
    raised = np.exp((found - found.max()) / calibration().general_temperature.at(len(text)))
    shares = raised / raised.sum()
    labels = _labels()
    return Guess({labels[at]: float(shares[at]) for at in np.flatnonzero(shares > FAINTEST)}, opinion)


def logits(text: str, script: str, opinion: cld2.Opinion) -> NDArray[np.float64] | None:
    """Return logits with CLD2's vote, minus infinity for other scripts; None for an unknown script."""
    if not language_tags.names().written.get(script):  # nothing but zxx
        return None
    found = linear_weights.load(MODEL).logits(script_folding.general(ngrams.sample(text)))
    if found is None:
        return None
    named = _index().get(language_tags.canonical(opinion.code))
    if named is not None:
        found[named] += VOTE if opinion.sure else GUESS
    return found + _prior(script)
