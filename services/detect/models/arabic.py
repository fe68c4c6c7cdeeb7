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
FREQUENT_LABELS = frozenset({"fa", "fa-AF", "ar", "ar-dia", "ur", "ps", "ckb", "ug", "sd"})
RARE_PENALTY = 3.0
"""Nats taken off every other label: accuracy on 4 words of development text 91.3 -> 96.1."""

FULL_VOTE = 2.0
"""Nats given to the labels that CLD2 names."""

GUESSED_VOTE = 1.5
"""Nats given to labels that it only guesses: with a full vote 39 % of bare names would have .8 or more."""

SMALL_WORDS_VOTE = 5.0
"""Nats given to the label that a short text's small words speak for."""

VOTE_BELOW = 150
"""Only shorter texts (code points) are shown to CLD2: above, the model makes no error that it would mend."""

SURE_WITHOUT_VOTE = 0.8
"""A model this sure is not voted on: CLD2 is blind to Urdu in Arabic letters (97.8 against 97.2)."""

PRIOR_ID = "constant-1"
"""Name of the prior in use, written into the record so that a replay can use the same."""

_VOTES = {
    "fa": ("fa", "fa-AF"),
    "ar": ("ar", "ar-dia"),
    "ku": ("ckb", "kmr-Arab", "sdh"),
    **{code: (code,) for code in ("ur", "ps", "ug", "sd", "ks")},
}


def read(text: str) -> Guess:
    """Return what *text* is likely to be in; no probabilities at all when it has no Arabic-script letters."""
    label_logits, opinion = logits(text)
    if label_logits is None:
        return Guess()
    tags, shares = tag_probabilities(label_logits / calibration().temperature.at(len(text)))
    return Guess(dict(zip(tags, shares.tolist(), strict=True)), opinion, dialect(label_logits))


def logits(text: str) -> tuple[NDArray[np.float64] | None, cld2.Opinion | None]:
    """Return the logits of *text* before the temperature (None without letters), and CLD2's opinion.

    The opinion is None where it was not asked for.
    """
    label_logits = linear_weights.load(MODEL).logits(script_folding.arabic(ngrams.sample(text)))
    if label_logits is None:
        return None, None
    label_logits = label_logits + _prior()
    if len(text) < VOTE_BELOW and (tag := small_words.tag_of(text, "Arab")):
        label_logits[linear_weights.load(MODEL).labels.index(tag)] += SMALL_WORDS_VOTE
    if len(text) >= VOTE_BELOW or tag_probabilities(label_logits)[1].max() >= SURE_WITHOUT_VOTE:
        return label_logits, None
    opinion = cld2.without_latin(text)
    return label_logits + _vote(opinion), opinion


@cache
def _vote(opinion: cld2.Opinion) -> NDArray[np.float64]:
    voted_for = _VOTES.get(opinion.code, ())
    return (FULL_VOTE if opinion.sure else GUESSED_VOTE) * np.array(
        [float(label in voted_for) for label in linear_weights.load(MODEL).labels]
    )


def tag_probabilities(label_logits: NDArray[np.float64]) -> tuple[list[str], NDArray[np.float64]]:
    """Return the tags and their probabilities, those of a tag's labels added up."""
    tags, labels_of_tags = _tags()
    return tags, softmax(label_logits) @ labels_of_tags


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities from *logits* along the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=-1, keepdims=True)
    return shares


def dialect(label_logits: NDArray[np.float64]) -> float:
    """Return the log-ratio of Arabic dialect to standard Arabic in *label_logits*."""
    labels = linear_weights.load(MODEL).labels
    return float(label_logits[labels.index("ar-dia")] - label_logits[labels.index("ar")])


@cache
def _prior() -> NDArray[np.float64]:
    """Return the prior of each label."""
    labels = linear_weights.load(MODEL).labels
    return np.array([0.0 if label in FREQUENT_LABELS else -RARE_PENALTY for label in labels])


@cache
def _tags() -> tuple[list[str], NDArray[np.float64]]:
    """Return the tags, and a table of labels × tags: 1 where a label is of a tag."""
    labels, to_tag = linear_weights.load(MODEL).labels, language_tags.naming_tables().labels
    tags = sorted({to_tag[label] for label in labels})
    return tags, np.array([[float(to_tag[label] == tag) for tag in tags] for label in labels])
