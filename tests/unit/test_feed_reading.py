"""Which files are articles, how each kind is read, and what becomes of the rest."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import random
from pathlib import Path

import orjson
import pytest

from services.feed.mapping import shapes
from services.feed.reading import named
from services.feed.reading.job import Job
from services.feed.reading.json_elements import ElementCutter
from services.feed.reading.line_cutter import LineCutter
from services.feed.reading.refused_file import FIRST_BYTES, LARGEST
from services.feed.reading.unpacked import BOMB_BYTES
from services.feed.submission import Submission

LINES = b'{"source":"x.ir","text":"one"}\n\n{"source":"x.ir","text":"two"}\nbroken\n{"source":"x.ir","text":"three"}'
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"


def read(path: Path, job: Job | None = None) -> list[Submission]:
    return list(named.submissions([str(path)], job or Job()))


def outcome(found: list[Submission]) -> list[str]:
    """The payload of each, or why it is refused."""
    return [one.refused.reason if one.refused else one.payload.decode() for one in found]


def detail(one: Submission) -> str:
    assert one.refused is not None
    return one.refused.detail


def made(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "name", ["a.jsonl", "a.ndjson", "A.JSONL", "a.jsonl.gz", "packed-without-saying-so.jsonl"]
)
def test_lines_are_read_one_by_one_and_a_bad_one_costs_itself(tmp_path: Path, name: str) -> None:
    packed = "gz" in name or "packed" in name
    found = read(made(tmp_path / name, gzip.compress(LINES) if packed else LINES))
    assert outcome(found) == ["one", "two", "not_json", "three"]
    assert found[2].where == f"{tmp_path / name}:4"
    assert found[2].original == b"broken"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv"])
def test_other_encodings_of_unicode_are_read(tmp_path: Path, encoding: str, name: str) -> None:
    text = (
        'source,text\nx.ir,"متن، با ویرگول"\n'
        if name == "a.csv"
        else '{"source":"x.ir","text":"متن، با ویرگول"}\n'
    )
    assert outcome(read(made(tmp_path / name, text.encode(encoding)))) == ["متن، با ویرگول"]


def test_lines_in_another_charset_are_refused_by_its_name_and_not_taken_as_question_marks(
    tmp_path: Path,
) -> None:
    (found,) = read(made(tmp_path / "a.jsonl", '{"source":"x.ir","text":"وزير الخارجية"}'.encode("cp1256")))
    assert outcome([found]) == ["undecodable"]
    assert "not UTF-8" in detail(found)
    (row,) = read(made(tmp_path / "a.csv", "source,text\nx.ir,وزير الخارجية".encode("cp1256")))
    assert outcome([row]) == ["undecodable"]


def test_a_broken_byte_costs_the_byte(tmp_path: Path) -> None:
    (found,) = read(
        made(
            tmp_path / "a.jsonl",
            b'{"source":"x.ir","text":"the city opened \xff a tram, \\ud83d it said, \\\\ud83d stays"}',
        )
    )
    assert found.payload.decode() == "the city opened \ufffd a tram, \ufffd it said, \\ud83d stays"
    assert found.item is not None
    assert found.item.mended == 2


def test_an_array_and_objects_after_each_other_are_an_article_each(tmp_path: Path) -> None:
    array = b'[{"source":"x.ir","text":"a ]} \\" b"}, 5,\n {"source":"x.ir","text":"two","tags":[["x"],{}]}, {"source": oops}, {"source":"x.ir","text":"3"}]'
    assert outcome(read(made(tmp_path / "a.json", array))) == [
        'a ]} " b',
        "not_an_object",
        "two",
        "not_json",
        "3",
    ]
    assert read(tmp_path / "a.json")[3].where == f"{tmp_path / 'a.json'}[3]"
    assert outcome(
        read(made(tmp_path / "b.json", b'{"source":"x.ir",\n "text":"one"}\n{"source":"x.ir","text":"two"}'))
    ) == ["one", "two"]
    assert outcome(read(made(tmp_path / "c.jsonl", b' [{"source":"x.ir","text":"one"}]'))) == ["one"]
    assert outcome(read(made(tmp_path / "cut.json", array[:-20]))) == [
        'a ]} " b',
        "not_an_object",
        "two",
        "not_json",
        "not_json",
    ]


def test_a_cutter_gives_the_same_whatever_the_chunks() -> None:
    plan = random.Random(3)
    things = [
        {"text": 'a "quote", \\ and ] }' * plan.randint(0, 4), "n": [plan.random(), {"b": "،"}]}
        for _ in range(40)
    ]
    array, lines = orjson.dumps(things), b"\n".join(map(orjson.dumps, things))
    for size in (1, 2, 7, 64, 10_000):
        for data in (array, lines):
            cutter = ElementCutter()
            found = [one for at in range(0, len(data), size) for one in cutter.cut(data[at : at + size])]
            assert [orjson.loads(one) for one in found] == things
            assert cutter.rest() == b""
        by_line = LineCutter()
        cut = [line.data for at in range(0, len(lines), size) for line in by_line.cut(lines[at : at + size])]
        rest = by_line.rest()
        assert rest is not None
        assert [*cut, rest.data] == lines.split(b"\n")


def test_a_line_without_end_is_refused_with_what_is_kept_of_it() -> None:
    cutter = LineCutter(longest=10)
    found = [line for chunk in (b"abc", b"defghijklm", b"nop\nshort\n") for line in cutter.cut(chunk)]
    assert [(line.number, line.data, line.size) for line in found] == [
        (1, b"abcdefghij", 16),
        (2, b"short", 5),
    ]


@pytest.mark.parametrize(
    ("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("a.csv.gz", ",")]
)
def test_a_table_is_an_article_a_row(tmp_path: Path, name: str, delimiter: str) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows([
        ["URL", "Title", "Text", "seen"],
        ["https://www.x.ir/1", "یک", 'two\nlines, "quoted"', ""],
        ["", "", "", ""],
        ["https://x.ir/2", "دو", "three", "1700000000"],
        ["a", "b", "c", "d", "e"],
    ])  # fmt: skip
    data = written.getvalue()
    found = read(
        made(tmp_path / name, gzip.compress(data.encode()) if name.endswith("gz") else data.encode())
    )
    assert [one.refused.reason if one.refused else "" for one in found] == ["", "", "wrong_type"]
    first = found[0]
    assert first.item is not None
    assert (first.item.source, first.item.title) == ("x.ir", "یک")
    assert first.payload.decode().splitlines()[0] == "two"
    assert '"quoted"' in first.payload.decode()
    assert [one.where.rpartition(":")[2] for one in found] == ["2", "5", "6"]
    assert "quote missing" in detail(found[2])


def test_a_table_whose_header_says_nothing_is_refused_once(tmp_path: Path) -> None:
    (found,) = read(made(tmp_path / "rows.csv", b"x,y\n1,2\n3,4\n"))
    assert outcome([found]) == ["missing_field"]
    assert "x, y" in detail(found)
    mapping = made(tmp_path / "map.yml", b"text: y\nsource: x\n")
    assert outcome(read(tmp_path / "rows.csv", Job(shape=shapes.read(mapping)))) == ["2", "4"]


def test_an_open_quote_does_not_swallow_the_file(tmp_path: Path) -> None:
    data = b'source,text\nx.ir,"never closed\n' + b"line of many\n" * 400_000 + b"x.ir,after\n"
    found = read(made(tmp_path / "a.csv", data))
    assert outcome(found)[0] == "wrong_type"
    assert outcome(found)[-1] == "after"


def test_pages_travel_as_their_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    page = "\ufeff<p>متن</p>".encode("utf-16")
    made(folder / "a.html", page)
    made(folder / "b.txt.gz", gzip.compress("سلام".encode("cp1256")))
    found = read(folder)
    assert [one.payload for one in found] == [page, "سلام".encode("cp1256")]
    assert [(one.item.source, one.item.media_type) for one in found if one.item] == [
        ("site", "text/html"),
        ("site", "text/plain"),
    ]


@pytest.mark.parametrize(
    ("name", "data", "reason_and_words"),
    [
        ("report.pdf", PDF, ("undecodable", "PDF")),
        ("page.html", PDF, ("undecodable", "named .html, but it is a PDF")),
        ("lines.jsonl", b"PK\x03\x04" + bytes(50), ("undecodable", "ZIP")),
        ("pages.zip", b"PK\x03\x04" + bytes(50), ("undecodable", "unpack it")),
        (
            "pages.tar.gz",
            gzip.compress(b"x" * 257 + b"ustar" + bytes(300), mtime=0),
            ("undecodable", "unpack it"),
        ),
        ("picture.jpg", b"\xff\xd8\xff\xe0", ("undecodable", "no article")),
        ("table.xlsx", b"PK\x03\x04" + bytes(50), ("undecodable", "save it as .csv")),
        ("unknown.dat", random.Random(1).randbytes(5000), ("undecodable", "binary")),
        ("page.txt", random.Random(2).randbytes(5000), ("undecodable", "binary")),
        ("shadow", b"root:*:19000:0:99999:7:::\n", ("wrong_type", "no ending")),
        ("feed.xml", b"<?xml version='1.0'?><rss/>", ("wrong_type", "./khabar run feeds")),
        ("feed.atom", b"<feed/>", ("wrong_type", "./khabar run feeds")),
        ("notes.md", b"# a note", ("wrong_type", ".md")),
        ("empty.txt", b" \n", ("empty_text", "empty")),
        ("large.txt", b"a" * 2_000_001, ("too_large", "2000000")),
        ("twice.jsonl.gz", gzip.compress(gzip.compress(LINES, mtime=0), mtime=0), ("undecodable", "gzip")),
    ],
)
def test_what_is_no_article_is_refused_by_kind_with_its_bytes(
    tmp_path: Path, name: str, data: bytes, reason_and_words: tuple[str, str]
) -> None:
    reason, words = reason_and_words
    (found,) = read(made(tmp_path / name, data))
    assert outcome([found]) == [reason]
    assert words in detail(found)
    assert found.original == data
    assert found.where == str(tmp_path / name)


def test_a_stray_nul_makes_no_binary_of_a_page(tmp_path: Path) -> None:
    assert read(made(tmp_path / "a.txt", b"a page \x00 with one NUL, which is still news"))[0].refused is None


@pytest.mark.parametrize("cut", [0.4, 0.97])
def test_a_truncated_gzip_gives_what_came_before_and_says_so(tmp_path: Path, cut: float) -> None:
    lines = [
        orjson.dumps({"source": "x.ir", "text": random.Random(n).randbytes(60).hex()}) for n in range(400)
    ]
    data = gzip.compress(b"\n".join(lines))
    data = data[: int(cut * len(data))]
    *whole, letter = read(made(tmp_path / "a.jsonl.gz", data))
    assert [one.original for one in whole] == lines[: len(whole)]
    assert len(whole) > 0.9 * cut * len(lines)
    assert outcome([letter]) == ["undecodable"]
    assert "truncated" in detail(letter)
    assert letter.original == data
    (page,) = read(
        made(
            tmp_path / "a.html.gz",
            gzip.compress(b"<p>" + random.Random(1).randbytes(900).hex().encode())[:-30],
        )
    )
    assert "truncated" in detail(page)


def test_members_of_a_gzip_follow_each_other_and_garbage_is_said(tmp_path: Path) -> None:
    first, second = gzip.compress(LINES + b"\n"), gzip.compress(b'{"source":"x.ir","text":"four"}\n')
    assert outcome(read(made(tmp_path / "a.jsonl.gz", first + second + bytes(70_000)))) == [
        "one",
        "two",
        "not_json",
        "three",
        "four",
    ]
    found = read(made(tmp_path / "b.jsonl.gz", first + b"garbage"))
    assert outcome(found) == ["one", "two", "not_json", "three", "undecodable"]
    broken = bytearray(gzip.compress(random.Random(1).randbytes(90_000).hex().encode()))
    broken[len(broken) // 2 :] = bytes(len(broken) - len(broken) // 2)
    assert outcome(read(made(tmp_path / "c.jsonl.gz", bytes(broken))))[-1] == "undecodable"


def test_a_bomb_is_not_unpacked_to_its_end(tmp_path: Path) -> None:
    bomb = gzip.compress(b'{"source":"x.ir","text":"before"}\n' + b"a" * (2 * BOMB_BYTES))
    found = read(made(tmp_path / "a.jsonl.gz", bomb))
    assert outcome(found) == ["before", "too_large"]
    assert "200 times" in detail(found[1])


def test_of_a_file_larger_than_a_letter_the_first_bytes_are_kept_and_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "film.pdf"
    with path.open("wb") as stream:
        stream.write(PDF)
        stream.truncate(LARGEST + 1)
    (found,) = read(path)
    assert len(found.original) == FIRST_BYTES
    assert found.original.startswith(PDF)
    for told in (str(path), str(LARGEST + 1), hashlib.sha256(path.read_bytes()).hexdigest()):
        assert told in detail(found)


def test_a_folder_gives_its_articles_and_says_what_it_passed_over(tmp_path: Path) -> None:
    for name in ("b.txt", "a.html", "deep/er/c.jsonl", ".hidden.txt", ".git/config.txt", "node_modules/x/readme.txt", "__pycache__/a.txt",
                 "own-name/pyvenv.cfg", "own-name/lib/licence.txt", "picture.png", "style.css", "Makefile", "feed.xml"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(
            b'{"source":"x.ir","text":"line"}' if name.endswith("jsonl") else b"a page"
        )
    (tmp_path / "again").symlink_to(tmp_path / "deep")
    job = Job(source="x.ir")
    assert [Path(one.where).name for one in read(tmp_path, job)] == ["a.html", "b.txt", "c.jsonl:1"]
    assert dict(job.passed_over) == {
        "hidden": 2, "folders of programs": 3, ".png": 1, ".css": 1, "without an ending": 1, "feeds, which ./khabar run feeds polls": 1,
        "links to folders, and what is no file": 1,
    }  # fmt: skip
    assert outcome(read(tmp_path / "own-name" / "lib", Job())) == ["a page"], "what is named itself is taken"


def test_an_empty_name_is_not_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path / "a.txt", b"a page")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="without a name"):
        list(named.submissions([""], Job()))
    with pytest.raises(FileNotFoundError):
        list(named.submissions(["nothing-here"], Job()))


def test_a_pipe_with_a_name_is_read_as_lines() -> None:
    there, here = os.pipe()
    os.write(here, LINES)
    os.close(here)
    try:
        assert outcome(read(Path(f"/dev/fd/{there}"))) == ["one", "two", "not_json", "three"]
    finally:
        os.close(there)
    assert outcome(read(Path("/dev/zero"))) == ["wrong_type"]


def test_a_stop_ends_between_two_items_and_says_where(tmp_path: Path) -> None:
    made(tmp_path / "a.jsonl", LINES)
    job = Job()
    stream = named.submissions([str(tmp_path), str(tmp_path / "a.jsonl")], job)
    assert next(stream).payload == b"one"
    job.stop.set()
    assert list(stream) == []
    assert job.cut_at == f"{tmp_path / 'a.jsonl'}:3"
