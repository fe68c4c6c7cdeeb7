"""The version of a state item, in a header: a compacted topic keeps items of any age."""

from __future__ import annotations

from shared.contract import Work
from shared.wire import headers

HEADER = "khabar-statever"
FIRST_VERSION = 1
"""The version of items without a header, which early releases wrote."""


class OtherState(Exception):
    """A lane's state was written in a form that this release does not know; the message says what to do."""


def version_headers(version: int) -> list[tuple[str, bytes]]:
    """Return the headers of a state item of *version*."""
    return [(HEADER, b"%d" % version)]


def check(item_headers: headers.Headers, work: Work, partition: int) -> None:
    """Raise OtherState when a state item with headers *item_headers* is not of the version that *work* knows.

    *partition* is the lane's.
    """
    version = headers.get(item_headers, HEADER)
    version = str(FIRST_VERSION) if version is None else version
    if version != str(work.state_version):
        raise OtherState(
            f"the state of {work.name}, lane {partition}, is of version {version[:20]}, and this release knows version {work.state_version}: "
            f"run its input again as a replay and promote that (khabar replay plan {work.source}), go back to the release that wrote it, "
            f"or let the stage go on from where it stands with nothing remembered (khabar topics forget {work.name})"
        )
