"""W3C Trace Context in record headers.

One trace goes from the scraper's request to the story, with one span for each record a stage works on.

A span's id is a function of who works and of where the record lies that it works on, so that a step done
again after a failure, or on another machine, has the same id: a collector sees one span and not two. A run's
spans are its own: they stand in the same trace beside live's.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

PARENT = "traceparent"
STATE = "tracestate"
FORM = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""A ``traceparent`` of version 00; ids of zeros are invalid.

Anything else is passed over, as the standard wants it.
"""

STATE_FORM = re.compile(rb"[\x20-\x7e]{1,512}")
SAMPLED = "01"


class TraceSpan(NamedTuple):
    """One step of an article's way; ids in hex, *parent_id* empty for the first one of a trace."""

    trace_id: str
    span_id: str
    parent_id: str
    flags: str

    @property
    def header(self) -> bytes:
        """The ``traceparent`` of what is made in this step."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}".encode()


def span(parent: bytes | None, *, who: bytes, place: bytes, first: bytes) -> TraceSpan:
    """Return the span of *who* (stage and run) working on the record at *place*.

    It goes on with the trace of *parent*, the record's ``traceparent``, and with what that says of sampling.
    Without one a trace begins whose id is that of *first*, the place of the raw record: every run of an
    article that nobody traces has the same.
    """
    span_id = hashlib.sha256(b"%b\x1f%b" % (who, place)).hexdigest()[:16]
    if parent is not None and FORM.fullmatch(parent):
        text = parent.decode()
        return TraceSpan(text[3:35], span_id, text[36:52], text[53:55])
    return TraceSpan(hashlib.sha256(first).hexdigest()[:32], span_id, "", SAMPLED)
