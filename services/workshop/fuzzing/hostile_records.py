"""Hostile records of ``articles.raw``: mostly well-formed ones with a hostile payload, some with hostile
fields, JSON or bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import orjson

from services.workshop.fuzzing import hostile_pages
from services.workshop.fuzzing.floods import flood
from services.workshop.fuzzing.mutations import mutated

SIZES = ((30, 300), (40, 3_000), (22, 12_000), (6, 60_000), (1.6, 250_000), (0.4, 900_000))
"""How likely a payload is to have at most so many characters: sizes of news, with a tail up to what feed lets
in.
"""

FIELDS = ("url", "canonical_url", "publisher_code", "media_type", "encoding", "fetched_at", "first_seen_at", "rev", "id_basis", "schema", "doc_id", "extra", "declared", "source", "scraper")  # fmt: skip
ADDRESSES = ("http://[", "http://[::1]:99999/", "//", "http://\u202ex/", "javascript:alert(1)", "http://" + "a." * 5_000, "http://a:b@c:d/", "http://ex\u2100mple.com/", "", "\x00")  # fmt: skip
VALUES: tuple[Callable[[Random], Any], ...] = (
    lambda _: None,
    lambda _: True,
    lambda dice: dice.choice([0, -1, 2**63, 1e308, 10]),
    lambda _: [],
    lambda _: {},
    lambda dice: dice.choice(ADDRESSES),
    lambda dice: flood(dice, dice.choice([5, 30, 600, 5_000])),
    lambda dice: flood(dice, 30, "dates"),
    lambda dice: flood(dice, 12, "controls", "bidi"),
    lambda dice: {flood(dice, 6): flood(dice, 20) for _ in range(dice.choice([1, 5, 500]))},
    lambda dice: dice.choice(["text/html", "text/plain", "hex", "zlib", "idna", "punycode", "unicode_escape", "rot13", "undefined", "utf-7", "mbcs", "cp65001"]),
    lambda dice: dice.choice(["9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z", "2022-02-30", "-1", "2022-02-01T00:00:00.000+99:00", "10000-01-01"]),
    lambda dice: {dice.choice(["lang", "published", "title", "author", "id", "domain", "name", "kind"]): dice.choice(VALUES)(dice)},
)  # fmt: skip


def records(count: int, seed: int) -> Iterator[bytes]:
    """Yield *count* values for ``articles.raw``, the same for the same *seed*."""
    for number in range(count):
        yield record(Random(f"{seed}/{number}"), f"{seed}-{number}")


def record(dice: Random, name: str) -> bytes:
    """Return one value; *name* makes its ids its own, one in fifty has those of an earlier one."""
    drawn = dice.random()
    if drawn < 0.02:
        return dice.randbytes(dice.choice([0, 1, 40, 4_000]))
    made = page(dice, name)
    if drawn < 0.15:
        for field in dice.sample(FIELDS, dice.choice([1, 1, 2, 4])):
            made[field] = dice.choice(VALUES)(dice)
    value = orjson.dumps(made)
    if drawn < 0.06:
        return mutated(dice, value)
    return dice.choice(WIRE)(dice, value) if drawn < 0.09 else value


def page(dice: Random, name: str) -> dict[str, Any]:
    """Return a well-formed record whose payload is hostile."""
    (most,) = dice.choices([size for _, size in SIZES], [weight for weight, _ in SIZES])
    size = dice.randint(most // 10, most)
    if dice.random() < 0.1:
        data = hostile_pages.blob(dice, size)
        body: dict[str, Any] = {
            "payload_b64": base64.b64encode(data).decode(),
            "encoding": dice.choice(["", "utf-8", "windows-1256", "utf-16", "x-user-defined"]),
        }
    else:
        text = hostile_pages.text(dice, size).encode("utf-8", "replace").decode()
        data, body = text.encode(), {"payload": text}
    if dice.random() < 0.02:
        name = f"again-{dice.randrange(50)}"
    rev = hashlib.sha256(data).hexdigest()
    moment = f"2022-02-{dice.randint(1, 28):02d}T{dice.randrange(24):02d}:00:00.000Z"
    return {
        "schema": 1, "doc_id": hashlib.sha256(name.encode()).hexdigest()[:32], "id_basis": "content", "rev": rev[:16], "content_sha256": rev,
        "source": {"id": f"outlet-{dice.randrange(40)}"}, "url": f"https://outlet-{dice.randrange(40)}.example/{name}", "fetched_at": moment,
        "first_seen_at": moment, "media_type": dice.choice(["text/plain", "text/plain", "text/html"]), **body,
    }  # fmt: skip


def _with(field: bytes) -> Callable[[Random, bytes], bytes]:
    return lambda _, value: value[:-1] + b"," + field + b"}"


WIRE: tuple[Callable[[Random, bytes], bytes], ...] = (
    _with(b'"extra":' + b"[" * 1_020 + b"]" * 1_020),
    _with(b'"extra":' + b"[" * 90_000),
    _with(b'"extra":{"a":' + b'{"a":' * 900 + b"1" + b"}" * 901),
    _with(b'"extra":{"n":' + b"9" * 5_000 + b"}"),
    _with(b'"extra":{"n":-1e99999}'),
    _with(b'"doc_id":"other","doc_id":"again"'),
    _with(b'"payload":"\\ud800"'),
    _with(b'"payload":"\\u0000 \\u202e text"'),
    _with(b'"clean":{"text":"x"}'),
    _with(b'"clean":1,"language":2,"entities":3,"linked":4'),
    _with(b'"extra":{"clean":{"a":[]}}'),
    lambda _, value: b"\xef\xbb\xbf" + value,
    lambda _, value: b"[" + value + b"]",
    lambda _, value: value + b" \n\t ",
    lambda dice, value: value[: dice.randrange(len(value))],
    lambda _, value: value * 2,
    lambda _, value: value[:-1] + b',"extra":{"x":"' + b"a" * 4_300_000 + b'"}}',
)
