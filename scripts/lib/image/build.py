"""Makes the image, or checks the steps that make it.

scripts/build-image [--tag NAME] [--engine PROGRAM] [-- ARGUMENT...]
scripts/build-image --check
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
sys.path.insert(0, str(ROOT))

from clean_root import RootError  # noqa: E402
from image.check import check  # noqa: E402
from image.dockerfile import DockerfileError  # noqa: E402

from edge import __version__  # noqa: E402

ENGINES = ("docker", "podman", "buildah")


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(
        description="Make the image of the gateway.", epilog="Arguments behind -- are the engine's."
    )
    parser.add_argument("--tag", default=f"edge:{__version__}", help="its name (default: edge and the version)")
    parser.add_argument("--engine", choices=ENGINES, help="what makes it (default: the first of them that is there)")
    parser.add_argument("--check", action="store_true", help="carry the steps out in a clean Debian instead (as root)")
    parser.add_argument("arguments", nargs="*", help="for the engine, behind --")
    options = parser.parse_args()
    try:
        return check() if options.check else build(options.tag, options.engine, options.arguments)
    except (RootError, DockerfileError) as error:
        print(error, file=sys.stderr)
    except subprocess.CalledProcessError as error:
        print(f"{error}\n{error.output or ''}", file=sys.stderr)
    return 1


def build(tag: str, engine: str | None, arguments: list[str]) -> int:
    """With the labels that depend on when and of what it is made.  Raises RootError."""
    program = engine or next((name for name in ENGINES if shutil.which(name)), None)
    if program is None:
        raise RootError(f"no {', '.join(ENGINES)} here; scripts/build-image --check needs none")
    labels = {
        "version": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": revision(),
    }
    named = [part for name, value in labels.items() for part in ("--label", f"org.opencontainers.image.{name}={value}")]
    return subprocess.run([program, "build", "--tag", tag, *named, *arguments, ROOT], check=False).returncode


def revision() -> str:
    """The commit of the sources, or "" outside git."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
