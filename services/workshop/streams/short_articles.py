"""Short articles in Persian, Arabic and English, made by number: no two alike, and quick for every stage."""

from __future__ import annotations

import random

import orjson

OUTLETS = 30
WORDS = {
    "fa": [
        "وزیر",
        "خارجه",
        "امروز",
        "در",
        "تهران",
        "با",
        "همتای",
        "خود",
        "دیدار",
        "کرد",
        "و",
        "درباره",
        "بازرگانی",
        "و",
        "گذرگاه",
        "مرزی",
        "سخن",
        "گفت",
        "مردم",
        "شهر",
        "بازار",
        "باران",
        "برق",
        "آب",
    ],
    "ar": [
        "قال",
        "وزير",
        "الخارجية",
        "اليوم",
        "في",
        "بغداد",
        "إن",
        "المباحثات",
        "مع",
        "نظيره",
        "تناولت",
        "التجارة",
        "والحدود",
        "والمياه",
        "والكهرباء",
        "والمطر",
        "في",
        "المدينة",
    ],
    "en": [
        "the",
        "foreign",
        "minister",
        "said",
        "today",
        "in",
        "Baghdad",
        "that",
        "talks",
        "with",
        "his",
        "colleague",
        "covered",
        "trade",
        "borders",
        "water",
        "power",
        "and",
        "rain",
    ],
}


def line(number: int) -> bytes:
    """Return the article *number* as a JSON line for feed."""
    plan = random.Random(number)
    words = WORDS[plan.choice(sorted(WORDS))]
    text = "\n\n".join(
        " ".join(plan.choices(words, k=plan.randint(12, 30))) + "." for _ in range(plan.randint(1, 3))
    )
    return orjson.dumps(
        {
            "source": f"outlet-{number % OUTLETS}",
            "url": f"https://example.org/{number}",
            "text": f"{number} {text}",
        }
    )
