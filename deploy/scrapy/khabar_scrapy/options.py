"""What can be set in Scrapy's settings: ``KHABAR_*`` → frozen Options."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from scrapy.settings import BaseSettings
from scrapy.utils.project import data_path

PREFIX = "KHABAR_"


class BadSetting(ValueError):
    """A setting that cannot be used; the message names it and its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``KHABAR_<NAME>`` sets the field <name>; ``KHABAR_TOKEN_FILE`` names a file with the token, and
    wins.
    """

    url: str = ""
    """Where the engine listens: ``http://host:8117``."""

    token: str = field(default="", repr=False)
    source: str = ""
    """Source id of items that name none."""

    spool: Path = Path("khabar-spool")
    """Folder for what waits for the engine; a relative one lies in the project's ``.scrapy``."""

    batch: int = 100
    batch_seconds: float = 0.5
    """A request holds so many items, or those that came within this time."""

    in_flight: int = 4
    """So many requests at once."""

    @classmethod
    def of(cls, settings: BaseSettings) -> Options:
        """Read *settings*; raises BadSetting on an unknown name or a bad value, and when there is no
        ``KHABAR_URL``.
        """
        known = {PREFIX + one.name.upper(): one for one in dataclasses.fields(cls)}
        given = {str(name): settings.get(name) for name in settings if str(name).startswith(PREFIX)}
        token_file = given.pop("KHABAR_TOKEN_FILE", None)
        if token_file:
            given["KHABAR_TOKEN"] = _read(str(token_file))
        if unknown := sorted(given.keys() - known.keys()):
            raise BadSetting(
                f"{unknown[0]} is not a setting; known are {', '.join([*known, 'KHABAR_TOKEN_FILE'])}"
            )
        return cls(
            **{
                known[name].name: _converted(name, value, type(known[name].default))
                for name, value in given.items()
            }
        )

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        if address.scheme not in ("http", "https") or not address.hostname or address.query:
            raise BadSetting(
                f"KHABAR_URL={self.url!r} is not where an engine can be: give an address such as http://127.0.0.1:8117"
            )
        if not (self.token.isascii() and self.token.isprintable()):
            raise BadSetting("KHABAR_TOKEN holds characters that no HTTP header can")
        for name in ("batch", "batch_seconds", "in_flight"):
            if not getattr(self, name) > 0:
                raise BadSetting(f"{PREFIX}{name.upper()}={getattr(self, name)} must be above 0")

    @property
    def folder(self) -> Path:
        """The spool of this default source: its files do not say under which one they were written."""
        whole = Path(data_path(str(self.spool))).absolute()
        return whole / f"source-{quote(self.source, safe='')}" if self.source else whole


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(f"KHABAR_TOKEN_FILE={path!r} cannot be read: {error.strerror}") from None


def _converted(name: str, value: Any, kind: type) -> Any:
    try:
        return kind("" if value is None else value)
    except (TypeError, ValueError):
        raise BadSetting(
            f"{name}={value!r} is not a {'path' if issubclass(kind, Path) else 'number'}"
        ) from None
