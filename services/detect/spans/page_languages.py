"""A text as its lines: what each looks like, and the language of each after smoothing."""

from __future__ import annotations

from dataclasses import dataclass

from services.detect.language_tags import NO_LANGUAGE, UNDETERMINED
from services.detect.spans import smoothing, text_lines
from services.detect.spans.stretch import StretchReading, read
from shared.records import LanguageSpan

SECOND_SHARE = 0.15
"""Share of the letters that the second language of a mixed page has."""

SECOND_LETTERS = 120
"""Letters that it has at least."""


@dataclass(frozen=True, slots=True)
class LineLanguages:
    """The *lines* of a text that hold anything, the reading of each, and the tag of its language."""

    lines: list[text_lines.TextLine]
    readings: list[StretchReading]
    tags: list[str]

    def letters_by_tag(self) -> dict[str, int]:
        """Return the letters of each language, the most first; text in no language comes last."""
        letters: dict[str, int] = {}
        for tag, reading in zip(self.tags, self.readings, strict=True):
            letters[tag] = letters.get(tag, 0) + reading.letters
        order = sorted(letters, key=lambda tag: (tag in (NO_LANGUAGE, UNDETERMINED), -letters[tag], tag))
        return {tag: letters[tag] for tag in order}

    def text_in(self, tag: str) -> str:
        """Return the lines in *tag*, as they are read."""
        return "\n".join(
            line.text for line, line_tag in zip(self.lines, self.tags, strict=True) if line_tag == tag
        )

    def mean_probabilities(self, tag: str) -> dict[str, float]:
        """Return the probabilities of the lines in *tag*, averaged over their letters."""
        readings = [
            reading
            for reading, line_tag in zip(self.readings, self.tags, strict=True)
            if line_tag == tag and reading.probabilities
        ]
        letters = sum(reading.letters for reading in readings)
        means: dict[str, float] = {}
        for reading in readings:
            for language, probability in reading.probabilities.items():
                means[language] = means.get(language, 0.0) + probability * reading.letters / letters
        return means

    def is_mixed(self) -> bool:
        """Tell whether a second language has a share worth routing by."""
        by_tag = self.letters_by_tag()
        letters = [by_tag[tag] for tag in by_tag if tag not in (NO_LANGUAGE, UNDETERMINED)]
        return len(letters) > 1 and letters[1] >= max(SECOND_LETTERS, SECOND_SHARE * sum(letters))

    def spans(self) -> list[LanguageSpan]:
        """Return the stretches of one language; *confidence* is the mean over their letters."""
        spans: list[LanguageSpan] = []
        start = 0
        for place in range(1, len(self.tags) + 1):
            if place == len(self.tags) or self.tags[place] != self.tags[start]:
                spans.append(self._span(start, place))
                start = place
        return spans

    def _span(self, first: int, end: int) -> LanguageSpan:
        tag, readings = self.tags[first], self.readings[first:end]
        letters = sum(reading.letters for reading in readings if reading.probabilities)
        sure_letters = sum(reading.letters * reading.probabilities.get(tag, 0.0) for reading in readings)
        return LanguageSpan(
            start=self.lines[first].start,
            end=self.lines[end - 1].end,
            lang=tag,
            confidence=round(sure_letters / letters, 4) if letters else 0.0,
        )


def line_languages(text: str) -> LineLanguages:
    """Return *text* read line by line."""
    lines = text_lines.lines_of(text)
    readings = [read(line.text) for line in lines]
    return LineLanguages(lines, readings, smoothing.smooth(readings))
