"""How the zygote, and each process that it makes, gives up what a function must not have.

Three steps, each by trusted code alone:

1. `enter_zygote`, once: namespaces, user, capabilities.  Afterwards the files of the installation may not be
   readable any more (as root it becomes user 65534).  So everything is imported and V8's library loaded (it reads
   its data files, and makes no thread and no isolate) before the call.
2. `confine`, in a new child: one descriptor, limits, death with the gateway.
3. `seal`, when the child has made its first isolate and trimmed the code range: Landlock and seccomp.  After it the
   process can compute, make threads and isolates, and use its one socket; nothing else.

Only seccomp is required.  Every other layer is used where it is to be had, and `Layers` says which ones are.
"""

from __future__ import annotations

import functools
import os
import select
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edge.cell import landlock, limits, namespaces, privileges, seccomp
from edge.cell.clone import new_pid_namespaces_work
from edge.cell.kernel import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, prctl
from edge.cell.limits import limit_cpu, trim_code_range
from edge.cell.syscalls import of_this_machine
from edge.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "Layers",
    "close",
    "confine",
    "enter_zygote",
    "last_filter",
    "limit_cpu",
    "new_pid_namespaces_work",
    "open_for_oneself",
    "seal",
    "trim_code_range",
]


class Layers(msgspec.Struct, frozen=True):
    """What confines a process (`seccomp`, `landlock:7`, `uid:65534`, ...), and what does not, with the reason."""

    names: tuple[str, ...]
    missing: dict[str, str]


_names: list[str] = []
_missing: dict[str, str] = {}
"""The layers of this process: children have those of the zygote."""


def enter_zygote() -> Layers:
    """Give up what the zygote does not need, and die with the parent.  See above for when.

    Needs a process with one thread.  Never raises for what is not permitted.
    """
    parent = os.getppid()
    _try("oom_score", limits.be_killed_first)
    refused = namespaces.enter([*namespaces.NAMESPACES])
    _note(f"uid:{privileges.NOBODY}", privileges.become_nobody())
    no_users = namespaces.enter_user_namespace()
    _note("user_namespace", no_users)
    if not no_users:
        refused = namespaces.enter([*refused])
    for name in namespaces.NAMESPACES:
        _note(name, refused.get(name, ""))
    _try("no_capabilities", privileges.drop_capabilities)
    _try("no_new_privs", privileges.forbid_new_privileges)
    prctl(PR_SET_DUMPABLE, 0)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user clears it, so not earlier
    if os.getppid() != parent:
        os._exit(0)
    return _layers()


def confine(descriptor: int, *others: int) -> None:
    """In a new child: keep `descriptor`, the socket to the gateway, and `others`; set limits; die with the gateway.

    Ends the process when the gateway has gone already.  The standard streams lead nowhere afterwards.  Raises
    OSError: then the child must end.
    """
    privileges.drop_capabilities()
    _die_with_parent(descriptor)
    _keep_only(descriptor, *others)
    own_users = os.getpid() == 1
    limits.set_limits(own_users=own_users)
    limits.set_thread_stack()
    _try("small_pages", limits.forbid_huge_pages)
    prctl(PR_SET_DUMPABLE, 0)
    _note("pid_namespace", "" if own_users else "user namespaces are not permitted")
    _names.extend(("pdeathsig", "rlimits"))


def seal(*, require_seccomp: bool = True, image: int | None = None) -> Layers:
    """Confine all threads of this process to computing, for good; all the layers that it has then.

    With `image`, the file of one, it can be made still, and `close` must follow before a function runs.

    Landlock restricts the calling thread and those made later, on old kernels not those there before; the seccomp
    filter restricts all.  Raises SandboxError when there can be no filter and it is required.
    """
    _try("no_new_privs", privileges.forbid_new_privileges)
    _add_landlock()
    try:
        seccomp.install(seccomp.program(of_this_machine(), image))
    except (OSError, SandboxError) as error:
        if require_seccomp:
            raise SandboxError(
                f"this process cannot be confined by a seccomp filter: {_reason(error)}",
                hint="functions need a kernel with CONFIG_SECCOMP_FILTER, and a container that permits seccomp(2)",
            ) from error
        _note("seccomp", _reason(error))
    else:
        _note("seccomp", "")
    return _layers()


def close() -> None:
    """Take away what `seal` has left for making an image.  Raises OSError: then no function may run here."""
    last_filter().install()


@functools.cache
def last_filter() -> seccomp.Filter:
    """What `close` installs; takes some time to make, and the zygote has it.  Raises SandboxError."""
    return seccomp.Filter(seccomp.program(of_this_machine()))


@contextmanager
def open_for_oneself() -> Iterator[None]:
    """Inside, this process may open what the kernel keeps of it in /proc; so may others of its user."""
    prctl(PR_SET_DUMPABLE, 1)
    try:
        yield
    finally:
        prctl(PR_SET_DUMPABLE, 0)


def _add_landlock() -> None:
    threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    try:
        abi = landlock.restrict()
    except (OSError, SandboxError) as error:
        _note("landlock", _reason(error))
        return
    _note(f"landlock:{abi}", "")
    if threads > 1 and not landlock.covers_all_threads(abi):
        _note("landlock_all_threads", f"ABI {abi} restricts threads one by one, and {threads - 1} had been made before")


def _die_with_parent(descriptor: int) -> None:
    """Be killed when the gateway ends.  In a namespace of our own the parent's pid is not to be seen.

    A gateway that ended before the call has closed its end of the socket by then.
    """
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    poll = select.poll()
    poll.register(descriptor, 0)
    if poll.poll(0):
        os._exit(0)


def _keep_only(*descriptors: int) -> None:
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    start = 3
    for descriptor in sorted(descriptors):
        os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, max(os.sysconf("SC_OPEN_MAX"), 1 << 16))


# -- the report


def _note(name: str, missing: str) -> None:
    if missing:
        _missing[name] = missing
        return
    _missing.pop(name, None)
    if name not in _names:
        _names.append(name)


def _try(name: str, step: Callable[[], None]) -> None:
    try:
        step()
    except OSError as error:
        _note(name, _reason(error))
    else:
        _note(name, "")


def _reason(error: OSError | SandboxError) -> str:
    return error.message if isinstance(error, SandboxError) else os.strerror(error.errno or 0)


def _layers() -> Layers:
    return Layers(tuple(_names), dict(_missing))
