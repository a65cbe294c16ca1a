"""The listeners of a gateway, wherever their sockets come from: bound here, given by systemd, or taken over."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import structlog

from edge.errors import OutsideError
from edge.fleet.messages import Inherited
from edge.gateway.listeners import Listener, adopt, bind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.config.model import Config

_OWNER_ONLY = 0o600  # whoever can connect to the admin listener by a file needs no token

log = structlog.get_logger()


class Listening:
    """A context manager that closes them."""

    def __init__(self, public: list[Listener], admin: Listener, *, taken: int = 0) -> None:
        """`taken` of them were another gateway's."""
        self.public = public
        self.admin = admin
        self.taken = taken

    def inherited(self) -> list[Inherited]:
        """As another process may have them."""
        roles = [*(("public", listener) for listener in self.public), ("admin", self.admin)]
        return [Inherited(role, listener.text, listener.socket.fileno()) for role, listener in roles]

    def disown(self) -> None:
        """Files of unix sockets are another process's from now on."""
        for listener in (*self.public, self.admin):
            listener.disown()

    def close(self) -> None:
        """Once is enough."""
        for listener in (*self.public, self.admin):
            listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def adopted(config: Config, sockets: Sequence[Inherited], *, owned: bool) -> Listening:
    """All that were given, as they are.  Raises OutsideError."""
    public = [_adopted(each, config, owned=owned) for each in sockets if each.role == "public"]
    [admin] = [_adopted(each, config, owned=owned) for each in sockets if each.role == "admin"]
    return Listening(public, admin)


def open_listening(config: Config, activated: Sequence[Inherited], taken: Sequence[Inherited]) -> Listening:
    """What the config names: from `taken`, else bound.

    Sockets that systemd has `activated` stand for `server.listen`, and `admin.listen` when one is named so.  Raises
    OutsideError; then nothing is left open.
    """
    left = list(taken)
    offered = len(left)
    opened: list[Listener] = []
    try:
        public = [_adopted(each, config, owned=False) for each in activated if each.role == "public"]
        opened += public
        if public:
            log.info("listening_by_activation", public=[listener.address for listener in public])
        else:
            for text in config.server.listen:
                public.append(_opened("public", text, config, left))
                opened.append(public[-1])
        given = [_adopted(each, config, owned=False) for each in activated if each.role == "admin"]
        opened += given
        if len(given) > 1:
            raise OutsideError("systemd gave several sockets named admin", hint="there is one admin listener")
        admin = given[0] if given else _opened("admin", config.admin.listen, config, left)
    except BaseException:
        for listener in opened:
            listener.close()
        raise
    finally:
        for each in left:
            with suppress(OSError):
                os.close(each.descriptor)
    return Listening(public, admin, taken=offered - len(left))


def _opened(role: str, text: str, config: Config, left: list[Inherited]) -> Listener:
    for each in left:
        if (each.role, each.text) == (role, text):
            left.remove(each)
            return _adopted(each, config, owned=True)
    mode = int(config.server.unix_mode, 8) if role == "public" else _OWNER_ONLY
    [listener] = bind([text], tls=_encrypted(role, config), mode=mode)
    listener.proxied = role == "public" and text in config.server.proxy_protocol
    return listener


def _adopted(each: Inherited, config: Config, *, owned: bool) -> Listener:
    """A socket of systemd has no text; it is known by its address."""
    listener = adopt(each.descriptor, each.text, tls=_encrypted(each.role, config), owned=owned)
    names = {each.text, listener.address, listener.address.partition("://")[2]}
    listener.proxied = each.role == "public" and not names.isdisjoint(config.server.proxy_protocol)
    return listener


def _encrypted(role: str, config: Config) -> bool:
    return bool((config.server if role == "public" else config.admin).tls.cert)
