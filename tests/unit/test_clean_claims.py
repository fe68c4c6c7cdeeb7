"""What markup claims, read as browsers read it: tags in any case, loose JSON-LD, dates wherever they are
marked, and never those of another article.
"""

from __future__ import annotations

import pytest

from shared.records import Clean
from tests.unit.clean_pages import clean

TITLE = "Riverton council backs new bridge over the Tane"
BODY = [
    "The city council of Riverton voted on Tuesday to spend forty million dollars on a new bridge across the river Tane.",
    "Mayor Helen Brandt said the old crossing, built in 1931, could no longer carry the lorries that use it every day.",
    "Engineers warned last year that two of its piers had moved by several centimetres after the winter floods.",
    "Residents of the northern bank have asked for a footpath and a lane for bicycles, which the council promised to study.",
]
MOMENT, WRITTEN = "2024-06-04T07:30:00.000Z", "2024-06-04T09:30:00+02:00"
OTHER = "2024-05-30T10:00:00+02:00"


def page(*, head: str = "", above: str = "", below: str = "") -> Clean:
    paragraphs = "".join(f"<p>{one}</p>" for one in BODY)
    return clean(
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>{head}</head><body><nav><a href="/">Home</a></nav>'
        f"<article><h1>{TITLE}</h1>{above}{paragraphs}</article>{below}</body></html>",
        media_type="text/html",
        fetched_at="2024-06-10T12:00:00.000Z",
    )


def published(block: Clean) -> str | None:
    return block.published.value if block.published else None


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


ARTICLE = f'{{"@type":"NewsArticle","headline":"{TITLE}","datePublished":"{WRITTEN}"}}'


@pytest.mark.parametrize("text", [
    ARTICLE,
    f"<![CDATA[{ARTICLE}]]>",
    f"//<![CDATA[\n{ARTICLE}\n//]]>",
    f"/*<![CDATA[*/{ARTICLE}/*]]>*/",
    f"<!--\n{ARTICLE}\n-->",
    f"{ARTICLE};",
    ARTICLE.replace("}", ",}"),
    f"[{ARTICLE},]",
    f"{{\n // the article\n /* of today */ {ARTICLE[1:]}",
    ARTICLE.replace("Riverton", "River\nton\t"),
    ARTICLE.replace("Riverton", "River\\'ton"),
    f'{{"@type":"Organization","name":"X"}}{ARTICLE}',
    f'{{"@graph":[{{"@type":"WebSite","url":"https://x.example/a//b"}},{ARTICLE}]}}',
    f'{{"@type":"WebPage","mainEntity":{ARTICLE}}}',
    f'{{"@type":"ItemPage","mainEntityOfPage":{ARTICLE}}}',
    f'{{"@type":["WebPage","FAQPage"],"mainEntity":[{ARTICLE}]}}',
    ARTICLE.replace('"NewsArticle"', '["Thing","https://schema.org/ReportageNewsArticle"]'),
    ARTICLE.replace(f'"{WRITTEN}"', f'{{"@type":"DateTime","@value":"{WRITTEN}"}}'),
    ARTICLE.replace(f'"{WRITTEN}"', "1717486200"),
    ARTICLE.replace(f'"{WRITTEN}"', "1717486200000"),
    ARTICLE.replace(f'"{WRITTEN}"', '"1717486200"'),
    ARTICLE.replace(f'"{WRITTEN}"', "1717486200.0"),
    ARTICLE.replace('"', "&quot;"),
])  # fmt: skip
def test_json_ld_is_read_with_the_slips_that_every_reader_forgives(text: str) -> None:
    assert published(page(head=ld(text))) == MOMENT
    assert (
        published(
            page(
                head=ld(text).replace("<script type=", "<SCRIPT id='x' TYPE=").replace("</script", "</SCRIPT")
            )
        )
        == MOMENT
    )


@pytest.mark.parametrize(
    "value",
    [
        "20",
        "-1717486200",
        "1e400",
        "NaN",
        "true",
        "null",
        "[]",
        "99999999999999999999",
        '"20"',
        '""',
        "17174862",
    ],
)
def test_a_number_that_is_no_moment_gives_no_date(value: str) -> None:
    assert published(page(head=ld(ARTICLE.replace(f'"{WRITTEN}"', value)))) is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 3000, '{"@type":', "not json", '{"@type":"NewsArticle","datePublished":{"x":[[[]]]}}'],
)
def test_json_ld_beyond_help_costs_nothing_else(text: str) -> None:
    assert published(page(head=ld(text) + f'<meta name="pubdate" content="{WRITTEN}">')) == MOMENT


@pytest.mark.parametrize("meta", [
    f'<meta property="article:published_time" content="{WRITTEN}">',
    f"<META CONTENT='{WRITTEN}' PROPERTY=article:published_time>",
    f'<meta data-rh="true" property="article:published" itemprop="datePublished" content="{WRITTEN}">',
    f'<meta name="twitter:x" property="article:published_time" content="{WRITTEN}">',
    f'<meta property="og:x article:published_time" content="{WRITTEN}"/>',
    f'<meta\n  name="description"\n itemprop="datePublished"\n content="{WRITTEN}"\n>',
    f'<meta title="a > b" name="parsely-pub-date" content="{WRITTEN}">',
    f'<meta name="date" content=" {WRITTEN.replace("+", "&#43;")} ">',
    *(f'<meta name="{name}" content="{WRITTEN}">' for name in (
        "article_date_original", "publication_date", "rnews:datePublished", "og:published_time", "pub_date", "dcterms.issued", "DC.date.issued", "PublicationDate",
        "publish-date", "sailthru.date", "cXenseParse:recs:publishtime", "shareaholic:article_published_time", "bt:pubDate", "citation_publication_date", "datePublished",
        "article.published", "originalPublicationDate", "date_published", "first_published", "dc.created", "weibo:article:create_at",
    )),
])  # fmt: skip
def test_a_meta_names_the_date(meta: str) -> None:
    assert published(page(head=meta)) == MOMENT


@pytest.mark.parametrize(
    "name",
    [
        "article:modified_time",
        "og:updated_time",
        "lastmod",
        "expires",
        "article:expiration_time",
        "publisher",
        "published_by",
        "viewport",
    ],
)
def test_other_names_are_no_date_of_publication(name: str) -> None:
    assert published(page(head=f'<meta name="{name}" content="{WRITTEN}">')) is None


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- {} -->",
        "<noscript>{}</noscript>",
        "<template>{}</template>",
        "<script>var a = '{}';</script>",
        "<textarea>{}</textarea>",
    ],
)
def test_markup_that_is_none_claims_nothing(hidden: str) -> None:
    block = page(
        head=hidden.format(f'<meta name="pubdate" content="{OTHER}">'),
        above=hidden.format(f'<time datetime="{OTHER}">x</time>'),
    )
    assert published(block) is None


@pytest.mark.parametrize("mark", [
    f'<time datetime="{WRITTEN}">Tuesday</time>',
    f"<TIME DATETIME={WRITTEN}>Tuesday</TIME>",
    f'<time class="entry-date published updated" datetime="{WRITTEN}">Tuesday</time>',
    f'<div><span itemprop="datePublished" content="{WRITTEN}">last Tuesday</span></div>',
    f'<span itemprop="dateCreated datePublished" content="{WRITTEN}">x</span>',
    f'<div itemscope itemtype="https://schema.org/NewsArticle"><b itemprop="datePublished" datetime="{WRITTEN}">x</b></div>',
    f'<i itemprop="datePublished">{WRITTEN}</i>',
    f'<span property="schema:datePublished" content="{WRITTEN}">x</span>',
    f'<abbr class="published" title="{WRITTEN}">9:30 AM</abbr>',
    f'<abbr class="dt-published" itemprop="datePublished" title="{WRITTEN}">9:30</abbr>',
    f'<span class="published" title="{WRITTEN}">a week ago</span>',
    '<time datetime="1717486200">Tuesday</time>',
    '<span class="pubdate" data-timestamp="1717486200000">Tuesday</span>',
    f'<link itemprop="url" href="/x"><data itemprop="datePublished" content="{WRITTEN}"></data>',
    f'<footer><time datetime="{WRITTEN}">Tuesday</time></footer>',
    f'<a href="/bridge"><time datetime="{WRITTEN}">Tuesday</time></a>',
])  # fmt: skip
def test_an_element_marks_the_date(mark: str) -> None:
    assert published(page(above=mark)) == MOMENT


@pytest.mark.parametrize("below", [
    '<aside class="suggested"><a href="/old">Storm closes ferry <time datetime="{}">Mar 5</time></a></aside>',
    '<div class="related-news"><h3>Storm closes ferry</h3><time datetime="{}">Mar 5</time></div>',
    '<section id="comments"><p>Well said. <time datetime="{}">Mar 5</time></p></section>',
    '<article><h2><a href="/old">Storm closes ferry</a></h2><time datetime="{}">Mar 5</time></article>',
    '<nav><time datetime="{}">today</time></nav>',
    '<footer><time datetime="{}">today</time></footer>',
    '<p><a href="/old">The storm that closed the ferry for two days in a row <time datetime="{}">Mar 5</time></a></p>',
    '<div itemscope itemtype="http://schema.org/ImageObject"><span itemprop="datePublished" content="{}">x</span></div>',
    '<div itemscope itemtype="http://schema.org/Comment"><meta itemprop="datePublished" content="{}"></div>',
    '<ul class="latest"><li itemscope itemtype="http://schema.org/NewsArticle"><meta itemprop="datePublished" content="{}"></li></ul>',
])  # fmt: skip
def test_a_date_of_another_article_is_not_the_page_s(below: str) -> None:
    assert published(page(below=below.format(OTHER))) is None
    assert published(page(above=f'<time datetime="{WRITTEN}">x</time>', below=below.format(OTHER))) == MOMENT


@pytest.mark.parametrize("own", [
    '"url":"https://field.example/bridge"', '"url":"https://field.example/bridge/"', '"mainEntityOfPage":"https://field.example/bridge"',
    '"mainEntityOfPage":{"@type":"WebPage","@id":"https://field.example/bridge"}', '"@id":"https://field.example/bridge#article"',
])  # fmt: skip
@pytest.mark.parametrize("address", [
    '<link rel="canonical" href="https://field.example/bridge">', "<LINK HREF=https://field.example/bridge REL=Canonical>",
    '<meta property="og:url" content="https://field.example/bridge?utm=1">',
])  # fmt: skip
def test_of_two_descriptions_the_page_s_own_counts(own: str, address: str) -> None:
    other = f'{{"@type":"NewsArticle","headline":"Storm closes ferry","url":"https://field.example/ferry","datePublished":"{OTHER}"}}'
    mine = f'{{"@type":"NewsArticle","headline":"Bridge backed",{own},"datePublished":"{WRITTEN}"}}'
    assert published(page(head=address + ld(f"[{other},{mine}]"))) in (
        {MOMENT} if "utm" not in address else {MOMENT, None}
    )
    assert published(page(head=address + ld(other))) is None


def test_of_two_descriptions_without_an_address_the_headline_tells() -> None:
    other = f'{{"@type":"NewsArticle","headline":"Storm closes ferry","datePublished":"{OTHER}"}}'
    assert published(page(head=ld(f"[{other},{ARTICLE}]"))) == MOMENT
    third = f'{{"@type":"NewsArticle","headline":"School wins prize","datePublished":"{OTHER}"}}'
    assert published(page(head=ld(f"[{other},{third}]"))) is None


@pytest.mark.parametrize(("heading", "title"), [
    ("<H1>{}</H1>", TITLE), ("<h1 class='a > b'>{}</h1>", TITLE), ("<h1><a href='/'><img src=x alt='Field'></a></h1><h1>{}</h1>", TITLE),
    ("<h1>Riverton council<br>backs new bridge<BR/>over the Tane</h1>", TITLE), ("<h1><span>Riverton council backs</span> <b>new bridge over the Tane</b></h1>", TITLE),
])  # fmt: skip
def test_the_headline_is_read_as_it_is_shown(heading: str, title: str) -> None:
    paragraphs = "".join(f"<P>{one}</P>" for one in BODY)
    block = clean(
        f"<HTML><HEAD><TITLE>{TITLE} | Field</TITLE></HEAD><BODY>{heading.format(TITLE)}{paragraphs}</BODY></HTML>",
        media_type="text/html",
    )
    assert block.title is not None
    assert block.title.text == title
    assert block.text.split("\n\n") == [title, *BODY]


def test_a_headline_that_the_markup_states_beats_a_likely_line() -> None:
    head = '<meta property="og:title" content="How the bridge was won">'
    paragraphs = "".join(f"<p>{one}</p>" for one in ["The bridge across the river Tane", *BODY])
    block = clean(
        f"<html><head><title>How the bridge was won - Field</title>{head}</head><body><article>{paragraphs}</article></body></html>",
        media_type="text/html",
    )
    assert block.title is not None
    assert block.title.text == "How the bridge was won"


def test_a_short_headline_before_the_name_of_the_site_is_the_headline() -> None:
    paragraphs = "".join(f"<p>{one}</p>" for one in BODY)
    for heading, title in (
        ("<h1>Tane</h1>", "Tane"),
        ('<h1><a href="/">Tane</a></h1>', "River Encyclopaedia"),
    ):
        source = f"<html><head><title>Tane - River Encyclopaedia</title></head><body>{heading}{paragraphs}</body></html>"
        found = clean(source, media_type="text/html").title
        assert found is not None
        assert found.text == title


def test_a_meta_that_holds_an_object_is_read() -> None:
    block = page(
        head=f"""<meta name="parsely-page" content='{{"title": "{TITLE}", "pub_date": "{WRITTEN}", "tags": []}}'>"""
    )
    assert published(block) == MOMENT
