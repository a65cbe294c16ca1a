"""What host and VM say to each other.  Pure; the other side is edge/runtime/vm/kernel.js.

Events go in, as JSON objects with a tag `t`:

    begin     limits of values, and whether there is WebAssembly
    library   {id, name, references: [[number, name, waits]], globals, values: {name: value}, code}
    run       {id, name, code}
    call      {id, name, handle, args}      handle: the number of a function, or 0 for the one of that name
    compile   {id, name, line, column, source, cached, eager}
    cache     {id, script}
    script    {id, script, set: {name: value}, remove: [name], drop: [script], timeout, wanted}; see vm/scripts.js
    reply     {call, value} or {call, error}
    look      nothing; for news of the heap

Messages come out, as a JSON array of

    ["r", id, value]               what an event with an id came to
    ["e", id, error]               the same, when it failed
    ["h", call, number, [args]]    a call of the host's function `number`; call 0 wants no reply
    ["u", error]                   an error that nobody handled

Synchronous calls of the host go over the doorbell: the number is the JSON argument, args and reply are its data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.vm.values.reader import MalformedError

if TYPE_CHECKING:
    from edge.vm.values.kinds import Limits

OPERATION = "vm.call"
"""The synchronous operation of a VM."""

_encode = msgspec.json.encode


class Done(msgspec.Struct, frozen=True, array_like=True, tag="r"):
    """See above."""

    id: int
    value: msgspec.Raw


class Failed(msgspec.Struct, frozen=True, array_like=True, tag="e"):
    """See above."""

    id: int
    error: msgspec.Raw


class HostCall(msgspec.Struct, frozen=True, array_like=True, tag="h"):
    """See above."""

    call: int
    number: int
    args: msgspec.Raw


class Uncaught(msgspec.Struct, frozen=True, array_like=True, tag="u"):
    """See above."""

    error: msgspec.Raw


Message = Done | Failed | HostCall | Uncaught

_decoder = msgspec.json.Decoder(list[Message])


class _Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    op: str
    args: int


_requests = msgspec.json.Decoder(_Request)


def messages(text: bytes) -> list[Message]:
    """What one turn said.  Raises MalformedError."""
    if text == b"[]":
        return []
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"it said what is no message: {error}") from error


def asked(head: bytes) -> int:
    """The number of the function that a synchronous call is for.  Raises MalformedError."""
    try:
        return _requests.decode(head).args
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MalformedError(f"it asked for what is no call: {error}") from error


def wants_cache(head: bytes) -> bool:
    """Whether a synchronous call asks for a code cache."""
    return head.startswith(b'{"op":"script.cached"')


def begin(limits: Limits, *, webassembly: bool, named: bool) -> bytes:
    """The first event.  `named`: the global object is called `global`, too, as in Node."""
    return _encode(
        {
            "t": "begin",
            "depth": limits.depth,
            "items": limits.items,
            "size": limits.size,
            "webassembly": webassembly,
            "named": named,
        }
    )


class Bringing(msgspec.Struct, frozen=True):
    """What a library brings: references as (number, name, waits), values by name as text."""

    name: str
    references: list[tuple[int, str, bool]]
    values: dict[str, msgspec.Raw]
    code: str
    globals: bool


def library(number: int, what: Bringing) -> bytes:
    """An event that brings a library."""
    return b'{"t":"library","id":%d,%b' % (number, _encode(what)[1:])


def run(number: int, name: str, code: str) -> bytes:
    """An event that runs code."""
    return _encode({"t": "run", "id": number, "name": name, "code": code})


def call(number: int, name: str, handle: int, args: bytes) -> bytes:
    """An event that calls a function; `args` is the text of a list."""
    return b'{"t":"call","id":%d,"name":%b,"handle":%d,"args":%b}' % (number, _encode(name), handle, args)


def compile(  # noqa: A001 - what it is
    number: int, name: str, line: int, column: int, source: str, *, cached: bool, eager: bool
) -> bytes:
    """An event that compiles a script; `cached`: the host has a code cache for it."""
    what = {"name": name, "line": line, "column": column, "source": source, "cached": cached, "eager": eager}
    return b'{"t":"compile","id":%d,%b' % (number, _encode(what)[1:])


def cache(number: int, script: int) -> bytes:
    """An event that asks for what V8 has made of a script."""
    return b'{"t":"cache","id":%d,"script":%d}' % (number, script)


def script(
    number: int,
    script: int,
    set_: dict[str, bytes],
    remove: list[str],
    drop: list[int],
    *,
    timeout: float,
    wanted: bool,
) -> bytes:
    """An event that runs a script; `set_` are texts of globals that have changed, `timeout` is in milliseconds."""
    members = b",".join(b"%b:%b" % (_encode(name), text) for name, text in set_.items())
    head = {"script": script, "remove": remove, "drop": drop, "timeout": timeout, "wanted": wanted}
    return b'{"t":"script","id":%d,"set":{%b},%b' % (number, members, _encode(head)[1:])


def reply(number: int, value: bytes) -> bytes:
    """An event with the result of a host call; `value` is its text."""
    return b'{"t":"reply","call":%d,"value":%b}' % (number, value)


def reply_error(number: int, error: bytes) -> bytes:
    """The same for a host call that failed; `error` is the text of the error."""
    return b'{"t":"reply","call":%d,"error":%b}' % (number, error)


LOOK = b'{"t":"look"}'
"""Nothing to do: for news of the heap, and to see whether the VM answers."""


def answer(value: bytes) -> bytes:
    """The reply to a synchronous call."""
    return b'{"value":%b}' % value


def answer_error(error: bytes) -> bytes:
    """The same for one that failed."""
    return b'{"error":%b}' % error


ANSWER_HEAD = b'{"value":null}'
"""The JSON head of a reply to a synchronous call; all it says is in the data."""
