"""What an invocation's writes wait for, when they wait for its response: whether it answers, and with what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from edge.engine.machine import Action, GiveUp, Respond, Settled, Switch
from edge.errors import TimeoutLimitError
from edge.wire.response_head import response_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.engine.host_calls import HostCalls
    from edge.services.api import Grants


FAILED = 500
"""The first status that says that the function has failed; frameworks make it of what handlers throw."""


def verdict(action: Action) -> bool | None:
    """Whether an action makes the writes visible; None: it does not settle that.

    Raises BadResponseError for a head that cannot be sent.
    """
    match action:
        case Respond(status=status, headers=headers):
            return response_head(status, headers).status < FAILED
        case Settled(status=status):
            return status < FAILED
        case Switch():
            return True
        case GiveUp():
            return False
        case _:
            return None


async def settle(grants: Grants, action: Action, calls: HostCalls, deadline: float, say: Callable[[str], None]) -> None:
    """Commit or drop the transaction when `action` settles that, before it is carried out.

    Raises EdgeError when what was to be committed is not, BadResponseError as `verdict` does.
    """
    visible = verdict(action)
    transaction = grants.transaction
    if visible is None or transaction is None:
        return
    with trio.move_on_at(deadline) as scope:
        await calls.join()
        grants.transaction = None
        if visible:
            await transaction.commit()
        elif (lost := transaction.drop()) and isinstance(action, Respond | Settled):
            say(f"kv: writes to {lost} keys were dropped: the function answered with {action.status} (kv_commit)")
    if scope.cancelled_caught:
        raise TimeoutLimitError("the KV store did not take the writes of this invocation before its time was up")
