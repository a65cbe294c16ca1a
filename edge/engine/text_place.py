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

    def __init__(self, found: v8_api.Api, driver: v8_driver.Driver, isolate: int) -> None:
        self._api = found
        self._driver = driver
        self._isolate = isolate
        self._words = v8_driver.utf8_value()

    @classmethod
    def of(cls, isolate: int | None) -> TextPlace | None:
        """None where the symbols are missing."""
        found, driver = v8_api.api(), v8_driver.driver()
        return cls(found, driver, isolate) if found is not None and driver is not None and isolate else None

    def take(self) -> bytes:
        """The text that the runtime has left; b"" when there is none."""
        found = self._api
        context = found.current_context(self._isolate)
        value = found.element(found.binding(context), context, PLACE)
        return v8_driver.text_of(self._driver, self._words, self._isolate, value) if value else b""

    def give(self, text: bytes) -> bool:
        """Leave a text (well-formed UTF-8) for the runtime; false when V8 does not take it."""
        if len(text) > MAX_TEXT:
            return False
        found = self._api
        context = found.current_context(self._isolate)
        value = found.new_string(self._isolate, text, 0, len(text))
        return bool(value) and found.set_element(found.binding(context), context, PLACE, value) == _JUST_TRUE
