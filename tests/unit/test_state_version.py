"""Which state items a release takes for its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.link.stage import WORK
from shared.wire import state_version
from shared.wire.state_version import HEADER, OtherState

KNOWN, NEXT = WORK, replace(WORK, state_version=2)


def test_an_item_without_a_version_is_of_the_first() -> None:
    state_version.check([], KNOWN, 0)
    with pytest.raises(OtherState, match="link, lane 4, is of version 1, and this release knows version 2"):
        state_version.check([("other", b"2")], NEXT, 4)


@pytest.mark.parametrize("found", [b"2", b"0", b"", b"01", b"\xff", b"1 "])
def test_any_other_version_is_refused(found: bytes) -> None:
    with pytest.raises(OtherState):
        state_version.check([(HEADER, found)], KNOWN, 0)


def test_what_is_written_is_read() -> None:
    state_version.check(state_version.version_headers(2), NEXT, 0)
    with pytest.raises(OtherState, match=r"khabar replay plan articles\.extracted"):
        state_version.check(state_version.version_headers(2), KNOWN, 0)
