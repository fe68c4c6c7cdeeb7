"""``khabar dead``: what could not be processed, and why."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from typing import Any

import click
from aiokafka import ConsumerRecord

from services.cli import look, show, where
from services.stages import STAGES, VIEWS
from shared import headers, topics

SOURCES = ("feed", *STAGES, *VIEWS)
SHOWN_BYTES = 2_000

MEANING = {
    "too_large": "larger than a record may be",
    "not_json": "not JSON",
    "not_an_object": "JSON, but not an object",
    "wrong_type": "a field has the wrong type",
    "missing_field": "a needed field is missing",
    "unknown_schema": "written by a version this one cannot read",
    "undecodable": "its bytes are no text in any charset we know",
    "empty_text": "there is no text in it",
    "no_identity": "nothing says which document or source it is",
    "timeout": "it took longer than a record may take",
    "crash": "it ended the process that worked on it",
    "retries_exhausted": "the outside failed every time it was tried",
    "redriven_too_often": "it was sent back too often",
    "bug": "a fault of ours",
}


@click.group()
def command() -> None:
    """List and show dead letters: records that could not be processed, kept with their original bytes.

    Example: khabar dead list
    """


@command.command("list")
@click.option("--stage", type=click.Choice(SOURCES), help="Only letters of this stage.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a letter.")
def list_(stage: str | None, *, as_json: bool) -> None:
    """List them: how many for which reason, then each."""
    letters = asyncio.run(_letters([stage] if stage else list(SOURCES)))
    if as_json:
        for letter in letters:
            show.json_line(_described(letter))
        return
    if not letters:
        show.line("No dead letters.")
        return
    counts = Counter((_header(letter, "khabar-stage"), _header(letter, headers.REASON)) for letter in letters)
    show.table(("stage", "reason", "letters", "meaning"), [(*key, n, MEANING.get(key[1], "")) for key, n in counts.most_common()])
    show.line()
    rows = [
        (_id(one), headers.rfc3339(one.timestamp)[:19], _header(one, headers.REASON), _header(one, "khabar-detail"))
        for one in letters[-20:]
    ]
    show.table(("letter", "when (UTC)", "reason", "detail"), [(a, b, c, show.plain(show.cut(d, 40))) for a, b, c, d in rows])
    show.line(f"\nSee one whole: ./khabar dead show {_id(letters[-1])}")


@command.command("show")
@click.argument("letter")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, the bytes as base64.")
@click.option("--raw", is_flag=True, help="Only the original bytes, untouched.")
def show_(letter: str, *, as_json: bool, raw: bool) -> None:
    """Show one: where it came from, why it died, and its original bytes. LETTER is STAGE/OFFSET as in the list."""
    stage, _, offset = letter.partition("/")
    if stage not in SOURCES or not offset.isdigit():
        raise show.Failure(f"{letter} is not a letter", "its form is STAGE/OFFSET, as in: ./khabar dead list", code=show.WRONG_USE)
    found = next((one for one in asyncio.run(_letters([stage])) if one.offset == int(offset)), None)
    if found is None:
        raise show.Failure(f"there is no letter {letter}", "list them with: ./khabar dead list")
    if raw:
        click.get_binary_stream("stdout").write(found.value or b"")
    elif as_json:
        show.json_line(_described(found))
    else:
        _print(found)


def _print(letter: ConsumerRecord) -> None:
    reason = _header(letter, headers.REASON)
    show.line(f"letter   {_id(letter)}, {headers.rfc3339(letter.timestamp)}")
    show.line(f"reason   {reason}: {MEANING.get(reason, '')}")
    show.line(f"detail   {show.plain(_header(letter, 'khabar-detail')) or '-'}")
    if _header(letter, "khabar-where"):
        show.line(f"where    {show.plain(_header(letter, 'khabar-where'))}")
    stage, place = _header(letter, "khabar-stage"), "/".join(_header(letter, f"khabar-{part}") for part in ("topic", "partition", "offset"))
    show.line(f"gave up  {stage} {_header(letter, 'khabar-version')}, after {_header(letter, 'khabar-attempts')} attempts")
    show.line(f"from     {show.plain(place if stage != 'feed' else _header(letter, 'khabar-topic'))}")
    if letter.key is not None:
        show.line(f"key      {show.plain(letter.key.decode('utf-8', 'backslashreplace'))}")
    value = letter.value or b""
    show.line(f"bytes    {len(value):,}{', the first 2,000 shown' if len(value) > SHOWN_BYTES else ''}; whole and untouched with --raw")
    show.line("─" * 60)
    show.line(_visible(value[:SHOWN_BYTES]))


def _visible(value: bytes) -> str:
    """Return *value* as text in which no control character can harm a terminal."""
    return show.plain(value.decode("utf-8", "backslashreplace"))


def _described(letter: ConsumerRecord) -> dict[str, Any]:
    ours = {name.removeprefix("khabar-"): value.decode("utf-8", "replace") for name, value in letter.headers if name.startswith("khabar-")}
    body = base64.b64encode(letter.value or b"").decode()
    return {"letter": _id(letter), "at": headers.rfc3339(letter.timestamp), **ours, "value_b64": body}


def _id(letter: ConsumerRecord) -> str:
    return f"{_header(letter, 'khabar-stage')}/{letter.offset}"


def _header(letter: ConsumerRecord, name: str) -> str:
    return headers.get(letter.headers, name) or ""


async def _letters(stages: list[str]) -> list[ConsumerRecord]:
    found = await look.read(where.connected(), *(topics.dead(stage) for stage in stages))
    return sorted(found, key=lambda letter: (letter.timestamp, letter.topic, letter.offset))
