"""What benchmarks feed, by the thousand: pages of the seeds' kind, their paragraphs shuffled and figures added, and short posts."""

from __future__ import annotations

import random
from collections.abc import Iterator

import orjson

from services.checkout import ROOT

_TESTS = ROOT / "tests"
SEEDS, POSTS = _TESTS / "seeds", _TESTS / "eval" / "recurrence" / "near.tsv"
OUTLETS = 40


def pages(count: int, seed: int = 1) -> Iterator[bytes]:
    """Yield *count* JSON lines for feed, each another article of one of 40 outlets."""
    plan = random.Random(seed)
    texts = [path.read_text(encoding="utf-8").split("\n\n") for path in sorted(SEEDS.glob("*.txt"))]
    for number in range(count):
        paragraphs = plan.choice(texts).copy()
        head, body, tail = paragraphs[:2], paragraphs[2:-4], paragraphs[-4:]
        plan.shuffle(body)
        text = "\n\n".join([*head, f"{number} {plan.randint(2, 900)}", *body[: plan.randint(4, len(body))], *tail])
        yield orjson.dumps({"source": f"outlet-{number % OUTLETS}", "text": text, "url": f"https://example.org/{number}"})


def posts(count: int) -> Iterator[bytes]:
    """Yield *count* JSON lines for feed, each a post of a few words in Persian, Arabic or English, over and over with other numbers."""
    texts = [line.rpartition("\t")[2] for line in POSTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    for number in range(count):
        text = f"{texts[number % len(texts)]} {number}"
        yield orjson.dumps({"source": f"channel-{number % OUTLETS}", "text": text, "url": f"https://example.org/post/{number}"})
