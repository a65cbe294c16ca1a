"""`console`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar

from edge.vm.functions import HostFunction
from edge.vm.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CODE = """
const write = (level, ...args) => vm.note(host.write, level, ...args);
const counts = new Map(), began = new Map(), now = Date.now;
const label = (given) => (given === undefined ? 'default' : String(given));
const lasted = (name) => `${name}: ${now() - began.get(name)}ms`;
const console = {
  log: (...args) => write('log', ...args),
  info: (...args) => write('info', ...args),
  warn: (...args) => write('warn', ...args),
  error: (...args) => write('error', ...args),
  debug: (...args) => write('debug', ...args),
  trace: (...args) => write('trace', ...args, new Error().stack.replace(/^Error\\n[^\\n]*\\n?/, '')),
  dir: (value) => write('log', value),
  table: (value) => write('log', value),
  group: (...args) => { if (args.length > 0) write('log', ...args); },
  groupEnd: () => {},
  assert: (condition, ...args) => { if (!condition) write('error', 'Assertion failed', ...args); },
  count: (given) => {
    const name = label(given);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    write('info', `${name}: ${counts.get(name)}`);
  },
  countReset: (given) => { counts.delete(label(given)); },
  time: (given) => { began.set(label(given), now()); },
  timeLog: (given, ...args) => { if (began.has(label(given))) write('info', lasted(label(given)), ...args); },
  timeEnd: (given) => {
    const name = label(given);
    if (began.has(name)) write('info', lasted(name));
    began.delete(name);
  },
};
console.groupCollapsed = console.group;
Object.defineProperty(global, 'console', { value: console, writable: true, enumerable: false, configurable: true });
"""


def to_standard_streams(level: str, *args: Any) -> None:
    """A line on standard output, or on standard error for what is wrong."""
    stream = sys.stderr if level in {"warn", "error", "trace"} else sys.stdout
    stream.write(" ".join(arg if isinstance(arg, str) else repr(arg) for arg in args) + "\n")


class ConsoleLibrary(Library):
    """`writer(level, *args)` gets what the VM's code writes; `level` is log, info, warn, error, debug or trace.

    What cannot cross (functions, cycles) comes as text.  Of one turn, 10,000 lines are passed on.
    """

    references_are_globals: ClassVar[bool] = False

    def __init__(self, writer: Callable[..., object] = to_standard_streams) -> None:
        self._writer = writer

    def get_references(self) -> Mapping[str, Callable[..., Any] | HostFunction]:
        """See Library."""
        return {"write": HostFunction(self._write, waits=False)}

    def get_vm_code(self) -> str:
        """See Library."""
        return _CODE

    def _write(self, level: str, *args: Any) -> None:
        self._writer(level, *args)
