"""Errors with Node's codes, without a word of the library's."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from edge.errors import HostCallError

if TYPE_CHECKING:
    from collections.abc import Iterator


def failure(message: str, code: str, js_class: str = "Error") -> HostCallError:
    """What an operation raises."""
    return HostCallError(message, js_class=js_class, js_code=code)


@contextmanager
def failing(message: str, code: str) -> Iterator[None]:
    """Whatever goes wrong inside becomes this error.  A panic in the library's Rust is a BaseException."""
    try:
        yield
    except (HostCallError, KeyboardInterrupt, SystemExit):
        raise
    except MemoryError as error:
        raise failure("there is not enough memory for so much data", "ERR_CRYPTO_OPERATION_FAILED") from error
    except BaseException as error:
        raise failure(message, code) from error
