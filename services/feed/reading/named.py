"""What a user names → submissions: stdin, a pipe, a file of a kind that is taken, or a folder of them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from services.feed.forms.no_page import HEAD_BYTES, binary
from services.feed.reading import folder, stdin_stream
from services.feed.reading.content import articles, of_kind
from services.feed.reading.file_kind import kind_of
from services.feed.reading.job import Job
from services.feed.reading.refused_file import readable, refused_file
from services.feed.reading.unpacked import Unpacked
from services.feed.reading.watched_folder import watched
from services.feed.submission import Submission
from shared.errors import BadRecord

STDIN = "-"


def submissions(names: Iterable[str], job: Job) -> Iterator[Submission]:
    """Yield what the files, folders and ``-`` in *names* hold, until ``job.stop``.

    Raises FileNotFoundError for a name that is not there.
    """
    for name in names:
        if job.stop.is_set():
            job.cut_at = job.cut_at or readable(name)
            return
        if name == STDIN:
            yield from _stream(0, "stdin", job)
        elif not name:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "a file without a name")
        else:
            path = Path(name)
            mode = path.stat().st_mode
            if stat.S_ISFIFO(mode):
                yield from _pipe(path, job)
            elif stat.S_ISDIR(mode):
                yield from _until_stopped(
                    (one for file in folder.files(path, job.passed_over) for one in _file(file, job)), job
                )
            else:
                yield from _until_stopped(_file(path, job), job)


def watch(folders: Sequence[Path], job: Job) -> Iterator[Submission]:
    """Yield what the files of *folders* hold as they come to rest, until ``job.stop``."""
    yield from _until_stopped((one for file in watched(folders, job) for one in _file(file, job)), job)


def _until_stopped(found: Iterator[Submission], job: Job) -> Iterator[Submission]:
    for one in found:
        if job.stop.is_set():
            job.cut_at = one.where
            return
        yield one


def _pipe(path: Path, job: Job) -> Iterator[Submission]:
    fd = os.open(path, os.O_RDONLY)
    try:
        yield from _stream(fd, readable(str(path)), job)
    finally:
        os.close(fd)


def _stream(fd: int, where: str, job: Job) -> Iterator[Submission]:
    """Yield the articles in JSON that come in *fd*; any other stream is refused with its beginning."""
    chunks = stdin_stream.chunks(fd, job.stop)
    head = next(chunks, b"")
    what = binary(head[:HEAD_BYTES])
    if what:
        why = f"it is {what}, and JSON lines are read here: unpack or convert it first, as in  zcat FILE | ./khabar feed -"
        yield Submission.refusal(where, head, BadRecord("undecodable", why))
        return
    try:
        yield from articles(head, chain((head,), chunks), where, job)
    except BadRecord as error:
        yield Submission.refusal(where, head, error)


def _file(path: Path, job: Job) -> Iterator[Submission]:
    """Yield what one file holds.

    When its kind is not taken, or it ends before its end, a letter with its bytes follows.
    """
    try:
        if not path.is_file():
            yield refused_file(path, BadRecord("wrong_type", "no file, no folder and no pipe"))
            return
        with path.open("rb") as stream:
            unpacked = Unpacked(stream)
            try:
                yield from of_kind(kind_of(path.name, unpacked.head(HEAD_BYTES)), unpacked, path, job)
            except BadRecord as error:
                unpacked.fault = unpacked.fault or error
            if unpacked.fault is not None:
                yield refused_file(path, unpacked.fault)
    except FileNotFoundError:
        job.passed_over["gone before they were read"] += 1
    except PermissionError:
        job.passed_over["files that may not be read"] += 1
