"""A Socket.IO client that changes from polling to a WebSocket."""

from __future__ import annotations

import trio

from edge.gateway.realtime.call import moves
from edge.gateway.realtime.session import UPGRADE_TIMEOUT, Session
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
    return Session("sid", lambda session, packet: None, 1000)


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
