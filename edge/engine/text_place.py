"""Short texts between an isolate's script and its host, as V8's own strings (`runtime/bootstrap/doorbell.js`).

They lie in a place of V8's extras binding, which only the host and the runtime know.  To be used inside a callback from
the isolate's script, on its thread.
"""

from __future__ import annotations

from edge.engine import v8_api, v8_driver

PLACE = 3
"""Behind those of rejections.py and scripts.py."""

MAX_TEXT = 128 * 1024
"""Bytes of an answer that is given as a string; the runtime's questions have less."""

_JUST_TRUE = 0x0101


class TextPlace:
    """That of one isolate, where this build of the library gives access to it: see `of`."""

    def __init__(
        self, found: v8_api.Api, driver: v8_driver.Driver, isolate: int, place: tuple[int, int] | None
    ) -> None:
        self._api = found
        self._driver = driver
        self._isolate = isolate
        self._words = v8_driver.utf8_value()
        self._place = place

    @classmethod
    def of(cls, isolate: int | None, context: int | None = None) -> TextPlace | None:
        """None where the symbols are missing.

        `context` is a handle of the isolate's context that stays; without it, each use asks which one it is in.
        """
        found, driver = v8_api.api(), v8_driver.driver()
        if found is None or driver is None or not isolate:
            return None
        place = (v8_api.kept(found, isolate, found.binding(context)), context) if context else None
        return cls(found, driver, isolate, place)

    def take(self) -> bytes:
        """The text that the runtime has left; b"" when there is none."""
        binding, context = self._place or self._current()
        value = self._api.element(binding, context, PLACE)
        return v8_driver.text_of(self._driver, self._words, self._isolate, value) if value else b""

    def give(self, text: bytes) -> bool:
        """Leave a text (well-formed UTF-8) for the runtime; false when V8 does not take it."""
        if len(text) > MAX_TEXT:
            return False
        found = self._api
        binding, context = self._place or self._current()
        value = found.new_string(self._isolate, text, 0, len(text))
        return bool(value) and found.set_element(binding, context, PLACE, value) == _JUST_TRUE

    def _current(self) -> tuple[int, int]:
        context = self._api.current_context(self._isolate)
        return self._api.binding(context), context
