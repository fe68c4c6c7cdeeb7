"""Where an article says it comes from: a medium it cites is its origin, a ministry it cites is not."""

from __future__ import annotations

import pytest

from services.extract.saying.attributions import Credit
from services.extract.saying.provenance import provenance

REUTERS, MINISTRY = "wd:Q130879", "e:foreign-ministry.us"


def credit(kind: str, agent: str, agent_id: str | None) -> Credit:
    return Credit(
        kind=kind, cue=(60, 72), raw=False, agent=agent, agent_id=agent_id, scope=(40, 90), confidence=0.9
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["according_to", "relayed_from", "reported_by"])
def test_a_medium_that_is_cited_is_the_origin(kind: str) -> None:
    found = provenance([credit(kind, "Reuters", REUTERS)])
    assert found.origin_guess == "Reuters"
    assert found.chain == ["Reuters"]


def test_who_is_cited_and_is_no_medium_is_no_origin() -> None:
    found = provenance([credit("according_to", "State Department", MINISTRY)])
    assert found.origin_guess is None
    assert found.chain == []
