"""The linker's settings: weights fitted on licensed text, and constants that were set beforehand.

Loads the packaged file once.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

_PATH = Path(__file__).parent / "data" / "model.json"


class Weights(Struct, frozen=True, forbid_unknown_fields=True):
    """Log-likelihood ratio that two texts tell one event: ``bias + meaning * z + words * cosine``."""

    bias: float
    meaning: float
    words: float


class Join(Struct, frozen=True, forbid_unknown_fields=True):
    """The ratio for two headlines and for two articles; what lies between takes a share of both
    (``measured.size_of``).
    """

    short: Weights
    long: Weights

    def table(self) -> list[list[float]]:
        """Return bias, meaning and words of the short and of the long join."""
        return [[w.bias, w.meaning, w.words] for w in (self.short, self.long)]


class AnchorWeights(Struct, frozen=True, forbid_unknown_fields=True):
    """Log-odds of facts that agree or conflict; set by hand, because translated news has no near misses to
    fit conflicts on.

    quote: per unit of likeness above ``quote_floor``, at most ``quote_most``. *_agree: for one shared person,
    town, state, figure, day. *_conflict: both articles name some, and none is shared; body: organisations,
    day_figure: a day, where a figure differs too. names_apart: several names on both sides, none of them
    shared. people_conflict: as person_conflict, where both name several. form: what share of the log-odds of
    shared words is taken back where people or towns are others for sure: one form of words tells many events.
    """

    quote: float
    quote_floor: float
    quote_most: float
    person_agree: float
    person_conflict: float
    people_conflict: float
    body_conflict: float
    names_apart: float
    form: float
    town_agree: float
    town_conflict: float
    unknown_town_conflict: float
    state_agree: float
    state_conflict: float
    figure_agree: float
    figure_conflict: float
    number_agree: float
    number_conflict: float
    day_agree: float
    day_conflict: float
    day_figure_conflict: float


class Model(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings; times in days.

    *across*, *within*: joins with vectors; *across_words*, *within_words*: joins without.

    prior: the stories a new article might belong to, in odds, however few there are; prior_per_story: added
    for each live story. rho: correlation of a story's pairs. share: best share of them that counts. quorum:
    pairs a relation needs to be heard. theme, theme_level: log-odds that a pair costs per deviation by which
    the past is more alike to it than ``theme_level``. theme_cold: by how much the level is taken to be
    exceeded while too little is past. earlier: how old an article is when it is past. meaning_most:
    deviations of likeness beyond which meaning says no more: reports of one kind of event are the most alike
    of all. near, fade, hours_most: log-odds that two articles of one moment are of one event, by how much
    they fall with the logarithm of the quarter hours between them, and up to how many hours. late, late_from:
    what each hour beyond so many costs besides. other: log-odds for a pair with a text in a language that has
    no background of its own, in which the encoder is less sure. clip: no pair says more. undated: log-odds
    that a missing date costs. window, span, memory: how long articles are compared, how long a story may
    last, how long the past is remembered. rivals, cap: stories compared for a merge, and their newest
    articles. cold_mean, cold_deviation, pseudo: the background of a language class before the window has one,
    and how many texts that is worth. shortest: letters and digits of a text, below which it says too little
    to be compared. saga: log-odds, before the prior, from which a story that an article is not in is of the
    same saga. move_margin: log-odds by which another story must be likelier than an article's own before it
    moves. split_below: log-odds below which two halves of a story are parted.
    measures: log-odds for each unit of what two articles show in a measure (``reading.measured``), by its
    name.
    """

    version: str
    across: Join
    within: Join
    across_words: Join
    within_words: Join
    anchors: AnchorWeights
    prior: float
    prior_per_story: float
    rho: float
    share: float
    quorum: int
    clip: float
    near: float
    fade: float
    late: float
    late_from: float
    hours_most: float
    other: float
    undated: float
    window: float
    span: float
    memory: float
    theme: float
    meaning_most: float
    theme_level: float
    theme_cold: float
    earlier: float
    copy: float
    rivals: int
    cap: int
    cold_mean: float
    cold_deviation: float
    pseudo: float
    move_margin: float
    split_below: float
    shortest: int
    saga: float
    measures: dict[str, float] = {}


@cache
def model() -> Model:
    """Return the packaged settings."""
    return msgspec.json.decode(_PATH.read_bytes(), type=Model)


@cache
def model_sha256() -> str:
    """Return the hash of everything packaged that decides a link."""
    digest = hashlib.sha256()
    for name in ("frequency.npz", "hub.json.gz", "model.json"):
        digest.update((_PATH.parent / name).read_bytes())
    return digest.hexdigest()
