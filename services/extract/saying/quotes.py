"""What was said: words between quotation marks with a speech verb near, and indirect speech (verb + that).

A mark closes only what the same kind opened: the Arabic seed mixes ASCII and curly marks, and pairing them
loosely made a false quote.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, NamedTuple

from services.extract.lexicon.cues import cues
from services.extract.words_of_article import Words

MARKS = {"«": "»", "“": "”", "„": "“", "‹": "›", '"': '"', "「": "」", "『": "』"}
LEAST, MOST = 25, 1200
"""Characters between the marks: shorter is a name, a title or a scare quote, longer was never closed."""
BEFORE, AFTER = 140, 60
"""Characters in which a speech verb is looked for (7 of 7 on the seeds, none false)."""
ENDS = frozenset(".!؟?،,")
INDIRECT_LEAST = 20
"""Characters of a clause after «that» worth keeping."""


REACH = {"fa": 2}
"""How far after the verb «that» is looked for, in tokens (else 16).

A later «که» is a relative clause, in 30 of 40 on agency articles.
"""
DESCRIBES = frozenset({"توصیف"})
"""Lemmas that call a thing something and open no clause: «گزارشی خواند که …»."""
POINTS = frozenset({"اشاره"})
"""Lemmas that after a quotation point at a title: «…» اشاره کرد."""


Mode = Literal["direct", "indirect", "mixed", "scare"]


class SpeechVerb(NamedTuple):
    """A verb of speech over ``tokens[first:last]``."""

    lemma: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something said over ``text[start:end]``, and the *verb* that says so."""

    start: int
    end: int
    mode: Mode
    verb: SpeechVerb | None


def marked(text: str) -> Iterator[tuple[int, int]]:
    """Yield ``(start, end)`` of what stands between marks of one kind, which are left outside.

    A pair stands within one paragraph.
    """
    at = 0
    while at < len(text):
        closing = MARKS.get(text[at])
        end = text.find(closing, at + 1, at + MOST + 1) if closing else -1
        if end < 0 or "\n\n" in text[at:end]:
            at += 1
            continue
        yield at + 1, end
        at = end + 1


def said(words: Words) -> list[Said]:
    """Return all that was said, in order; indirect speech that holds a quotation stands beside it, mixed."""
    verbs = speech_verbs(words)
    direct: list[Said] = []
    for start, end in marked(words.text):
        if end - start < LEAST:
            continue
        verb = None if _led_in(words, start - 1) else _verb_near(words, verbs, start, end)
        mode: Mode = _mode(words, verb, start) if verb else "scare"
        if verb is None and direct and _goes_on(words.text, direct[-1], start - 1, end):
            verb, mode = direct[-1].verb, "direct"
        direct.append(Said(start=start, end=end, mode=mode, verb=verb))
    spoken = [quote for quote in direct if quote.verb]
    starts = [quote.start for quote in spoken]  # in order and apart, so one beside a clause's end tells
    indirect = [
        quote
        for quote in _indirect(words, verbs)
        if not _holds(spoken[: bisect_left(starts, quote.end)][-1:], quote.start)
    ]
    loose = [
        quote for quote in direct if not quote.verb and len(words.text[quote.start : quote.end].split()) >= 4
    ]
    return sorted([*spoken, *indirect, *loose], key=lambda quote: (quote.start, quote.end))


def _holds(last: list[Said], start: int) -> bool:
    return any(start < quote.end for quote in last)


def _led_in(words: Words, mark: int) -> bool:
    """Tell whether words before the opening *mark* make a phrase of it: the so-called “…”, «موسوم به …»."""
    at = words.at(mark)
    leads = cues(words.lang).scare_leads
    return any(
        leads.length(words.keys, at - n) == n and words.same_sentence(at - n, at) for n in (1, 2) if at >= n
    )


def _goes_on(text: str, last: Said, mark: int, end: int) -> bool:
    """Tell whether a whole sentence without a verb goes on with the last quote: “…,” said X, who …. “….”."""
    between = text[last.end + 1 : mark]
    whole = text[end - 1] in ".!?؟" or text[end + 1 : end + 2] in {".", "!", "?", "؟"}
    return bool(
        last.verb
        and whole
        and len(between) <= BEFORE
        and "\n" not in between
        and between.rstrip().endswith(".")
    )


def speech_verbs(words: Words) -> list[SpeechVerb]:
    """Return every speech verb; Arabic ones may carry و or ف."""
    listed = cues(words.lang).speech_verbs
    found = []
    i = 0
    while i < len(words.tokens):
        hit = words.phrase_at(i, listed)
        if hit and _is_no_verb(words, i, i + hit.length):
            hit = None
        if hit:
            found.append(SpeechVerb(hit.value, i, i + hit.length))
            i += hit.length
        else:
            i += 1
    return found


def _is_no_verb(words: Words, first: int, last: int) -> bool:
    """Tell whether Persian «گفته», «نوشته» say who (به گفته: according to) or nobody (گفته می‌شود)."""
    if words.lang != "fa":
        return False
    noun = words.keys[first] == "گفته" and first > 0 and words.keys[first - 1] in {"به", "طبق", "بنابه"}
    return noun or words.beside(first, last) in cues("fa").passives


def _verb_near(words: Words, verbs: list[SpeechVerb], start: int, end: int) -> SpeechVerb | None:
    """Return the last speech verb before the quote in its paragraph, else the first after it."""
    text = words.text
    first = bisect_left(verbs, words.at(max(0, start - BEFORE)), key=lambda verb: verb.first)
    near = list(takewhile(lambda verb: words.tokens[verb.first].start <= end + AFTER, verbs[first:]))
    before = next((verb for verb in reversed(near) if _leads_in(words, verb, start)), None)
    after = next(
        (
            verb
            for verb in near
            if end <= words.tokens[verb.first].start
            and "\n" not in text[end : words.tokens[verb.first].start]
        ),
        None,
    )
    if after is None or after.lemma in POINTS:
        return before
    if before is None or (
        start - words.tokens[before.last - 1].end > BEFORE // 2 and _comma_after(text, end)
    ):
        return after
    return before


def _leads_in(words: Words, verb: SpeechVerb, start: int) -> bool:
    """Tell whether a verb introduces the quote at *start*: near it, in its paragraph, no sentence between."""
    first, last = words.tokens[verb.first], words.tokens[verb.last - 1]
    between = words.text[last.end : start]
    return (
        start - BEFORE <= first.start
        and last.end <= start
        and not any(end in between for end in ("\n", ". ", "؟ ", "! ", "? "))
    )


def _comma_after(text: str, end: int) -> bool:
    return text[end + 1 : end + 2] in {",", "،"} or text[end - 1 : end] in {",", "،"}


def _mode(words: Words, verb: SpeechVerb, start: int) -> Literal["direct", "mixed"]:
    """Return mixed where an indirect clause leads in («قال … إن المجال متاح “…”»), else direct."""
    between = words.text[words.tokens[verb.last - 1].end : start]
    that = cues(words.lang).that
    behind = bisect_left(words.tokens, start, key=lambda token: token.start)
    inner = words.keys[verb.last : behind]
    position = next((i for i, key in enumerate(inner) if key in that), None)
    return "mixed" if position is not None and len(inner) - position > 3 and between else "direct"


def _indirect(words: Words, verbs: list[SpeechVerb]) -> Iterator[Said]:
    """Yield clauses after verb … that, or verb and colon («افزود: ما آماده‌ایم»), to the sentence's end."""
    for at, verb in enumerate(verbs):
        opened = _opened(words, verb.first, verb.last)
        if (
            opened is None
            or verb.lemma in DESCRIBES
            or any(verb.first < other.first < opened for other in verbs[at + 1 : at + 2])
        ):
            continue
        after = bisect_right(verbs, opened, key=lambda verb: verb.first)
        end = _closes(words, opened, verbs[after].first if after < len(verbs) else -1)
        start = words.tokens[min(opened + 1, end)].start
        stop = words.tokens[end].start if words.tokens[end].text in ENDS else words.tokens[end].end
        if stop - start >= INDIRECT_LEAST:
            yield Said(start=start, end=stop, mode="indirect", verb=verb)


def _closes(words: Words, opened: int, verb: int) -> int:
    """Return the last token of the clause; «با بیان اینکه …، گفت» ends before the next *verb*."""
    end = words.sentence(opened)[1]
    inside = words.lang == "fa" and words.keys[opened] in cues("fa").that_inside
    return (verb if inside and opened < verb < end else end) - 1


def _opened(words: Words, first: int, last: int) -> int | None:
    """Return the token that opens what the verb says: «that», or a colon that no mark follows."""
    if words.lang == "fa" and words.keys[last - 1] in cues("fa").that_inside:
        return last - 1
    for j in range(last, min(last + REACH.get(words.lang, 16), len(words.tokens))):
        if not words.same_sentence(first, j):
            return None
        if words.tokens[j].text == ":":
            marked_next = j + 1 < len(words.tokens) and words.tokens[j + 1].text in MARKS
            return None if marked_next else j
        if words.keys[j] in cues(words.lang).that:
            return j
    return None
