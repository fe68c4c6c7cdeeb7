"""Which language an article is in, how sure that is, and where it changes: the steps in their order."""

from __future__ import annotations

from services.detect import general, lines, smoothing, tags
from shared.errors import BadRecord
from shared.records import Alternative, Article, By, Language, LanguageSpan
from shared.text import scripts

FEWEST_LETTERS = 4


def detect(text: str) -> Language:
    """Return the language block of *text* alone: no hint, no declaration."""
    cut = lines.cut(text)
    guesses, sizes = [], []
    for line in cut:
        counts = scripts.counts(line.text)
        n = sum(counts.values())
        guesses.append(general.languages(line.text, next(iter(counts))) if n >= FEWEST_LETTERS else {})
        sizes.append(n)
    path = smoothing.smooth(guesses, [smoothing.UNSEEN] * len(guesses))
    spans: list[LanguageSpan] = []
    for line, guess, tag in zip(cut, guesses, path, strict=True):
        p = round(guess.get(tag, 0.0), 4)
        if spans and spans[-1].lang == tag:
            spans[-1] = LanguageSpan(start=spans[-1].start, end=line.end, lang=tag, confidence=max(p, spans[-1].confidence))
        else:
            spans.append(LanguageSpan(start=line.start, end=line.end, lang=tag, confidence=p))
    weight: dict[str, int] = {}
    for tag, n in zip(path, sizes, strict=True):
        weight[tag] = weight.get(tag, 0) + n
    tag = max(sorted(weight), key=weight.__getitem__, default=tags.UNDETERMINED)
    confidence = max((span.confidence for span in spans if span.lang == tag), default=0.0)
    script = scripts.main_script(text)
    return Language(
        lang=tag,
        lang_macro=tags.macro(tag),
        script=script,
        dir=scripts.script_direction(script),
        confidence=confidence,
        margin=confidence,
        alternatives=[Alternative(lang=tag, confidence=confidence)],
        spans=spans,
        mixed=len(spans) > 1,
        warnings=[],
        by=By(stage="detect", version="1"),
    )


def process(article: Article) -> Language:
    """Return the language of *article*; raises BadRecord when clean has not seen it."""
    if not article.clean:
        raise BadRecord("missing_field", "detect needs the block clean")
    return detect(article.clean.text)
