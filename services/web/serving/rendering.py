"""Makes HTML of what a page shows.

Everything is escaped; what comes out of an article is text, and its links are http or https or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import UNSET

from services.web.addresses import LONGEST_SHOWN, outside, path, shortened, with_query
from services.web.tongue import TONGUES, Tongue
from services.web.views.asked import Shown
from shared.text.directions import tag_direction
from shared.text.scripts import text_direction
from shared.version import VERSION

TEMPLATES = Path(__file__).parents[1] / "templates"


def direction(text: str, lang: str | None = None) -> str:
    """Return which way *text* runs: by its language where that is known, else by its letters."""
    return (
        tag_direction(lang) if lang and lang not in ("und", "zxx") else text_direction(text[:LONGEST_SHOWN])
    )


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "path": path,
        "with_query": with_query,
        "tongues": TONGUES,
        "version": VERSION,
        "UNSET": UNSET,
    }
    made.filters |= {"outside": outside, "shortened": shortened, "direction": direction}
    return made


class Renderer:
    """Templates, read once."""

    def __init__(self) -> None:
        self._environment = _environment()

    def page(self, shown: Shown, tongue: Tongue, **around: Any) -> str:
        """Return the page; *around* is what the frame needs: where it is, and how else it can be had."""
        values: Mapping[str, Any] = {
            "t": tongue,
            "title": shown.title,
            "answer": shown.answer,
            **shown.more,
            **around,
        }
        return self._environment.get_template(shown.template).render(values)
