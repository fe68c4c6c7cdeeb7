"""Where each visible line stands: in which element, beside which others, about the article or not."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.clean.edits.ledger import Traced
from services.clean.page.tags import ENDS_PARAGRAPH, Tag
from services.clean.page.tree import OTHERS, HtmlPage

_BLOCKS = frozenset(
    (
        "html body main article section aside nav header footer div form fieldset table tbody thead tr td "
        "th ul ol li dl dt dd p pre blockquote figure figcaption h1 h2 h3 h4 h5 h6 center details summary "
        "dialog address hgroup menu a button label"
    ).split()
)
_PARAGRAPHS = frozenset("p pre blockquote li ul ol menu dl dt dd h1 h2 h3 h4 h5 h6 a".split())
"""Elements that hold one paragraph, or a list inside of a text: the part that they belong to is above them.
"""
_CLOSED_BY_START = {name: {"p"} for name in ENDS_PARAGRAPH} | {
    "li": {"li", "p"},
    "td": {"td", "th", "p"},
    "th": {"td", "th", "p"},
    "tr": {"tr", "td", "th", "p"},
    "dt": {"dt", "dd", "p"},
    "dd": {"dt", "dd", "p"},
}
"""For each element: the open elements that its start tag closes."""
_ASIDE = frozenset(
    {"aside", "nav", "form", "footer", "figure", "figcaption", "button", "label", "dialog", "address"}
)
_DETAILS = re.compile(
    r"by-?line|author|meta|(?:^|[-_ ])(?:date|time|timestamp|tags?|tag-list|caption|credit|copyright|signature|rating|bio|tools?|toolbar|player|embed|factbox|source)"
    r"(?:$|[-_ ])",
    re.IGNORECASE,
)
"""Classes of what is said of an article beside it."""
_HREF = re.compile(r"""\shref\s*=\s*["']?\s*[^"'#\s>]""", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>|\s+")
_CLASS_IGNORED = frozenset({"body", "html", "main", "article", "p"})
"""Elements whose class says nothing of what they hold."""
LONGEST_TAG = 2000
"""Characters of a start tag in which its class is looked for."""
_CLASS_OR_ID = re.compile(
    r"""\s(?:class|id)\s*=\s*(?:"([^"]{0,500})"|'([^']{0,500})'|([^\s"'>]{1,200}))""", re.IGNORECASE
)


@dataclass(slots=True, eq=False)  # not frozen: a page has a thousand, and freezing doubles what each costs
class Node:
    """An element with what it, or one around it, says of its text.

    *is_aside*: its tag says that it stands beside the text. *is_other*: a class says that it is about other
    articles or the site. *is_detail*: a class says that it holds details of the article (author, date).
    """

    name: str
    parent: Node | None
    is_aside: bool
    is_other: bool
    is_detail: bool

    @property
    def is_beside(self) -> bool:
        """Whether tag or class says that its text is not the article's."""
        return self.is_aside or self.is_other or self.is_detail


@dataclass(slots=True)  # not frozen: as a node
class PlacedLine:
    """A visible line at ``[start:end]``.

    *node*: the element that it stands in. *part*: the element that its paragraph is a part of. *source*: its
    place in the payload. *links*: those of the page.
    """

    start: int
    end: int
    node: Node
    part: Node
    source: tuple[int, int]
    links: Links

    @property
    def size(self) -> int:
        """Length of the line."""
        return self.end - self.start

    @property
    def linked(self) -> float:
        """The share of the line that links elsewhere; computed when asked, since few lines are."""
        return self.links.share(*self.source)


def placed_lines(
    flat: Traced, spans: Sequence[tuple[int, int]], page: HtmlPage, links: Links
) -> list[PlacedLine]:
    """Return where the lines of *flat* at *spans* stand among the tags of its *page*, which has *links*."""
    offsets, open_nodes = _open_elements(page)
    sources = flat.raw_spans(spans)
    nodes = [open_nodes[bisect_right(offsets, start) - 1] for start, _ in sources]
    with_one_line = {node for node, lines in Counter(nodes).items() if lines == 1} - _ancestors(nodes)
    return [
        PlacedLine(start, end, node, _part_of(node, with_one_line), source, links)
        for (start, end), node, source in zip(spans, nodes, sources, strict=True)
    ]


def _open_elements(page: HtmlPage) -> tuple[list[int], list[Node]]:
    """Return offsets in the source, and the innermost element that is open from each of them on."""
    root = Node("html", None, is_aside=False, is_other=False, is_detail=False)
    offsets, nodes, stack = [-1], [root], [root]
    times_open = dict.fromkeys(_BLOCKS, 0)
    heading = next((tag.start for tag in page.tags if tag.name == "h1" and not tag.closing), -1)
    for place, tag in enumerate(page.tags):
        if tag.name not in _BLOCKS:
            continue
        if tag.closing:
            while times_open[tag.name]:
                if _close_innermost(stack, times_open) == tag.name:
                    break
        else:
            closed = _CLOSED_BY_START.get(tag.name, ())
            while closed and len(stack) > 1 and stack[-1].name in closed:
                _close_innermost(stack, times_open)
            # what holds the headline is the article's, whatever its class
            end = page.tags[page.closes[place]].start if place in page.closes else len(page.source)
            stack.append(_node(page.source, tag, stack[-1], reads_class=not tag.start < heading < end))
            times_open[tag.name] += 1
        offsets.append(tag.end)
        nodes.append(stack[-1])
    return offsets, nodes


def _close_innermost(stack: list[Node], times_open: dict[str, int]) -> str:
    """Close the innermost open element and return its name."""
    name = stack.pop().name
    times_open[name] -= 1
    return name


def _node(source: str, tag: Tag, parent: Node, *, reads_class: bool) -> Node:
    """Return the element that *tag* begins: its own class and that of what is around it decide."""
    name = tag.name
    is_other = is_detail = False
    if reads_class and name not in _CLASS_IGNORED and tag.end - tag.start > len(name) + 4:
        is_other, is_detail = _is_other_or_detail(source[tag.start : min(tag.end, tag.start + LONGEST_TAG)])
    return Node(
        name,
        parent,
        parent.is_aside or name in _ASIDE,
        parent.is_other or is_other,
        parent.is_detail or is_detail,
    )


@lru_cache(maxsize=4096)
def _is_other_or_detail(tag: str) -> tuple[bool, bool]:
    """Tell whether a start tag's class or id speaks of something else, and whether it speaks of details.

    Pages repeat few classes, so the answers are remembered.
    """
    class_and_id = " ".join(match[1] or match[2] or match[3] or "" for match in _CLASS_OR_ID.finditer(tag))
    return OTHERS.search(class_and_id) is not None, _DETAILS.search(class_and_id) is not None


def _ancestors(nodes: list[Node]) -> set[Node]:
    """Return all elements around *nodes*."""
    ancestors: set[Node] = set()
    for node in nodes:
        outer = node.parent
        while outer and outer not in ancestors:
            ancestors.add(outer)
            outer = outer.parent
    return ancestors


def _part_of(node: Node, with_one_line: set[Node]) -> Node:
    """Return the element that the paragraph in *node* is a part of.

    It is outside of the paragraph, and of an element that holds nothing but this one line.
    """
    if node in with_one_line and node.name not in _PARAGRAPHS and node.parent:
        node = node.parent
    while node.name in _PARAGRAPHS and node.parent:
        node = node.parent
    return node


class Links:
    """The links of a page that lead to other pages."""

    def __init__(self, source: str, tags: list[Tag]) -> None:
        self.source = source
        self.starts: list[int] = []
        self.ends: list[int] = []
        begin = -1
        for tag in tags:
            if tag.name == "a":
                if begin >= 0:
                    self.starts.append(begin)
                    self.ends.append(tag.start)
                begin = tag.end if not tag.closing and _HREF.search(source, tag.start, tag.end) else -1

    def share(self, start: int, end: int) -> float:
        """Return the share of the characters of ``source[start:end]``, tags left out, that stand in links."""
        at = bisect_right(self.ends, start)
        linked = 0
        while at < len(self.starts) and self.starts[at] < end:
            linked += len(_TAG.sub("", self.source[max(start, self.starts[at]) : min(end, self.ends[at])]))
            at += 1
        return linked / max(1, len(_TAG.sub("", self.source[start:end]))) if linked else 0.0
