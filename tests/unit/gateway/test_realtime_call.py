"""Socket.IO clients that change from polling to a WebSocket, or send half an event."""

from __future__ import annotations

import trio

from edge.gateway.realtime.call import moves
from edge.gateway.realtime.session import UPGRADE_TIMEOUT, Session
from edge.services.websocket.budget import Budget
from edge.services.websocket.endpoint import Text


class Peer:
    """The WebSocket of a client that says `words`, then nothing; see services.websocket.link.Link."""

    def __init__(self, *words: str) -> None:
        self._words = list(words)
        self.heard: list[Text] = []

    async def read(self) -> list[Text]:
        """The next word."""
        if not self._words:
            await trio.sleep_forever()
        return [Text(self._words.pop(0))]

    async def send(self, messages: list[Text]) -> bool:
        """Hear these."""
        self.heard += messages
        return True


def polling() -> Session:
    """A session."""
    return Session("sid", lambda session, packet: None, 1000, Budget())


async def test_a_client_moves_to_its_websocket(autojump_clock):
    """Probe, answer, upgrade."""
    peer, session = Peer("2probe", "5"), polling()
    assert await moves(peer, session)
    assert (peer.heard, session.transport) == ([Text("3probe")], "websocket")


async def test_a_websocket_that_does_not_take_over_is_given_up(autojump_clock):
    """It would be one more, without end, for each time that somebody connects with the same sid."""
    session = polling()
    began = trio.current_time()
    assert not await moves(Peer("2probe"), session)
    assert (trio.current_time() - began, session.transport) == (UPGRADE_TIMEOUT, "polling")


async def test_attachments_that_wait_for_the_rest_of_their_event_are_counted(autojump_clock):
    """Together with what WebSockets hold: the session that holds most is closed, and holds nothing."""
    budget = Budget(1000)
    sessions = [Session("sid", lambda session, packet: None, 1000, budget) for _ in range(3)]
    for session, size in zip(sessions, (400, 500, 300), strict=True):
        await session.take('452-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]')
        await session.take(b"x" * size)
    assert [session.reason for session in sessions] == ["", "transport error", ""]
    await sessions[0].take(b"x")
    await sessions[2].take(b"x" * 650)
    assert not sessions[2].closed
