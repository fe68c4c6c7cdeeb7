"""On whose word a passage stands (rule e): the cue, "according to", the source after it, what it covers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from services.extract.found_name import Name
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import cues
from services.extract.saying.quotes import SpeechVerb, between_marks, speech_verbs
from services.extract.words_of_article import Words
from shared.records import Clean
from shared.text.scripts import LATIN_BESIDE_ARABIC
from shared.text.tokens import fold, tokens

CreditKind = Literal[
    "reported_by", "relayed_from", "source_line", "statement", "according_to", "dateline_outlet", "social"
]
HOPS: dict[str, int] = {
    **dict.fromkeys(("source_line", "dateline_outlet", "reported_by"), 0),
    **dict.fromkeys(("statement", "according_to", "social", "relayed_from"), 1),
}
"""How far from this outlet: 0 the outlet's own line, 1 one step on."""
LONGEST_AGENT = 7
"""Words that are taken of a source that is no name."""
MOST_CUES = 200
"""Cues that are read of one article, and statements as many."""
SURE_OF_SOURCE = 0.9
"""Confidence where a line of its own, a known entity or «statement» tells the source."""
LIKELY_SOURCE = 0.6
"""Confidence elsewhere."""
DATELINE = re.compile(
    r"^(?P<who>[^\n:،,.()«»\"؟?!]{2,40}?)\s?:\s+(?=\S)|^(?P<place>[^\n:،.()«»\"]{2,30}?)\s?[(\[](?P<agency>[^()\n]{2,30})[)\]]\s*[-–—:]"
)
_CLAIM_KINDS: dict[str, CreditKind] = {
    "declared": "source_line",
    "dateline": "dateline_outlet",
    "relayed": "relayed_from",
    "self_claimed": "reported_by",
}
_CUE_KINDS: dict[str, CreditKind] = {
    "reported_by": "reported_by",
    "relayed_from": "relayed_from",
    "according_to": "according_to",
    "social": "social",
}
"""The kind of credit that each kind of cue begins; a source follows the cue."""
STANDS_WRITTEN = "آمدن"
"""The verb of «در بیانیه آمده است», it says in the statement: the document speaks, no organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One attribution: *cue* and *scope* are ``(start, end)`` in the text, *raw* when clean cut the cue."""

    kind: CreditKind
    cue: tuple[int, int]
    raw: bool
    agent: str
    agent_id: str | None
    scope: tuple[int, int]
    confidence: float


def credits_of(clean: Clean, words: Words, names: Sequence[Name]) -> list[Credit]:
    """Return every attribution, by place: what clean read from cut lines, and what the text says."""
    index = _ArticleIndex(words, names)
    attributed = [
        *_claimed_credits(clean, words),
        *islice(_cued_credits(index), MOST_CUES),
        *islice(_statements(index), MOST_CUES),
    ]
    kept: list[Credit] = []
    for credit in sorted(attributed, key=lambda credit: (credit.raw, credit.cue, -credit.confidence)):
        if not any(_is_same_credit(credit, other) for other in kept):
            kept.append(credit)
    return kept


def _is_same_credit(first: Credit, second: Credit) -> bool:
    is_same_agent = first.agent_id is not None and first.agent_id == second.agent_id
    return (
        first.kind == second.kind
        and (fold(first.agent) == fold(second.agent) or is_same_agent)
        and (first.raw or second.raw or first.scope == second.scope)
    )


def source_id(name: str, lang: str) -> str | None:
    """Return the entity that a source's words name («فارس», «الجزيرة» too); None when no row has them."""
    key = tuple(fold(token.text) for token in tokens(name) if token.is_word or token.text.isdigit())
    for code in (lang, "fa", "ar", "en"):
        for alias in snapshot.aliases(code).get(key[0], ()) if key else ():
            if alias.key == key and alias.use in {"source", "name", "head"}:
                return snapshot.resolved(alias.entity_id)
    return None


def glued_apart(name: str) -> list[str]:
    """Return the sources glued into one where the script changes: ``RTالجزيرة`` → RT, الجزيرة."""
    return [part.strip() for part in LATIN_BESIDE_ARABIC.split(name) if part.strip()]


def _claimed_credits(clean: Clean, words: Words) -> Iterator[Credit]:
    """Yield what clean read from cut lines and formulas, and an outlet that opens the text."""
    whole = (0, len(words.text))
    for source in clean.sources:
        raw = source.span.layer == "raw"
        cue = (source.span.start, source.span.end)
        for name in glued_apart(source.name):
            yield Credit(
                kind=_CLAIM_KINDS[source.kind],
                cue=cue,
                raw=raw,
                agent=name,
                agent_id=source_id(name, words.lang),
                scope=whole if source.kind != "relayed" or raw else _paragraph(words.text, cue[0]),
                confidence=SURE_OF_SOURCE,
            )
    opening = DATELINE.match(words.text)
    if opening:
        group = "who" if opening["who"] else "agency"
        outlet_id = source_id(opening[group], words.lang)
        if outlet_id:
            yield Credit(
                kind="dateline_outlet",
                cue=opening.span(group),
                raw=False,
                agent=opening[group].strip(),
                agent_id=outlet_id,
                scope=whole,
                confidence=SURE_OF_SOURCE,
            )


class _ArticleIndex:
    """What every cue of one article asks for: names by first token, speech verbs, spans between marks."""

    def __init__(self, words: Words, names: Sequence[Name]) -> None:
        self.words = words
        self.name_at = {name.first: name for name in names}
        self.verbs = speech_verbs(words)
        self.verb_tokens = {verb.first for verb in self.verbs}
        self.marked = list(between_marks(words.text))

    def beginning_in(self, stretch: range) -> list[Name]:
        """Return the names that begin at one of these tokens."""
        return [self.name_at[i] for i in stretch if i in self.name_at]


def _cued_credits(index: _ArticleIndex) -> Iterator[Credit]:
    """Yield cues followed by a source; «بحسب وزارة الخارجية» at a sentence's end covers that sentence."""
    words = index.words
    cue_phrases = cues(words.lang).attributions
    i = 0
    while i < len(words.tokens):
        hit = words.phrase_at(i, cue_phrases)
        if hit and hit.value in _CUE_KINDS:
            credit = _credit_of_cue(index, i, i + hit.length, _CUE_KINDS[hit.value])
            if credit:
                yield credit
        i += hit.length if hit else 1


def _credit_of_cue(index: _ArticleIndex, first: int, last: int, kind: CreditKind) -> Credit | None:
    """Return the attribution that the cue over ``tokens[first:last]`` begins, None without a source."""
    words, start = index.words, last
    if words.same_sentence(first, start) and words.tokens[start].text in ':«“"':
        start += 1
    agent = _agent_at(index, start) if words.same_sentence(first, start) else None
    if agent is None:
        return None
    return Credit(
        kind=kind,
        cue=(words.tokens[first].start, words.tokens[last - 1].end),
        raw=False,
        agent=agent.text,
        agent_id=agent.entity_id,
        scope=_scope(index, first, kind),
        confidence=LIKELY_SOURCE if agent.entity_id is None else SURE_OF_SOURCE,
    )


class _Agent(NamedTuple):
    """A source as the text calls it, and its entity, None for an unknown one."""

    text: str
    entity_id: str | None


def _agent_at(index: _ArticleIndex, start: int) -> _Agent | None:
    """Return the source at token *start*: a name, a group, or the words up to a verb or sign."""
    words = index.words
    lang_cues = cues(words.lang)
    name = index.name_at.get(start)
    if name and name.use != "adj":
        return _Agent(words.text[name.start : name.end], name.entity_id)
    end = start
    while words.same_sentence(start, end) and end - start < LONGEST_AGENT and words.tokens[end].is_word:
        if end in index.verb_tokens or (
            end > start and words.keys[end] in lang_cues.agent_ends and not _joins_adjectives(words, end)
        ):
            break
        end += 1
    if end == start or words.keys[start] in lang_cues.agent_ends:
        return None
    text = words.text[words.tokens[start].start : words.tokens[end - 1].end]
    inside = (
        name.entity_id
        for name in index.beginning_in(range(start, end))
        if name.last <= end and name.type in {"ORG", "PER"}
    )
    return _Agent(text, source_id(text, words.lang) or next(inside, None))


def _joins_adjectives(words: Words, i: int) -> bool:
    """Tell whether «و» at *i* joins two adjectives of one source: مقام‌های آمریکایی و صهیونیستی."""
    after = words.beside(i, i + 1)
    return words.keys[i] == "و" and after.endswith("ی")


def _statements(index: _ArticleIndex) -> Iterator[Credit]:
    """Yield organisations that speak: «قالت وزارة الخارجية إن», "the ministry said in a statement"."""
    words = index.words
    lang_cues = cues(words.lang)
    statements = {
        words.tokens[i].sentence
        for i in range(len(words.tokens))
        if (hit := lang_cues.attributions.at(words.keys, i)) and hit.value == "statement"
    }
    for verb in index.verbs:
        if verb.lemma == STANDS_WRITTEN:
            continue
        organisation = next(
            (
                name
                for name in index.beginning_in(words.sentence(verb.first))
                if name.type == "ORG" and name.use != "adj" and _speaks(words, name, verb)
            ),
            None,
        )
        if organisation is None:
            continue
        is_statement = words.tokens[verb.first].sentence in statements
        kind: CreditKind = "reported_by" if is_medium(organisation.entity_id) else "statement"
        yield Credit(
            kind=kind,
            cue=(words.tokens[verb.first].start, words.tokens[verb.last - 1].end),
            raw=False,
            agent=words.text[organisation.start : organisation.end],
            agent_id=organisation.entity_id,
            scope=_scope(index, verb.first, kind),
            confidence=SURE_OF_SOURCE if is_statement else LIKELY_SOURCE,
        )


def is_medium(entity_id: str | None) -> bool:
    """Tell whether the entity is an outlet or an agency."""
    row = snapshot.entity(entity_id or "")
    return bool(row and row["kind"] == "media")


def _speaks(words: Words, name: Name, verb: SpeechVerb) -> bool:
    """Tell whether an organisation is a verb's subject: right after it in Arabic, else opening its clause."""
    if not words.same_sentence(name.first, verb.first):
        return False
    if words.lang == "ar":
        return name.first == verb.last
    if name.first and (
        words.keys[name.first - 1] in cues(words.lang).not_subjects
        or words.tokens[name.first - 1].text in "(["
    ):
        return False
    opening = (
        name.first == 0
        or not words.same_sentence(name.first - 1, name.first)
        or name.first - words.sentence(name.first).start <= 3
    )
    return name.last <= verb.first and opening


def _scope(index: _ArticleIndex, token: int, kind: CreditKind) -> tuple[int, int]:
    """Return what a cue covers: the article for an opening formula, else its sentence and its quotations."""
    words = index.words
    start = words.tokens[token].start
    opens = start == 0 or words.text[:start].endswith("\n\n")
    if kind == "reported_by" and (
        words.tokens[token].sentence == words.tokens[0].sentence
        or (opens and words.text.count("\n\n", 0, start) < 3)
    ):
        return 0, len(words.text)
    sentence = words.sentence(token)
    start, end = words.tokens[sentence[0]].start, words.tokens[sentence[-1]].end
    for quote_start, quote_end in index.marked[bisect_left(index.marked, (start, 0)) :]:
        if quote_start >= end:
            break
        end = max(end, quote_end)
    return start, end


def _paragraph(text: str, at: int) -> tuple[int, int]:
    start = text.rfind("\n\n", 0, at) + 2 if "\n\n" in text[:at] else 0
    end = text.find("\n\n", at)
    return start, len(text) if end < 0 else end
