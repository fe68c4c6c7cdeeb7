"""Who may mark: whoever shows the token, and for half a day the browser that has shown it.

A browser keeps a pass, made of the token and of when it ends, in a cookie that no script reads and no other
site has sent along. A form also carries a key made of the pass: an address that somebody else made a browser
post to has none.
"""

from __future__ import annotations

import hashlib
import hmac

LASTS_S = 43_200


class MarkPass:
    """Passes made of one token; none is good where there is no token."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def __bool__(self) -> bool:
        return bool(self._token)

    def shows(self, token: str) -> bool:
        """Say whether *token* is the one."""
        return bool(self) and hmac.compare_digest(token.encode("utf-8", "replace"), self._token)

    def issued(self, now_s: float) -> str:
        """Return a pass that is good from now on."""
        ends = str(int(now_s) + LASTS_S)
        return f"{ends}.{self._made('pass', ends)}"

    def good(self, given: str, now_s: float) -> bool:
        """Say whether *given* is a pass of ours that has not ended."""
        ends, _, made = given.partition(".")
        return (
            bool(self)
            and hmac.compare_digest(made.encode("utf-8", "replace"), self._made("pass", ends).encode())
            and ends.isascii()
            and ends.isdigit()
            and now_s < int(ends)
        )

    def key(self, given: str) -> str:
        """Return what a form shown to the bearer of the pass *given* carries."""
        return self._made("form", given)

    def fits(self, key: str, given: str) -> bool:
        """Say whether *key* is that of the pass *given*."""
        return hmac.compare_digest(key.encode("utf-8", "replace"), self.key(given).encode())

    def _made(self, what: str, of: str) -> str:
        return hmac.new(
            self._token, f"khabar {what} {of}".encode("utf-8", "replace"), hashlib.sha256
        ).hexdigest()
