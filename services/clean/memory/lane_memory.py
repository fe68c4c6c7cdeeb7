"""What one lane of clean remembers: its hosts' lines, its last documents, their revisions.

Changed through ``apply`` alone.
"""

from __future__ import annotations

from services.clean.memory.duplicates import Documents
from services.clean.memory.hosts import Hosts
from services.clean.memory.revisions import Revisions


class Memory:
    """The state of a lane, in tables that are bounded.

    What falls out is overwritten, or leaves a tombstone in the changelog.
    """

    def __init__(self) -> None:
        self.hosts = Hosts()
        self.documents = Documents()
        self.revisions = Revisions()
        self.seq = 0

    def apply(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog item in: ``line/<host>/<slot>``, ``seen/<slot>`` or ``known/<slot>``.

        Raises ValueError on any other but those of older releases.
        """
        kind, _, rest = key.decode().partition("/")
        if kind == "line":
            host, _, slot = rest.rpartition("/")
            self.hosts.apply(host, int(slot), value)
        elif kind == "seen":
            self.documents.apply(int(rest), value)
            document = self.documents.table.get(int(rest))
            self.seq = max(self.seq, document.seq if document else 0)
        elif kind == "known":
            self.revisions.apply(int(rest), value)
        # what an older release remembered of revisions: such documents count as new once more
        elif kind != "rev":
            raise ValueError(f"no such state item: {key!r}")
