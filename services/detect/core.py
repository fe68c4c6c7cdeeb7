"""Which language an article is in, how sure that is, and where it changes: the steps in their order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from msgspec import UNSET, UnsetType, structs

from services.detect import language_tags
from services.detect.models import arabic, cld2, general, linear_weights, ngrams
from services.detect.models.fitted import calibration, digest
from services.detect.orthography import orthography
from services.detect.spans import varieties
from services.detect.spans.page_languages import LineLanguages, line_languages
from services.detect.spans.stretch import FEWEST_LETTERS, StretchReading, read
from shared.errors import BadRecord
from shared.records import Alternative, Article, By, Language
from shared.text import directions

VERSION = "1"
MODELS = (arabic.MODEL, general.MODEL, varieties.MODEL)

HINT_DISAGREES = "lang_hint_disagrees"
DECLARED_DISAGREES = "declared_lang_disagrees"
CLD2_DISAGREES = "cld2_disagrees"
"""The codes of detect's warnings. CLD2's is the best sign of drift."""

Reason = Literal["no_letters", "short", "zxx", "low_confidence", "out_of_domain"]
_SHORT_LETTERS = 16
"""A text with fewer letters is called short when its language is not sure."""
FAINTEST = 5e-5
"""Probability below which a candidate would be written as 0."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A language and how sure it is, or ``und`` with the reason; *ranked* holds all candidates in order."""

    tag: str
    confidence: float
    ranked: list[tuple[str, float]]
    reason: Reason | UnsetType = UNSET


def warm_up() -> None:
    """Load the models and tables, so that the first article waits for nothing."""
    for text in ("این یک متن است", "this is a text"):
        varieties.dari(text)
        detect(text)


def process(article: Article) -> Language:
    """Return the language block of *article*: which language, how sure that is, and where it changes.

    Raises BadRecord (missing_field) when clean has not seen it.
    """
    if not article.clean:
        raise BadRecord("missing_field", "detect needs the block clean")
    language = detect(article.clean.text)
    declared = article.declared.lang or (article.clean.declared or {}).get("lang", "")
    return with_disagreements(language, hint=article.clean.lang_hint.lang, declared=declared)


def examine(text: str) -> tuple[LineLanguages, StretchReading, Decision]:
    """Return the lines of *text*, the reading of those in its main language, and what that decides."""
    lines = line_languages(text)
    main_reading = _main_reading(lines)
    return lines, main_reading, decide(main_reading)


def detect(text: str) -> Language:
    """Return the language block of *text* alone; bounded in time whatever the text."""
    lines, main_reading, decision = examine(text)
    tag, flags = varieties.refine(decision.tag, lines.text_in(decision.tag), main_reading)
    others = [
        (other, probability)
        for other, probability in decision.ranked
        if other not in (decision.tag, language_tags.NO_LANGUAGE) and probability >= FAINTEST
    ]
    margin = decision.confidence - max((probability for _, probability in others), default=0.0)
    is_arabic_script = main_reading.script == "Arab"
    return Language(
        lang=tag,
        lang_macro=language_tags.macro(tag),
        script=main_reading.script,
        dir=directions.script_direction(main_reading.script),
        confidence=round(decision.confidence, 4),
        margin=round(max(0.0, margin), 4),
        alternatives=[
            Alternative(lang=other, confidence=round(probability, 4)) for other, probability in others[:3]
        ],
        spans=lines.spans(),
        mixed=lines.is_mixed(),
        und_reason=decision.reason,
        tags=flags or UNSET,
        orthography=orthography(text, main_reading.letters) if is_arabic_script else UNSET,
        prior=arabic.PRIOR_ID if is_arabic_script else UNSET,
        calibrated=True,
        warnings=[CLD2_DISAGREES] if _cld2_disagrees(decision.tag, main_reading, lines) else [],
        by=_by(),
    )


@cache
def _by() -> By:
    return By(
        stage="detect", version=VERSION, model_sha256=linear_weights.digest(*MODELS), config_sha256=digest()
    )


def _main_reading(lines: LineLanguages) -> StretchReading:
    """Return the reading of all lines in the main language together; a lone line is not read twice.

    CLD2 votes on short lines. Where the lines are in another language than their text in one piece, they are
    believed.
    """
    if len(lines.readings) == 1:
        return lines.readings[0]
    main = next(iter(lines.letters_by_tag()), language_tags.UNDETERMINED)
    main_reading = read(lines.text_in(main))
    likeliest = [tag for tag, _ in main_reading.ranked()[:1]]
    if main in (language_tags.UNDETERMINED, language_tags.NO_LANGUAGE) or likeliest == [main]:
        return main_reading
    return replace(main_reading, probabilities=lines.mean_probabilities(main))


def decide(reading: StretchReading) -> Decision:
    """Return the language of *reading*, or ``und`` and why, with the candidates ranked either way."""
    ranked = reading.ranked()
    if reading.letters < FEWEST_LETTERS:
        return Decision(language_tags.UNDETERMINED, 0.0, [], "no_letters")
    if not ranked:
        return Decision(language_tags.UNDETERMINED, 0.0, [], "out_of_domain")
    tag, confidence = ranked[0]
    if tag == language_tags.NO_LANGUAGE:
        return Decision(language_tags.UNDETERMINED, 0.0, ranked, "zxx")
    if confidence < calibration().act.at(reading.letters):
        reason: Reason = "short" if reading.letters < _SHORT_LETTERS else "low_confidence"
        return Decision(language_tags.UNDETERMINED, 0.0, ranked, reason)
    return Decision(tag, confidence, ranked)


def _cld2_disagrees(tag: str, main_reading: StretchReading, lines: LineLanguages) -> bool:
    """Tell whether CLD2 is sure of another language than the decided *tag*."""
    if tag == language_tags.UNDETERMINED:
        return False
    opinion = main_reading.cld2
    if opinion is None:
        text = ngrams.sample(lines.text_in(tag))
        opinion = cld2.without_latin(text) if main_reading.script == "Arab" else cld2.opinion(text)
    return (
        opinion.sure
        and cld2.is_language(opinion.code)
        and language_tags.macro(language_tags.canonical(opinion.code)) != language_tags.macro(tag)
    )


def with_disagreements(language: Language, *, hint: str, declared: str) -> Language:
    """Return *language* with warnings where it is not what clean assumed (*hint*) or what was *declared*.

    It also says whether it agrees with what feed or page declare. Both arguments may be empty.
    """
    if language.lang == language_tags.UNDETERMINED:
        return language
    assumed, claimed = (language_tags.macro(language_tags.canonical(each)) for each in (hint, declared))
    warnings: list[str] = []
    agrees: bool | UnsetType = UNSET
    if assumed not in (language_tags.UNDETERMINED, language.lang_macro):
        warnings.append(HINT_DISAGREES)
    if claimed != language_tags.UNDETERMINED:
        agrees = claimed == language.lang_macro
        if not agrees:
            warnings.append(DECLARED_DISAGREES)
    return structs.replace(language, declared_agrees=agrees, warnings=warnings + language.warnings)
