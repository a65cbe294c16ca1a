"""Collects the head of an HTTP/1 request and refuses what is not strictly one, before a parser sees it.

Stricter than h11: every line ends with CRLF, no line is folded, versions are 1.0 and 1.1, size and count have
limits.  What two parsers could read differently is what request smuggling is made of (RFC 9112 section 11.2).
"""

from __future__ import annotations

import re
from typing import NoReturn

import msgspec

from edge.errors import CallerError, HeadersTooLargeError, UnsupportedError, UriTooLongError
from edge.units import KIB

_METHOD = rb"[A-Z][A-Z-]{0,31}"
_LINE = re.compile(_METHOD + rb" [\x21-\x7e]+ HTTP/1\.[01]")
_HEAD = re.compile(
    _LINE.pattern + rb"\r\n(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]++:[\t\x20-\x7e\x80-\xff]*+\r\n)*+\r\n",
)
_TOKEN_METHOD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [\x21-\x7e]+ HTTP/1\.[01]")
_OTHER_VERSION = re.compile(rb"[A-Z-]+ [\x21-\x7e]+ HTTP/[0-9](?:\.[0-9])?")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_BEGINNING = re.compile(rb"[A-Za-z][\x20-\x7e]*\r?")
_END = b"\r\n\r\n"


class HttpVersionError(UnsupportedError):
    """RFC 9110 section 15.6.6."""

    code = "http_version"
    status = 505


class HeadLimits(msgspec.Struct, frozen=True):
    """`size` and `line` in bytes, `count` in header lines."""

    size: int = 64 * KIB
    line: int = 16 * KIB
    count: int = 256


class HeadReader:
    """Bytes of a connection until the head of a request is complete."""

    def __init__(self, limits: HeadLimits) -> None:
        self._limits = limits
        self._pending = bytearray()
        self._line_is_fine = False

    def __bool__(self) -> bool:
        """Whether a head has begun."""
        return bool(self._pending)

    def feed(self, data: bytes) -> bytes | None:
        """All bytes since the head began, once it is complete and valid; None until then.

        Raises CallerError with the status to answer (400, 414, 431, 501, 505); the connection is to be closed then.
        """
        if not self._pending:
            data = _without_blank_lines(data)
            end = data.find(_END)
            if end >= 0:
                self._check(data[: end + 4])
                return data
        return self._continue(data)

    def _continue(self, data: bytes) -> bytes | None:
        scanned = max(0, len(self._pending) - 3)
        self._pending += data
        end = self._pending.find(_END, scanned)
        if end >= 0:
            whole = bytes(self._pending)
            self._pending.clear()
            self._line_is_fine = False
            self._check(whole[: end + 4])
            return whole
        self._check_beginning(scanned)
        return None

    def _check(self, head: bytes) -> None:
        if _HEAD.fullmatch(head) is None or len(head) > self._limits.size:
            line, _, fields = head.partition(b"\r\n")
            _complain_about_line(line, self._limits)
            self._check_size(len(head))
            _complain_about_fields(fields)
        if head.count(b"\n") - 2 > self._limits.count:
            raise HeadersTooLargeError(f"the request has more than {self._limits.count} header lines")
        if head.index(b"\r") > self._limits.line:
            raise UriTooLongError(f"the request line is over {self._limits.line} bytes")

    def _check_beginning(self, scanned: int) -> None:
        """Refuse as early as possible: whoever sends junk need not be waited for."""
        if _BARE_LF.search(self._pending, scanned):
            raise CallerError("a line of the request head does not end with CRLF")
        if not self._line_is_fine:
            end = self._pending.find(b"\r\n")
            line = bytes(self._pending if end < 0 else self._pending[:end])
            if end >= 0:
                _complain_about_line(line, self._limits)
                self._line_is_fine = True
            elif scanned == 0 and line and _BEGINNING.fullmatch(line) is None:
                raise CallerError("this is not an HTTP request")
            elif len(line) > self._limits.line:
                raise UriTooLongError(f"the request line is over {self._limits.line} bytes")
        self._check_size(len(self._pending))

    def _check_size(self, size: int) -> None:
        if size > self._limits.size:
            raise HeadersTooLargeError(f"the request head is over {self._limits.size} bytes (server.max_headers)")


def _without_blank_lines(data: bytes) -> bytes:
    """RFC 9112 section 2.2: empty lines before a request line are to be ignored."""
    return data.lstrip(b"\r\n") if data[:2] == b"\r\n" else data


def _complain_about_line(line: bytes, limits: HeadLimits) -> None:
    if len(line) > limits.line:
        raise UriTooLongError(f"the request line is over {limits.line} bytes")
    if _LINE.fullmatch(line) is not None:
        return
    if _TOKEN_METHOD.fullmatch(line) is not None:
        raise UnsupportedError("the request method is not supported (methods are upper-case words)")
    if _OTHER_VERSION.fullmatch(line) is not None:
        raise HttpVersionError("only HTTP/1.0 and HTTP/1.1 are spoken here")
    raise CallerError("the request line is malformed")


def _complain_about_fields(fields: bytes) -> NoReturn:
    if re.search(rb"(?:\A|\n)[ \t]", fields):
        raise CallerError("a header is folded over several lines")
    raise CallerError("a header line is malformed")
