"""Web archives and watched folders."""

from __future__ import annotations

import gzip
import os
import threading
import time
import zlib
from pathlib import Path

import pytest

from services.feed.core import raw_of
from services.feed.reading import named, watched_folder
from services.feed.reading.job import Job
from services.feed.reading.watched_folder import Watch
from services.feed.submission import Submission

PAGE = (
    "<html><p>متن خبر</p></html>".encode("cp1256", "replace")
    + b"<!-- "
    + os.urandom(4000).hex().encode()
    + b" -->"
)
NOW = "2026-01-01T00:00:00.000Z"


def record(kind: str, block: bytes, **headers: str) -> bytes:
    """One WARC record, by the standard's own words: the library's writer leaves files open."""
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": "<urn:uuid:0>",
        "WARC-Date": "2025-07-17T17:03:06Z",
        "Content-Length": str(len(block)),
    }
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def response(url: str, body: bytes, *, status: str = "200 OK", **headers: str) -> bytes:
    given = {"Content-Type": "text/html; charset=windows-1256"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    http = (
        f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in given.items()) + "\r\n"
    )
    return record(
        "response",
        http.encode() + body,
        WARC_Target_URI=url,
        Content_Type="application/http; msgtype=response",
    )


def archive(*, packed: bool) -> bytes:
    """Six pages, each as another server sends it, and records that are no pages."""
    chunked = (
        b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (PAGE[:1000], PAGE[1000:])) + b"0\r\n\r\n"
    )
    records = [
        record("warcinfo", b"software: test\r\n", Content_Type="application/warc-fields"),
        response("https://www.x.ir/1", PAGE),
        response("https://x.ir/2", gzip.compress(PAGE), Content_Encoding="gzip"),
        response("https://x.ir/3", zlib.compress(PAGE)[2:-4], Content_Encoding="deflate"),
        response("https://x.ir/4", chunked, Transfer_Encoding="chunked"),
        # a crawler that undid it and left the header
        response("https://x.ir/5", PAGE, Content_Encoding="gzip"),
        response("https://x.ir/gone", PAGE, status="404 Not Found"),
        response("https://x.ir/i.png", b"\x89PNG", Content_Type="image/png"),
        response("https://x.ir/br", b"\x1b\x00\xf8", Content_Encoding="br"),
        response("https://x.ir/6", PAGE, Content_Type="application/xhtml+xml"),
    ]
    return b"".join(map(gzip.compress, records) if packed else records)


def read(path: Path, job: Job | None = None) -> list[Submission]:
    return list(named.submissions([str(path)], job or Job()))


@pytest.mark.parametrize("how", ["plain", "a member a record", "one member", "gzip without saying so"])
def test_the_pages_of_an_archive_are_what_the_server_meant(tmp_path: Path, how: str) -> None:
    data = {"plain": archive(packed=False), "one member": gzip.compress(archive(packed=False))}.get(
        how, archive(packed=True)
    )
    path = tmp_path / ("crawl.warc" if how in ("plain", "gzip without saying so") else "crawl.warc.gz")
    path.write_bytes(data)
    job = Job()
    found = read(path, job)
    assert [one.refused.detail[:20] if one.refused else "" for one in found] == [
        "",
        "",
        "",
        "",
        "",
        "Content-Encoding 'br",
        "",
    ]
    pages = [one for one in found if one.refused is None and one.item]
    assert {one.payload for one in pages} == {PAGE}
    assert [one.item.url for one in pages if one.item] == [
        "https://www.x.ir/1",
        *(f"https://x.ir/{n}" for n in (2, 3, 4, 5, 6)),
    ]
    first = raw_of(pages[0].item, pages[0].payload, now=NOW)  # type: ignore[arg-type]
    assert (first.source.id, first.fetched_at) == ("x.ir", "2025-07-17T17:03:06.000Z")
    assert (first.media_type, first.encoding, first.encoding_basis) == (
        "text/html",
        "windows-1256",
        "declared",
    )
    assert dict(job.passed_over) == {
        "warcinfo records": 1,
        "responses with another status than 2xx": 1,
        "responses that are no HTML": 1,
    }
    assert {one.item.source for one in read(path, Job(source="mine")) if one.item} == {"mine"}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("share", [0.5, 0.62, 0.97])
def test_an_archive_that_is_cut_off_gives_what_came_before_and_says_so(
    tmp_path: Path, share: float, *, packed: bool
) -> None:
    data = archive(packed=packed)
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(data[: int(share * len(data))])
    *before, letter = read(path)
    assert before
    assert {one.payload for one in before if one.refused is None} == {PAGE}
    assert letter.refused is not None
    assert letter.refused.reason == "undecodable"
    assert "truncated" in letter.refused.detail
    assert letter.original == path.read_bytes()


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc"
    path.write_bytes(b"HTTP/1.1 200 OK\r\n\r\nno archive\n" * 20)
    (found,) = read(path)
    assert found.refused is not None
    assert found.refused.reason == "undecodable"
    assert "WARC" in found.refused.detail


def aged(path: Path, changed_s: float) -> None:
    os.utime(path, (changed_s, changed_s))


def test_a_watched_file_is_taken_when_it_rests_and_once(tmp_path: Path) -> None:
    watch, half = Watch([tmp_path]), tmp_path / "a.jsonl"
    half.write_bytes(b"half")
    aged(half, 1000.0)
    assert list(watch.ready(0.0, 1000.0)) == []
    half.write_bytes(b"half and more")
    aged(half, 1001.0)
    assert list(watch.ready(1.5, 1001.5)) == [], "it grows"
    assert list(watch.ready(3.0, 1003.0)) == [half]
    assert list(watch.ready(9.0, 1009.0)) == [], "once"
    half.write_bytes(b"written again")
    aged(half, 1010.0)
    assert list(watch.ready(10.0, 1010.0)) == []
    assert list(watch.ready(12.0, 1012.0)) == [half]


def test_a_file_that_is_renamed_into_place_is_whole(tmp_path: Path) -> None:
    watch, hidden = Watch([tmp_path]), tmp_path / ".a.tmp"
    hidden.write_bytes(b"whole")
    aged(hidden, 1000.0)
    assert list(watch.ready(0.0, 1009.0)) == []
    hidden.rename(tmp_path / "a.txt")
    assert list(watch.ready(1.0, 1010.0)) == [tmp_path / "a.txt"], "its time of change is that of its writing"
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    assert list(watch.ready(2.0, 1011.0)) == [tmp_path / "b.txt"], (
        "another name may be another source: a repeat is harmless"
    )


def test_a_clock_that_is_ahead_does_not_keep_a_file_back(tmp_path: Path) -> None:
    watch, path = Watch([tmp_path]), tmp_path / "a.txt"
    path.write_bytes(b"a page")
    aged(path, 5000.0)
    assert list(watch.ready(0.0, 1000.0)) == []
    assert list(watch.ready(2.0, 1002.0)) == [path]


def test_watching_ends_when_it_is_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_folder, "LOOK_EVERY_S", 0.01)
    job = Job(source="x.ir")
    (tmp_path / "sub").mkdir()
    (tmp_path / "style.css").write_bytes(b"")
    (tmp_path / "sub" / "a.txt").write_bytes(b"a page")
    aged(tmp_path / "sub" / "a.txt", 1000.0)
    found: list[bytes] = []
    reader = threading.Thread(
        target=lambda: found.extend(one.payload for one in named.watch([tmp_path], job))
    )
    reader.start()
    while not found:
        assert reader.is_alive()
        time.sleep(0.01)
    job.stop.set()
    reader.join(10)
    assert not reader.is_alive()
    assert found == [b"a page"]
    assert dict(job.passed_over) == {".css": 1}
