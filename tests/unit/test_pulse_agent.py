from __future__ import annotations

import faust
import pytest

from services.pulse.safe_agent import safe_agent


async def nothing(_: object) -> None: ...


def test_more_than_one_agent_is_refused() -> None:
    app = faust.App("test", broker="kafka://127.0.0.1:1")
    with pytest.raises(ValueError, match="F1"):
        safe_agent(app, app.topic("any"), nothing, concurrency=2)
