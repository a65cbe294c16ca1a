"""A copy of this Python that runs from any folder, with the shared libraries that are not part of every system."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
LIBRARY = f"{sys.platlibdir}/{VERSION}"

UNUSED_FOLDERS = ["__pycache__", "test", "tests", "idlelib", "tkinter", "turtledemo", "lib2to3", "ensurepip", "venv"]
UNUSED_FOLDERS += ["pydoc_data", "site-packages", "dist-packages", "config-*", "idle_test"]
UNUSED_MODULES = ["_test*", "_ctypes_test*", "_xxtestfuzz*", "xx*", "_tkinter*", "_curses*", "readline*", "nis.*"]
UNUSED_MODULES += ["_dbm*", "_gdbm*", "ossaudiodev*", "turtle.py", "this.py", "antigravity.py", "*.a"]

# glibc has to be that of the system: its parts fit each other and the kernel only, and it reads the system's files.
OF_THE_SYSTEM = re.compile(r"(ld-linux|libc|libm|libdl|libpthread|librt|libresolv|libutil|libnsl|libanl)[-.]")
_NEEDED = re.compile(r"^\s*(\S+) => (/\S+)", re.MULTILINE)


def copy_interpreter(target: Path) -> None:
    """`bin/python3` and its standard library, without what servers do not use.  Raises OSError."""
    (target / "bin").mkdir(parents=True)
    shutil.copy(Path(sys.base_prefix) / "bin" / VERSION, target / "bin" / "python3")
    ignored = shutil.ignore_patterns(*UNUSED_FOLDERS, *UNUSED_MODULES)
    shutil.copytree(Path(sysconfig.get_path("stdlib")), target / LIBRARY, ignore=ignored)
    platform = Path(sysconfig.get_path("stdlib", vars={"base": sys.base_prefix}))
    if not (target / LIBRARY / "lib-dynload").exists():
        shutil.copytree(platform / "lib-dynload", target / LIBRARY / "lib-dynload", ignore=ignored)


def packages_folder(target: Path) -> Path:
    """Where the copy looks for packages, below `target`: Debian's Python has another folder for them than most.

    Raises CalledProcessError, ValueError.
    """
    ask = "import site, sys; print(*site.getsitepackages(), sep='\\n')"
    command = [target / "bin" / "python3", "-I", "-S", "-c", ask]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = [Path(line) for line in answer.splitlines() if target in Path(line).parents]
    if not found:
        raise ValueError(f"a copy of {sys.base_prefix} looks for packages outside of itself: {answer!r}")
    return found[0]


def binaries(folder: Path) -> list[Path]:
    """Programs and shared libraries below `folder`."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and _is_elf(path)]


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def libraries(binary: Path) -> dict[str, Path]:
    """Name -> file of the shared libraries that `binary` needs here, all the way down, but for those of the system."""
    output = subprocess.run(["ldd", binary], check=False, capture_output=True, text=True).stdout
    found = {name: Path(path) for name, path in _NEEDED.findall(output)}
    return {name: path for name, path in found.items() if not OF_THE_SYSTEM.match(name)}


def collect_libraries(target: Path, packages: Path, patchelf: Path) -> dict[str, Path]:
    """Copy them to `target/lib` and let all but `packages` look for them there first.  Name -> where it came from.

    Raises CalledProcessError.
    """
    wanted: dict[str, Path] = {}
    for binary in binaries(target):
        wanted |= {name: path for name, path in libraries(binary).items() if target not in path.parents}
    for name, path in wanted.items():
        shutil.copy(path.resolve(), target / "lib" / name)
    for binary in binaries(target):
        if packages in binary.parents:
            continue  # wheels bring their own, or need those of the system only
        up = "/".join([".."] * (len(binary.relative_to(target).parts) - 1)) or "."
        subprocess.run([patchelf, "--force-rpath", "--set-rpath", f"$ORIGIN/{up}/lib", binary], check=True)
    return wanted


def strip(target: Path) -> None:
    """Drop symbols that only debuggers need, where the program `strip` is at hand."""
    program = shutil.which("strip")
    for binary in binaries(target) if program else []:
        subprocess.run([str(program), "--strip-unneeded", binary], check=True)
