"""XML from anybody: what declares entities of its own is refused before any parser sees it."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from shared.errors import BadRecord

_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_DOCTYPE = re.compile(r"""<!DOCTYPE\s(?:[^\[>"']|"[^"]*"|'[^']*')*+(.)""", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(r"<((?:[\w.-]+:)?([\w.-]+))")
ENTITY = "<!entity"


def root_of(text: str) -> tuple[str, str]:
    """Return the name of the root element as it is written, and in lower case without its prefix.

    Raises BadRecord (wrong_type) when *text* is no XML, or declares entities: 10 kB of them can stand for 10
    GB, and no feed needs any.
    """
    at = _PROLOG.match(text).end()  # type: ignore[union-attr]  # it matches nothing, too
    doctype = _DOCTYPE.match(text, at)
    if doctype:
        if doctype[1] == "[":
            raise BadRecord(
                "wrong_type",
                "the document declares entities or elements of its own (<!DOCTYPE … [), which is refused",
            )
        at = _PROLOG.match(text, doctype.end()).end()  # type: ignore[union-attr]
    root = _ROOT.match(text, at)
    if root is None:
        raise BadRecord("wrong_type", "neither XML nor JSON")
    if ENTITY in text[:at].lower():  # in a comment: a lenient parser reads it all the same
        raise BadRecord("wrong_type", "the document declares entities, which is refused")
    return root[1], root[2].lower()


def tree_of(text: str) -> Any:
    """Return the root element of *text*, which `root_of` has let through.

    Raises BadRecord (wrong_type) when it is not well-formed.
    """
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
    )
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise BadRecord("wrong_type", f"not well-formed: {error}") from None


def local_name(element: Any) -> str:
    """Return the name of *element* in lower case without its namespace; empty for a comment."""
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""
