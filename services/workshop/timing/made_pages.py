"""What benchmarks feed, by the thousand: pages of the seeds' kind, paragraphs shuffled, and short posts.

Each passage has a figure of its own, since what stood in another article need not be read again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import orjson

from services.checkout import ROOT

_TESTS = ROOT / "tests"
SEEDS, POSTS = _TESTS / "seeds", _TESTS / "eval" / "recurrence" / "near.tsv"
OUTLETS = 40
WORDS_A_FIGURE = 20
"""So often a word is followed by a figure: a passage has about sixty."""
COPIES = 0.05
"""How many articles are copies of an earlier one: in 6,000 posts of each labelled stream passages seen before
held .026 and .049 of the letters.
"""


def pages(count: int, seed: int = 1) -> Iterator[bytes]:
    """Yield *count* JSON lines for feed, each another article of one of 40 outlets."""
    plan = random.Random(seed)
    texts = [path.read_text(encoding="utf-8").split("\n\n") for path in sorted(SEEDS.glob("*.txt"))]
    for number in range(count):
        paragraphs = plan.choice(texts).copy()
        head, body, tail = paragraphs[:2], paragraphs[2:-4], paragraphs[-4:]
        plan.shuffle(body)
        text = "\n\n".join(
            [*head, f"{number} {plan.randint(2, 900)}", *body[: plan.randint(4, len(body))], *tail]
        )
        text = "\n\n".join(_with_figures(paragraph, plan) for paragraph in text.split("\n\n"))
        yield orjson.dumps(
            {"source": f"outlet-{number % OUTLETS}", "text": text, "url": f"https://example.org/{number}"}
        )


def posts(count: int, first: int = 0) -> Iterator[bytes]:
    """Yield *count* JSON lines for feed, each a post of a few words in Persian, Arabic or English, over and
    over, numbered from *first* on.
    """
    texts = [
        line.rpartition("\t")[2]
        for line in POSTS.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    for number in range(first, first + count):
        text = f"{texts[number % len(texts)]} {number}"
        yield orjson.dumps(
            {
                "source": f"channel-{number % OUTLETS}",
                "text": text,
                "url": f"https://example.org/post/{number}",
            }
        )


def mixed(count: int, seed: int = 2) -> Iterator[bytes]:
    """Yield *count* JSON lines for feed, pages and posts in turn, some of them copies of an earlier one by
    another outlet.
    """
    plan, sent = random.Random(seed), list[dict[str, str]]()
    both = zip(pages(count, seed), posts(count, first=count), strict=True)
    for number, line in zip(range(count), (line for pair in both for line in pair), strict=False):
        copied = bool(sent) and plan.random() < COPIES
        sent.append(orjson.loads(line))
        source = {"source": f"copying-{number % OUTLETS}"} if copied else {}
        yield orjson.dumps(
            (plan.choice(sent[:-1]) if copied else sent[-1])
            | source
            | {"url": f"https://example.org/mixed/{number}"}
        )


def _with_figures(paragraph: str, plan: random.Random) -> str:
    words = paragraph.split(" ")
    marked = (
        f"{word} {plan.randint(1_000, 99_999)}" if at % WORDS_A_FIGURE == 10 else word
        for at, word in enumerate(words)
    )
    return " ".join(marked)
