"""The one door from the command to the workshop, which only a checkout has: the image leaves it out."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from services.cli.speech import OUTSIDE_FAILED, Failure

WORKSHOP = "services.workshop"


def subject(place: str) -> Callable[..., dict[str, Any]]:
    """Return the function at *place* («judging.link.subject:evaluate»).

    Raises Failure where the workshop is missing.
    """
    module, _, name = place.partition(":")
    try:
        found: Callable[..., dict[str, Any]] = getattr(import_module(f"{WORKSHOP}.{module}"), name)
    except ModuleNotFoundError as error:
        if error.name is None or not WORKSHOP.startswith(error.name):
            raise
        raise Failure(
            "the workshop is not part of this installation: it measures, and nothing that runs needs it",
            "run this verb in a checkout of the project",
            code=OUTSIDE_FAILED,
        ) from error
    return found
