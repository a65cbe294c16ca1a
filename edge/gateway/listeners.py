"""Listening sockets: bound by us, so that real ports are known and several processes can share them."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from edge.errors import OutsideError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

BACKLOG = 1024
UNIX = "unix:"


class Listener:
    """One listening socket; closing it removes the file of a unix socket that it made.

    `text` is the address as it was written.  The file of a socket that is not `owned` is somebody else's.
    Connections to one that is `proxied` begin with a header of the PROXY protocol.
    """

    def __init__(self, sock: socket.socket, text: str = "", *, tls: bool = False, owned: bool = True) -> None:
        self.socket = sock
        self.text = text
        self.tls = tls
        self.proxied = False
        self._pid = os.getpid()
        self._inode = _inode(sock) if owned else None

    def disown(self) -> None:
        """Leave the file to another process that listens on the same socket."""
        self._inode = None

    @property
    def address(self) -> str:
        """`http://127.0.0.1:41234`, `https://[::1]:443` or `unix:/run/edge.sock`."""
        name = self.socket.getsockname()
        if self.socket.family == socket.AF_UNIX:
            return f"{UNIX}{name}"
        host = f"[{name[0]}]" if self.socket.family == socket.AF_INET6 else name[0]
        return f"{'https' if self.tls else 'http'}://{host}:{name[1]}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        if self.socket.family == socket.AF_UNIX:
            return True
        return ipaddress.ip_address(self.socket.getsockname()[0].partition("%")[0]).is_loopback

    def close(self) -> None:
        path = self.socket.getsockname() if self.socket.family == socket.AF_UNIX and self.socket.fileno() >= 0 else ""
        ours = self._inode is not None and self._pid == os.getpid() and self._inode == _inode(self.socket)
        self.socket.close()
        if path and ours:
            _remove_socket(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def bind(listen: Sequence[str], *, tls: bool = False, mode: int = 0o660) -> list[Listener]:
    """Bind and listen on `HOST:PORT` (port 0 picks one), `[IPV6]:PORT`, `:PORT` (all addresses) and `unix:PATH`.

    `tls` is for all but unix sockets, which no network lies before; `mode` are the permissions of their files.
    Raises ValueError for what is no address, OutsideError when it cannot be bound; then none is.
    """
    listeners: list[Listener] = []
    try:
        for text in listen:
            encrypted = tls and not text.startswith(UNIX)
            listeners.append(Listener(_bound(text, mode), text, tls=encrypted))  # what was bound is closed on failure
    except BaseException:
        for listener in listeners:
            listener.close()
        raise
    return listeners


def adopt(descriptor: int, text: str = "", *, tls: bool = False, owned: bool = False) -> Listener:
    """A listener on a socket that another process has opened.  Raises OutsideError for what cannot be listened on."""
    try:
        sock = socket.socket(fileno=descriptor)
        listening = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise OutsideError(f"descriptor {descriptor} is no socket: {os.strerror(error.errno or 0)}") from error
    if not listening or sock.type != socket.SOCK_STREAM:
        sock.close()
        raise OutsideError(f"descriptor {descriptor} does not listen for connections", hint="ListenStream= in systemd")
    sock.setblocking(False)
    sock.set_inheritable(False)
    return Listener(sock, text, tls=tls and sock.family != socket.AF_UNIX, owned=owned)


def _bound(text: str, mode: int) -> socket.socket:
    is_unix = text.startswith(UNIX)
    try:
        return _bound_unix(text.removeprefix(UNIX), mode) if is_unix else _bound_inet(*_split(text))
    except OSError as error:
        number = error.errno or 0
        hint = (_UNIX_HINTS if is_unix else _HINTS).get(number, "")
        raise OutsideError(f"cannot listen on {text}: {_reason(error)}", hint=hint) from error


def _reason(error: OSError) -> str:
    """Names that the DNS does not have come with numbers of their own, and words."""
    return error.strerror or str(error) if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)


_HINTS: Final = {
    errno.EADDRINUSE: "another program has it, or another edge; to follow a gateway that runs, --take-over",
    errno.EADDRNOTAVAIL: "no interface of this machine has the address; 0.0.0.0 or [::] are all of them",
    errno.EACCES: "ports below 1024 need root or CAP_NET_BIND_SERVICE; take another one",
    errno.EAFNOSUPPORT: "this machine has no addresses of that family; IPv6 may be off",
    socket.EAI_NONAME: "the name has no address",
}
_UNIX_HINTS: Final = {
    errno.EADDRINUSE: "another program listens on it, or there is a file that is no socket",
    errno.ENOENT: "its folder does not exist",
    errno.EACCES: "this user may not make files in its folder, or not connect to what is there",
    errno.EROFS: "its folder cannot be written",
    errno.EPERM: "its folder cannot be written",
    errno.ENOTDIR: "its folder is a file",
}


def _split(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text!r} is not an address to listen on (write 127.0.0.1:8080, [::1]:8080 or unix:PATH)")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError(f"{text!r}: an IPv6 address needs brackets ([::1]:8080)")
    return host.strip("[]"), int(port)


def _bound_inet(host: str, port: int) -> socket.socket:
    family, kind, proto, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
    )[0]
    sock = socket.socket(family, kind, proto)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        return _listening(sock)
    except BaseException:
        sock.close()
        raise


def _bound_unix(path: str, mode: int) -> socket.socket:
    """A socket file that nobody answers on is a left-over and is replaced.  Nobody connects before it has its mode."""
    if not path:
        raise ValueError("unix: needs a path (unix:/run/edge.sock)")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_left_over(path):
            _remove_socket(path)
        sock.bind(path)
        try:
            Path(path).chmod(mode)
            return _listening(sock)
        except BaseException:
            _remove_socket(path)
            raise
    except BaseException:
        sock.close()
        raise


def _listening(sock: socket.socket) -> socket.socket:
    sock.listen(BACKLOG)
    sock.setblocking(False)
    return sock


def _is_left_over(path: str) -> bool:
    try:
        if not Path(path).is_socket():
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            probe.connect(path)
    except ConnectionRefusedError:
        return True
    return False


def _inode(sock: socket.socket) -> int | None:
    """Of the file of a unix socket: it tells ours from one that somebody else has put in its place."""
    path = sock.getsockname() if sock.family == socket.AF_UNIX and sock.fileno() >= 0 else ""
    try:
        return Path(path).stat().st_ino if path and isinstance(path, str) else None
    except OSError:
        return None


def _remove_socket(path: str) -> None:
    if Path(path).is_socket():
        Path(path).unlink(missing_ok=True)
