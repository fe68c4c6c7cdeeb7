"""The linker's settings, read once. ``data/SOURCES.md`` says where each comes from."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct, field

_PATH = Path(__file__).parent / "data" / "model.json"


class Weights(Struct, frozen=True, forbid_unknown_fields=True):
    """Log-likelihood ratio that two texts tell one event: ``bias + meaning * z + words * cosine``."""

    bias: float
    meaning: float
    words: float


class Join(Struct, frozen=True, forbid_unknown_fields=True):
    """The ratio for two headlines and for two articles; a length between takes part of both (``size_of``)."""

    short: Weights
    long: Weights

    def table(self) -> list[list[float]]:
        """Return bias, meaning and words of the short and of the long join."""
        return [[w.bias, w.meaning, w.words] for w in (self.short, self.long)]


class AnchorWeights(Struct, frozen=True, forbid_unknown_fields=True):
    """Log-odds of facts that agree (*_agree*) or conflict (*_conflict*: both have some, none is shared).

    Set by hand: translated news has no near misses to fit conflicts on.
    """

    quote: float
    """For each unit of the part that two quotes share (0–1) above ``quote_floor``."""

    quote_floor: float
    """Part that two quotes share, from which they are one statement."""

    quote_most: float
    """The most that a quote says."""

    person_agree: float
    """For each person that both name, at most two."""

    person_conflict: float
    """One article, or both, name one person only."""

    people_conflict: float
    """Both name several people."""

    body_conflict: float
    """Organisations, in one language."""

    names_apart: float
    """Both have several names of any kind, and share none."""

    form: float
    """Part (0–1) of the shared words' log-odds that is taken back where people or towns are surely others."""

    town_agree: float
    """For each town, province or site that both name, at most two."""

    town_conflict: float
    """All towns are known, and all of them far apart."""

    unknown_town_conflict: float
    """Towns of which some are in no gazetteer, in one language."""

    state_agree: float
    """For each state that both name, at most two."""

    state_conflict: float
    """Other states."""

    figure_agree: float
    """For each equal number of one thing in one unit, at most two."""

    figure_conflict: float
    """Another number of one thing in one unit."""

    number_agree: float
    """For each number that both write, whatever it counts, at most two; only where no figure was compared."""

    number_conflict: float
    """Other numbers, whatever they count; only where no figure was compared."""

    day_agree: float
    """A day that both name."""

    day_conflict: float
    """Other days."""

    day_figure_conflict: float
    """Other days, where a figure differs too."""


class Model(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of the linker; each weight is in log-odds, unless it says otherwise.

    A field with a ``name`` has an older one in ``model.json``, whose bytes are part of ``model_sha256``.
    """

    version: str
    """The version of these settings; every block of link names it."""

    across: Join
    """Two languages, both texts with a vector."""

    within: Join
    """One language, both texts with a vector."""

    across_words: Join
    """Two languages, a vector missing."""

    within_words: Join
    """One language, a vector missing."""

    anchors: AnchorWeights
    """Log-odds of facts."""

    prior: float
    """Odds, not log-odds, against any one story, however few are live."""

    prior_per_story: float
    """Added to these odds for each live story."""

    rho: float
    """Correlation of a story's pairs (0–1): they are worth at most 1/rho independent ones."""

    share: float
    """Part (0–1) of a story's pairs that counts: the best ones."""

    quorum: int
    """Number of pairs inside a language, or across, from which they are averaged as a group of their own."""

    clip: float
    """The most that a pair says, for or against."""

    near: float
    """Log-odds for two articles of one moment."""

    fade: float
    """How much ``near`` falls with the logarithm of the quarter hours between them."""

    late_per_hour: float = field(name="late")
    """What each hour beyond ``late_from_hours`` costs besides."""

    late_from_hours: float = field(name="late_from")
    """Hours from which ``late_per_hour`` counts."""

    hours_most: float
    """Hours beyond which time says no more."""

    no_background: float = field(name="other")
    """For a pair with a language that has no background of its own, where the encoder is less sure."""

    undated: float
    """What a missing date costs."""

    window_days: float = field(name="window")
    """How long articles are compared, in days."""

    story_days: float = field(name="span")
    """How long a story may last, in days."""

    past_days: float = field(name="memory")
    """How long the past is remembered, in days."""

    theme: float
    """What a pair loses for each deviation by which the past is more alike to it than ``theme_level``."""

    meaning_most: float
    """Deviations beyond which meaning says no more: reports of one kind of event are the most alike."""

    theme_level: float
    """Likeness of the past, in deviations, from which it costs."""

    theme_cold: float
    """Deviations above ``theme_level`` that are assumed while too little is past."""

    earlier_days: float = field(name="earlier")
    """How many days older than a new article one of the window must be to count as past."""

    copy_days: float = field(name="copy")
    """How many days apart an article and its copy may be."""

    merge_rivals: int = field(name="rivals")
    """Stories that are compared for a merge."""

    merge_members: int = field(name="cap")
    """Newest articles of each story that are compared for a merge."""

    refusal: float
    """Facts that speak against a story as much as this, and alone keep an article out, forbid their merge."""

    cold_mean: float
    """Mean cosine of a language class before the window has shown one."""

    cold_deviation: float
    """Deviation of these cosines."""

    cold_texts: float = field(name="pseudo")
    """Texts that ``cold_mean`` and ``cold_deviation`` are worth."""

    move_margin: float
    """By how much another story must be likelier than an article's own before it moves."""

    split_below: float
    """Log-odds below which two halves of a story are parted."""

    shortest: int
    """Letters and digits that a text needs to be compared."""

    saga: float
    """Log-odds before the prior from which a story that an article is not in is of the same saga."""

    measures: dict[str, float] = {}
    """For each unit of what two articles show in a measure (``reading.measured``), by its name."""


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
