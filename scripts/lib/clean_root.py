"""A Debian in a folder, made by debootstrap, whose programs see nothing of this machine but its network and devices.

For checks of what is shipped, where there is no container engine.  Needs Linux, root, and debootstrap.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MIRROR = "http://deb.debian.org/debian"
# Run in namespaces of its own for mounts and processes: all of them end with the first one, whatever happens.
INSIDE = """
[ -z "$loopback" ] || "$python" -c "$loopback"
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
for pair in $binds; do mount --bind "${pair%%=*}" "$root${pair#*=}"; done
[ -z "$readonly" ] || mount -o remount,bind,ro "$root"
for folder in $scratch; do mount -t tmpfs -o mode=1777 tmpfs "$root$folder"; done
[ -z "$readonly" ] || for pair in $binds; do mount -o remount,bind,rw "$root${pair#*=}"; done
exec chroot --userspec="$user" "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$workdir" env -i "$@"
"""
# SIOCSIFFLAGS with IFF_UP: a new namespace of networks has a loopback device that is down.
LOOPBACK = """
import fcntl, socket, struct
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))
"""


class RootError(Exception):
    """The root cannot be made here; the message says what to do."""


def debian(suite: str, folder: Path, *packages: str) -> Path:
    """A minimal Debian `suite` with `packages` in `folder`, made when it is not there yet.  Raises RootError."""
    if os.geteuid() != 0:
        raise RootError("a clean root can be made by root only")
    program = shutil.which("debootstrap")
    if program is None:
        raise RootError("debootstrap is missing: apt-get install debootstrap")
    made = folder / ".made"
    if made.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    print(f"edge: making a root of Debian {suite}", file=sys.stderr, flush=True)
    include = [f"--include={','.join(packages)}"] if packages else []
    log = folder.with_name(f"{folder.name}.log")
    with log.open("wb") as output:
        command = [program, "--variant=minbase", *include, suite, str(folder), MIRROR]
        if subprocess.run(command, stdout=output, stderr=output, check=False).returncode != 0:
            raise RootError(f"debootstrap failed: see {log}")
    made.touch()
    return folder


def copy(root: Path, target: Path) -> Path:
    """The same root once more, to be changed."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", root, target], check=True)
    return target


def start(  # noqa: PLR0913 - as many as there are things to settle of a process
    root: Path,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    user: str = "0:0",
    workdir: str = "/",
    readonly: bool = False,
    scratch: Sequence[str] = (),
    binds: Mapping[Path, str] | None = None,
    output: int | None = None,
    alone: bool = False,
    beside: int | None = None,
) -> subprocess.Popen[str]:
    """A process in `root`, the first one of its namespace of processes.

    `scratch` are folders in memory; `binds` show files of this machine at a path of the root, which must exist there.
    `output` is a file for both of its outputs.  `alone`: its network is a loopback device of its own;
    `beside`: the network of another one, named by the number of its process here.
    """
    pairs = " ".join(f"{source}={target}" for source, target in (binds or {}).items())
    settings = {
        "PATH": os.environ["PATH"],
        "root": str(root),
        "user": user,
        "workdir": workdir,
        "readonly": "yes" if readonly else "",
        "scratch": " ".join(scratch),
        "binds": pairs,
        "python": sys.executable,
        "loopback": LOOPBACK if alone else "",
    }
    inside = [f"{name}={value}" for name, value in environment.items()]
    network = [] if beside is None else ["nsenter", f"--net=/proc/{beside}/ns/net"]
    spaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child=TERM", *(["--net"] if alone else [])]
    return subprocess.Popen(
        [*network, *spaces, "/bin/sh", "-ec", INSIDE, "sh", *inside, *command],
        env=settings,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if output is None else output,
        stderr=subprocess.STDOUT,
    )


def run(root: Path, command: Sequence[str], *, seconds: float = 600, **options: object) -> str:
    """What a process printed.  Raises CalledProcessError, TimeoutExpired."""
    process = start(root, command, **options)  # type: ignore[arg-type]
    try:
        printed, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, list(command), printed)
    return printed


def clients() -> dict[str, str]:
    """The variables of this machine that settle how clients of package registries reach them."""
    prefixes = ("PIP_", "NPM_CONFIG_", "NODE_EXTRA_", "SSL_CERT_")
    return {name: value for name, value in os.environ.items() if name.upper().startswith(prefixes)}


def network(root: Path) -> dict[Path, str]:
    """What programs in a root need to reach the network and the package index as this machine does."""
    files = ["/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/xdg/pip/pip.conf", "/etc/xdg/pip/constraints.txt"]
    named = [value for value in clients().values() if value.startswith("/") and "=" not in value]
    shown = {Path(file).resolve(): file for file in [*files, *named] if Path(file).exists()}
    for source, target in shown.items():
        inside = root / target.lstrip("/")
        inside.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            inside.mkdir(exist_ok=True)
        elif not inside.exists():
            inside.touch()
    return shown
