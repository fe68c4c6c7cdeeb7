"""``khabar search``: articles by words in any spelling and script, or by meaning."""

from __future__ import annotations

from typing import Any

import click

from services.archive.reading import word_search
from services.archive.reading.answers import Found, Hit, SearchWanted
from services.archive.reading.opening import Archive
from services.cli import speech
from services.cli.lookups import archive_lookup
from services.cli.story_words import language
from shared.settings import Settings
from shared.text.moments import milliseconds

LARGEST = 200
FOUND_BY = {"words": "", "sound": "another spelling", "meaning": "by meaning"}


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--meaning", is_flag=True, help="By what is meant, in whatever language, instead of by words.")
@click.option("--lang", help="Only articles in this language: fa, ar, en …")
@click.option("--source", help="Only articles of this source.")
@click.option("--since", help="Only what came at this moment or later (RFC 3339).")
@click.option("--until", help="Only what came before this moment (RFC 3339).")
@click.option(
    "--most", type=click.IntRange(1, LARGEST), default=20, show_default=True, help="So many articles."
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object an article, best first, then one of what was searched.",
)
def command(words: tuple[str, ...], *, meaning: bool, as_json: bool, most: int, **narrowed: Any) -> None:
    """Find articles with all WORDS, in any spelling and script.

    سالیوان finds سوليفان and Sullivan, with half-spaces or without.

    Words in "…" stand together; the id of an entity (iso:IR) is a word too. It answers from the archive,
    which ./khabar run archive keeps.

    Example: khabar search Sullivan
    """
    settings = Settings.from_env()
    for name in ("since", "until"):
        _check(name, narrowed[name])
    wanted = SearchWanted(text=" ".join(words), limit=most, **narrowed)
    archive = archive_lookup.kept(settings)
    try:
        found = _by_meaning(settings, archive, wanted) if meaning else word_search.by_words(archive, wanted)
        old = archive_lookup.age(archive)
    finally:
        archive.close()
    if old:
        speech.notice(f"{old}: nobody keeps it now")
    if as_json:
        for hit in found.hits:
            speech.json_line(hit)
        speech.json_line(
            {
                name: getattr(found, name)
                for name in ("searched", "matching", "at_least", "looked_at", "words", "entities")
            }
        )
        return
    for hit in found.hits:
        _show(hit)
    _sum_up(found)


def _check(name: str, moment: str | None) -> None:
    """Raise BadParameter when *moment* is given and is none."""
    try:
        if moment is not None:
            milliseconds(moment)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=f"--{name}") from None


def _by_meaning(settings: Settings, archive: Archive, wanted: SearchWanted) -> Found:
    from services.archive.reading import meaning_search  # noqa: PLC0415 - the encoder: only this way of searching may pay for it
    from shared.encoder import EncoderMissing, load  # noqa: PLC0415

    try:
        encoder = load(settings.folder)
    except EncoderMissing as error:
        raise speech.Failure(str(error), "search by words, without --meaning") from None
    return meaning_search.by_meaning(archive, wanted, encoder)


def _show(hit: Hit) -> None:
    article = hit.article
    how = f"   ({FOUND_BY[hit.found_by]})" if FOUND_BY[hit.found_by] else ""
    speech.line(f"{speech.colour(speech.isolate(speech.cut(article.title, 84)), 'cyan')}{how}")
    speech.line(
        f"  {article.at[:16]}  {language(article.lang)}  {speech.plain(article.source)}  article {article.doc_id}"
    )
    pieces = [(speech.plain(" ".join(piece.text.split("\n"))), piece.hit) for piece in hit.excerpt]
    text = "".join(speech.colour(f"[{piece}]", "green") if is_hit else piece for piece, is_hit in pieces)
    speech.line(f"  \u2068{text}\u2069\n")


def _sum_up(found: Found) -> None:
    for word in found.words:
        others = [form for form in word.forms if form != word.word]
        if others:
            speech.line(
                f"{speech.isolate(word.word)} was also sought as {', '.join(speech.isolate(form) for form in others[:12])}"
            )
    if found.entities:
        names = ", ".join(
            f"{speech.isolate(next(iter(one.label.values()), '?'))} ({one.entity_id}, {one.articles:,})"
            for one in found.entities[:5]
        )
        speech.line(f"named so: {names}")
    least = "at least " if found.at_least else ""
    best = (
        f"the best of the newest {found.looked_at:,}; "
        if found.matching > found.looked_at or found.at_least
        else ""
    )
    speech.line(
        f"{len(found.hits)} shown, {best}{least}{found.matching:,} of {found.searched:,} articles match"
    )
