"""Feeds: what is read out of RSS, Atom, JSON Feed and sitemaps, and what no feed may do to a parser."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from services.feed.core import raw_of
from services.feed.polling.entry_article import article_of, mark_of, page_of, shown
from services.feed.polling.feed_list import ListedFeed, listed
from services.feed.polling.parsing.document import Document, Entry
from services.feed.polling.parsing.feed_reading import read
from shared.errors import BadRecord
from shared.settings import BadSetting

AT = "https://x.ir/feeds/rss"
FEED = ListedFeed(AT)
NOW = "2026-01-01T00:00:00.000Z"


def rss(items: str, *, channel: str = "", head: str = "<?xml version='1.0' encoding='utf-8'?>") -> str:
    namespaces = (
        "xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/'"
    )
    return f"{head}<rss version='2.0' {namespaces}><channel><title>اخبار</title><link>https://www.x.ir/</link>{channel}{items}</channel></rss>"


def of(text: str, content_type: str = "application/xml") -> Document:
    return read(text.encode(), content_type, AT)


def test_rss_with_persian_in_cdata_is_read_as_it_is() -> None:
    items = """<item><title><![CDATA[رئیس‌جمهور می&zwnj;گوید]]></title><link>https://x.ir/1?a=1&amp;b=2</link><guid isPermaLink="false">77</guid>
    <description><![CDATA[خلاصه]]></description><content:encoded><![CDATA[<p onclick="x()">متن <a href="/n">خبر</a></p>]]></content:encoded>
    <dc:creator>سارا</dc:creator><category>سیاست</category><pubDate>Tue, 24 Nov 2026 13:21:00 +0330</pubDate></item>"""
    found = of(
        rss(
            items,
            channel="<language>fa-IR</language><ttl>60</ttl><skipHours><hour>1</hour><hour> 23 </hour></skipHours>",
        )
    )
    assert found.entries == (
        Entry(
            guid="77",
            url="https://x.ir/1?a=1&b=2",
            title="رئیس‌جمهور می‌گوید",
            text='<p onclick="x()">متن <a href="/n">خبر</a></p>',
            is_html=True,
            author="سارا",
            lang="fa-IR",
            published="Tue, 24 Nov 2026 13:21:00 +0330",
            section="سیاست",
        ),
    )
    assert (found.ttl_s, found.skip_hours, found.home, found.is_cut) == (
        3600,
        (1, 23),
        "https://www.x.ir/",
        False,
    )


def test_rss_1_is_read() -> None:
    found = of("""<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
    <channel rdf:about="https://x.ir"><title>t</title></channel>
    <item rdf:about="https://x.ir/1"><title>عنوان</title><link>https://x.ir/1</link><description>متن</description></item></rdf:RDF>""")
    assert [(one.title, one.url, one.text, one.is_html) for one in found.entries] == [
        ("عنوان", "https://x.ir/1", "متن", False)
    ]


def test_atom_says_itself_what_is_text_and_what_is_markup() -> None:
    found = of("""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ar"><title>t</title>
    <entry><id>tag:x,1</id><title type="html">خبر &amp;lt;b&gt;</title><link href="/1"/><updated>2026-01-02T03:04:05Z</updated>
      <author><name>علي</name></author><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>نص</p></div></content></entry>
    <entry><id>tag:x,2</id><title>2</title><link href="https://x.ir/2"/><summary type="text">5 &lt; 6</summary></entry></feed>""")
    one, two = found.entries
    assert (one.url, one.lang, one.author, one.published) == (
        "https://x.ir/1",
        "ar",
        "علي",
        "2026-01-02T03:04:05Z",
    )
    assert (one.is_html, "<p>نص</p>" in one.text) == (True, True)
    assert (two.text, two.is_html) == ("5 < 6", False)


def test_json_feed_is_read_and_a_field_of_the_wrong_type_counts_as_absent() -> None:
    found = of("""{"version": "https://jsonfeed.org/version/1.1", "language": "fa", "authors": [{"name": "گروه"}], "items": [
      {"id": 7, "url": "/7", "title": "عنوان", "content_html": "<p>متن", "date_published": "2026-01-02T03:04:05Z", "tags": ["الف"]},
      {"id": "https://x.ir/8", "content_text": "فوری", "title": 5, "authors": "x"}, "junk"]}""")
    one, two = found.entries
    assert one == Entry(
        "7", "https://x.ir/7", "عنوان", "<p>متن", True, "گروه", "fa", "2026-01-02T03:04:05Z", "الف"
    )
    assert (two.url, two.title, two.text, two.is_html) == ("https://x.ir/8", "", "فوری", False)


NEWS = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url><loc>https://x.ir/1</loc><image:image><image:title>عکس</image:title></image:image><news:news>
    <news:publication><news:name>X</news:name><news:language>fa</news:language></news:publication>
    <news:publication_date>2026-01-02</news:publication_date><news:title>زلزله در تبریز</news:title></news:news></url>
  <url><loc>https://x.ir/about</loc></url></urlset>"""


def test_a_news_sitemap_gives_headlines_and_an_index_its_newest_sitemaps() -> None:
    found = of(NEWS)
    assert found.entries == (
        Entry("https://x.ir/1", "https://x.ir/1", "زلزله در تبریز", lang="fa", published="2026-01-02"),
    )
    assert read(gzip.compress(NEWS.encode()), "application/gzip", AT) == found
    rows = "".join(
        f"<sitemap><loc>https://x.ir/{n}.xml</loc><lastmod>2026-01-{n:02}</lastmod></sitemap>"
        for n in range(1, 29)
    )
    index = of(f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</sitemapindex>")
    assert index.entries == ()
    assert index.children == tuple(f"https://x.ir/{n}.xml" for n in range(28, 8, -1))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (
            rss(
                "<item><title>گچ پژ</title></item>", head="<?xml version='1.0' encoding='windows-1256'?>"
            ).encode("cp1256", "replace"),
            "",
        ),
        (
            rss(
                "<item><title>گچ پژ</title></item>", head="<?xml version='1.0' encoding='iso-8859-1'?>"
            ).encode(),
            "text/xml",
        ),
        (rss("<item><title>گچ پژ</title></item>").encode(), "text/xml; charset=iso-8859-1"),
        (
            rss("<item><title>گچ پژ</title></item>", head="<?xml version='1.0' encoding='utf-8'?>").encode(
                "utf-16"
            ),
            "text/xml",
        ),
        (rss("<item><title>گچ پژ</title></item>", head="").encode("utf-16-le"), "text/xml"),
        (rss("<item><title>گچ پژ</title></item>").encode("utf-8-sig"), "application/rss+xml; charset=utf-16"),
        (b"\n\n  " + rss("<item><title>گچ پژ</title></item>").encode(), "text/html"),
    ],
    ids=[
        "cp1256",
        "wrong declaration",
        "wrong header",
        "utf-16",
        "utf-16 without a mark",
        "utf-8 with a mark",
        "blank lines before",
    ],
)
def test_the_bytes_decide_their_charset(body: bytes, content_type: str) -> None:
    assert [entry.title for entry in read(body, content_type, AT).entries] == ["گچ پژ"]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMBS = [
    f'<!DOCTYPE rss [<!ENTITY l0 "lol">{LAUGHS}]>',
    f"<!-- <a> --><!doctype rss [ <!-- ]> --> <!ENTITY l0 'lol'>{LAUGHS}]>",
    "<!DOCTYPE rss SYSTEM 'a[b' [<!ENTITY l9 SYSTEM 'file:///etc/passwd'>]>",
    f"<!DOCTYPE rss SYSTEM 'x'>\n<!--\n<!ENTITY l9 \"{'A' * 100_000}\">\n-->",
    f'<!ENTITY l9 "{"A" * 100_000}">',
]


@pytest.mark.parametrize(
    "prolog", BOMBS, ids=["laughs", "hidden by comments", "external", "in a comment", "bare"]
)
@pytest.mark.parametrize("root", ["rss", "urlset", "opml"])
def test_entities_of_a_feed_are_refused_before_any_parser_sees_them(prolog: str, root: str) -> None:
    begun = time.process_time()
    with pytest.raises(BadRecord) as caught:
        of(
            f"<?xml version='1.0'?>{prolog}<{root}><channel><item><title>{'&l9;' * 1000}</title></item></channel></{root}>"
        )
    assert caught.value.reason == "wrong_type"
    assert time.process_time() - begun < 2


def test_a_doctype_without_entities_is_no_harm() -> None:
    head = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    assert len(of(rss("<item><title>a</title></item>", head=head)).entries) == 1


def test_gzip_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(BadRecord) as caught:
        read(gzip.compress(b"<rss>" + b" " * (50 << 20)), "", AT)
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<!DOCTYPE html><html><body>شما مسدود شده‌اید", "a web page"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "no feed"),
        ("Bad gateway", "neither XML nor JSON"),
        ("", "neither XML nor JSON"),
        ('{"error": 1}', "no JSON Feed"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [', "line 1"),
        ("<urlset><url><loc>https://x.ir", "not well-formed"),
    ],
)
def test_what_is_no_feed_is_called_what_it_is(text: str, says: str) -> None:
    with pytest.raises(BadRecord, match=says):
        of(text)


def test_a_feed_that_ends_in_the_middle_gives_all_but_its_last_entry() -> None:
    whole = rss(
        "".join(f"<item><title>{n}</title><description>{'متن ' * 20}</description></item>" for n in range(5))
    )
    found = of(whole[: whole.index("<title>4") - 60])
    assert [entry.title for entry in found.entries] == ["0", "1", "2"]
    assert found.is_cut


def test_a_missing_guid_or_link_leaves_an_entry_its_identity() -> None:
    found = of(
        rss(
            "<item><title>الف</title><link>https://www.X.ir/1</link></item><item><title>ب</title><guid isPermaLink='false'>9</guid></item>"
        )
    )
    with_link, with_guid = (
        article_of(entry, FEED, home=found.home, fetched_at=NOW) for entry in found.entries
    )
    assert with_link.item is not None
    assert with_guid.item is not None
    assert (with_link.item.source, with_link.item.url) == ("x.ir", "https://www.X.ir/1")
    one = raw_of(with_guid.item, with_guid.payload, now=NOW)
    assert (one.source.id, one.id_basis, one.publisher_code) == ("x.ir", "publisher_code", "9")
    assert one.extra == {"feed": AT, "guid": "9"}


def test_a_wrong_date_is_a_claim_and_not_the_time_of_fetching() -> None:
    for date in ("Mon, 01 Jan 2170 00:00:00 GMT", "1200-01-01T00:00:00Z", "فردا"):
        (entry,) = of(
            rss(f"<item><title>t</title><link>https://x.ir/1</link><pubDate>{date}</pubDate></item>")
        ).entries
        article = article_of(entry, FEED, home="", fetched_at=NOW)
        assert article.item is not None
        found = raw_of(article.item, article.payload, now="2026-01-01T00:00:09.000Z")
        assert (found.declared.published, found.fetched_at) == (date, NOW)


@pytest.mark.parametrize(
    ("entry", "page"),
    [
        (Entry(title="فوری: زلزله"), ("فوری: زلزله", "text/plain")),
        (Entry(title="الف", text="متن"), ("الف\n\nمتن", "text/plain")),
        (Entry(title="الف", text="الف\nمتن"), ("الف\nمتن", "text/plain")),
        (Entry(title="a < b", text="<p>متن", is_html=True), ("<h1>a &lt; b</h1>\n<p>متن", "text/html")),
        (
            Entry(title="a & b", text="<h2> a &amp;\n b</h2><p>متن", is_html=True),
            ("<h2> a &amp;\n b</h2><p>متن", "text/html"),
        ),
        (Entry(text="<p>متن", is_html=True), ("<p>متن", "text/html")),
    ],
)
def test_the_headline_stands_above_the_text_that_does_not_show_it(
    entry: Entry, page: tuple[str, str]
) -> None:
    assert page_of(entry) == page


def test_one_article_in_two_feeds_is_one_and_a_new_headline_is_a_revision() -> None:
    entry = Entry(guid="1", url="https://x.ir/1?utm_source=rss", title="الف", text="متن")
    other = ListedFeed("https://y.ir/feed")
    first, again, retitled = (
        article_of(given, feed, home="", fetched_at=NOW)
        for given, feed in (
            (entry, FEED),
            (entry._replace(guid="z", url="https://x.ir/1"), other),
            (entry._replace(title="ب"), FEED),
        )
    )
    made = [raw_of(one.item, one.payload, now=NOW) for one in (first, again, retitled) if one.item]
    assert made[0].source.id == made[1].source.id == "x.ir"
    assert made[0].doc_id == made[1].doc_id == made[2].doc_id
    assert made[0].rev == made[1].rev != made[2].rev
    assert mark_of(entry, FEED) != mark_of(entry._replace(title="ب"), FEED)
    assert mark_of(entry, FEED) == mark_of(entry._replace(published="tomorrow"), FEED)


def test_an_entry_without_any_words_is_refused_with_what_it_was() -> None:
    article = article_of(Entry(guid="1", url="https://x.ir/1"), FEED, home="", fetched_at=NOW)
    assert article.refused is not None
    assert article.refused.reason == "empty_text"
    assert b"https://x.ir/1" in article.original


def test_no_secret_of_an_address_is_written_down() -> None:
    assert shown("https://me:pw@x.ir/rss?cat=3&api_key=s3cret&n=1") == "https://x.ir/rss?cat=3&api_key=…&n=1"


def test_lists_of_feeds(tmp_path: Path) -> None:
    lines = tmp_path / "feeds.txt"
    lines.write_text(
        "# ours\nhttps://x.ir/rss\n\nhttps://f.example/y  y.ir\nhttps://x.ir/rss\n", encoding="utf-8"
    )
    assert listed(str(lines)) == [ListedFeed("https://x.ir/rss"), ListedFeed("https://f.example/y", "y.ir")]
    opml = tmp_path / "feeds.opml"
    opml.write_text(
        "<?xml version='1.0'?><opml version='2.0' xmlns:khabar='urn:khabar'><body><outline text='ایران'>"
        "<outline xmlUrl='https://x.ir/rss'/><outline type='rss' xmlUrl='https://f.example/y' khabar:source='y.ir'/>"
        "</outline></body></opml>",
        encoding="utf-8",
    )
    assert listed(str(opml)) == listed(str(lines))
    for text, says in (
        ("x.ir/rss\n", r"feeds.txt:1.*http://"),
        ("# none\n", "holds no feed"),
        ("<opml><body>", "no OPML"),
    ):
        lines.write_text(text, encoding="utf-8")
        with pytest.raises(BadSetting, match=says):
            listed(str(lines))
    with pytest.raises(BadSetting, match="cannot be read"):
        listed(str(tmp_path / "nothing"))
    with pytest.raises(BadSetting, match="KHABAR_FEEDS is not set"):
        listed("")
