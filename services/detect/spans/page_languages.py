"""A text as its lines: what each looks like, and the language of each after smoothing."""

from __future__ import annotations

from dataclasses import dataclass

from services.detect.language_tags import NO_LANGUAGE, UNDETERMINED
from services.detect.spans import smoothing, text_lines
from services.detect.spans.stretch import Reading, read
from shared.records import LanguageSpan

SECOND_SHARE, SECOND_LETTERS = 0.15, 120
"""A page is mixed when its second language has this share of the letters and so many of them."""


@dataclass(frozen=True, slots=True)
class LineLanguages:
    """The lines of a text that hold anything, their readings, and one language a line."""

    cut: list[text_lines.Line]
    readings: list[Reading]
    path: list[str]

    def letters(self) -> list[tuple[str, int]]:
        """Return the letters of each language, the most first; text in no language comes last."""
        tally: dict[str, int] = {}
        for tag, reading in zip(self.path, self.readings, strict=True):
            tally[tag] = tally.get(tag, 0) + reading.letters
        return sorted(
            tally.items(), key=lambda item: (item[0] in (NO_LANGUAGE, UNDETERMINED), -item[1], item[0])
        )

    def text_in(self, tag: str) -> str:
        """Return the lines in *tag*, as they are read."""
        return "\n".join(line.text for line, own in zip(self.cut, self.path, strict=True) if own == tag)

    def mean(self, tag: str) -> dict[str, float]:
        """Return the probabilities of the lines in *tag*, averaged over their letters."""
        part = [
            reading
            for reading, own in zip(self.readings, self.path, strict=True)
            if own == tag and reading.probabilities
        ]
        letters = sum(reading.letters for reading in part)
        shares: dict[str, float] = {}
        for reading in part:
            for language, p in reading.probabilities.items():
                shares[language] = shares.get(language, 0.0) + p * reading.letters / letters
        return shares

    def mixed(self) -> bool:
        """Return whether a second language has a share worth routing by."""
        tally = [n for tag, n in self.letters() if tag not in (NO_LANGUAGE, UNDETERMINED)]
        return len(tally) > 1 and tally[1] >= max(SECOND_LETTERS, SECOND_SHARE * sum(tally))

    def spans(self) -> list[LanguageSpan]:
        """Return the stretches of one language; *confidence* is the mean over their letters."""
        found: list[LanguageSpan] = []
        start = 0
        for at in range(1, len(self.path) + 1):
            if at == len(self.path) or self.path[at] != self.path[start]:
                found.append(self._span(start, at))
                start = at
        return found

    def _span(self, first: int, end: int) -> LanguageSpan:
        tag, part = self.path[first], self.readings[first:end]
        letters = sum(reading.letters for reading in part if reading.probabilities)
        sure = sum(reading.letters * reading.probabilities.get(tag, 0.0) for reading in part)
        return LanguageSpan(
            start=self.cut[first].start,
            end=self.cut[end - 1].end,
            lang=tag,
            confidence=round(sure / letters, 4) if letters else 0.0,
        )


def line_languages(text: str) -> LineLanguages:
    """Return *text* read line by line."""
    cut = text_lines.cut(text)
    readings = [read(line.text) for line in cut]
    return LineLanguages(cut, readings, smoothing.smooth(readings))
