"""On whose word a passage stands (rule e): the cue, "according to", the source after it, what it covers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from services.extract.found_name import Name
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import cues
from services.extract.saying.quotes import marked, speech_verbs
from services.extract.words_of_article import Words
from shared.records import Clean
from shared.text.scripts import LATIN_BESIDE_ARABIC
from shared.text.tokens import fold, tokens

Kind = Literal[
    "reported_by", "relayed_from", "source_line", "statement", "according_to", "dateline_outlet", "social"
]
HOPS: dict[str, int] = {
    **dict.fromkeys(("source_line", "dateline_outlet", "reported_by"), 0),
    **dict.fromkeys(("statement", "according_to", "social", "relayed_from"), 1),
}
"""How far from this outlet: 0 the outlet's own line, 1 one step on."""
LONGEST_AGENT = 7
"""Words of a source that is no name."""
MOST = 200
"""Cues, and statements, of one article."""
SURE, LIKELY = 0.9, 0.6
"""Confidence where a line of its own, a known entity or «statement» tells the source, and elsewhere."""
DATELINE = re.compile(
    r"^(?P<who>[^\n:،,.()«»\"؟?!]{2,40}?)\s?:\s+(?=\S)|^(?P<place>[^\n:،.()«»\"]{2,30}?)\s?[(\[](?P<agency>[^()\n]{2,30})[)\]]\s*[-–—:]"
)
_CLAIMED: dict[str, Kind] = {
    "declared": "source_line",
    "dateline": "dateline_outlet",
    "relayed": "relayed_from",
    "self_claimed": "reported_by",
}
_FOLLOWED: tuple[Kind, ...] = ("reported_by", "relayed_from", "according_to", "social")
_CUED: dict[str, Kind] = {kind: kind for kind in _FOLLOWED}
"""Kinds of cues that a source follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One attribution: *cue* and *scope* are ``(start, end)`` in the text, *raw* when clean cut the cue."""

    kind: Kind
    cue: tuple[int, int]
    raw: bool
    agent: str
    agent_id: str | None
    scope: tuple[int, int]
    confidence: float


def credits_of(clean: Clean, words: Words, names: Sequence[Name]) -> list[Credit]:
    """Return every attribution, by place: what clean read from cut lines, and what the text says."""
    held = _Held(words, names)
    found = [*_claimed(clean, words), *islice(_cued(held), MOST), *islice(_stated(held), MOST)]
    kept: list[Credit] = []
    for credit in sorted(found, key=lambda credit: (credit.raw, credit.cue, -credit.confidence)):
        if not any(_same(credit, other) for other in kept):
            kept.append(credit)
    return kept


def _same(one: Credit, two: Credit) -> bool:
    known = one.agent_id is not None and one.agent_id == two.agent_id
    return (
        one.kind == two.kind
        and (fold(one.agent) == fold(two.agent) or known)
        and (one.raw or two.raw or one.scope == two.scope)
    )


def source_id(name: str, lang: str) -> str | None:
    """Return the entity that a source's words name («فارس», «الجزيرة» too); None when no row has them."""
    key = tuple(fold(token.text) for token in tokens(name) if token.is_word or token.text.isdigit())
    for code in (lang, "fa", "ar", "en"):
        for alias in snapshot.aliases(code).get(key[0], ()) if key else ():
            if alias.key == key and alias.use in {"source", "name", "head"}:
                return snapshot.resolved(alias.entity_id)
    return None


def apart(name: str) -> list[str]:
    """Return the sources glued into one where the script changes: ``RTالجزيرة`` → RT, الجزيرة."""
    return [part.strip() for part in LATIN_BESIDE_ARABIC.split(name) if part.strip()]


def _claimed(clean: Clean, words: Words) -> Iterator[Credit]:
    """Yield what clean read from cut lines and formulas, and an outlet that opens the text."""
    whole = (0, len(words.text))
    for source in clean.sources:
        raw = source.span.layer == "raw"
        cue = (source.span.start, source.span.end)
        for name in apart(source.name):
            yield Credit(
                kind=_CLAIMED[source.kind],
                cue=cue,
                raw=raw,
                agent=name,
                agent_id=source_id(name, words.lang),
                scope=whole if source.kind != "relayed" or raw else _paragraph(words.text, cue[0]),
                confidence=SURE,
            )
    first = DATELINE.match(words.text)
    if first:
        who = first["who"] or first["agency"]
        group = "who" if first["who"] else "agency"
        if source_id(who, words.lang):
            yield Credit(
                kind="dateline_outlet", cue=first.span(group), raw=False, agent=who.strip(), agent_id=source_id(who, words.lang), scope=whole,
                confidence=SURE,
            )  # fmt: skip


class _Held:
    """What every cue of one article asks for: names by their first token, speech verbs, marked stretches."""

    def __init__(self, words: Words, names: Sequence[Name]) -> None:
        self.words = words
        self.at = {name.first: name for name in names}
        self.verbs = speech_verbs(words)
        self.verb_tokens = {first for _, first, _ in self.verbs}
        self.marked = list(marked(words.text))

    def between(self, first: int, last: int) -> list[Name]:
        """Return the names that begin at tokens from *first* to before *last*."""
        return [self.at[i] for i in range(first, last) if i in self.at]


def _cued(held: _Held) -> Iterator[Credit]:
    """Yield cues followed by a source; «بحسب وزارة الخارجية» at a sentence's end covers that sentence."""
    words = held.words
    listed = cues(words.lang).attributions
    i = 0
    while i < len(words.tokens):
        hit = words.phrase_at(i, listed)
        credit = _credit(held, (i, i + hit.length), _CUED[hit.value]) if hit and hit.value in _CUED else None
        if credit:
            yield credit
        i += hit.length if hit else 1


def _credit(held: _Held, cue: tuple[int, int], kind: Kind) -> Credit | None:
    words, start = held.words, cue[1]
    if words.same_sentence(cue[0], start) and words.tokens[start].text in ':«“"':
        start += 1
    agent = _agent(held, start)
    if agent is None or not words.same_sentence(cue[0], start):
        return None
    agent_id, text = agent
    sure = LIKELY if agent_id is None else SURE
    where = (words.tokens[cue[0]].start, words.tokens[cue[1] - 1].end)
    return Credit(
        kind=kind,
        cue=where,
        raw=False,
        agent=text,
        agent_id=agent_id,
        scope=_scope(held, cue[0], kind),
        confidence=sure,
    )


def _agent(held: _Held, start: int) -> tuple[str | None, str] | None:
    """Return the source that begins at token *start*: a name, a group, or the words up to a verb or sign."""
    words = held.words
    if start >= len(words.tokens):
        return None
    listed = cues(words.lang)
    name = held.at.get(start)
    if name and name.use != "adj":
        return name.entity_id, words.text[name.start : name.end]
    end = start
    while words.same_sentence(start, end) and end - start < LONGEST_AGENT and words.tokens[end].is_word:
        if end in held.verb_tokens or (
            end > start and words.keys[end] in listed.agent_ends and not _links(words, end)
        ):
            break
        end += 1
    if end == start or words.keys[start] in listed.agent_ends:
        return None
    text = words.text[words.tokens[start].start : words.tokens[end - 1].end]
    inside = [name for name in held.between(start, end) if name.last <= end and name.type in {"ORG", "PER"}]
    return source_id(text, words.lang) or (inside[0].entity_id if inside else None), text


def _links(words: Words, i: int) -> bool:
    """Tell whether «و» at *i* joins two adjectives of one source: مقام‌های آمریکایی و صهیونیستی."""
    after = words.beside(i, i + 1)
    return words.keys[i] == "و" and after.endswith("ی")


def _stated(held: _Held) -> Iterator[Credit]:
    """Yield bodies that speak: «قالت وزارة الخارجية إن», "the ministry said in a statement"."""
    words = held.words
    listed = cues(words.lang)
    statements = {
        words.tokens[i].sentence
        for i in range(len(words.tokens))
        if (hit := listed.attributions.at(words.keys, i)) and hit.value == "statement"
    }
    for lemma, first, last in held.verbs:
        if lemma == "آمدن":
            continue
        body = next(
            (
                n
                for n in held.between(*words.sentence(first))
                if n.type == "ORG" and n.use != "adj" and _speaks(words, n, first, last)
            ),
            None,
        )
        if body is None:
            continue
        where = (words.tokens[first].start, words.tokens[last - 1].end)
        near = words.tokens[first].sentence in statements
        kind: Kind = "reported_by" if is_medium(body.entity_id) else "statement"
        yield Credit(
            kind=kind, cue=where, raw=False, agent=words.text[body.start : body.end], agent_id=body.entity_id,
            scope=_scope(held, first, kind), confidence=SURE if near else LIKELY,
        )  # fmt: skip


def is_medium(entity_id: str | None) -> bool:
    """Tell whether the entity is an outlet or an agency."""
    row = snapshot.entity(entity_id or "")
    return bool(row and row["kind"] == "media")


def _speaks(words: Words, name: Name, first: int, last: int) -> bool:
    """Tell whether the body is the verb's subject: right after it in Arabic, else opening its clause."""
    if not words.same_sentence(name.first, first):
        return False
    if words.lang == "ar":
        return name.first == last
    if name.first and (
        words.keys[name.first - 1] in cues(words.lang).not_subjects
        or words.tokens[name.first - 1].text in "(["
    ):
        return False
    opening = (
        name.first == 0
        or not words.same_sentence(name.first - 1, name.first)
        or name.first - words.sentence(name.first)[0] <= 3
    )
    return name.last <= first and opening


def _scope(held: _Held, i: int, kind: Kind) -> tuple[int, int]:
    """Return what a cue covers: the article for an opening formula, else its sentence and its quotations."""
    words = held.words
    start = words.tokens[i].start
    opens = start == 0 or words.text[:start].endswith("\n\n")
    if kind == "reported_by" and (
        words.tokens[i].sentence == words.tokens[0].sentence
        or (opens and words.text.count("\n\n", 0, start) < 3)
    ):
        return 0, len(words.text)
    first, last = words.sentence(i)
    start, end = words.tokens[first].start, words.tokens[last - 1].end
    for opened, closed in held.marked[bisect_left(held.marked, (start, 0)) :]:
        if opened >= end:
            break
        end = max(end, closed)
    return start, end


def _paragraph(text: str, at: int) -> tuple[int, int]:
    start = text.rfind("\n\n", 0, at) + 2 if "\n\n" in text[:at] else 0
    end = text.find("\n\n", at)
    return start, len(text) if end < 0 else end
