"""What changes dead letters: first what would happen and the next command, with ``--go`` the thing itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import click
from aiokafka.errors import KafkaError

from services.cli import speech
from services.cli.actor import actor
from services.cli.letters import letter_filters, letter_words
from services.dead import letterbox, mover
from services.dead.outlook import Outlook, outlook
from services.dead.selection import Selection
from services.dead.standing import STAYING, Counts, Verb
from shared.settings import Settings

WOULD: dict[Verb, str] = {
    "redrive": "Would redrive",
    "edit": "Would edit and send back",
    "drop": "Would drop",
    "ack": "Would acknowledge",
}
DID: dict[Verb, str] = {
    "redrive": "Redriven:",
    "edit": "Edited and sent back:",
    "drop": "Dropped:",
    "ack": "Acknowledged:",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an operator asks for."""

    verb: Verb
    selection: Selection
    because: str
    rate: float
    go: bool
    as_json: bool

    @classmethod
    def of(cls, verb: Verb, names: Sequence[str], given: dict[str, Any]) -> Self:
        """Return the wish of the arguments *names* and the options *given*; raises Failure on a misfit."""
        because = given.pop("because")
        go = given.pop("go")
        as_json = given.pop("as_json")
        rate = given.pop("rate", None)
        if verb == "edit" and (len(names) != 1 or any(given.values())):
            raise speech.Failure(
                "--edit takes one letter",
                "as in: ./khabar dead redrive clean/17 --edit --because …",
                code=speech.WRONG_USE,
            )
        if verb in ("edit", "drop") and not because.strip():
            raise speech.Failure("say why", "with --because …: the audit keeps it", code=speech.WRONG_USE)
        selection = letter_filters.narrowed(given, names)
        return cls(
            verb=verb, selection=selection, because=because.strip(), rate=rate or 0.0, go=go, as_json=as_json
        )

    def again(self, *flags: str) -> str:
        """Return the command that says this again."""
        words = ["--edit"] * (self.verb == "edit") + ["--rate", f"{self.rate:g}/s"] * bool(self.rate)
        words += ["--because", self.because] * bool(self.because)
        return letter_filters.again(
            self.verb if self.verb in STAYING else "redrive", self.selection, *words, *flags
        )


def order(settings: Settings, wish: Wish, edited: bytes | None = None) -> None:
    """Say what *wish* would do, or do it."""
    found = asyncio.run(outlook(settings, wish.verb, wish.selection))
    if wish.go and found.counts.goes:
        asyncio.run(_do(settings, wish, found.counts, edited))
    _say(settings, wish, found)


def edit(settings: Settings, wish: Wish) -> None:
    """Open the letter in an editor and send back what comes out of it; without ``--go`` only say so."""
    (name,) = wish.selection.names
    letter = asyncio.run(letterbox.one(settings, letter_filters.stage_of(name), name))
    if letter is None:
        raise speech.Failure(f"there is no letter {name}", "list them with: ./khabar dead list")
    found = asyncio.run(outlook(settings, wish.verb, wish.selection))
    if not wish.go or not found.counts.goes:
        _say(settings, wish, found)
        return
    original = letter.value or b""
    saved = click.edit(original, extension=".json")
    if saved is not None and saved.endswith(b"\n") and not original.endswith(b"\n"):
        saved = saved[:-1]  # most editors end a file with a line end that was not there
    if saved is None or saved == original:
        raise speech.Failure(
            "nothing was changed, so nothing is sent",
            f"without --edit it goes back as it is: ./khabar dead redrive {name}",
        )
    order(settings, wish, bytes(saved))


async def _do(settings: Settings, wish: Wish, counts: Counts, edited: bytes | None) -> None:
    """Carry *wish* out on the stages where something goes; enter in *counts* what went and what stayed."""
    if missing := await letterbox.undeclared(settings):
        raise speech.Failure(f"the topic {missing[0]} is not there", "create it with: ./khabar topics apply")
    stages = tuple(
        stage for stage in wish.selection.stages if stage in {stage for stage, _, _ in counts.goes}
    )
    command = mover.Order(
        verb=wish.verb,
        selection=replace(wish.selection, stages=stages),
        actor=actor(),
        because=wish.because,
        rate=wish.rate,
        edited=edited,
    )
    progress = speech.Progress(DID[wish.verb].rstrip(":").lower(), counts.goes.total())
    try:
        done = await mover.carry_out(settings, command, progress.show)
    except mover.ShutOut as error:
        raise speech.Failure(
            f"another operator has begun on the letters of {error.stage} and shut this command out (or a transaction took too long)",
            "what was done is done once and marked; see what is left with: ./khabar dead list",
        ) from error
    except KafkaError as error:
        raise speech.Failure(
            f"Kafka: {error}",
            f"go on with the same command, what was done is marked: {wish.again('--go')}",
            code=speech.OUTSIDE_FAILED,
        ) from error
    counts.goes = done.goes
    counts.stays = done.stays + Counter({key: n for key, n in counts.stays.items() if key[0] not in stages})


def _say(settings: Settings, wish: Wish, found: Outlook) -> None:
    did = wish.go
    if wish.as_json:
        following = {} if did or not found.counts.goes else {"next": wish.again("--go")}
        speech.json_line(letter_words.as_object(wish.verb, found, dry_run=not did) | following)
        return
    letter_words.counted(found.counts, DID[wish.verb] if did else WOULD[wish.verb])
    if wish.verb not in STAYING:
        letter_words.warned(found, settings.run)
    if not did and found.counts.goes:
        speech.line(f"\nNothing has been changed. Next:\n  {wish.again('--go')}")
    elif did:
        speech.line("\nNext: ./khabar dead list")
