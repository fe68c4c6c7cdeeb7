"""Names in a sentence as BIO tags: B where one begins, I inside of it, O elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

from services.extract.tagger.interfaces import SpanType

KINDS = {
    "fa": frozenset({"PER", "LOC", "ORG"}),
    "ar": frozenset({"PER", "LOC", "ORG", "MISC"}),
    "en": frozenset({"PER", "LOC", "ORG"}),
}
"""The types each language's corpora annotate and we keep."""


class WordSpan(NamedTuple):
    """A name over ``words[first:last]``."""

    first: int
    last: int
    kind: SpanType


def spans(tags: Iterable[str]) -> Iterator[WordSpan]:
    """Read the spans of BIO tags; an I that continues nothing opens a span."""
    first, kind = -1, ""
    for i, tag in enumerate([*tags, "O"]):
        if first >= 0 and (tag[:1] != "I" or tag[2:] != kind):
            yield WordSpan(first, i, cast("SpanType", kind))
            first = -1
        if first < 0 and tag != "O":
            first, kind = i, tag[2:]


def bio(names: Iterable[WordSpan], size: int) -> list[str]:
    """Write spans that do not overlap as BIO tags over *size* words."""
    tags = ["O"] * size
    for name in names:
        tags[name.first : name.last] = ["B-" + name.kind] + ["I-" + name.kind] * (name.last - name.first - 1)
    return tags
