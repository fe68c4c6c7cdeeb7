"""What recurs must stay apart, what is told in other words must come together: self-written articles through
all stages.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.cli.verbs.evaluate import fallen
from services.workshop.judging.link.recurring import recurrence
from services.workshop.streams.before_link import Earlier

HERE = Path(__file__).parent


@pytest.mark.slow
@pytest.mark.timeout(1_500)  # minutes, on a processor without int8 products
def test_recurring_events_stay_apart_and_one_event_comes_together() -> None:
    floors = json.loads((HERE / "floors" / "link.json").read_text(encoding="utf8"))
    found = {"recurrence": recurrence(HERE / "recurrence", Earlier())}
    ours = {name: bound for name, bound in floors.items() if name.startswith("recurrence.")}
    assert len(ours) >= 6
    assert fallen(found, ours) == []
