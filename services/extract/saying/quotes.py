"""What was said: words between quotation marks with a speech verb near, and indirect speech (verb + that).

A mark closes only what the same kind opened: the Arabic seed mixes ASCII and curly marks, and pairing them
loosely made a false quote.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, NamedTuple

from services.extract.lexicon.cues import cues
from services.extract.words_of_article import Words

CLOSING_MARK_OF = {"«": "»", "“": "”", "„": "“", "‹": "›", '"': '"', "「": "」", "『": "』"}
"""The mark that closes what a mark opens."""
SHORTEST_QUOTE = 25
"""Characters between the marks: what is shorter is a name, a title or a scare quote."""
SHORTEST_SCARE_QUOTE = 4
"""Words between marks that no verb says, worth keeping."""
LONGEST_QUOTE = 1200
"""Characters between the marks: what is longer was never closed."""
VERB_BEFORE = 140
"""Characters before a quote in which its speech verb is looked for (7 of 7 on the seeds, none false)."""
VERB_AFTER = 60
"""Characters after a quote in which it is looked for."""
CLAUSE_ENDS = frozenset(".!؟?،,")
SHORTEST_CLAUSE = 20
"""Characters of a clause after «that» worth keeping."""
THAT_WITHIN = {"fa": 2}
"""How far after the verb «that» is looked for, in tokens (else 16).

A later «که» is a relative clause, in 30 of 40 on agency articles.
"""
DESCRIBING_LEMMAS = frozenset({"توصیف"})
"""Lemmas that call a thing something and open no clause: «گزارشی خواند که …»."""
POINTING_LEMMAS = frozenset({"اشاره"})
"""Lemmas that after a quotation point at a title: «…» اشاره کرد."""


Mode = Literal["direct", "indirect", "mixed", "scare"]


class SpeechVerb(NamedTuple):
    """A verb of speech over ``tokens[first:last]``."""

    lemma: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Something said over ``text[start:end]``, and the *verb* that says so."""

    start: int
    end: int
    mode: Mode
    verb: SpeechVerb | None

    @property
    def place(self) -> range:
        """The characters of the text that it stands over."""
        return range(self.start, self.end)


def between_marks(text: str) -> Iterator[tuple[int, int]]:
    """Yield ``(start, end)`` of what stands between marks of one kind, which are left outside.

    A pair stands within one paragraph.
    """
    at = 0
    while at < len(text):
        closing = CLOSING_MARK_OF.get(text[at])
        end = text.find(closing, at + 1, at + LONGEST_QUOTE + 1) if closing else -1
        if end < 0 or "\n\n" in text[at:end]:
            at += 1
            continue
        yield at + 1, end
        at = end + 1


def quotations(words: Words) -> list[Quotation]:
    """Return all that was said, in order; no indirect clause that overlaps a quote with a verb."""
    verbs = speech_verbs(words)
    marked = _marked(words, verbs)
    with_verb = [quote for quote in marked if quote.verb]
    starts = [quote.start for quote in with_verb]
    indirect = [
        clause for clause in _indirect(words, verbs) if not _overlaps_one_of(clause, with_verb, starts)
    ]
    scare = [
        quote
        for quote in marked
        if not quote.verb and len(words.text[quote.start : quote.end].split()) >= SHORTEST_SCARE_QUOTE
    ]
    return sorted([*with_verb, *indirect, *scare], key=lambda quote: (quote.start, quote.end))


def _marked(words: Words, verbs: list[SpeechVerb]) -> list[Quotation]:
    """Return what stands between marks, long enough to be said, each with its verb if it has one."""
    marked: list[Quotation] = []
    for start, end in between_marks(words.text):
        if end - start < SHORTEST_QUOTE:
            continue
        verb = None if _is_part_of_a_phrase(words, start - 1) else _verb_near(words, verbs, start, end)
        mode: Mode = _mode(words, verb, start) if verb else "scare"
        if verb is None and marked and _continues_last_quote(words.text, marked[-1], start - 1, end):
            verb, mode = marked[-1].verb, "direct"
        marked.append(Quotation(start=start, end=end, mode=mode, verb=verb))
    return marked


def _overlaps_one_of(clause: Quotation, quotes: Sequence[Quotation], starts: Sequence[int]) -> bool:
    """Tell whether a *clause* shares text with one of *quotes*, which lie in order and apart."""
    before_its_end = bisect_left(starts, clause.end)
    return before_its_end > 0 and clause.start < quotes[before_its_end - 1].end


def _is_part_of_a_phrase(words: Words, mark: int) -> bool:
    """Tell whether words before the opening *mark* make a phrase of it: the so-called “…”, «موسوم به …»."""
    first = words.token_at(mark)
    leads = cues(words.lang).scare_leads
    return any(
        leads.length(words.keys, first - size) == size and words.same_sentence(first - size, first)
        for size in (1, 2)
        if first >= size
    )


def _continues_last_quote(text: str, last: Quotation, mark: int, end: int) -> bool:
    """Tell whether a whole sentence without a verb goes on with the last quote: “…,” said X, who …. “….”."""
    between = text[last.end + 1 : mark]
    is_sentence = text[end - 1] in ".!?؟" or text[end + 1 : end + 2] in {".", "!", "?", "؟"}
    return bool(
        last.verb
        and is_sentence
        and len(between) <= VERB_BEFORE
        and "\n" not in between
        and between.rstrip().endswith(".")
    )


def speech_verbs(words: Words) -> list[SpeechVerb]:
    """Return every verb of speech in order; Arabic ones may carry و or ف."""
    verb_phrases = cues(words.lang).speech_verbs
    verbs = []
    i = 0
    while i < len(words.tokens):
        hit = words.phrase_at(i, verb_phrases)
        if hit and _is_no_verb(words, i, i + hit.length):
            hit = None
        if hit:
            verbs.append(SpeechVerb(hit.value, i, i + hit.length))
            i += hit.length
        else:
            i += 1
    return verbs


def _is_no_verb(words: Words, first: int, last: int) -> bool:
    """Tell whether Persian «گفته», «نوشته» are a noun (به گفته: according to) or passive (گفته می‌شود)."""
    if words.lang != "fa":
        return False
    noun = words.keys[first] == "گفته" and first > 0 and words.keys[first - 1] in {"به", "طبق", "بنابه"}
    return noun or words.beside(first, last) in cues("fa").passives


def _verb_near(words: Words, verbs: list[SpeechVerb], start: int, end: int) -> SpeechVerb | None:
    """Return the last speech verb before the quote in its paragraph, else the first after it."""
    text = words.text
    first = bisect_left(verbs, words.token_at(max(0, start - VERB_BEFORE)), key=lambda verb: verb.first)
    near = list(takewhile(lambda verb: words.tokens[verb.first].start <= end + VERB_AFTER, verbs[first:]))
    before = next((verb for verb in reversed(near) if _introduces(words, verb, start)), None)
    after = next(
        (
            verb
            for verb in near
            if end <= words.tokens[verb.first].start
            and "\n" not in text[end : words.tokens[verb.first].start]
        ),
        None,
    )
    if after is None or after.lemma in POINTING_LEMMAS:
        return before
    if before is None or (
        start - words.tokens[before.last - 1].end > VERB_BEFORE // 2 and _comma_after(text, end)
    ):
        return after
    return before


def _introduces(words: Words, verb: SpeechVerb, start: int) -> bool:
    """Tell whether a verb introduces the quote at *start*: near it, in its paragraph, no sentence between."""
    first, last = words.tokens[verb.first], words.tokens[verb.last - 1]
    between = words.text[last.end : start]
    return (
        start - VERB_BEFORE <= first.start
        and last.end <= start
        and not any(end in between for end in ("\n", ". ", "؟ ", "! ", "? "))
    )


def _comma_after(text: str, end: int) -> bool:
    return text[end + 1 : end + 2] in {",", "،"} or text[end - 1 : end] in {",", "،"}


def _mode(words: Words, verb: SpeechVerb, start: int) -> Literal["direct", "mixed"]:
    """Return mixed where an indirect clause leads in («قال … إن المجال متاح “…”»), else direct."""
    that = cues(words.lang).that
    mark = bisect_left(words.tokens, start, key=lambda token: token.start)
    between_keys = words.keys[verb.last : mark]
    that_at = next((i for i, key in enumerate(between_keys) if key in that), None)
    return "mixed" if that_at is not None and len(between_keys) - that_at > 3 else "direct"


def _indirect(words: Words, verbs: list[SpeechVerb]) -> Iterator[Quotation]:
    """Yield clauses after a verb and «that» or a colon («افزود: ما آماده‌ایم»), to the sentence's end."""
    for n, verb in enumerate(verbs):
        that = _clause_start(words, verb.first, verb.last)
        if (
            that is None
            or verb.lemma in DESCRIBING_LEMMAS
            or any(verb.first < other.first < that for other in verbs[n + 1 : n + 2])
        ):
            continue
        after = bisect_right(verbs, that, key=lambda verb: verb.first)
        end = _clause_end(words, that, verbs[after].first if after < len(verbs) else -1)
        start = words.tokens[min(that + 1, end)].start
        stop = words.tokens[end].start if words.tokens[end].text in CLAUSE_ENDS else words.tokens[end].end
        if stop - start >= SHORTEST_CLAUSE:
            yield Quotation(start=start, end=stop, mode="indirect", verb=verb)


def _clause_end(words: Words, that: int, verb: int) -> int:
    """Return the last token of the clause; «با بیان اینکه …، گفت» ends before the next *verb*."""
    end = words.sentence(that).stop
    inside = words.lang == "fa" and words.keys[that] in cues("fa").that_inside
    return (verb if inside and that < verb < end else end) - 1


def _clause_start(words: Words, first: int, last: int) -> int | None:
    """Return the token that opens what the verb says: «that», or a colon that no mark follows."""
    if words.lang == "fa" and words.keys[last - 1] in cues("fa").that_inside:
        return last - 1
    for j in range(last, min(last + THAT_WITHIN.get(words.lang, 16), len(words.tokens))):
        if not words.same_sentence(first, j):
            return None
        if words.tokens[j].text == ":":
            marked_next = j + 1 < len(words.tokens) and words.tokens[j + 1].text in CLOSING_MARK_OF
            return None if marked_next else j
        if words.keys[j] in cues(words.lang).that:
            return j
    return None
