"""Calls of the host by a VM's code: carried out, and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.vm import protocol
from edge.vm.errors import VMError
from edge.vm.functions import error_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from edge.vm.functions import HostFunctions
    from edge.vm.protocol import HostCall


class HostCalls:
    """`post` takes events for the VM, `answer` the reply that it waits for, `spawn` tasks that end with the VM.

    Plain functions run at once, in whatever task the VM's messages come: Trio's thread in any case.
    """

    def __init__(
        self,
        functions: HostFunctions,
        post: Callable[[bytes], None],
        answer: Callable[[bytes], None],
        spawn: Callable[..., None],
        report: Callable[[Exception], None],
    ) -> None:
        self._functions = functions
        self._post = post
        self._answer = answer
        self._spawn = spawn
        self._report = report

    def call(self, message: HostCall) -> None:
        """A call that the VM's code does not wait for in the middle of a turn."""
        result = self._prepare(message.number, bytes(message.args))
        if isinstance(result, bytes):
            self._reply(message.call, result)
        elif isinstance(result, Exception):
            self._reply_error(message.call, result)
        else:
            self._spawn(self._call_later, message.call, result)

    def ask(self, head: bytes, data: bytes) -> None:
        """A synchronous call: the isolate waits."""
        try:
            result = self._prepare(protocol.asked(head), data)
        except VMError as error:
            result = error
        if isinstance(result, bytes):
            self._answer(protocol.answer(result))
        elif isinstance(result, Exception):
            self._answer(protocol.answer_error(error_text(result)))
        else:
            self._spawn(self._ask_later, result)

    def _prepare(self, number: int, args: bytes) -> Awaitable[bytes] | bytes | Exception:
        """What ends the program (SystemExit and the like) is for the one that holds the VM, not for its code."""
        try:
            return self._functions.prepare(number, args)
        except BaseException as error:
            if isinstance(error, Exception):
                raise
            self._spawn(_raise, error)
            return VMError("the host is ending")

    async def _call_later(self, call: int, work: Awaitable[bytes]) -> None:
        try:
            self._reply(call, await work)
        except Exception as error:  # noqa: BLE001 - whatever it is, the VM's code hears of it
            self._reply_error(call, error)

    async def _ask_later(self, work: Awaitable[bytes]) -> None:
        try:
            self._answer(protocol.answer(await work))
        except Exception as error:  # noqa: BLE001 - see above
            self._answer(protocol.answer_error(error_text(error)))

    def _reply(self, call: int, value: bytes) -> None:
        if call:
            self._post(protocol.reply(call, value))

    def _reply_error(self, call: int, error: Exception) -> None:
        if call:
            self._post(protocol.reply_error(call, error_text(error)))
        else:
            self._report(error)


async def _raise(error: BaseException) -> None:
    raise error
