"""Who speaks: the verb's subject, an office or unnamed group, or for a verb alone the last speaker."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from services.extract.found_name import Name, covered
from services.extract.lexicon.cues import cues
from services.extract.saying.quotes import Quotation, SpeechVerb, speech_verbs
from services.extract.words_of_article import Words
from shared.text.tokens import fold

SURE_NEAR = 0.9
"""Confidence in a subject beside its verb."""
SURE_FAR = 0.7
"""Confidence in a subject elsewhere in the verb's clause."""
SURE_UNNAMED = 0.6
"""Confidence in a group or office without a name."""
SURE_CARRIED = 0.65
"""Confidence in the last speaker, where a verb has no subject of its own."""
NEAR_BEHIND_VERB = 2
"""Tokens behind a verb in which a person who begins there is beside it."""
NEAR_BEFORE_VERB = 3
"""Most words between a person and the verb behind, where they are beside each other."""
PRONOUN_SENTENCES = 2
"""Sentences before «he» among whose subjects the one it means is looked for."""
SUBJECT_WORDS = 14
"""How far after an Arabic verb its subject may end: offices before a name are long."""
LONGEST_GROUP = 6
"""Words of an office or group."""
PARTICIPLE_ENDINGS = ("دا", "لا", "فا", "را", "حا", "نا", "عا", "یا", "تا", "ده", "فه", "ره", "حه")
"""Endings of «مؤكدا», stressing, and «مضيفة», adding: the speaker stands earlier in the sentence."""
LOOK_BACK = 6
"""Speech verbs looked back over for the last speaker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A speaker: the index of a *name* in the article's names, or None for mere words; and how sure."""

    name: int | None
    text: str
    confidence: float


def voices(words: Words, quotes: Sequence[Quotation], names: Sequence[Name]) -> list[Voice | None]:
    """Return the speaker of every quote in order, None where the text names none.

    A verb without a subject goes on with the last speaker; «در این بیانیه آمده است» with the last
    organisation that spoke.
    """
    clauses = _Clauses(words, names, [quote.place for quote in quotes if quote.verb])
    out: list[Voice | None] = []
    for n, quote in enumerate(quotes):
        if quote.verb is None:
            out.append(None)
        elif n and quotes[n - 1].verb == quote.verb and quotes[n - 1].end < quote.start:
            out.append(out[-1])
        else:
            out.append(
                clauses.subject_of(quote.verb, quote.place)
                or clauses.subject_before(quote.verb)
                or clauses.document_of(quote.verb)
            )
    return out


class _Candidates(NamedTuple):
    """Who may speak before a verb: people and organisations as indices of names, groups as tokens."""

    people: list[int]
    organisations: list[int]
    groups: list[int]


class _Clauses:
    """Looks for the subjects of an article's speech verbs, outside of the stretches *quoted* of its text."""

    def __init__(self, words: Words, names: Sequence[Name], quoted: Sequence[range]) -> None:
        self.words, self.tokens, self.keys = words, words.tokens, words.keys
        self.quoted = quoted
        self.names = names
        self.cues = cues(words.lang)
        self.index_at = {name.first: n for n, name in enumerate(names)}
        self.firsts = [name.first for name in names]
        self.verbs = speech_verbs(words)
        self.roles = [(n, fold(name.role)) for n, name in enumerate(names) if name.role]
        self.states = (
            covered(name for name in names if name.type in {"NORP", "LOC"}) if words.lang == "en" else set()
        )

    def subject_before(self, verb: SpeechVerb) -> Voice | None:
        """Return the subject of the last of `LOOK_BACK` speech verbs before *verb* that has one."""
        first = verb.first
        before = bisect_left(self.verbs, first, key=lambda other: other.first)
        for other in reversed(self.verbs[max(0, before - LOOK_BACK) : before]):
            end = self.tokens[other.last - 1].end
            voice = self.subject_of(other, range(end, end))
            if voice:
                carried = replace(voice, confidence=min(SURE_CARRIED, voice.confidence))
                return self._subject_of_pronoun(first, other.first) or carried
        return self._subject_of_pronoun(first, -1)

    def _subject_of_pronoun(self, verb_first: int, since: int) -> Voice | None:
        """Return the person «he» means: the first subject of the sentence before, if no one spoke since."""
        if not any(
            self.words.beside(verb_first, i) in self.cues.continues for i in (verb_first - 1, verb_first + 1)
        ):
            return None
        sentence = self.tokens[verb_first].sentence
        for n in range(bisect_right(self.firsts, since), len(self.names)):
            name = self.names[n]
            its_sentence = self.tokens[name.first].sentence
            if its_sentence >= sentence:
                break
            if (
                its_sentence < sentence - PRONOUN_SENTENCES
                or name.type != "PER"
                or (name.first and self._is_preposition(name.first - 1))
            ):
                continue
            if not any(name.start in quote for quote in self.quoted):
                return self._voice_of(n, SURE_CARRIED)
        return None

    def document_of(self, verb: SpeechVerb) -> Voice | None:
        """Return the document beside the verb, for no organisation that the text names: «وذكر البيان أن»."""
        document = next(
            (
                i
                for i in (verb.last, verb.first - 1)
                if self.words.beside(verb.first, i) in self.cues.documents
            ),
            None,
        )
        if document is None:
            return None
        return Voice(name=None, text=self.tokens[document].text, confidence=SURE_UNNAMED)

    def subject_of(self, verb: SpeechVerb, quoted: range) -> Voice | None:
        """Return the subject of the *verb* that tells what stands at *quoted* in the text."""
        first, last = verb.first, verb.last
        if (
            self.words.lang == "ar"
            and self.keys[first].endswith(PARTICIPLE_ENDINGS)
            and self.words.same_sentence(first - 1, first)
        ):
            return self._subject_opening(first, quoted)
        follows_quote = bool(quoted) and self.tokens[first].start >= quoted.stop
        after = self._subject_behind(first, last) if self.words.lang == "ar" or follows_quote else None
        if after or (self.words.lang == "ar" and not follows_quote):
            return after
        return self._subject_opening(first, quoted)

    def _subject_behind(self, first: int, last: int) -> Voice | None:
        """Return the subject behind its verb, up to «that», a mark or a comma: Arabic, and after a quote."""
        if self.words.same_sentence(first, last) and self._is_preposition(last):
            return None
        organisation: Voice | None = None
        group = -1
        i = last
        while (
            self.words.same_sentence(first, i)
            and i < last + SUBJECT_WORDS
            and not self._ends_subject(i, last)
        ):
            name = self.names[self.index_at[i]] if i in self.index_at else None
            if name and name.type == "PER":
                return self._voice_of(
                    self.index_at[i], SURE_NEAR if i < last + NEAR_BEHIND_VERB else SURE_FAR
                )
            if organisation is None and group < 0:
                organisation = (
                    self._voice_of(self.index_at[i], SURE_NEAR)
                    if name and name.type in {"ORG", "FAC"}
                    else None
                )
                group = i if name is None and self._is_group(i) else -1
            if self._is_preposition(i) and (organisation or group >= 0):
                break
            i = name.last if name else i + 1
        return self._voice_of_office(group, i) if group >= 0 else organisation

    def _ends_subject(self, i: int, last: int) -> bool:
        """Tell whether «that», a mark or a verb at *i* ends the subject of the verb that ends at *last*."""
        if self.keys[i] in self.cues.that or self.tokens[i].text in '“"«:،,.':
            return True
        return i > last and self.cues.speech_verbs.at(self.keys, i) is not None

    def _is_group(self, i: int) -> bool:
        """Tell whether an office or a group of people is named at *i*."""
        return self.keys[i] in self.cues.groups or self.cues.titles.at(self.keys, i) is not None

    def _is_preposition(self, i: int) -> bool:
        """Tell whether a preposition or dash stands at *i*: no subject follows («مع نظيره …», "to Axios")."""
        return self.keys[i] in self.cues.not_subjects or self.tokens[i].text in "-–—"

    def _subject_opening(self, verb_first: int, quoted: range) -> Voice | None:
        """Return the subject that opens its clause: a person, else an organisation, else an office or group.

        Persian, English and others.
        """
        if self.words.key_before(verb_first) in self.cues.continues:
            return None
        start = self._clause_start(verb_first, quoted.start)
        # «وی با اشاره به سخنان X افزود», he added, pointing at the words of X: it is not X who speaks
        if self.words.lang == "fa" and self.keys[start] in self.cues.continues:
            return None
        people, organisations, groups = self._who_may_speak(start, verb_first, quoted)
        comma = max((i for i in range(start, verb_first) if self.tokens[i].text in "،,"), default=start)
        likely_groups = [g for g in groups if g > comma] or groups
        if people:
            is_near = verb_first - self.names[people[0]].last <= NEAR_BEFORE_VERB
            return self._voice_of(people[0], SURE_NEAR if is_near else SURE_FAR)
        if likely_groups and (not organisations or likely_groups[0] < self.names[organisations[0]].first):
            return self._voice_of_office(likely_groups[0], verb_first)
        if any(self.keys[i] in self.cues.documents for i in range(start, verb_first)):
            return None
        return self._voice_of(organisations[0], SURE_FAR) if organisations else None

    def _clause_start(self, verb_first: int, quote: int) -> int:
        """Return the token that begins the verb's clause; marks from the character *quote* on end none."""
        start = verb_first
        while self.words.same_sentence(start - 1, verb_first):
            before = self.tokens[start - 1]
            if before.text in ".;؛:" and before.end < quote:
                break
            start -= 1
        return start

    def _who_may_speak(self, start: int, verb_first: int, quoted: range) -> _Candidates:
        """Return who is named from token *start* to the verb: outside of the quote, behind no preposition."""
        people, organisations = [], []
        named: set[int] = set()
        for n in range(bisect_left(self.firsts, start), bisect_left(self.firsts, verb_first)):
            name = self.names[n]
            if name.last > verb_first or name.start in quoted:
                continue
            named.update(name.over)
            lead = name.first - 1
            while lead >= start and self.tokens[lead].text in '«“"':
                lead -= 1
            if lead >= start and self._is_preposition(lead):
                continue
            if name.type == "PER":
                people.append(n)
            elif name.type in {"ORG", "FAC"} or (name.type == "LOC" and name.first == start):
                organisations.append(n)
        groups = [
            i
            for i in range(start, verb_first)
            if i not in named
            and self._is_group(i)
            and not (i > start and self._is_preposition(i - 1))
            and self.tokens[i].start not in quoted
        ]
        return _Candidates(people, organisations, groups)

    def _voice_of(self, n: int, confidence: float) -> Voice:
        name = self.names[n]
        return Voice(name=n, text=self.words.text[name.start : name.end], confidence=confidence)

    def _voice_of_office(self, start: int, stop: int) -> Voice:
        """Return an office or group by its words («مقام‌های ارشد اسرائیلی»), or the person who holds it."""
        end = start + 1
        while (
            end < stop
            and end - start < LONGEST_GROUP
            and self.tokens[end].is_word
            and self.keys[end] not in self.cues.agent_ends
            and not self._is_spoken_to(end)
        ):
            end += 1
        first = start
        while self.words.beside(start, first - 1) in self.cues.group_starts or (
            first - 1 in self.states and self.words.same_sentence(first - 1, start)
        ):
            first -= 1
        text = self.words.text[self.tokens[first].start : self.tokens[end - 1].end]
        holder = self._holder_of(text)
        return (
            self._voice_of(holder, SURE_UNNAMED)
            if holder is not None
            else Voice(name=None, text=text, confidence=SURE_UNNAMED)
        )

    def _is_spoken_to(self, i: int) -> bool:
        """Tell whether Arabic «ل» makes the name at *i* the one spoken to: «مصدر أمني لوكالة الأناضول»."""
        if self.words.lang != "ar" or i not in self.index_at or not self.keys[i].startswith("ل"):
            return False
        return self.keys[i].startswith("لل") or self.names[self.index_at[i]].start > self.tokens[i].start

    def _holder_of(self, office: str) -> int | None:
        """Return the one person of that office elsewhere in the article, in the same words, three or more."""
        folded = fold(office)
        if len(folded.split()) < 3:
            return None
        holders = [n for n, role in self.roles if _same_office(role, folded)]
        people = {
            self.names[n].entity_id
            or fold(self.words.text[self.names[n].start : self.names[n].end]).split()[-1]
            for n in holders
        }
        return holders[0] if len(people) == 1 else None


def _same_office(first: str, second: str) -> bool:
    return first == second or first.startswith(second + " ") or second.startswith(first + " ")
