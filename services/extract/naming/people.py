"""People found without a model: after a title (rule c), before a speech verb (rule d), by name words.

Runs of capitals are people by their first word, or organisations by their last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from services.extract.found_name import Name, covered, name_over
from services.extract.lexicon import snapshot
from services.extract.lexicon.cues import cues
from services.extract.words_of_article import Words
from shared.text.skeleton import ARABIC
from shared.text.stems import nationalities

TITLE_PRIOR = 0.8
"""Confidence of a person after a title; this and the next three: the rule's precision on the dev parts."""
SUBJECT_PRIOR = 0.6
"""Confidence of the unknown subject of a speech verb, or of an unknown name after a title."""
WORDS_PRIOR = 0.65
"""Confidence of a run of listed name words."""
ORG_PRIOR = 0.55
"""Confidence of a run of capitals that ends in a word of organisations."""
OFFICE_WORDS = 8
"""Longest office between a title and the name, in words.

«مستشار الأمن القومي الأمريكي», the American national security adviser, has three.
"""
MOST_WORDS = 5
"""Words of a name, links such as «بن» included."""
RULED_LANGS = frozenset({"fa", "ar", "en"})
"""Languages the rules are written for; elsewhere only runs of listed Latin name words are people."""
OPENING_MARKS = frozenset("«“\"'‘")
CLOSING_MARKS = frozenset("»”\"'’")
BEHIND_A_SPEAKER = frozenset({"فی", "خلال", "عبر", "ردا"})
"""Arabic "in", "during", "by way of" and "in reply": what may follow the name of a speaker."""
PERSIAN_INFLECTIONS = ("های", "هایی", "ها", "ترین", "کنند", "شده")
"""Endings of Persian plurals, superlatives, verbs and participles, which no word of a name has."""


def people(words: Words, taken: list[Name]) -> list[Name]:
    """Return the people, in Latin script organisations too, that the rules find outside of *taken*."""
    finder = _PeopleFinder(words, covered(taken))
    if words.lang not in RULED_LANGS:
        return _surest_disjoint(list(finder.listed_runs()))
    return _surest_disjoint([*finder.titled(), *finder.subjects(), *finder.quoted(), *finder.runs()])


def _surest_disjoint(people: list[Name]) -> list[Name]:
    """Keep the surest, then the longest, then the first of what overlaps."""
    kept: list[Name] = []
    busy = set[int]()
    for name in sorted(people, key=lambda name: (-name.confidence, name.first - name.last, name.first)):
        if busy.isdisjoint(name.over):
            kept.append(name)
            busy.update(name.over)
    return sorted(kept, key=lambda name: name.first)


class _PeopleFinder:
    """Looks for people in one article, outside of the tokens *busy*, by the rules of its language."""

    def __init__(self, words: Words, busy: set[int]) -> None:
        self.words, self.tokens, self.keys = words, words.tokens, words.keys
        self.busy = busy
        self.cues = cues(words.lang)
        self.base = words.base
        self.ordinary = snapshot.ordinary(self.base)
        self.seen = snapshot.seen_outside_names(self.base)
        self.name_words = {script: snapshot.name_words(script) for script in ("arabic", "latin")}

    def titled(self) -> Iterator[Name]:
        """Yield names after a title, or after the office that follows it."""
        for i in range(len(self.tokens)):
            length = self._title_length(i)
            name = self._after_title(i, i + length) if length else None
            if name:
                yield name

    def _title_length(self, i: int) -> int:
        """Return how many tokens the title at *i* has, its dot included; 0 for none."""
        hit = self.cues.titles.at(self.keys, i)
        if hit:
            return hit.length + (
                self.words.same_sentence(i, i + hit.length) and self.tokens[i + hit.length].text == "."
            )
        return int(self.words.reads_as(i, self.cues.titles))

    def _after_title(self, title: int, start: int) -> Name | None:
        """Return the person behind the words of a title that ends before *start*, with the office between."""
        for first in range(start, min(start + OFFICE_WORDS, len(self.tokens))):
            if not self.words.same_sentence(title, first) or self._office_is_over(first, start):
                return None
            if self._may_be_name_word(first):
                end = self._name_run_end(first)
                sure = any(map(self._is_name_word, range(first, end)))
                direct = first == start or self.tokens[first - 1].text in OPENING_MARKS
                if self._is_titled(end - first, direct=direct, sure=sure):
                    person = self._person(first, end, TITLE_PRIOR if sure else SUBJECT_PRIOR)
                    office = self.words.text[self.tokens[title].start : self.tokens[first - 1].end]
                    return replace(person, role=office.strip(' «“"'))
                if self.base == "en" or not sure:
                    return None
        return None

    def _is_titled(self, length: int, *, direct: bool, sure: bool) -> bool:
        """Tell whether *length* name words are a person behind a title, *direct*ly or after an office.

        *sure* tells whether one of them is a listed name. After an office, that and a second word are needed.
        """
        if direct:
            return sure or length >= 2 or self.base != "fa"
        return sure and length >= 2

    def _office_is_over(self, i: int, start: int) -> bool:
        """Tell whether the words of an office from *start* on are over at *i*."""
        token = self.tokens[i]
        if not token.is_word and token.text not in OPENING_MARKS | CLOSING_MARKS:
            return True
        if self.base == "en":
            return not token.text[0].isupper() and i not in self.busy
        return i > start and bool(self.cues.speech_verbs.at(self.keys, i) or self.keys[i] in self.cues.that)

    def subjects(self) -> Iterator[Name]:
        """Yield unknown words that a speech verb makes a speaker: «وأضاف بلينكن أن», «X گفت» in Persian."""
        if self.base == "en":
            return
        for i in range(len(self.tokens)):
            verb = self.words.phrase_at(i, self.cues.speech_verbs)
            if verb:
                subject = self._behind_verb(i + verb.length) if self.base == "ar" else self._before_verb(i)
                if subject:
                    yield self._person(subject.start, subject.stop, SUBJECT_PRIOR)

    def _behind_verb(self, i: int) -> range:
        """Return the tokens of the subject that begins at *i*, behind an Arabic verb; maybe none."""
        end = self._name_run_end(i) if i < len(self.tokens) else i
        is_subject = end > i and not self.keys[i].startswith("ال") and self._speaker_may_end(end)
        return range(i, end if is_subject else i)

    def _before_verb(self, i: int) -> range:
        """Return the tokens, three at most, that open the sentence before a Persian verb at *i*."""
        first = i
        while self.words.same_sentence(first - 1, i) and i - first < 3 and self._may_be_name_word(first - 1):
            first -= 1
        return range(i if self.words.same_sentence(first - 1, i) else first, i)

    def _speaker_may_end(self, end: int) -> bool:
        """Tell whether the word at *end* may follow a speaker's name: that, a sign, في."""
        if not self.words.same_sentence(end - 1, end):
            return True
        key = self.keys[end]
        return key in self.cues.that or not self.tokens[end].is_word or key in BEHIND_A_SPEAKER

    def quoted(self) -> Iterator[Name]:
        """Yield two to four words alone between quotation marks, one of them a name word: «ایال هولاتا»."""
        for i, token in enumerate(self.tokens):
            if token.text not in OPENING_MARKS:
                continue
            behind = range(i + 2, min(i + 6, len(self.tokens)))
            end = next((j for j in behind if self.tokens[j].text in CLOSING_MARKS), 0)
            inside = range(i + 1, end)
            if (
                len(inside) >= 2
                and all(map(self._may_be_name_word, inside))
                and any(map(self._is_name_word, inside))
            ):
                yield self._person(i + 1, end, TITLE_PRIOR)

    def runs(self) -> Iterator[Name]:
        """Yield runs of name words: two or more in Arabic script; in Latin script by capitals."""
        i = 0
        while i < len(self.tokens):
            if ARABIC.search(self.tokens[i].text):
                end = self._name_run_end(i) if self._is_name_word(i) else i
                if end - i >= 2 and self._may_be_name_word(i + 1):
                    yield self._person(i, end, WORDS_PRIOR)
            else:
                end = self._capitalised_run_end(i)
                yield from self._of_capitals(i, end)
            i = max(i + 1, end)

    def listed_runs(self) -> Iterator[Name]:
        """Yield runs of two to four Latin name words, all listed."""
        i = 0
        while i < len(self.tokens):
            end = i
            while (
                end < len(self.tokens)
                and self.words.same_sentence(i, end)
                and self.tokens[end].text.isascii()
                and self._is_name_word(end)
            ):
                end += 1
            if 2 <= end - i <= 4:
                yield self._person(i, end, WORDS_PRIOR)
            i = max(i + 1, end)

    def _capitalised_run_end(self, i: int) -> int:
        """Return where the run of capitalised words that begins at *i* ends, with initials and links."""
        end = i
        while end < len(self.tokens) and self.words.same_sentence(i, end) and end not in self.busy:
            token = self.tokens[end]
            dot_of_initial = token.text == "." and end > i and len(self.tokens[end - 1].text) == 1
            link = end > i and self.keys[end] in self.cues.name_links and self._is_capitalised(end + 1)
            if not (self._is_capitalised(end) or dot_of_initial or link):
                break
            end += 1
            if token.text.endswith(("'s", "’s")):
                break
        return end

    def _is_capitalised(self, i: int) -> bool:
        return (
            i < len(self.tokens)
            and self.tokens[i].is_word
            and self.tokens[i].text[0].isupper()
            and i not in self.busy
        )

    def _of_capitals(self, i: int, end: int) -> Iterator[Name]:
        """Yield the organisation or person that a run of capitalised words is, if it is one."""
        at_sentence_start = not self.words.same_sentence(i - 1, i)
        while i < end and (
            self.keys[i] in self.cues.titles or (at_sentence_start and self.keys[i] in self.ordinary)
        ):
            i += 1
            at_sentence_start = False
        if end - i < 2:
            return
        if self.keys[end - 1] in self.cues.org_tails:
            yield name_over(self.words, i, end, "ORG", method="rule", confidence=ORG_PRIOR)
        elif self._is_name_word(i) and end - i <= 4 and self.ordinary.isdisjoint(self.keys[i:end]):
            yield self._person(i, end, WORDS_PRIOR)

    def _person(self, first: int, last: int, confidence: float) -> Name:
        return name_over(self.words, first, last, "PER", method="rule", confidence=confidence)

    def _is_name_word(self, i: int) -> bool:
        """Tell whether token *i* is a word of person names and no ordinary word."""
        token, key = self.tokens[i], self.keys[i]
        # «علي» is also written for «على», on: a word of a name must follow
        if token.text == "علي" and i not in self.busy and self.base == "ar":
            return self.words.same_sentence(i, i + 1) and self._may_be_name_word(i + 1)
        if key in self.ordinary or not self._is_free_word(i):
            return False
        if ARABIC.search(token.text):
            return len(key) >= 3 and key in self.name_words["arabic"]
        return token.text[0].isupper() and key.removesuffix("'s") in self.name_words["latin"]

    def _is_unknown_word(self, i: int) -> bool:
        """Tell whether token *i* is a word that running text does not know."""
        token, key = self.tokens[i], self.keys[i]
        if len(key) < 3 or not self._is_free_word(i):
            return False
        if not ARABIC.search(token.text):
            return token.text[0].isupper()
        if self.words.reads_as(i, self.seen) or not self.seen.isdisjoint(nationalities(key, self.base)):
            return False
        is_inflected = self.base == "fa" and key.endswith(PERSIAN_INFLECTIONS)
        return not is_inflected and not key.startswith("می")

    def _is_free_word(self, i: int) -> bool:
        """Tell whether token *i* is a word outside of other names, and not listed as no name."""
        key = self.keys[i]
        listed = key in self.cues.not_names or key in self.cues.org_heads
        return i not in self.busy and self.tokens[i].is_word and not listed

    def _may_be_name_word(self, i: int) -> bool:
        """Tell whether token *i* may be a word of a person's name."""
        return self._is_name_word(i) or self._is_unknown_word(i)

    def _name_run_end(self, i: int) -> int:
        """Return where the run of name words that begins at *i* ends (exclusive), *i* when there is none."""
        end = i
        while self.words.same_sentence(i, end) and end - i < MOST_WORDS:
            if not (self._may_be_name_word(end) or (end > i and self._goes_on_with_name(end))):
                break
            end += 1
        while end > i and self.keys[end - 1] in self.cues.name_links:
            end -= 1
        return end

    def _goes_on_with_name(self, i: int) -> bool:
        """Tell whether token *i* may follow a word of a name: a link such as «بن», a surname with «ال»."""
        key = self.keys[i]
        may_be_surname = key not in self.ordinary and (
            key[2:] in self.name_words["arabic"] or key not in self.seen
        )
        surname = self.base == "ar" and key.startswith("ال") and may_be_surname
        return i not in self.busy and (surname or key in self.cues.name_links)
