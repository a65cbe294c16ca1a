"""The short way of an answer to its client, and who stands in between."""

from __future__ import annotations

from edge.gateway.finding import _of_the_same


class Stream:
    def respond_at_once(self, status, headers, body):
        """Nobody sees it."""

    async def send(self, message):
        """Nobody sees it."""


def test_it_is_taken_when_nobody_stands_in_between():
    """The application answers into the stream itself."""
    stream = Stream()
    assert _of_the_same(stream.respond_at_once, stream.send) == stream.respond_at_once


def test_who_changes_answers_sees_them_all():
    """Such as the admin listener, which puts answers of functions into a sandbox of the browser's."""
    stream = Stream()

    async def wrapped(message):
        await stream.send(message)

    assert _of_the_same(stream.respond_at_once, wrapped) is None
    assert _of_the_same(stream.respond_at_once, Stream().send) is None
    assert _of_the_same(None, stream.send) is None
