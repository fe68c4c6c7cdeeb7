"""Pages of the seeds' kind, made by the thousand: the two seeds with their paragraphs shuffled and their names and figures changed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import orjson

SEEDS = Path(__file__).resolve().parents[2] / "tests" / "seeds"
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
