"""The event that begins an invocation in its isolate."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from edge.wire.messages import Start

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.function import Function
    from edge.wire.messages import Request


def start_event(
    invocation: int,
    function: Function,
    request: Request,
    request_id: str,
    *,
    deadline: float,
    reuse: bool,
    prompt: bool,
    kinds: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """As JSON; `deadline` in seconds of the Unix epoch; `kinds`: see Grants."""
    start = Start(
        id=invocation,
        request=request,
        function=function.family,
        version=function.version,
        request_id=request_id,
        contract=function.contract,
        handler=function.handler,
        deadline=deadline * 1000,
        memory=function.limits.memory,
        env={**function.env, **function.secrets},
        reuse=reuse,
        bindings={**_bindings(function), **kinds},
        prompt=prompt,
    )
    return msgspec.json.encode(start)


def _bindings(function: Function) -> dict[str, str]:
    """What the function finds in its `env`, by name, besides variables."""
    stores = {"KV": "kv", function.kv: "kv"} if function.kv else {}
    return {**stores, **dict.fromkeys(function.services, "service")}
