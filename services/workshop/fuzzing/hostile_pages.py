"""Payloads of hostile pages: the project's own seeds with floods put in, nests and unclosed markup, and what
is no text at all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

from services.workshop.fuzzing.floods import flood
from services.workshop.fuzzing.mutations import mutated, spliced
from services.workshop.timing.made_pages import SEEDS

CHARSETS = (
    "cp1256",
    "utf-16",
    "utf-32",
    "cp1252",
    "gb18030",
    "shift_jis",
    "koi8-r",
    "utf-7",
    "iso2022_jp",
    "cp037",
)


@cache
def seeds() -> tuple[str, ...]:
    """Return the texts that mutations begin with: the seeds of the tests and their pages."""
    golden = SEEDS.parent / "golden" / "clean_kinds"
    paths = [
        *sorted(SEEDS.glob("*.txt")),
        *(path for path in sorted(golden.iterdir()) if path.name != "cp1256.html"),
    ]
    return tuple(path.read_text(encoding="utf-8") for path in paths)


def _seed(dice: Random, size: int) -> str:
    """Return the size's share of a seed, from its beginning or from anywhere."""
    text = dice.choice(seeds())
    at = dice.choice([0, dice.randrange(len(text))])
    return text[at : at + max(200, size)]


def _flooded(dice: Random, size: int) -> str:
    """Return a seed with a flood anywhere in it."""
    text = _seed(dice, 3_000)
    at = dice.randrange(len(text) + 1)
    return text[:at] + flood(dice, size) + text[at:]


def _mixed(dice: Random, size: int) -> str:
    """Return words, speech, names and one more thing in disorder: sentences of a kind."""
    return "".join(
        flood(dice, dice.randint(1, 60), name)
        for name in dice.choices(
            ("words", "names", "speech", "quotes", "numbers", "dates", "lines", "dots"), k=size // 30 + 1
        )
    )


def _spliced(dice: Random, size: int) -> str:
    return spliced(dice, _seed(dice, size), _seed(dice, size))


def _mutated(dice: Random, size: int) -> str:
    return mutated(dice, _seed(dice, size).encode()).decode("utf-8", "replace")


NESTS: tuple[tuple[str, str], ...] = (
    ("<table><tr><td>", "</td></tr></table>"), ("<div>", "</div>"), ("<b>", "</b>"), ("<ul><li>", "</li></ul>"), ("<blockquote>", "</blockquote>"),
    ("<a href='http://a.b/'>", "</a>"), ("<font><span>", "</span></font>"), ("<p>", ""), ("<svg><title>", "</title></svg>"), ("<!--", "-->"), ("<h1>", ""),
    ("<script>", ""), ("<td", ""), ("<li>", ""), ("<form><select><option>", ""), ("<details><summary>", ""), ("<math><mtext>", ""),
)  # fmt: skip


def _nested(dice: Random, size: int) -> str:
    """Return a page whose article stands under very many elements, closed or not."""
    opening, closing = dice.choice(NESTS)
    times = size // len(opening + closing) + 1
    return f"<html><body><article>{opening * times}{_seed(dice, 1500)}{closing * dice.choice([0, times])}<p>{_seed(dice, 500)}</p></article></body></html>"


def _headed(dice: Random, size: int) -> str:
    """Return a page whose head is the attack: metas, JSON-LD, attributes, entities of a document type."""
    heads: tuple[Callable[[], str], ...] = (
        lambda: '<meta property="og:title" content="' + flood(dice, size) + '">',
        lambda: f'<meta name="date" content="{flood(dice, 30, "dates")}">' * (size // 60 + 1),
        lambda: '<script type="application/ld+json">' + "[" * size + "</script>",
        lambda: '<script type="application/ld+json">{"@type":"NewsArticle","headline":"' + flood(dice, size, "json", "words") + '"}</script>',
        lambda: '<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"' + flood(dice, size, "words", "json") + '"}</script>',
        lambda: "<!DOCTYPE html [" + "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 20)) + "]>" + "&a19;" * (size // 5),
        lambda: "<body " + " ".join(f"a{n}='{flood(dice, 8, 'signs')}'" for n in range(size // 16)) + ">",
        lambda: "<img src='data:image/png;base64," + "A" * size + "'>",
        lambda: "<title>" * (size // 7),
        lambda: "<meta " * (size // 6) + ">",
        lambda: '"articleBody":"' * (size // 15 + 1),
        lambda: "<time datetime='" + flood(dice, 30, "dates") + "'>" * (size // 40 + 1),
    )  # fmt: skip
    return f"<html><head>{dice.choice(heads)()}</head><body><h1>{_seed(dice, 80)}</h1><p>{_seed(dice, 1500)}</p></body></html>"


def _in_markup(dice: Random, size: int) -> str:
    """Return a page of paragraphs, links and table rows that hold floods."""
    frames = (
        "<p>{}</p>",
        "<a href='{}'>x</a>",
        "<tr><td>{}</td></tr>",
        "<div class='{}'>",
        "<li><a>{}</a></li>",
        "<h2>{}",
        "<b>{}</b>\n",
        "<p>{}<br>",
        "{}<!--",
    )
    times = dice.choice([1, 3, 20, 200])
    frame = dice.choice(frames)
    return (
        "<html><body>"
        + "".join(frame.format(flood(dice, size // times + 1)) for _ in range(times))
        + f"<p>{_seed(dice, 1000)}</p>"
    )


TEXTS: tuple[tuple[int, Callable[[Random, int], str]], ...] = (
    (6, flood),
    (3, lambda dice, size: flood(dice, size, *dice.sample(("words", "names", "numbers", "dates", "quotes", "speech", "zero_width", "bidi", "marks"), k=2))),
    (6, _flooded), (4, _mixed), (4, _spliced), (5, _mutated), (3, _nested), (3, _headed), (4, _in_markup),
    (1, lambda dice, size: "".join(chr(dice.choice([dice.randrange(0xD800), dice.randrange(0xE000, 0x110000)])) for _ in range(size))),
)  # fmt: skip


def text(dice: Random, size: int) -> str:
    """Return a hostile payload of about *size* characters."""
    return dice.choices([maker for _, maker in TEXTS], [weight for weight, _ in TEXTS])[0](dice, size)


def blob(dice: Random, size: int) -> bytes:
    """Return a payload of about *size* bytes that is no UTF-8, or says that it is something else."""
    return dice.choice((
        lambda: dice.randbytes(size),
        lambda: text(dice, size).encode(dice.choice(CHARSETS), "replace"),
        lambda: dice.choice([b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xff\xfe\0\0", b"<meta charset=utf-7>", b"\x1f\x8b"]) + dice.randbytes(size),
        lambda: mutated(dice, text(dice, size).encode(), times=size // 50 + 1),
        lambda: bytes([dice.randrange(128, 256)]) * size,
    ))()  # fmt: skip
