"""The one list of the stages: name → where its work is declared. Loaded on use, so that a verb pays only for what it needs."""

from __future__ import annotations

from importlib import import_module

from shared.contract import Work
from shared.stage import Stage

STAGES = ("clean", "detect", "extract", "link")
VIEWS = ("pulse",)


def work(name: str) -> Work:
    """Return the work of stage *name*; raises KeyError on an unknown one."""
    if name not in STAGES:
        raise KeyError(name)
    module = import_module(f"services.{name}.stage")
    declared: Work | Stage = getattr(module, "STAGE", None) or module.WORK
    return declared.work() if isinstance(declared, Stage) else declared


def all_work() -> list[Work]:
    """Return the stages in the order of the flow."""
    return [work(name) for name in STAGES]
