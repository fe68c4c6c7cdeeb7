"""Four page systems to wrap an article in: a table layout, a modern system, an AMP-like page, broken tags."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Wrapped:
    """An article and the furniture around it."""

    lang: str
    title: str
    lead: str
    paragraphs: list[str]
    before: list[str]
    after: list[str]
    links: list[str]


def table_layout(page: Wrapped) -> str:
    """A site of 2005: tables in tables, <br> between paragraphs."""
    body = "<br /><br />\n".join(map(html.escape, page.paragraphs))
    menu = "".join(f"<td><a href='/{i}'>{html.escape(link)}</a></td>" for i, link in enumerate(page.links))
    after = "".join(f"<tr><td>{html.escape(line)}</td></tr>" for line in page.after)
    before = "".join(f"<tr><td class=info>{html.escape(line)}</td></tr>" for line in page.before)
    return (
        f"<html><head><title>{html.escape(page.title)}</title></head><body dir=rtl><table width=100%><tr>{menu}</tr></table>"
        f"<table width=780 align=center>{before}<tr><td><h1>{html.escape(page.title)}</h1></td></tr>"
        f"<tr><td><p class=lead>{html.escape(page.lead)}</p></td></tr><tr><td class=body><div>{body}</div></td></tr>{after}</table>"
        f"<table><tr>{menu}</tr></table></body></html>"
    )


def modern(page: Wrapped) -> str:
    """A content system of today: article, header, aside, JSON-LD and OpenGraph."""
    ld = json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": page.title,
            "inLanguage": page.lang,
        },
        ensure_ascii=False,
    )
    body = "\n".join(f"<p>{html.escape(p)}</p>" for p in page.paragraphs)
    links = "".join(
        f'<li><a href="/n/{i}"><span>{html.escape(link)}</span></a></li>' for i, link in enumerate(page.links)
    )
    before = "".join(f'<span class="meta">{html.escape(line)}</span><br>' for line in page.before)
    after = "".join(f"<div>{html.escape(line)}</div>" for line in page.after)
    return f"""<!DOCTYPE html><html lang="{page.lang}" dir="rtl"><head><meta charset="utf-8"><title>{html.escape(page.title)} | X</title>
<meta property="og:title" content="{html.escape(page.title)}"><meta name="description" content="{html.escape(page.lead)}">
<link rel="canonical" href="https://example.ir/news/57351"><script type="application/ld+json">{ld}</script>
<style>.a{{color:red}}</style></head><body><header><nav><ul>{links}</ul></nav></header><main><article class="news-article">
<header>{before}<h1 class="title">{html.escape(page.title)}</h1><p class="lead summary">{html.escape(page.lead)}</p></header>
<div class="article-body" itemprop="articleBody">{body}</div><footer>{after}</footer></article>
<aside class="related"><ul>{links}</ul></aside></main><footer class="site-footer"><ul>{links}</ul></footer>
<script>var a = "<p>not text</p>";</script></body></html>"""


def amp(page: Wrapped) -> str:
    """A page for phones: custom elements, a sidebar, sections."""
    body = "".join(
        f'<p class="p">{html.escape(p)}</p><amp-ad width=300 height=250 type="x"></amp-ad>'
        for p in page.paragraphs
    )
    links = "".join(
        f'<a class="l" href="/n/{i}">{html.escape(link)}</a>' for i, link in enumerate(page.links)
    )
    before = "".join(f"<div>{html.escape(line)}</div>" for line in page.before)
    after = "".join(f"<div>{html.escape(line)}</div>" for line in page.after)
    return (
        f'<!doctype html><html ⚡ lang="{page.lang}"><head><meta charset=utf-8><title>{html.escape(page.title)}</title>'
        f'<script async src="https://cdn.ampproject.org/v0.js"></script><style amp-custom>p{{margin:0}}</style></head>'
        f'<body><amp-sidebar id="s" layout="nodisplay">{links}</amp-sidebar><article><section class="top">{before}</section>'
        f"<h1>{html.escape(page.title)}</h1><h2>{html.escape(page.lead)}</h2><section class=content>{body}</section>"
        f"<section class=bottom>{after}</section></article><section class=more>{links}</section></body></html>"
    )


def broken(page: Wrapped) -> str:
    """Tags that never close, attributes without quotes, a comment that ends late."""
    body = "".join(f"<p align=justify>{html.escape(p)}" for p in page.paragraphs)
    links = "".join(f"<li><a href=/n/{i}>{html.escape(link)}</a>" for i, link in enumerate(page.links))
    before = "".join(f"<div>{html.escape(line)}" for line in page.before)
    after = "".join(f"<p>{html.escape(line)}" for line in page.after)
    return (
        f"<html><title>{html.escape(page.title)}</title><body><!-- menu <ul> --><ul>{links}</ul><div id=main>{before}"
        f"</div></div></div><h1>{html.escape(page.title)}</b></h1><div class=news-body><p><b>{html.escape(page.lead)}</p></b>{body}"
        f"{after}<ul class=related>{links}</ul>"
    )


TEMPLATES = (table_layout, modern, amp, broken)
