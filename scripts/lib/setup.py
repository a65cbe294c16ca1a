"""Make .venv ready for a level: `setup.py [--fresh] run|test|dev`.

run   what the gateway needs, and edge itself, editable
test  and what the tests need
dev   and what scripts/check needs

Everything comes from the lock files, with hashes.  Nothing is done when the environment was made from the same files
and the bundles of JavaScript match their sources; `--fresh` only answers whether that is so, by its exit
code.
Several commands may do this at once: one works, the others wait for it.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "edge-setup.json"

LEVELS = {
    "run": ["requirements-build.lock", "requirements.lock"],
    "test": ["requirements-build.lock", "requirements-test.lock"],
    "dev": ["requirements-dev.lock"],
}
RANKS = list(LEVELS)

# What an installation is made of, apart from the sources that an editable one reads in place.
INGREDIENTS = [
    "pyproject.toml",
    "hatch_build.py",
    "edge/__init__.py",
    "scripts/lib/setup.py",
    "requirements-build.lock",
    "requirements-dev.lock",
    "requirements-test.lock",
    "requirements.lock",
]


class SetupError(Exception):
    """The environment cannot be made; the message says what to do."""


def ingredients() -> str:
    """SHA-256 over the files that decide what is installed, and where."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in INGREDIENTS:
        digest.update(hashlib.sha256((ROOT / name).read_bytes()).digest())
    return digest.hexdigest()


def stamp() -> dict[str, Any]:
    """What the environment was made for, and from; empty when edge did not make it."""
    try:
        content: dict[str, Any] = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content


def version() -> list[int]:
    """Major and minor version of the environment's Python."""
    if Path(sys.prefix) == VENV:
        return list(sys.version_info[:2])
    answer: list[int] = json.loads(run(PYTHON, "-c", "import sys; print(list(sys.version_info[:2]))"))
    return answer


def installed(level: str) -> bool:
    """Whether the environment holds at least `level`, made from the present files by the present Python."""
    made = stamp()
    return (
        made.get("ingredients") == ingredients()
        and made.get("level") in RANKS[RANKS.index(level) :]
        and made.get("version") == version()
    )


def bundled() -> bool:
    """Whether the bundles of runtime and admin page match their sources."""
    sys.path.insert(0, str(ROOT))
    from hatch_build import trees  # noqa: PLC0415

    return all(bundles.fresh() for bundles in trees(ROOT))


def run(*command: str | Path) -> str:
    """Output of `command`; raises `SetupError` with all that it printed when it fails."""
    environment = {**os.environ, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise SetupError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def say(message: str) -> None:
    print(f"edge: {message}", file=sys.stderr, flush=True)


def make_venv() -> None:
    """Make the environment, or make it anew when it is of another place, too old, or half made."""
    made = stamp()
    moved = made.get("root", str(ROOT)) != str(ROOT)
    with contextlib.suppress(SetupError, OSError):
        run(PYTHON, "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))")
        if not moved:
            return
    say(f"making .venv with Python {sys.version.split()[0]}")
    run(sys.executable, "-m", "venv", "--clear", VENV)


def install(level: str) -> None:
    """Install the locked packages of `level` and edge; leave the stamp last."""
    STAMP.unlink(missing_ok=True)
    say(f"installing what '{level}' needs into .venv")
    locks = [argument for lock in LEVELS[level] for argument in ("--requirement", lock)]
    run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", *locks)
    say("installing edge, with its JavaScript runtime")
    run(PYTHON, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--editable", ".")
    content = {"level": level, "ingredients": ingredients(), "root": str(ROOT), "version": version()}
    STAMP.write_text(json.dumps(content), "utf-8")


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """One set-up at a time in this tree; without file locks (Windows) there is no guard."""
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:
        yield
        return
    path = ROOT / "build" / "setup.lock"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def set_up(level: str) -> None:
    """Do what is missing for `level`; never take away what a higher level has put there."""
    with locked():
        if not fresh_installation(level):
            level = max(level, stamp().get("level", level), key=RANKS.index)
            make_venv()
            install(level)
        if not bundled():
            say("bundling the JavaScript runtime and the admin page")
            run(PYTHON, "hatch_build.py", "--strict")


def fresh_installation(level: str) -> bool:
    try:
        return installed(level)
    except (SetupError, OSError):
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description="Make .venv ready.")
    parser.add_argument("--fresh", action="store_true", help="only say, by the exit code, whether it is ready")
    parser.add_argument("level", choices=RANKS)
    options = parser.parse_args()
    if options.fresh:
        return 0 if fresh_installation(options.level) and bundled() else 1
    try:
        set_up(options.level)
    except SetupError as error:
        print(f"{error}\nedge: setting up .venv failed, see above", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
