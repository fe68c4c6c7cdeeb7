"""Gives a page the space style of its host, where it is too short to show what became of half-spaces."""

from __future__ import annotations

from dataclasses import replace

from services.clean.edits.ledger import Traced
from services.clean.lines.fingerprint import prints_of
from services.clean.memory.hosts import Hosts
from services.clean.prepared_page import PageLine, PreparedPage
from shared.text.letters import ZWNJ
from shared.text.match_key import match_key


def in_host_style(hosts: Hosts, page: PreparedPage) -> PreparedPage:
    """Return *page* with its *closings* closed when its host writes spaces for half-spaces, else as it is."""
    table = hosts.table.get(page.host)
    if not page.closings or table is None or not table.writes_spaces():
        return page
    traced = Traced("", page.text, page.runs, page.edits).edited(
        [(at, at + 1, ZWNJ, "space_closed") for at in page.closings]
    )
    # one character for one: nothing moves
    texts = [traced.text[line.start : line.end] for line in page.lines]
    changed = [i for i, text in enumerate(texts) if text != page.lines[i].text]
    keys = [match_key(texts[i]) for i in changed]
    lines: list[PageLine] = list(page.lines)
    for i, key, line_print in zip(changed, keys, prints_of(keys), strict=True):
        lines[i] = replace(lines[i], text=texts[i], key=key, print=line_print)
    lost = page.zwnj_lost + len(page.closings)
    return replace(
        page,
        text=traced.text,
        runs=traced.runs,
        edits=traced.edits,
        lines=tuple(lines),
        zwnj_lost=lost,
        closings=(),
    )
