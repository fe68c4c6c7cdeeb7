"""What an operator asks of a new run: the options of ``khabar replay plan``."""

from __future__ import annotations

import re
import time
from typing import Any

from services.cli.option_kinds import moment, span_ms
from services.cli.speech import WRONG_USE, Failure
from services.replay.planning import Wish
from shared.records.run import Narrowed
from shared.wire import topics

OFFSETS = re.compile(r"(\d{1,4}):(\d{1,18})-(\d{1,18})")


def wish(topic: str, name: str, given: dict[str, Any]) -> Wish:
    """Return the wish that the arguments and options are; raises Failure when they do not fit together."""
    known = topics.BY_NAME.get(topic)
    if known is None:
        raise Failure(
            f"there is no topic {topic}",
            f"begin at one of {', '.join(one.name for one in topics.FLOW[:-1])}",
            code=WRONG_USE,
        )
    offsets = _offsets(given["offsets"])
    if offsets and (given["since"] != "all" or given["until"] or given["follow"]):
        raise Failure(
            "--offsets say all there is to say", "leave out --since, --until and --follow", code=WRONG_USE
        )
    if given["follow"] and given["until"]:
        raise Failure("a run that follows has no --until", "leave out one of them", code=WRONG_USE)
    now_ms = time.time_ns() // 1_000_000
    return Wish(
        name=name,
        source=known,
        since_ms=None if given["since"] == "all" else moment(given["since"], now_ms),
        until_ms=moment(given["until"], now_ms) if given["until"] else None,
        warm_up_ms=_span(given["warm_up"]),
        offsets=offsets or None,
        follow=given["follow"],
        narrowed=Narrowed(
            sources=list(given["source"]), languages=list(given["language"]), documents=list(given["doc"])
        ),
        rate=given["rate"] or 0.0,
        lanes=given["lanes"] or 0,
    )


def _span(text: str) -> int | None:
    if text == "all":
        return None
    found = span_ms(text)
    if found is None:
        raise Failure(f"{text!r} is no span of time", "write it as 4d, 12h, 30m, or all", code=WRONG_USE)
    return found


def _offsets(texts: tuple[str, ...]) -> dict[int, tuple[int, int]]:
    """Read ``PARTITION:FROM-TO``, TO excluded."""
    made = {}
    for text in texts:
        found = OFFSETS.fullmatch(text)
        if found is None or int(found[2]) > int(found[3]):
            raise Failure(
                f"{text!r} is no stretch of offsets",
                "write it as PARTITION:FROM-TO, as 0:100-200",
                code=WRONG_USE,
            )
        made[int(found[1])] = (int(found[2]), int(found[3]))
    return made
