"""The users of `basic`: a secret with one `user:password` a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.services.auth.passwords import stored_password

if TYPE_CHECKING:
    from edge.services.auth.passwords import Password

MAX_USERS = 10_000


class Users:
    """Names and passwords.  A name that is not there takes as long to refuse as one that is."""

    def __init__(self, users: dict[str, Password]) -> None:
        self._users = users
        self._stand_in = max(users.values(), key=lambda password: password.slow)

    @classmethod
    def parse(cls, text: str) -> Users:
        """Lines `user:password`; blank ones and those that begin with # do not count.

        Raises ValueError, which names the line but nothing that is in it.
        """
        users: dict[str, Password] = {}
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()  # noqa: PLW2901 - its ends mean nothing
            if not line or line.startswith("#"):
                continue
            user, colon, stored = line.partition(":")
            if not colon or not user or user in users:
                raise ValueError(f"line {number}: not user:password, or a user that is there already")
            try:
                users[user] = stored_password(stored)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
        if not 0 < len(users) <= MAX_USERS:
            raise ValueError(f"{len(users)} users (1 to {MAX_USERS}, one user:password a line)")
        return cls(users)

    def find(self, user: str) -> tuple[Password, bool]:
        """The password to check against, and whether there is such a user."""
        found = self._users.get(user)
        return (self._stand_in, False) if found is None else (found, True)
