"""Makes `dist/edge`: one executable file with Python, V8, the runtime and everything else that `edge` needs.

    scripts/build-binary [--output FILE] [--level N]

It is made of this Python, for this kind of machine, and runs where the glibc is not older than here.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import py_compile
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from interpreter import collect_libraries, copy_interpreter, packages_folder, strip
from licences import copy_licences
from payload import executable, read_files

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TOOLS = ROOT / "build" / "binary-tools"
LOCK = ROOT / "requirements-binary.lock"


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description="Make one executable file of the gateway and all that it needs.")
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / "edge", help="the file (default: dist/edge)")
    parser.add_argument("--level", type=int, default=15, help="of compression, 1 (fast) to 19 (small; default: 15)")
    options = parser.parse_args()
    if sys.platform != "linux":
        parser.error("the binary can be built on Linux only")
    try:
        build(options.output, options.level)
    except subprocess.CalledProcessError as error:
        print(f"{error}\n{error.output or ''}", file=sys.stderr)
        return 1
    return 0


def build(output: Path, level: int) -> None:
    """Stage by stage, in a temporary folder.  Raises OSError, ValueError, CalledProcessError."""
    started = time.monotonic()
    make_tools()
    with tempfile.TemporaryDirectory(prefix="edge-binary-") as temporary:
        stage = Path(temporary) / "stage"
        say("launcher")
        launcher = compile_launcher(Path(temporary))
        say("interpreter and packages")
        copy_interpreter(stage)
        packages = packages_folder(stage)
        install_packages(packages, Path(temporary))
        shutil.copy(HERE / "program.py", stage / "program.py")
        foreign = collect_libraries(stage, packages, TOOLS / "bin" / "patchelf")
        strip(stage)
        library = next((Path(temporary) / "zstd").glob("*/src/c/zstd"))
        musl = next((TOOLS / "lib").glob("python3*/site-packages/ziglang/lib/libc/musl/COPYRIGHT"))
        copy_licences(stage, foreign, {"zstd": library / "LICENSE", "musl": musl})
        say("bytecode")
        compile_bytecode(stage, packages / "edge")
        say("a look at every module")
        import_all(stage)
        say("compression")
        files = read_files(stage)
        data = executable(launcher, files, level)
    write(output, data)
    whole = sum(len(file.content) for file in files)
    say(
        f"{output}: {len(data) / 1e6:.1f} MB, {len(files):,} files of {whole / 1e6:.1f} MB, "
        f"made in {time.monotonic() - started:.0f} s"
    )


def say(message: str) -> None:
    print(f"edge: {message}", file=sys.stderr, flush=True)


def run(*command: str | Path, **environment: str) -> None:
    """Raises CalledProcessError with what it printed."""
    subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def make_tools() -> None:
    """An environment with the compiler and patchelf of the lock file."""
    stamp = TOOLS / "made"
    if stamp.exists() and stamp.read_text("utf-8") == LOCK.read_text("utf-8"):
        return
    say("tools")
    run(sys.executable, "-m", "venv", "--clear", TOOLS)
    run(TOOLS / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", LOCK)
    stamp.write_text(LOCK.read_text("utf-8"), "utf-8")


def compile_launcher(folder: Path) -> bytes:
    """A static program, which therefore starts on every Linux and can say what is missing there."""
    library = zstd_sources(folder)
    sources = [*(library / "common").glob("*.c"), *(library / "decompress").glob("*.c")]
    launcher, cache = folder / "launcher", str(ROOT / "build" / "zig-cache")
    compiler = [TOOLS / "bin" / "python", "-m", "ziglang", "cc", "-target", f"{platform.machine()}-linux-musl"]
    flags = ["-static", "-O2", "-s", "-std=c11", "-ffunction-sections", "-Wl,--gc-sections", f"-I{library}"]
    without = ["-DZSTD_DISABLE_ASM", "-DZSTD_LEGACY_SUPPORT=0", "-DDEBUGLEVEL=0"]
    environment = {"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache}
    run(*compiler, *flags, *without, "-o", launcher, HERE / "launcher.c", *sources, **environment)
    return launcher.read_bytes()


def zstd_sources(folder: Path) -> Path:
    """The C library in the sources of a package that edge depends on, as they are locked."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    wanted = re.search(r"^backports-zstd==(?:.*\\\n)+.*$", lock, re.MULTILINE)
    if wanted is None:
        raise ValueError("requirements.lock has no backports-zstd, whose sources hold the Zstandard library")
    requirement, sources = folder / "zstd.lock", folder / "zstd"
    requirement.write_text(wanted[0].partition(";")[0] + wanted[0].partition("'3.14'")[2] + "\n", "utf-8")
    pip = [TOOLS / "bin" / "python", "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    only = ["--no-deps", "--no-binary", "backports.zstd", "--require-hashes", "--requirement", requirement]
    run(*pip, *only, "--dest", folder)
    (archive,) = folder.glob("backports*zstd*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python has none yet
        opened.extractall(sources)  # noqa: S202 - its hash is locked
    (library,) = sources.glob("*/src/c/zstd/lib")
    return library


def install_packages(target: Path, folder: Path) -> None:
    """The locked dependencies, and edge from a wheel."""
    pip = [sys.executable, "-m", "pip"]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-compile", "--target", str(target)]
    wheels = folder / "wheels"
    run(*pip, "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--wheel-dir", wheels, ROOT)
    run(*pip, "install", *quiet, "--require-hashes", "--requirement", ROOT / "requirements.lock")
    run(*pip, "install", *quiet, "--no-deps", "--no-index", *wheels.glob("*.whl"))
    shutil.rmtree(target / "bin", ignore_errors=True)  # commands that name the Python of this machine
    for tests in [*target.glob("*/tests"), *target.glob("*/_tests")]:
        shutil.rmtree(tests)
    for name in ("RECORD", "REQUESTED", "INSTALLER", "direct_url.json"):  # about this machine, not about the package
        for file in target.glob(f"*.dist-info/{name}"):
            file.unlink()


def compile_bytecode(stage: Path, own: Path) -> None:
    """Modules become bytecode that Python need not compare with sources; sources go, but for `own`: fewer files.

    A package may have files for newer versions of Python that this one cannot compile: they stay.
    """
    options = {"quiet": 2, "stripdir": stage, "invalidation_mode": py_compile.PycInvalidationMode.UNCHECKED_HASH}
    compileall.compile_dir(own, **options)
    for source in [*stage.glob("lib*/**/*.py")]:
        if own not in source.parents and compileall.compile_file(source, legacy=True, force=True, **options):
            source.unlink()
    for kind in ("pyi", "pyx", "[ch]"):
        for file in [*stage.glob(f"lib*/**/*.{kind}")]:
            file.unlink()


IMPORT_ALL = """
import edge, importlib, pkgutil
for found in pkgutil.walk_packages(edge.__path__, "edge."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
"""


def import_all(stage: Path) -> None:
    """Nothing is missing that any module of edge needs: of Python, of packages, of libraries.  CalledProcessError."""
    run(stage / "bin" / "python3", "-I", "-B", "-c", IMPORT_ALL)


def write(output: Path, data: bytes) -> None:
    """Whole or not at all: the file may be running."""
    output.parent.mkdir(parents=True, exist_ok=True)
    fresh = output.with_name(f".{output.name}.new")
    fresh.write_bytes(data)
    fresh.chmod(0o755)
    fresh.replace(output)


if __name__ == "__main__":
    sys.exit(main())
