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
FULL_VOTE = 4.0
"""Nats given to the language that CLD2 names: accuracy on 4 words 94.7 -> 95.5, on 6 words 97.5 -> 97.9."""

GUESSED_VOTE = 2.0
"""Nats given to one that it only guesses."""

JUNK_PRIOR = 2.0
"""Nats taken off no language at all (zxx): pages are text first."""

SURE_OF_UNKNOWN = 0.9
"""Probability of a language that the model does not know and CLD2 is sure of, as Frisian."""

UNKNOWN_FROM = 150
"""Code points of a text from which CLD2 is believed in this."""

FAINTEST = 1e-6
"""Languages less likely than this are left out of the answer."""


def read(text: str, script: str) -> Guess:
    """Return what *text* is likely to be in; no probabilities when no language of the *script* is known.

    *script* is that of ISO 15924.
    """
    only_language = language_tags.naming_tables().scripts.get(script)
    if only_language:
        return Guess({only_language: 1.0})
    if small_words.tag_of(text, script) == language_tags.UNDETERMINED:  # of a language that no model knows
        return Guess()
    opinion = cld2.opinion(text)
    cld2_tag = language_tags.canonical(opinion.code)
    is_unknown = cld2.is_language(opinion.code) and cld2_tag not in _index()
    if is_unknown and opinion.sure and len(text) >= UNKNOWN_FROM:
        return Guess({cld2_tag: SURE_OF_UNKNOWN}, opinion)
    label_logits = logits(text, script, opinion)
    if label_logits is None:
        return Guess(opinion=opinion)
    raised = np.exp((label_logits - label_logits.max()) / calibration().general_temperature.at(len(text)))
    shares = raised / raised.sum()
    labels = _labels()
    return Guess({labels[at]: float(shares[at]) for at in np.flatnonzero(shares > FAINTEST)}, opinion)


def logits(text: str, script: str, opinion: cld2.Opinion) -> NDArray[np.float64] | None:
    """Return logits with CLD2's vote, minus infinity for other scripts; None for an unknown script."""
    if not language_tags.naming_tables().written.get(script):  # nothing but zxx
        return None
    label_logits = linear_weights.load(MODEL).logits(script_folding.general(ngrams.sample(text)))
    if label_logits is None:
        return None
    voted_for = _index().get(language_tags.canonical(opinion.code))
    if voted_for is not None:
        label_logits[voted_for] += FULL_VOTE if opinion.sure else GUESSED_VOTE
    return label_logits + _prior(script)


@cache
def _labels() -> tuple[str, ...]:
    return linear_weights.load(MODEL).labels


@cache
def _index() -> dict[str, int]:
    return {label: at for at, label in enumerate(_labels())}


@cache
def _prior(script: str) -> NDArray[np.float64]:
    """Return the prior of each label: 0 if *script* writes it, else minus infinity; zxx lies between."""
    priors = dict.fromkeys(language_tags.naming_tables().written.get(script, []), 0.0)
    priors[language_tags.NO_LANGUAGE] = -JUNK_PRIOR
    return np.array([priors.get(label, -np.inf) for label in _labels()])
