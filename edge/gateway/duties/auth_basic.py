"""`basic`: user and password (RFC 7617)."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections import Counter
from typing import TYPE_CHECKING, Final

import trio
from cachetools import TTLCache

from edge.errors import OverloadedError, UnauthorizedError
from edge.gateway.duties.client_key import network_of
from edge.gateway.duties.identity import Allowed, only_header
from edge.gateway.duties.routed import Identity
from edge.services.auth.credentials import basic_credentials

if TYPE_CHECKING:
    from edge.gateway.duties.routed import RoutedRequest
    from edge.services.auth.passwords import Password
    from edge.services.auth.users import Users

REMEMBERED: Final = 1024
"""Pairs of user and password that are known to be right, and are not checked again for REMEMBERED_FOR seconds."""
REMEMBERED_FOR: Final = 300.0
MAX_WAITING: Final = 64
MAX_OF_ONE: Final = 4
"""Checks that wait or run: of all clients, and of one address or /64.  A check takes up to a second of a processor."""
PATIENCE: Final = 5.0


class PasswordChecks:
    """Checks of hashed passwords on threads: a few at a time, for the whole process."""

    def __init__(self) -> None:
        self._limiter = trio.CapacityLimiter(max(1, (os.cpu_count() or 1) // 2))
        self._by_address: Counter[bytes] = Counter()

    async def matches(self, stored: Password, password: str, address: bytes) -> bool:
        """Whether it is the password.  Raises OverloadedError."""
        given = password.encode("utf-8", "replace")
        if not stored.slow:
            return stored.matches(given)
        if self._by_address.total() >= MAX_WAITING or self._by_address[address] >= MAX_OF_ONE:
            raise OverloadedError("too many passwords are being checked at the moment")
        self._by_address[address] += 1
        try:
            with trio.fail_after(PATIENCE):
                return await trio.to_thread.run_sync(stored.matches, given, limiter=self._limiter)
        except trio.TooSlowError:
            raise OverloadedError("too many passwords are being checked at the moment") from None
        finally:
            self._by_address[address] -= 1
            self._by_address += Counter()  # forgets those at 0


class BasicAuth:
    """A Method.  What was right is remembered by a keyed hash, so that the process holds no passwords."""

    owned: frozenset[str] = frozenset()

    def __init__(self, users: Users, realm: str, checks: PasswordChecks) -> None:
        self._users = users
        self._checks = checks
        self._challenges = (f'Basic realm="{realm}", charset="UTF-8"',)
        self._key = secrets.token_bytes(32)
        self._known: TTLCache[bytes, bool] = TTLCache(REMEMBERED, REMEMBERED_FOR, trio.current_time)

    async def identify(self, request: RoutedRequest) -> Allowed:
        """See Method."""
        value = only_header(request, "authorization")
        credentials = basic_credentials(value) if value is not None else None
        if credentials is None:
            raise UnauthorizedError("user and password are needed", challenges=self._challenges)
        user, password = credentials
        mark = hmac.digest(self._key, f"{user}:{password}".encode("utf-8", "replace"), hashlib.sha256)
        if mark not in self._known:
            stored, there = self._users.find(user)
            if not (await self._checks.matches(stored, password, network_of(request.ip)) and there):
                raise UnauthorizedError("user or password is wrong", challenges=self._challenges)
            self._known[mark] = True
        return Allowed(Identity("basic", user))
