"""What must not be kept, credentials in headers and values of secrets, taken out of a recording alike everywhere.

A value is replaced wherever it occurs, in what went in and in what came out, always by the same words, and another
value by others: code that passes it on or compares it does in a replay what it did before.  Code that computes with it
does not.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from edge.function import MIN_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

HEADERS = ("authorization", "proxy-authorization", "cookie", "set-cookie")
"""Headers whose credentials are always taken out."""

_COOKIES = re.compile(r"=([^;]*)")
_BYTES = frozenset({"data", "body"})  # fields of events and effects that hold base64
_PLACEHOLDER = re.compile(r"\[redacted(:[^\]]*)?\]")


def is_placeholder(text: str) -> bool:
    """Whether it stands for something that was taken out."""
    return _PLACEHOLDER.fullmatch(text) is not None


class Redaction:
    """What is taken out of one recording: header names in lower case, and the values found so far."""

    def __init__(self, headers: Collection[str] = HEADERS) -> None:
        self._headers = frozenset(headers)
        self._known: dict[str, str] = {}
        self._order: list[tuple[str, str]] | None = None
        self._secrets: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """What stands for what was taken out."""
        return sorted(set(self._known.values()))

    def learn_secrets(self, secrets: Mapping[str, str]) -> None:
        """Values of secrets, by their names."""
        self._secrets = self._secrets | secrets.keys()
        for name, value in secrets.items():
            self.learn(value, f"[redacted:{name}]")

    def learn(self, value: str, placeholder: str = "") -> None:
        """A value; short ones are too often part of something else to be looked for."""
        if len(value) >= MIN_SECRET and value not in self._known and not is_placeholder(value):
            self._known[value] = placeholder or f"[redacted:{len(self._known) + 1}]"
            self._order = None

    def learn_from(self, message: object) -> None:
        """The credentials in the headers of an event or an effect."""
        for value in self.credentials(message):
            self.learn(value)

    def learn_alike(self, recorded: object, again: object) -> None:
        """What stands for the credentials of a message that came out again, told from their places."""
        before, now = list(self.credentials(recorded)), list(self.credentials(again))
        if len(before) == len(now):
            for placeholder, value in zip(before, now, strict=True):
                if is_placeholder(placeholder):
                    self.learn(value, placeholder)

    def credentials(self, message: object) -> Iterator[str]:
        """Of all headers in it, in their order."""
        if isinstance(message, dict):
            for value in message.values():
                yield from self.credentials(value)
        elif isinstance(message, list | tuple):
            if self._is_header(message):
                yield from (message[1][start:end] for start, end in _places(message[0].lower(), message[1]))
            else:
                for value in message:
                    yield from self.credentials(value)

    def apply(self, message: Any, field: str = "") -> Any:
        """An event or an effect without what must not be kept."""
        if isinstance(message, str):
            return self._in_bytes(message) if field in _BYTES else self._in_text(message)
        if isinstance(message, list | tuple):
            if self._is_header(message):
                return [message[0], self._in_header(message[0].lower(), message[1])]
            return [self.apply(value) for value in message]
        if isinstance(message, dict):
            found = {key: self.apply(value, key) for key, value in message.items()}
            return self._without_secrets(found) if field == "env" else found
        return message

    def in_raw(self, text: bytes) -> bytes:
        """Of what is no message."""
        return self._in_text(text.decode("utf-8", "replace")).encode() if self._known else text

    def _is_header(self, pair: list[Any] | tuple[Any, ...]) -> bool:
        return (
            len(pair) == 2
            and isinstance(pair[0], str)
            and isinstance(pair[1], str)
            and pair[0].lower() in self._headers
        )

    def _in_header(self, name: str, value: str) -> str:
        def replaced(credential: str) -> str:
            if len(credential) >= MIN_SECRET:
                return self._in_text(credential)
            return credential if "cookie" in name else "[redacted]"

        return _rewrite(value, _places(name, value), replaced)

    def _without_secrets(self, env: dict[str, Any]) -> dict[str, Any]:
        return {
            name: f"[redacted:{name}]" if name in self._secrets and isinstance(value, str) else value
            for name, value in env.items()
        }

    def _in_text(self, text: str) -> str:
        for value, placeholder in self._longest_first():
            if value in text:
                text = text.replace(value, placeholder)
        return text

    def _in_bytes(self, text: str) -> str:
        if not self._known:
            return text
        try:
            content = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return self._in_text(text)
        changed = content
        for value, placeholder in self._longest_first():
            changed = changed.replace(value.encode("utf-8", "surrogatepass"), placeholder.encode())
        return text if changed is content or changed == content else base64.b64encode(changed).decode()

    def _longest_first(self) -> list[tuple[str, str]]:
        if self._order is None:
            self._order = sorted(self._known.items(), key=lambda item: len(item[0]), reverse=True)
        return self._order


def _places(name: str, value: str) -> list[tuple[int, int]]:
    """Where the credentials are in a header's value: of cookies their values, behind a scheme what follows it."""
    if name in ("cookie", "set-cookie"):
        found = [match.span(1) for match in _COOKIES.finditer(value)]
        return found[:1] if name == "set-cookie" else found
    if name in ("authorization", "proxy-authorization") and " " in value:
        return [(value.index(" ") + 1, len(value))]
    return [(0, len(value))]


def _rewrite(value: str, places: list[tuple[int, int]], replaced: Callable[[str], str]) -> str:
    for start, end in reversed(places):
        if start < end:
            value = value[:start] + replaced(value[start:end]) + value[end:]
    return value
