"""A time for each key, kept by the hour: those before a moment are found without a look at all of them."""

from __future__ import annotations

from services.link.numeric.time_units import HOUR_S


class Ages[Key: (int, str)]:
    """A time in seconds for each key."""

    def __init__(self) -> None:
        self._at: dict[Key, float] = {}
        self._by_hour: dict[float, set[Key]] = {}

    def put(self, key: Key, at: float) -> None:
        """Set the time of *key*."""
        self.remove(key)
        self._at[key] = at
        self._by_hour.setdefault(at // HOUR_S, set()).add(key)

    def remove(self, key: Key) -> None:
        """Forget *key*, if it is known."""
        at = self._at.pop(key, None)
        if at is not None:
            hour = self._by_hour[at // HOUR_S]
            hour.remove(key)
            if not hour:
                del self._by_hour[at // HOUR_S]

    def before(self, time: float) -> list[Key]:
        """Return the keys whose time is before *time*, sorted."""
        return sorted(
            key
            for hour, keys in self._by_hour.items()
            if hour * HOUR_S < time
            for key in keys
            if self._at[key] < time
        )
