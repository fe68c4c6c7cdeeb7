"""Turns what a stage raises into a dead letter, a retry or a bug: nowhere else is an exception judged."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.contract import Drop, Emit, Folded, Message, Reject, Retry, State, Work
from shared.errors import DETAIL_LIMIT, BadRecord, Transient
from shared.wire.codec import MAX_VALUE_BYTES

LARGEST_OUTPUT = MAX_VALUE_BYTES - (64 << 10)
"""Bytes of the largest value that is sent: 64 KiB are left for the headers beside it."""

ROOT = Path(__file__).resolve().parents[1]


def extract(work: Work, message: Message) -> Any:
    """Return the item of ``work.extract``, a Drop, a Reject or a Retry; never raises."""
    return _guarded(lambda: work.extract(message))


def fold(work: Work, state: State, message: Message, item: object) -> Folded | Reject | Retry:
    """Return what ``work.fold`` gives, a Reject or a Retry; never raises.

    A record or state item that Kafka would refuse is refused here, before the state moves: else its lane
    would try it for ever.
    """
    folded = _guarded(lambda: work.fold(state, message, item))
    if isinstance(folded, Folded):
        sizes = [
            (outcome.topic, len(outcome.value)) for outcome in folded.outcomes if isinstance(outcome, Emit)
        ]
        sizes += [("its state", len(value)) for value in folded.updates.values() if value is not None]
        for destination, size in sizes:
            if size > LARGEST_OUTPUT:
                return Reject(
                    "too_large",
                    f"the record for {destination} would have {size} bytes, at most {LARGEST_OUTPUT} are sent",
                )
    return folded


def fold_and_apply(work: Work, state: State, message: Message, item: object) -> Folded | Retry:
    """Fold the *item* that ``extract`` gave, unless it is an outcome already, and apply it to *state*.

    Never raises; a Retry changes nothing.
    """
    result = item if isinstance(item, Reject | Retry | Drop) else fold(work, state, message, item)
    if isinstance(result, Retry):
        return result
    folded = result if isinstance(result, Folded) else Folded((result,))
    for key, value in folded.updates.items():
        state.apply(key, value)
    return folded


def _guarded[T](step: Callable[[], T]) -> T | Reject | Retry:
    try:
        return step()
    except BadRecord as error:
        return Reject(error.reason, error.detail, where(error))
    except Transient as error:
        return Retry(error.after_s, error.detail)
    except Exception as error:  # noqa: BLE001 - any other exception is our bug, and must cost one dead letter, not the flow
        return Reject("bug", f"{type(error).__name__}: {error}"[:DETAIL_LIMIT], where(error))


def where(error: BaseException) -> str:
    """Return the innermost ``file:line`` of this project that *error* came through."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(ROOT) and ".venv" not in path.parts:
            return f"{path.relative_to(ROOT)}:{frame.lineno}"
    return ""
