"""Dead letters in words: what a reason means, one whole, many in a table, and what an order does."""

from __future__ import annotations

import base64
import heapq
from collections import Counter
from typing import Any

from services.cli import speech
from services.dead.letter import Letter
from services.dead.marks import Mark
from services.dead.outlook import Outlook
from services.dead.standing import ACKNOWLEDGED, DOOR, Counts, Standing
from shared.wire import headers, topics

SHOWN, SHOWN_BYTES, SHOWN_NAMES = 20, 2_000, 5

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

STAYS: dict[Standing, str] = {
    "marked": "redriven, edited or dropped before, or acknowledged already",
    "rests": "came back three times: only redrive LETTER --edit sends it again",
    "refused_at_a_door": "never became a record: mend what ./khabar dead show LETTER --raw gives, and feed that",
    "foreign": "its record came from a topic that this stage does not read in this run",
    "topic_missing": "the topic it came from is not there: ./khabar topics apply",
    "too_large": "with the headers of a letter it is too large for its topic",
    "empty": "it has neither key nor value",
}


class Listing:
    """Letters counted by reason, and the newest of them."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()
        self.stages: dict[str, Counter[str]] = {}
        self.hidden = 0
        self._open: Counter[str] = Counter()
        self._newest: list[tuple[int, str, str, str, str]] = []

    def enter(self, letter: Letter, mark: Mark | None) -> None:
        """Take in one letter."""
        self.reasons[letter.reason] += 1
        self.stages.setdefault(letter.reason, Counter())[letter.stage] += 1
        if (
            (mark is None or mark.state == ACKNOWLEDGED)
            and letter.stage != DOOR
            and letter.reason != "redriven_too_often"
        ):
            self._open[letter.reason] += 1
        row = (
            letter.timestamp_ms,
            letter.name,
            letter.reason,
            letter.said("detail"),
            mark.state if mark else "",
        )
        (heapq.heappush if len(self._newest) < SHOWN else heapq.heappushpop)(self._newest, row)

    def show(self) -> None:
        """Print it: reasons first, then the newest, then what to do."""
        rows = [
            (reason, n, _by_stage(self.stages[reason]), MEANING.get(reason, ""))
            for reason, n in self.reasons.most_common()
        ]
        if rows:
            speech.table(("reason", "letters", "stages", "meaning"), rows)
            speech.line()
            newest = sorted(self._newest)
            speech.table(
                ("letter", "when (UTC)", "reason", "detail", ""),
                [
                    (name, headers.rfc3339(at)[:19], why, speech.plain(speech.cut(detail, 40)), state)
                    for at, name, why, detail, state in newest
                ],
            )
            if len(newest) < self.reasons.total():
                speech.line(
                    f"\nShown {len(newest)} of {self.reasons.total():,}, the newest; every one with --json."
                )
        else:
            speech.line("No dead letters.")
        if self.hidden:
            speech.line(
                f"\n{self.hidden:,} more were redriven, edited, dropped or acknowledged: --all lists them too."
            )
        if rows:
            speech.line(f"\nSee one whole: ./khabar dead show {newest[-1][1]}")
        for reason, _ in self._open.most_common(1):
            speech.line(f"Send back what can be processed now: ./khabar dead redrive --reason {reason}")


def _by_stage(stages: Counter[str]) -> str:
    return ", ".join(f"{stage} {n:,}" for stage, n in stages.most_common())


def whole(letter: Letter, mark: Mark | None) -> None:
    """Print one letter: why it died, its origin, what became of it, and its bytes.

    The bytes are shown as text that cannot harm a terminal.
    """
    speech.line(f"letter   {letter.name}, {headers.rfc3339(letter.timestamp_ms)}")
    speech.line(f"reason   {letter.reason}: {MEANING.get(letter.reason, '')}")
    speech.line(f"detail   {speech.plain(letter.said('detail')) or '-'}")
    if letter.said("where"):
        speech.line(f"where    {speech.plain(letter.said('where'))}")
    speech.line(f"gave up  {letter.stage} {letter.said('version')}, after {letter.said('attempts')} attempts")
    place = "/".join(letter.said(part) for part in ("topic", "partition", "offset"))
    speech.line(f"from     {speech.plain(place if letter.stage != 'feed' else letter.said('topic'))}")
    if times := headers.times_redriven(letter.headers):
        edited = ", with other bytes than at first" if letter.said("edited") else ""
        speech.line(f"returns  redriven {times} {'time' if times == 1 else 'times'} before{edited}")
    if mark is not None:
        to = f" to {mark.to}" if mark.to else ""
        because = f", because {speech.plain(mark.because)}" if mark.because else ""
        speech.line(f"since    {mark.state}{to} by {speech.plain(mark.by)}, {mark.at[:19]}{because}")
    if letter.key is not None:
        speech.line(f"key      {speech.plain(letter.key.decode('utf-8', 'backslashreplace'))}")
    value = letter.value or b""
    speech.line(
        f"bytes    {len(value):,}{', the first 2,000 shown' if len(value) > SHOWN_BYTES else ''}; whole and untouched with --raw"
    )
    speech.line("─" * 60)
    speech.line(speech.plain(value[:SHOWN_BYTES].decode("utf-8", "backslashreplace")))


def described(letter: Letter, mark: Mark | None) -> dict[str, Any]:
    """Return one letter as a JSON object: our headers, its bytes as base64, and its mark."""
    ours = {
        name.removeprefix(headers.OURS): (value or b"").decode("utf-8", "replace")
        for name, value in letter.headers
        if name.startswith(headers.OURS)
    }
    body = base64.b64encode(letter.value or b"").decode()
    return {
        "letter": letter.name,
        "at": headers.rfc3339(letter.timestamp_ms),
        **ours,
        "value_b64": body,
        "mark": mark,
    }


def counted(counts: Counts, title: str) -> None:
    """Print what goes, by stage and reason, and what stays, with the cause."""
    total = counts.goes.total()
    speech.line(f"{title} {total:,} {'letter' if total == 1 else 'letters'}{':' if total else '.'}")
    if total:
        rows = [
            (stage, reason, n, f"back to {speech.plain(to)}" if to else "")
            for (stage, reason, to), n in counts.goes.most_common()
        ]
        speech.table(("stage", "reason", "letters", ""), rows)
    if stays := counts.stays.total():
        speech.line(f"\n{stays:,} {'stays as it is' if stays == 1 else 'stay as they are'}:")
        speech.table(
            ("stage", "letters", "because"),
            [(stage, n, STAYS[why]) for (stage, why), n in counts.stays.most_common()],
        )


def warned(found: Outlook, run: str) -> None:
    """Print what to know before letters go back: what newer things passed, and who else reads the topics."""
    passed, unchecked = sorted(found.overtaken.passed), found.overtaken.unchecked
    if passed:
        names = ", ".join(passed[:SHOWN_NAMES]) + (
            f" and {len(passed) - SHOWN_NAMES} more" if len(passed) > SHOWN_NAMES else ""
        )
        speech.line(
            f"\nMeanwhile something newer of the same document has passed {len(passed):,} of them: {names}"
        )
    if unchecked:
        speech.line(
            f"\nFor {unchecked:,} it was not checked whether something newer of the same document has passed."
        )
    for stage, topic in sorted({(stage, topic) for stage, _, topic in found.counts.goes}):
        others = [reader for reader in _readers(topic, run) if reader != stage]
        if others:
            speech.line(f"\n{topic} is read by {', '.join(others)} too: they see these records again.")


def _readers(topic: str, run: str) -> tuple[str, ...]:
    return next((known.readers for known in topics.TOPICS if topics.spelled(known.name, run) == topic), ())


def as_object(verb: str, found: Outlook, *, dry_run: bool) -> dict[str, Any]:
    """Return what would happen, or did, as one JSON object."""
    return {
        "verb": verb,
        "dry_run": dry_run,
        "goes": [
            {"stage": stage, "reason": reason, "to": topic, "letters": n}
            for (stage, reason, topic), n in found.counts.goes.items()
        ],
        "stays": [
            {"stage": stage, "because": why, "letters": n} for (stage, why), n in found.counts.stays.items()
        ],
        "overtaken": sorted(found.overtaken.passed),
        "overtaken_unchecked": found.overtaken.unchecked,
    }
