"""Carries out the Dockerfile's steps in a clean Debian, and runs what comes of them as a container would.

    scripts/build-image --check

Not covered, because there is no container engine in it: the base image itself (Debian's own Python of the same version
stands in for it, with links where the image has its programs), layers and their cache, the form of the image, labels
and HEALTHCHECK as an engine reads them, seccomp and AppArmor profiles of the engine, its network.  Covered: every RUN,
COPY, ENV, WORKDIR and USER; .dockerignore; the program as that user with a read-only root and writable volumes;
HEALTHCHECK's command; the stop signal.
"""

from __future__ import annotations

import fnmatch
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import clean_root
from image.dockerfile import Stage, Step, parse

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / "build" / "roots"
SUITE, PACKAGES = "trixie", ("python3", "python3-venv", "python3-pip", "ca-certificates")
HEALTHY_SECONDS = 60.0
STOP_SECONDS = 40.0
PORT = 8080


def check() -> int:
    """All of it; 0 when it holds.  Raises RootError, DockerfileError, CalledProcessError."""
    stages = parse((ROOT / "Dockerfile").read_text("utf-8"))
    base = clean_root.debian(SUITE, CACHE / f"{SUITE}-python", *PACKAGES)
    with tempfile.TemporaryDirectory(prefix="edge-image-", dir=CACHE) as temporary:
        folder = Path(temporary)
        context = build_context(folder / "context")
        built = {stage.name: build_stage(stage, base, folder, context) for stage in stages}
        final = stages[-1]
        said(f"added to the base: {added(base, built[final.name]) / 1e6:.0f} MB")
        return serve(final, built[final.name], folder)


def said(text: str) -> None:
    print(f"edge: {text}", file=sys.stderr, flush=True)


def build_context(target: Path) -> Path:
    """What .dockerignore lets through of the project's files (those of git and bundles that exist)."""
    rules = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]
    for name in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split():
        if included(name, rules):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    return target


def included(name: str, rules: list[str]) -> bool:
    """As Docker decides: the last rule that matches a path or a folder above it."""
    parts = name.split("/")
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    kept = True
    for rule in rules:
        pattern = rule.lstrip("!").rstrip("/")
        anywhere = pattern.removeprefix("**/")
        if any(fnmatch.fnmatchcase(path, pattern) for path in above if path.count("/") == pattern.count("/")) or (
            anywhere != pattern and any(fnmatch.fnmatchcase(part, anywhere) for part in parts)
        ):
            kept = rule.startswith("!")
    return kept


def build_stage(stage: Stage, base: Path, folder: Path, context: Path) -> Path:
    """A root with the files of a stage."""
    root = clean_root.copy(base, folder / stage.name)
    stand_in(root)
    for step in stage.steps:
        began = time.monotonic()
        carry_out(step, root, folder, context)
        if step.kind != "WORKDIR":
            said(f"{stage.name}: {step.kind} {' '.join(step.arguments)[:80]} ({time.monotonic() - began:.1f} s)")
    return root


def stand_in(root: Path) -> None:
    """`python` and a `pip` that knows nothing of Debian's packages, where the image of Python has them."""
    environment = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
    clean_root.run(root, ["python3", "-m", "venv", "/usr/local"], environment=environment)


def carry_out(step: Step, root: Path, folder: Path, context: Path) -> None:
    if step.kind == "WORKDIR":
        (root / step.arguments[0].lstrip("/")).mkdir(parents=True, exist_ok=True)
    elif step.kind == "RUN":
        environment = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin", **step.environment}
        clean_root.run(
            root,
            ["/bin/sh", "-c", step.arguments[0]],
            environment={"HOME": "/root", **clean_root.clients(), **environment},
            user=step.user,
            workdir=step.workdir,
            binds=clean_root.network(root),
        )
    else:
        copy_files(step, root, folder / step.source if step.source else context)


def copy_files(step: Step, root: Path, source: Path) -> None:
    """COPY: a folder's content into the target, a file into a folder or to a path."""
    *names, destination = step.arguments
    target = root / os.path.join(step.workdir, destination).lstrip("/")  # noqa: PTH118 - absolute ones replace
    for name in names:
        found = source / name.lstrip("/")
        if found.is_dir():
            shutil.copytree(found, target, symlinks=True, dirs_exist_ok=True)
        else:
            folder = target if destination.endswith("/") or target.is_dir() else target.parent
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(found, target)


def added(base: Path, root: Path) -> int:
    """Bytes on disk that the stage has more than its base."""
    sizes = [int(subprocess.check_output(["du", "-sB1", path]).split()[0]) for path in (root, base)]
    return sizes[0] - sizes[1]


def serve(stage: Stage, root: Path, folder: Path) -> int:
    """Start it as an engine would with --read-only, ask it, and stop it."""
    volumes = {}
    for number, volume in enumerate(stage.volumes):
        outside = folder / f"volume-{number}"
        shutil.copytree(root / volume.lstrip("/"), outside)
        user, group = map(int, stage.user.split(":"))
        os.chown(outside, user, group)  # as the folder that it covers
        volumes[outside] = volume
    path = stage.environment.get("PATH", "/usr/local/bin:/usr/bin:/bin").replace(
        "$PATH", "/usr/local/bin:/usr/bin:/bin"
    )
    environment = {**stage.environment, "PATH": path, "HOME": stage.workdir}
    options = {"environment": environment, "user": stage.user, "workdir": stage.workdir, "readonly": True}
    log = folder / "log"
    with log.open("wb") as output:
        process = clean_root.start(
            root,
            [*stage.entrypoint, *stage.command],
            binds=volumes,
            scratch=["/tmp"],  # noqa: S108 - of the root, in memory
            output=output.fileno(),
            alone=True,
            **options,
        )
    try:
        problems = asked(stage, root, process, {**options, "beside": process.pid})
        problems += stopped(process, stage.stop_signal)
    finally:
        process.kill()
        process.wait()
    for problem in problems:
        print(f"edge: {problem}", file=sys.stderr)
    if problems:
        print(log.read_text("utf-8", "replace")[-3000:], file=sys.stderr)
    print(f"{CHECKS - len(problems)} passed, {len(problems)} failed")
    return 1 if problems else 0


CHECKS = 4
ASK = "import sys, urllib.request; a = urllib.request.urlopen(sys.argv[1]); print(a.status, a.read()[:60])"


def asked(stage: Stage, root: Path, process: subprocess.Popen[str], options: dict[str, object]) -> list[str]:
    """What is wrong with a container that runs."""
    began = time.monotonic()
    while time.monotonic() - began < HEALTHY_SECONDS and process.poll() is None:
        healthy = clean_root.start(root, stage.healthcheck, **options)  # type: ignore[arg-type]
        printed, _ = healthy.communicate(timeout=30)
        if healthy.returncode == 0:
            said(f"healthy after {time.monotonic() - began:.1f} s: {printed.strip()}")
            break
        time.sleep(0.2)
    else:
        return [f"not healthy within {HEALTHY_SECONDS:g} s"]
    problems = []
    body = clean_root.run(root, ["python", "-c", ASK, f"http://127.0.0.1:{PORT}/hello/image"], **options)  # type: ignore[arg-type]
    said(f"/hello/image: {body!r}")
    if not body.startswith("200 "):
        problems.append(f"the example answered {body[:100]}")
    found = clean_root.run(root, [*stage.entrypoint, "version", "--output", "json"], **options)
    if "v8" not in json.loads(found):
        problems.append("edge version does not name V8")
    return problems


def stopped(process: subprocess.Popen[str], name: str) -> list[str]:
    """What is wrong with how it ends."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in children:
        os.kill(int(pid), getattr(signal, name))
    try:
        code = process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        return [f"it did not stop within {STOP_SECONDS:g} s of {name}"]
    said(f"stopped by {name} with code {code}")
    return [] if code == 0 else [f"it stopped with code {code}"]
