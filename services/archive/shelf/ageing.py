"""What is too old or too much leaves the file, a few hundred articles a transaction."""

from __future__ import annotations

from services.archive import core
from services.archive.shelf import opened, story_rows
from services.archive.shelf.keeper import Keeper

AT_ONCE = 200
"""Articles removed in one transaction: about half a second, in which nothing else is entered."""


def articles(keeper: Keeper) -> int:
    """Return how many revisions of articles the file has."""
    return int(keeper.connection.execute("SELECT count(*) FROM articles").fetchone()[0])


def age(keeper: Keeper, *, since_ms: int, most_bytes: float) -> int:
    """Remove some articles that came before *since_ms*, and return how many; call it until it returns 0.

    Where the file is larger than *most_bytes*, it removes the oldest, whenever they came.
    """
    before = core.first_number(since_ms)
    if opened.size_bytes(keeper.connection) > most_bytes:
        before = 1 << 62
    rows = keeper.connection.execute(
        "SELECT number, at_ms FROM articles WHERE number < ? ORDER BY number LIMIT ?", (before, AT_ONCE)
    ).fetchall()
    if not rows:
        return 0
    with keeper.transaction():
        for number, _ in rows:
            keeper.articles.remove(number)
        _stories_until(keeper, rows[-1][1])
    keeper.forget()
    keeper.connection.execute("PRAGMA incremental_vacuum(2000)").fetchall()
    return len(rows)


def _stories_until(keeper: Keeper, last_ms: int) -> None:
    """Remove the stories unchanged since *last_ms*, their events, and entities that nobody names any more."""
    gone = keeper.connection.execute(
        "SELECT story_id FROM stories WHERE changed_ms < ?", (last_ms,)
    ).fetchall()
    for (story_id,) in gone:
        story_rows.remove_story(keeper.connection, story_id)
    keeper.connection.execute("DELETE FROM events WHERE at_ms < ?", (last_ms,))
    keeper.connection.execute("DELETE FROM moves WHERE at_ms < ?", (last_ms,))
    for (entity,) in keeper.connection.execute("SELECT no FROM entities WHERE articles < 1").fetchall():
        keeper.connection.execute("DELETE FROM entity_words WHERE entity = ?", (entity,))
        keeper.connection.execute("DELETE FROM entities WHERE no = ?", (entity,))
