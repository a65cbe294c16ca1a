"""Runs `dist/edge` where there is no Python: in clean roots of Debian, as root and as another user, in both modes.

    scripts/check-binary [--binary FILE] [SUITE]...          (default: bookworm and trixie; needs root and debootstrap)

Prints what a start takes, the first one unpacking; fails when an answer is wrong or a start takes longer than allowed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

import clean_root  # noqa: E402

CACHE = ROOT / "build" / "roots"
SUITES = ("bookworm", "trixie")
LIMIT_SECONDS = 1.0
TRIES = 3
HELLO = 'module.exports = (req, res) => res.send("hello from " + process.platform);\n'
USERS = {"root": ("0:0", "/root"), "a user": ("10001:10001", "/home/somebody")}


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description="Run the binary in clean roots of Debian.")
    parser.add_argument("suites", nargs="*", default=list(SUITES), metavar="SUITE", help="bookworm, trixie, ...")
    parser.add_argument("--binary", type=Path, default=ROOT / "dist" / "edge", help="the file (default: dist/edge)")
    parser.add_argument("--limit", type=float, default=LIMIT_SECONDS, help="seconds a start may take (default: 1)")
    options = parser.parse_args()
    failed = passed = 0
    try:
        for suite in options.suites:
            base = clean_root.debian(suite, CACHE / suite)
            root = clean_root.copy(base, CACHE / f"{suite}-binary")
            for problems in check(root, suite, options.binary, options.limit):
                failed, passed = failed + bool(problems), passed + (not problems)
                for problem in problems:
                    print(f"{suite}: {problem}")
            shutil.rmtree(root)
    except (clean_root.RootError, subprocess.SubprocessError) as error:
        print(f"{error}\n{getattr(error, 'output', '') or ''}", file=sys.stderr)
        return 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def check(root: Path, suite: str, binary: Path, limit: float) -> list[list[str]]:
    """Problems of each case: what it holds, and how it serves in cells and embedded, as root and as a user."""
    shutil.copy(binary, root / "usr/local/bin/edge")
    (root / "srv/functions/hello").mkdir(parents=True)
    (root / "srv/functions/hello/index.js").write_text(HELLO)
    if shutil.which("python3", path=os.pathsep.join(str(root / name) for name in ("usr/bin", "usr/local/bin", "bin"))):
        return [["this root has a Python"]]
    found = []
    for who, (user, home) in USERS.items():
        folder = root / home.lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, *map(int, user.split(":")))
        environment = {"HOME": home, "PATH": "/usr/local/bin:/usr/bin:/bin"}
        began = time.monotonic()
        clean_root.run(root, ["edge", "--help"], environment=environment, user=user, workdir=home)
        print(f"{suite}, {who}: unpacked and started in {time.monotonic() - began:.2f} s")
        found.append(unlicensed(root, {"environment": environment, "user": user, "workdir": home}))
        for mode in ("cells", "embedded"):
            options = {"environment": environment, "user": user, "workdir": home}
            starts = [serve(root, folder, home, mode, options) for _ in range(TRIES)]
            problems = [problem for _, problem in starts if problem]
            best = min(seconds for seconds, _ in starts)
            print(f"{suite}, {who}, {mode}: ready in {', '.join(f'{seconds:.2f}' for seconds, _ in starts)} s")
            if best > limit:
                problems.append(f"{who}, {mode}: ready in {best:.2f} s at best (at most {limit:g} s)")
            found.append(problems)
    return found


def unlicensed(root: Path, options: dict[str, object]) -> list[str]:
    """Parts of its bill of materials that nobody has named a licence of."""
    parts = json.loads(clean_root.run(root, ["edge", "version", "--sbom"], **options))["components"]
    return [
        f"no licence is known of {part['name']} (scripts/lib/binary/licences.py)"
        for part in parts
        if not part.get("licenses")
    ]


def serve(root: Path, folder: Path, home: str, mode: str, options: dict[str, object]) -> tuple[float, str]:
    """One start, one request, one stop: seconds until it was ready, and what was wrong ("" when nothing)."""
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    listen = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ready-file", f"{home}/ready.json"]
    data = ["--engine", mode, "--set", f"storage.data_dir={home}/data"]
    log = folder / "log"
    began = time.monotonic()
    with log.open("wb") as output:
        command = ["edge", "serve", "--functions", "/srv/functions", *listen, *data]
        process = clean_root.start(root, command, output=output.fileno(), **options)  # type: ignore[arg-type]
    try:
        while not ready.exists() and process.poll() is None and time.monotonic() - began < 60:
            time.sleep(0.005)
        seconds = time.monotonic() - began
        if not ready.exists():
            return seconds, f"{mode}: not ready: {log.read_text()[-500:]}"
        addresses = json.loads(ready.read_text())
        problem = asked(addresses["listen"][0] + "/hello", b"hello from linux") or asked(addresses["admin"] + "/", b"")
        return seconds, problem or stopped(process)
    finally:
        process.kill()
        process.wait()


def asked(url: str, body: bytes) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - ours, on loopback
        content = answer.read()
    return "" if answer.status == 200 and body in content else f"{url}: {answer.status} {content[:100]!r}"


def stopped(process: subprocess.Popen[str]) -> str:
    """By SIGTERM to the first process of the namespace."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in children:
        os.kill(int(pid), signal.SIGTERM)
    return "" if process.wait(30) == 0 else f"it ended with code {process.returncode}"


if __name__ == "__main__":
    sys.exit(main())
