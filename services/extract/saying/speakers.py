"""Who speaks: the verb's subject, an office or unnamed group, or for a verb alone the last speaker."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from services.extract.found_name import Name, covered
from services.extract.lexicon.cues import cues
from services.extract.saying.quotes import Said, SpeechVerb, speech_verbs
from services.extract.words_of_article import Words
from shared.text.tokens import fold

NEAR, FAR, UNNAMED, CARRIED = 0.9, 0.7, 0.6, 0.65
"""Confidence: subject beside the verb, elsewhere in its clause, group without a name, carried on."""
SUBJECT_WORDS = 14
"""How far after an Arabic verb its subject may end: offices before a name are long."""
LONGEST_GROUP = 6
"""Words of an office or group."""
PARTICIPLE = ("دا", "لا", "فا", "را", "حا", "نا", "عا", "یا", "تا", "ده", "فه", "ره", "حه")
"""Endings of «مؤكدا» and «مضيفة»: the speaker stands earlier in the sentence."""
LOOK_BACK = 6
"""Speech verbs looked back over for the last speaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A speaker: the place of a name in the article's list, or words, and how sure."""

    name: int | None
    text: str
    confidence: float


def voices(words: Words, quotes: Sequence[Said], names: Sequence[Name]) -> list[Voice | None]:
    """Return the speaker of every quote in order, None where the text names none.

    A verb without a subject goes on with the last speaker; «در این بیانیه آمده است» with the last body that
    spoke.
    """
    clauses = _Clauses(words, names, [(quote.start, quote.end) for quote in quotes if quote.verb])
    out: list[Voice | None] = []
    for at, quote in enumerate(quotes):
        if quote.verb is None:
            out.append(None)
        elif at and quotes[at - 1].verb == quote.verb and quotes[at - 1].end < quote.start:
            out.append(out[-1])
        else:
            verb, quoted = quote.verb, (quote.start, quote.end)
            out.append(clauses.voice(verb, quoted) or clauses.earlier(verb) or clauses.document(verb))
    return out


class _Clauses:
    """Looks for the subjects of an article's speech verbs, outside of what was *spoken* in its text."""

    def __init__(self, words: Words, names: Sequence[Name], spoken: Sequence[tuple[int, int]]) -> None:
        self.words, self.tokens, self.keys = words, words.tokens, words.keys
        self.spoken = spoken
        self.names = names
        self.cues = cues(words.lang)
        self.at = {name.first: n for n, name in enumerate(names)}
        self.firsts = [name.first for name in names]
        self.verbs = speech_verbs(words)
        self.roles = [(n, fold(name.role)) for n, name in enumerate(names) if name.role]
        self.states = (
            covered(name for name in names if name.type in {"NORP", "LOC"}) if words.lang == "en" else set()
        )

    def earlier(self, told_by: SpeechVerb) -> Voice | None:
        """Return the subject of the last of `LOOK_BACK` speech verbs before *told_by* that has one."""
        first = told_by.first
        before = bisect_left(self.verbs, first, key=lambda verb: verb.first)
        for verb in reversed(self.verbs[max(0, before - LOOK_BACK) : before]):
            end = self.tokens[verb.last - 1].end
            voice = self.voice(verb, (end, end))
            if voice:
                meant = self._pronoun(first, verb.first)
                return (
                    Voice(name=voice.name, text=voice.text, confidence=min(CARRIED, voice.confidence))
                    if meant is None
                    else meant
                )
        return self._pronoun(first, -1)

    def _pronoun(self, verb: int, since: int) -> Voice | None:
        """Return the person «he» means: the first subject of the sentence before, if no one spoke since."""
        if not any(self.words.beside(verb, i) in self.cues.continues for i in (verb - 1, verb + 1)):
            return None
        sentence = self.tokens[verb].sentence
        for n in range(bisect_right(self.firsts, since), len(self.names)):
            name = self.names[n]
            said_in = self.tokens[name.first].sentence
            if said_in >= sentence:
                break
            if said_in < sentence - 2 or name.type != "PER" or (name.first and self._blocked(name.first - 1)):
                continue
            if not any(start <= name.start < end for start, end in self.spoken):
                return self._named(n, CARRIED)
        return None

    def document(self, verb: SpeechVerb) -> Voice | None:
        """Return the document beside the verb that speaks for no body the text names: «وذكر البيان أن»."""
        at = next(
            (
                i
                for i in (verb.last, verb.first - 1)
                if self.words.beside(verb.first, i) in self.cues.documents
            ),
            None,
        )
        return Voice(name=None, text=self.tokens[at].text, confidence=UNNAMED) if at is not None else None

    def voice(self, verb: SpeechVerb, quoted: tuple[int, int]) -> Voice | None:
        """Return the subject of the *verb* that tells what stands at *quoted* in the text."""
        _, first, last = verb
        if (
            self.words.lang == "ar"
            and self.keys[first].endswith(PARTICIPLE)
            and self.words.same_sentence(first - 1, first)
        ):
            return self._before(first, quoted)
        tail = self.tokens[first].start >= quoted[1] > quoted[0]
        after = self._after(first, last) if self.words.lang == "ar" or tail else None
        if after or (self.words.lang == "ar" and not tail):
            return after
        return self._before(first, quoted)

    def _after(self, first: int, last: int) -> Voice | None:
        """Return the subject behind its verb, up to «that», a mark or a comma: Arabic, and after a quote."""
        if self.words.same_sentence(first, last) and self._blocked(last):
            return None
        body: Voice | None = None
        group = -1
        i = last
        while (
            self.words.same_sentence(first, i)
            and i < last + SUBJECT_WORDS
            and not self._ends_subject(i, last)
        ):
            name = self.names[self.at[i]] if i in self.at else None
            if name and name.type == "PER":
                return self._named(self.at[i], NEAR if i < last + 2 else FAR)
            if body is None and group < 0:
                body = self._named(self.at[i], NEAR) if name and name.type in {"ORG", "FAC"} else None
                group = i if name is None and self._is_group(i) else -1
            if self._blocked(i) and (body or group >= 0):
                break
            i = name.last if name else i + 1
        return self._office(group, i) if group >= 0 else body

    def _ends_subject(self, i: int, last: int) -> bool:
        """Tell whether «that», a mark or a verb at *i* ends the subject of the verb that ends at *last*."""
        if self.keys[i] in self.cues.that or self.tokens[i].text in '“"«:،,.':
            return True
        return i > last and self.cues.speech_verbs.at(self.keys, i) is not None

    def _is_group(self, i: int) -> bool:
        """Tell whether an office or a group of people is named at *i*."""
        return self.keys[i] in self.cues.groups or self.cues.titles.at(self.keys, i) is not None

    def _blocked(self, i: int) -> bool:
        """Tell whether a preposition stands at *i*: what follows is no subject («مع نظيره …», "to Axios")."""
        return self.keys[i] in self.cues.not_subjects or self.tokens[i].text in "-–—"

    def _before(self, verb: int, quoted: tuple[int, int]) -> Voice | None:
        """Return the subject that opens its clause: a person, else a body, else an office or group.

        Persian, English and others.
        """
        if self.words.beside(verb, verb - 1) in self.cues.continues:
            return None
        start = self._clause(verb, quoted[0])
        # «وی با اشاره به سخنان X افزود»
        if self.words.lang == "fa" and self.keys[start] in self.cues.continues:
            return None
        people, bodies, groups = self._candidates(start, verb, quoted)
        comma = max((i for i in range(start, verb) if self.tokens[i].text in "،,"), default=start)
        late = [g for g in groups if g > comma] or groups
        if people:
            return self._named(people[0], NEAR if verb - self.names[people[0]].last <= 3 else FAR)
        if late and (not bodies or late[0] < self.names[bodies[0]].first):
            return self._office(late[0], verb)
        if any(self.keys[i] in self.cues.documents for i in range(start, verb)):
            return None
        return self._named(bodies[0], FAR) if bodies else self._office(late[0], verb) if late else None

    def _clause(self, verb: int, quote: int) -> int:
        """Return the token that begins the verb's clause; marks from the character *quote* on end none."""
        start = verb
        while self.words.same_sentence(start - 1, verb):
            before = self.tokens[start - 1]
            if before.text in ".;؛:" and before.end < quote:
                break
            start -= 1
        return start

    def _candidates(
        self, start: int, verb: int, quoted: tuple[int, int]
    ) -> tuple[list[int], list[int], list[int]]:
        """Return who may speak before *verb*: people and bodies by place in the list, groups by token."""
        people, bodies = [], []
        named: set[int] = set()
        for n in range(bisect_left(self.firsts, start), bisect_left(self.firsts, verb)):
            name = self.names[n]
            if name.last > verb or quoted[0] <= name.start < quoted[1]:
                continue
            named.update(name.over)
            lead = name.first - 1
            while lead >= start and self.tokens[lead].text in '«“"':
                lead -= 1
            if lead >= start and self._blocked(lead):
                continue
            if name.type == "PER":
                people.append(n)
            elif name.type in {"ORG", "FAC"} or (name.type == "LOC" and name.first == start):
                bodies.append(n)
        groups = [
            i
            for i in range(start, verb)
            if i not in named
            and self._is_group(i)
            and not (i > start and self._blocked(i - 1))
            and not (quoted[0] <= self.tokens[i].start < quoted[1])
        ]
        return people, bodies, groups

    def _named(self, n: int, confidence: float) -> Voice:
        name = self.names[n]
        return Voice(name=n, text=self.words.text[name.start : name.end], confidence=confidence)

    def _office(self, start: int, stop: int) -> Voice:
        """Return an office or group by its words («مقام‌های ارشد اسرائیلی»), or the person who holds it."""
        end = start + 1
        while (
            end < stop
            and end - start < LONGEST_GROUP
            and self.tokens[end].is_word
            and self.keys[end] not in self.cues.agent_ends
            and not self._spoken_to(end)
        ):
            end += 1
        first = start
        while self.words.beside(start, first - 1) in self.cues.group_starts or (
            first - 1 in self.states and self.words.same_sentence(first - 1, start)
        ):
            first -= 1
        text = self.words.text[self.tokens[first].start : self.tokens[end - 1].end]
        holder = self._holder(text)
        return (
            self._named(holder, UNNAMED)
            if holder is not None
            else Voice(name=None, text=text, confidence=UNNAMED)
        )

    def _spoken_to(self, i: int) -> bool:
        """Tell whether Arabic «ل» makes the name at *i* the one spoken to: «مصدر أمني لوكالة الأناضول»."""
        if self.words.lang != "ar" or i not in self.at or not self.keys[i].startswith("ل"):
            return False
        return self.keys[i].startswith("لل") or self.names[self.at[i]].start > self.tokens[i].start

    def _holder(self, office: str) -> int | None:
        """Return the one person of that office elsewhere in the article, in the same words, three or more."""
        plain = fold(office)
        if len(plain.split()) < 3:
            return None
        holders = [n for n, role in self.roles if _same_office(role, plain)]
        people = {
            self.names[n].entity_id
            or fold(self.words.text[self.names[n].start : self.names[n].end]).split()[-1]
            for n in holders
        }
        return holders[0] if len(people) == 1 else None


def _same_office(one: str, two: str) -> bool:
    return one == two or one.startswith(two + " ") or two.startswith(one + " ")
