"""Which run is the one to read, from which origin on: one record of ``control.aliases`` holds it all.

An article's *origin* is where its raw record lies; the header ``khabar-origin`` carries it through every
stage and every run.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct, field

LIVE = "live"
BETWEEN_RUNS = "_"
"""Between the runs of a chain; no run has it in its name."""

RawPlace = tuple[int, int]
"""Partition and offset of a record of ``articles.raw``."""


class Segment(Struct, frozen=True, kw_only=True):
    """The origins of *run*: at or after *cut*, an offset for every partition of ``articles.raw``.

    Without a cut it has all of them.

    A partition that *cut* does not name is newer than the segment: all of it belongs to the run.
    """

    run: str
    cut: list[int] = []
    since_ms: int = 0
    """No raw record at or after the cut was made before (ms since 1970)."""

    from_stage: str = "clean"
    """The run makes what this stage and later ones write; what lies before it reads from the segment before.
    """


class OwnedOrigins(NamedTuple):
    """What a run has: of each raw partition the offsets from *starts* to before *ends*.

    An end of None means no end. The *newest* run also has what comes from no raw record, or from a partition
    that is not listed.
    """

    starts: tuple[int, ...]
    ends: tuple[int | None, ...]
    newest: bool

    def __bool__(self) -> bool:
        return self.newest or any(
            end is None or start < end for start, end in zip(self.starts, self.ends, strict=True)
        )

    def within(self, other: OwnedOrigins) -> bool:
        """Tell whether *other* has all of this."""
        pairs = zip(self.starts, self.ends, other.starts, other.ends, strict=True)
        return self.newest <= other.newest and all(
            (end is not None and end <= start)
            or (first <= start and (last is None or (end is not None and end <= last)))
            for start, end, first, last in pairs
        )


class Alias(Struct, frozen=True, kw_only=True):
    """The segments, the later winning over the earlier: a promotion adds one, a rollback takes the last away.

    *epoch* counts the switches. The first segment is live with everything; there is none before the first
    promotion, which says the same.
    """

    schema: int = 1
    epoch: int = 0
    segments: list[Segment] = field(default_factory=lambda: [Segment(run=LIVE)])
    by: str = ""
    at: str = ""
    """Who switched (user@host), and when (RFC 3339)."""

    because: str = ""

    @property
    def newest(self) -> str:
        """The run that has what is made now, and whose states (stories) are the ones to read."""
        return self.segments[-1].run

    @property
    def chain(self) -> str:
        """The names of all runs in order, joined by «_»."""
        return BETWEEN_RUNS.join(segment.run for segment in self.segments)

    def owner(self, raw: RawPlace | None) -> str:
        """Return the run that owns the origin *raw*; None, no raw record, is the newest run's."""
        if raw is not None:
            partition, offset = raw
            for segment in reversed(self.segments):
                if offset >= _cut(segment, partition):
                    return segment.run
        return self.newest

    def owned(self, run: str, partitions: int) -> OwnedOrigins:
        """Return what *run* has of the first *partitions* raw partitions."""
        index = next(number for number, segment in enumerate(self.segments) if segment.run == run)
        starts, ends = [], list[int | None]()
        for partition in range(partitions):
            later = [_cut(segment, partition) for segment in self.segments[index + 1 :]]
            starts.append(_cut(self.segments[index], partition))
            ends.append(min(later) if later else None)
        return OwnedOrigins(tuple(starts), tuple(ends), self.newest == run)

    def lowest(self, partition: int) -> int | None:
        """Return the first offset of a raw partition that another run than the first has, or None."""
        return min((_cut(segment, partition) for segment in self.segments[1:]), default=None)


def _cut(segment: Segment, partition: int) -> int:
    return segment.cut[partition] if partition < len(segment.cut) else 0
