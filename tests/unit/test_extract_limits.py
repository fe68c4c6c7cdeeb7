"""What is read of an article without end, and that the record says so."""

from __future__ import annotations

from services.extract.core import MOST_NAMES, MOST_QUOTES, MOST_TOKENS, extract
from shared.records.clean import MOST_READ
from shared.text.sound import name_similarity
from shared.text.tokens import LONGEST_SENTENCE, LONGEST_WORD, sentences, tokens
from tests.unit.extract_articles import article


def test_an_article_of_common_length_is_read_whole() -> None:
    assert extract(article("وزیر خارجه در تهران گفت که مذاکرات ادامه دارد. " * 100, "fa")).warnings == []


def test_what_stands_behind_the_limit_is_not_read() -> None:
    for filling, most in (("کلمه", MOST_TOKENS * 5), ("کلمه‌ای‌بلندتر" * 3, MOST_READ)):
        made = extract(article("تهران. " + f"{filling} " * (2 * most // len(filling)) + "ایران", "fa"))
        assert made.warnings == ["text_cut"]
        assert [mention.exact for mention in made.mentions] == ["تهران"]


def test_too_many_names_and_quotes_are_cut() -> None:
    named = extract(article("ایران، " * (MOST_NAMES + 50), "fa"))
    assert (named.warnings, len(named.mentions)) == (["mentions_cut"], MOST_NAMES)
    told = extract(article("او گفت که مذاکرات با آنها ادامه دارد.\n" * (MOST_QUOTES + 50), "fa"))
    assert (told.warnings, len(told.quotes)) == (["quotes_cut"], MOST_QUOTES)


def test_signs_that_are_digits_to_unicode_but_no_decimals_are_no_numbers() -> None:
    made = extract(article("ساعت ፪ در ፫ بهمن و ፪፫ بهمن ፩፪፫፬، ፭ روز پیش", "fa", published="2022-01-27"))
    assert [time.value for time in made.times] == []
    assert made.numbers == []


def test_a_word_and_a_sentence_end_somewhere() -> None:
    long = tokens("ا" * (3 * LONGEST_WORD + 1))
    assert [token.end - token.start for token in long] == [LONGEST_WORD] * 3 + [1]
    text = "و " * (2 * LONGEST_SENTENCE + 1)
    assert [len(each) for each in sentences(tokens(text))] == [LONGEST_SENTENCE, LONGEST_SENTENCE, 1]
    assert tokens(text, 7) == tokens(text)[:7]


def test_a_name_of_very_many_words_is_compared_all_the_same() -> None:
    assert name_similarity("Jake Sullivan " * 40, "Jake Sullivan " * 40) > 0.9
