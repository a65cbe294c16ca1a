"""A function that poisons builtins and then fails in a way that nothing catches: the failure is told as it is."""

from __future__ import annotations

import json

import pytest

from edge.errors import FunctionError
from tests.runtime.contract_rig import call
from tests.runtime.pollution.pollution_rig import PRELUDE

TARGETS = [
    "Array.prototype", "Error.prototype", "EventTarget.prototype", "Event.prototype", "ErrorEvent.prototype",
    "Function.prototype", "Map.prototype", "Object", "Object.prototype", "Promise", "Promise.prototype",
    "PromiseRejectionEvent.prototype", "Reflect", "RegExp.prototype", "Set.prototype", "String.prototype",
    "WeakMap.prototype", "Error", "JSON", "globalThis",
]  # fmt: skip
FAILURES = {
    "rejection": "(async () => { throw error })(); return new Promise(() => {});",
    "timer": "setTimeout(() => { throw error }, 0); return new Promise(() => {});",
    "listener": "apply(dispatch, target, [event]); return new Promise(() => {});",
}


def source(target: str, kind: str, failure: str) -> str:
    """Keeps what it needs, poisons, and fails."""
    script = f"""{PRELUDE}
    const error = new TypeError('the real one');
    const dispatch = EventTarget.prototype.dispatchEvent;
    const target = new EventTarget(), event = new Event('x');
    target.addEventListener('x', () => {{ throw error }});
    globalThis.onunhandledrejection = () => {{}};
    globalThis.onerror = () => {{}};
    module.exports = () => {{ poisonAll({target}, {kind!r}); quiet = false; {failure} }};"""
    return f"const SOURCE = {json.dumps(script)};\n{script}"


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("kind", ["throw", "swallow"])
@pytest.mark.parametrize("target", TARGETS)
def test_what_failed_is_told(target: str, kind: str, failure: str) -> None:
    """The message of the error itself, whatever the poison does to its description."""
    with pytest.raises(FunctionError) as caught:
        call(source(target, kind, FAILURES[failure]))
    assert "the real one" in caught.value.message
