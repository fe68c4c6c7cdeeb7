"""What a run changes against another one (``control.diffs``), kept by ``khabar replay diff --keep``."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Regroup = Literal["split", "merged", "moved"]


class DecisionTold(Struct, frozen=True, kw_only=True):
    """What one side decided: its *verb*, how likely it found it, and its strongest words.

    *verb* is joined, opened, held, merged, moved or split.

    Of an article that opened a story *score* is the probability of the nearest story, which was refused,
    *threshold* the one it needed, and *words* what spoke against it.
    """

    verb: str
    score: float
    threshold: float | None = None
    words: list[str] = []


class GroupTold(Struct, frozen=True, kw_only=True):
    """Articles that are together: how many, the oldest of them, and the headline of the first."""

    articles: int
    doc_ids: list[str]
    headline: str


class RegroupingTold(Struct, frozen=True, kw_only=True):
    """Documents that left *main*: with it on one side and not on the other.

    A moved one went to *joined* (None: to a story of its own).

    *was* and *now* are what either side decided of *doc_id*, the article that tells.
    """

    kind: Regroup
    docs: GroupTold
    main: GroupTold
    joined: GroupTold | None
    doc_id: str
    was: DecisionTold
    now: DecisionTold


class KindTold(Struct, frozen=True, kw_only=True):
    """All splits, merges or moves: how many times, of how many articles, and the largest of them."""

    kind: Regroup
    times: int
    articles: int
    told: list[RegroupingTold]


class StoriesDiffer(Struct, frozen=True, kw_only=True):
    """The stories of both sides as partitions of the *articles* that both have; agreement is 0 to 1."""

    articles: int
    stories_was: int
    stories_now: int
    pairs_f1: float
    b_cubed_f1: float
    marks: int = 0
    """Marks of people («the same story» or not) on articles that both have."""

    marks_was: int = 0
    marks_now: int = 0
    """How many of these marks either side keeps."""

    kinds: list[KindTold]


class FieldDiffers(Struct, frozen=True, kw_only=True):
    """In how many articles a field differs, and how often it was changed, lost and gained."""

    path: str
    articles: int
    changed: int
    lost: int
    gained: int


class RunDiff(Struct, frozen=True, kw_only=True):
    """What *run* changes against another run; «was» is the other one's, «now» the run's."""

    schema: int = 1
    run: str
    against: str
    at: str
    """When it was compared (RFC 3339)."""

    by: str
    """By whom (user@host)."""

    differences: int
    """Articles that differ or that one side alone has, and articles in other stories."""

    trusted: bool
    """False when the same code and models differ in something: then no difference can be believed."""

    finished: bool
    """Whether everything that is compared had arrived."""

    same: int
    differ: int
    only_was: dict[str, int]
    """Articles that the other side alone has, by what became of them here."""

    only_now: dict[str, int]
    makers_was: dict[str, list[str]]
    """Versions of code and models, by stage."""

    makers_now: dict[str, list[str]]
    fields: list[FieldDiffers]
    stories: StoriesDiffer | None
    """None for a run that leaves articles out: its stories cannot be compared."""
