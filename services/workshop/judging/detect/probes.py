"""Texts that are in no language or in several, for measuring how often detect declines to answer."""

from __future__ import annotations

import random
from collections.abc import Callable

_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهويپچژکگی"
_NAMES = "تهران واشنگتن بغداد قطر برلين موسكو اوباما سوليفان لندن کابل إيران ایران ترامب ترامپ سوریه سوريا عراق العراق"
_SENTENCES = (
    "وزیر خارجه در نشست خبری خود گفت گفت‌وگوها ادامه دارد و نتیجه آن به‌زودی اعلام می‌شود",
    "بارش باران در شمال کشور تا پایان هفته ادامه خواهد داشت و دمای هوا کاهش می‌یابد",
    "قال المتحدث باسم الحكومة إن المفاوضات مستمرة وستعلن نتائجها قريبا في مؤتمر صحفي",
    "ارتفعت أسعار النفط في الأسواق العالمية اليوم بعد قرار الدول المنتجة خفض الإنتاج",
)


def _random_words(rng: random.Random, letters: str) -> str:
    return " ".join(
        "".join(rng.choice(letters) for _ in range(rng.randrange(2, 8))) for _ in range(rng.randrange(2, 8))
    )


def digits() -> list[str]:
    """Return numbers in Persian digits."""
    rng = random.Random(77)
    return [
        " ".join("".join(rng.choice("۰۱۲۳۴۵۶۷۸۹") for _ in range(rng.randrange(1, 6))) for _ in range(5))
        for _ in range(50)
    ]


def addresses() -> list[str]:
    """Return bare addresses of pages."""
    rng = random.Random(78)
    return [f"https://example.ir/fa/news/{rng.randrange(10**6)}/?utm={rng.randrange(99)}" for _ in range(50)]


def random_letters() -> list[str]:
    """Return words of random Persian and Arabic letters."""
    rng = random.Random(79)
    return [_random_words(rng, _LETTERS) for _ in range(200)]


def random_latin() -> list[str]:
    """Return words of random Latin letters."""
    rng = random.Random(80)
    return [_random_words(rng, "abcdefghijklmnopqrstuvwxyz") for _ in range(200)]


def mojibake() -> list[str]:
    """Return UTF-8 read as cp1256."""
    rng = random.Random(81)
    texts = []
    for _ in range(100):
        words = rng.choice(_SENTENCES).split()
        start = rng.randrange(len(words) - 4)
        texts.append(" ".join(words[start : start + 5]).encode().decode("cp1256", errors="ignore")[:120])
    return texts


def bare_names() -> list[str]:
    """Return names that several languages write alike."""
    return _NAMES.split()


PROBES: dict[str, Callable[[], list[str]]] = {
    "digits": digits,
    "addresses": addresses,
    "random_letters": random_letters,
    "random_latin": random_latin,
    "mojibake": mojibake,
    "bare_names": bare_names,
}
