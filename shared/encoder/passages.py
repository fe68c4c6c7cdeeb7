"""Where an article is cut for reading: runs of whole sentences that fit one window of the encoder.

Tagger and article vector cut at the same places, so that one pass over a passage serves both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.text.tokens import Token, sentences, tokens

VERSION = 2
"""Raised whenever a vector is made of other text than before: vectors of two versions are not compared."""
PASSAGE_LETTERS = 400
"""Longest run of sentences: about 110 of the 123 pieces a window holds.

A longer sentence is a passage of its own.
"""
SHORT_LETTERS = 500
"""Up to here an article is read whole: about what a window holds."""
LEAST_LETTERS = 60
"""A shorter passage, such as a closing line, says nothing of what an article is about."""
MOST_PASSAGES = 8
"""Passages that make the vector: inside a week of similar news the first one alone does not find its
translation.
"""


def passages(text_tokens: Iterable[Token]) -> list[list[Token]]:
    """Group the tokens of a text into passages, in order; every token is in one."""
    out: list[list[Token]] = []
    for sentence in sentences(text_tokens):
        if out and sentence[-1].end - out[-1][0].start <= PASSAGE_LETTERS:
            out[-1] += sentence
        else:
            out.append(sentence)
    return out


def parts(title: str, lead: str, paragraphs: Sequence[str]) -> list[str]:
    """Return the texts of an article that make its vector.

    A short article is taken whole, a longer one by title with lead and by its first passages. A paragraph
    that repeats the lead is left out.
    """
    head = " ".join(filter(None, (title.strip(), lead.strip())))
    body = "\n".join(paragraph for paragraph in paragraphs if paragraph.strip() != lead.strip())
    whole = " ".join(filter(None, (head, body.strip())))
    if len(whole) <= SHORT_LETTERS:
        return [whole]
    texts = [body[passage[0].start : passage[-1].end] for passage in passages(tokens(body))]
    long_enough = [text for text in texts if len(text) >= LEAST_LETTERS]
    return list(filter(None, (head, *long_enough[:MOST_PASSAGES]))) or [whole]


def lead(title: str, paragraphs: Sequence[str]) -> str:
    """Return the one text that stands for an article where only one window may be spent."""
    return " ".join(parts(title, "", paragraphs)[:2])
