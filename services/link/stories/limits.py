"""How long the lists of a story's record may be, so that a compacted record stays below 64 KiB."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from shared.records import Story
from shared.records.story import Members

MAX_TOP = 20  # entities, quotes, places and links each
MAX_TIMELINE = 200  # articles on the time line
MAX_DOCS = 500  # ids of documents
MAX_SPELLINGS = 12  # spellings of an entity in one language
MAX_SOURCES = 100  # outlets that are counted
MAX_BYTES = 60_000  # of 65,536: there must be room for what status and gaps add later
NEVER_CUT = 5  # items of a list that is not cut
_LISTS_TO_HALVE = ("timeline", "doc_ids", "top_quotes", "top_entities", "places", "links_out")
_ENCODER = msgspec.json.Encoder()


def fitted(record: Story) -> Story:
    """Return the record cut until it fits: first the smallest outlets, then the longest list by half."""
    sources = record.members.by_source
    if len(sources) > MAX_SOURCES:
        largest = sorted(sources.items(), key=lambda item: -item[1])[:MAX_SOURCES]
        members = Members(n=record.members.n, by_lang=record.members.by_lang, by_source=dict(largest))
        record = replace(record, members=members, cut=True)
    while len(_ENCODER.encode(record)) > MAX_BYTES:
        shorter = _shortened(record)
        if shorter == record:
            break
        record = replace(shorter, cut=True)
    return record


def _shortened(record: Story) -> Story:
    """Return the record with its longest list cut to half: a time line at its start, others at their end."""
    sizes = {
        name: len(_ENCODER.encode(getattr(record, name)))
        for name in _LISTS_TO_HALVE
        if len(getattr(record, name)) > NEVER_CUT
    }
    if not sizes:
        return record
    name = max(sizes, key=lambda name: (sizes[name], name))
    whole = getattr(record, name)
    half = whole[len(whole) // 2 :] if name == "timeline" else whole[: len(whole) // 2]
    return replace(record, **{name: half})
