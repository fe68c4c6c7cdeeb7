"""An item of any kind that Scrapy knows → one line of JSON, which `khabar feed` takes too.

What JSON cannot hold costs its field alone.
"""

from __future__ import annotations

import json
import math
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from itemadapter import ItemAdapter

from khabar_scrapy.page import page

PAGES = {"html": "text/html", "text": "text/plain", "payload": "text/plain"}
"""The engine's own fields for a page, and what each is taken for when the item does not say."""


class Unwritable(ValueError):
    """What cannot be written as JSON: an item, or a field of it; the message says which, and what to do."""


def json_line(item: Any) -> tuple[bytes, list[str]]:
    """Return *item* as JSON in UTF-8, its fields under their own names (the engine knows how spiders call
    them), and why others are left out.

    Raises Unwritable for what is no item.
    """
    try:
        fields = ItemAdapter(item).asdict()
    except TypeError:
        raise Unwritable(
            f"a {type(item).__name__} is no item: give a dict, a dataclass, an attrs object or a scrapy.Item"
        ) from None
    for name, media_type in PAGES.items():
        if isinstance(fields.get(name), bytes):
            fields |= page(fields.pop(name), name, fields.get("media_type") or media_type)
    plain, left_out = {}, []
    for name, value in fields.items():
        try:
            plain[str(name)] = _plain(value, str(name))
        except Unwritable as error:
            left_out.append(str(error))
        except RecursionError:
            left_out.append(f"{name} is nested without end")
    try:
        return json.dumps(plain, ensure_ascii=False).encode(), left_out
    except UnicodeEncodeError:  # half a surrogate pair: the engine mends it, and notes so
        return json.dumps(plain).encode(), left_out


def _plain(value: Any, where: str) -> Any:
    """Return *value* in JSON's own types."""
    if value is None or isinstance(value, str | int | float):
        return None if isinstance(value, float) and not math.isfinite(value) else value
    if isinstance(value, dict):
        return {str(name): _plain(one, f"{where}.{name}") for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one, f"{where}[{at}]") for at, one in enumerate(value)]
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, bytes):
        return _text(value, where)
    raise Unwritable(
        f"{where} is a {type(value).__name__}, which JSON cannot hold; khabar_scrapy.article(response) makes an item of a page"
    )


def _text(value: bytes, where: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Unwritable(
            f"{where} holds bytes that are not UTF-8; a page of such bytes goes into html, or use khabar_scrapy.article"
        ) from None
