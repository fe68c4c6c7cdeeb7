"""Hard-wrapped text: breaks inside of paragraphs are spaces, those of lists, poems and one-line paragraphs
stay.
"""

from __future__ import annotations

import textwrap

import pytest

from services.clean.edits.wrapping import wrapped_breaks
from tests.unit.clean_pages import PERSIAN, clean

SENTENCES = [
    "Delegates from both sides met in the old harbour office on Monday and agreed to open the northern road again before winter, officials said.",
    "The road was closed in March after heavy rain had washed away two bridges, and lorries have since had to take the long way round the lake.",
    "A spokesman for the ministry said that the first bridge would be ready within six weeks, while the second one may need until the spring.",
    "Traders in the town welcomed the news. Prices of bread and fuel had risen by a third since the closure, and two mills had stopped working.",
]
PARAGRAPHS = [f"{SENTENCES[i]} {SENTENCES[i - 1]}" for i in range(4)]


def wrapped(width: int) -> str:
    return "\n\n".join(textwrap.fill(p, width, break_on_hyphens=False) for p in PARAGRAPHS)


@pytest.mark.parametrize("width", [60, 72, 80])
def test_paragraphs_come_out_whole(width: int) -> None:
    page = "Northern road to open again\n\n" + wrapped(width)
    block = clean(page)
    assert block.text.split("\n\n") == ["Northern road to open again", *PARAGRAPHS]
    assert block.edits["ws"] >= sum(textwrap.fill(p, width).count("\n") for p in PARAGRAPHS)
    for clean_start, clean_len, raw_start, raw_len, op in block.align:
        if op == "keep":
            assert block.text[clean_start : clean_start + clean_len] == page[raw_start : raw_start + raw_len]


def test_a_short_heading_above_a_paragraph_stays_a_line() -> None:
    page = wrapped(72).replace("\n\nA spokesman", "\n\nBRIDGES\nA spokesman")
    assert "BRIDGES\nA spokesman" in page
    lines = clean(page).text.split("\n\n")
    assert lines[2:4] == ["BRIDGES", PARAGRAPHS[2]]


@pytest.mark.parametrize(
    "text",
    [
        PERSIAN,
        "\n".join(PARAGRAPHS),
        "\n\n".join(PARAGRAPHS),
        "\n".join(f"{i}. {p[:70]}" for i, p in enumerate(PARAGRAPHS * 3, 1)),
        "\n".join(f"- {p[:70]}" for p in PARAGRAPHS * 3),
        "\n".join(sentence for p in PARAGRAPHS * 3 for sentence in (p[: 40 + 7 * len(p) % 40], p[:33])),
        "\n".join(["Spring came late this year to the villages above the grey lake."] * 9),
    ],
    ids=["seed", "one line each", "blank lines", "numbered", "bullets", "uneven lines", "sentences"],
)
def test_other_breaks_stay(text: str) -> None:
    assert wrapped_breaks(text) == []
