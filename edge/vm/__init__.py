"""The engine for Python programs: VMs that run JavaScript, with libraries that say what it can reach.

docs/how-to/embed.md shows how, docs/reference/vm.md has it all.
"""

from __future__ import annotations

from edge.vm.context import (
    Context,
    create_context,
    is_context,
    run_in_context,
    run_in_new_context,
    run_in_this_context,
)
from edge.vm.context_pool import ContextPool
from edge.vm.errors import (
    CrossingError,
    JavaScriptError,
    LostError,
    NoFunctionError,
    VMCrashedError,
    VMDisposedError,
    VMError,
    VMMemoryError,
    VMTimeoutError,
    VMUnresponsiveError,
)
from edge.vm.files import FileStat, MemoryFiles
from edge.vm.functions import HostFunction, VMFunction
from edge.vm.libraries.code_base import CodeBaseLibrary
from edge.vm.libraries.console import ConsoleLibrary
from edge.vm.libraries.inject import InjectLibrary
from edge.vm.libraries.ipc import IpcLibrary
from edge.vm.libraries.ipc_rx import IpcRxLibrary
from edge.vm.libraries.measure import MeasureLibrary, UsageStats
from edge.vm.libraries.measure_master import CombinedStats, MeasureMasterLibrary, OverallUsageStats
from edge.vm.libraries.modules import CodeModule
from edge.vm.libraries.thread import ThreadInfo, ThreadLibrary
from edge.vm.libraries.timing import TimingLibrary
from edge.vm.library import Library, LibraryGroup
from edge.vm.script import Script
from edge.vm.values.kinds import BigInt, Limits, Map, Undefined, undefined
from edge.vm.vm import VM, Statistics

__all__ = [
    "VM",
    "BigInt",
    "CodeBaseLibrary",
    "CodeModule",
    "CombinedStats",
    "ConsoleLibrary",
    "Context",
    "ContextPool",
    "CrossingError",
    "FileStat",
    "HostFunction",
    "InjectLibrary",
    "IpcLibrary",
    "IpcRxLibrary",
    "JavaScriptError",
    "Library",
    "LibraryGroup",
    "Limits",
    "LostError",
    "Map",
    "MeasureLibrary",
    "MeasureMasterLibrary",
    "MemoryFiles",
    "NoFunctionError",
    "OverallUsageStats",
    "Script",
    "Statistics",
    "ThreadInfo",
    "ThreadLibrary",
    "TimingLibrary",
    "Undefined",
    "UsageStats",
    "VMCrashedError",
    "VMDisposedError",
    "VMError",
    "VMFunction",
    "VMMemoryError",
    "VMTimeoutError",
    "VMUnresponsiveError",
    "create_context",
    "is_context",
    "run_in_context",
    "run_in_new_context",
    "run_in_this_context",
    "undefined",
]
