"""V8 in a program that is not ours: started once, and the program is left as it was.

V8 takes time zone and locale from the environment when code needs them first, and keeps them.  `edge.engine.dll` sets
both for good, which is right for a process of the gateway; here they are set until V8 has taken them.
"""

from __future__ import annotations

import functools
import os
import threading
import time

from edge.engine import dll, snapshot
from edge.engine.isolate import Isolate

_lock = threading.Lock()

# What is left behind is what an isolate's handshake wants; see edge/cell/blank.py.
_TAKE_ZONE_AND_LOCALE = """
new Date(0).getHours();
new Intl.DateTimeFormat().resolvedOptions();
globalThis.__edge = function () {
  'use strict';
  return new SharedArrayBuffer(64);
};
"""


@functools.cache
def _start() -> bool:
    before = {name: os.environ.get(name) for name in dll.ENVIRONMENT}
    try:
        dll.library()
        Isolate(None, {}, lambda _: None, source=_TAKE_ZONE_AND_LOCALE).dispose()
        return snapshot.available()
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if hasattr(time, "tzset"):
            time.tzset()  # the C library may have been asked meanwhile, and keeps what it has seen


def start() -> bool:
    """Start V8 unless it has been (100 ms the first time); whether snapshots can be made.  From any thread."""
    with _lock:
        return _start()
