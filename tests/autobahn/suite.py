"""Autobahn's test suite, made ready in build/autobahn: it runs under Python 2.7 only, which comes from Debian 11.

https://github.com/crossbario/autobahn-testsuite
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "build" / "autobahn"
_DEBIAN = "deb [trusted=yes] http://deb.debian.org/debian bullseye main\n"
_DEBS = ("python2.7-minimal", "libpython2.7-minimal", "libpython2.7-stdlib", "python2.7", "libssl1.1", "libffi7")
_SUITE = "autobahntestsuite==25.10.1"
_TOOLS = ("pip==20.3.4", "setuptools==44.1.1", "wheel==0.37.1")
_PACKAGES = (
    *("txaio==2.1.0", "six==1.16.0", "Twisted==19.10.0", "autobahn==0.10.9", "klein==17.10.0", "jinja2==2.11.3"),
    *("markupsafe==1.1.1", "Werkzeug==1.0.1", "zope.interface==4.6.0", "unittest2==1.1.0", "incremental==16.10.1"),
    *("attrs==19.3.0", "cryptography==3.3.2", "pyOpenSSL==19.1.0", "service_identity==18.1.0"),
)
_START = "import sys; sys.argv[0] = 'wstest'; from autobahntestsuite import wstest; wstest.run()"


def command(*arguments: str) -> tuple[list[str], dict[str, str]]:
    """`wstest` with these arguments: the program, and its environment."""
    return [str(_python()), "-c", _START, *arguments], _environment()


def prepare() -> None:
    """Get what is not there yet.  Raises CalledProcessError, OSError."""
    if (FOLDER / "ready").exists():
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    _unpack_python()
    _install()
    (FOLDER / "ready").touch()


def _python() -> Path:
    return FOLDER / "root" / "usr" / "bin" / "python2.7"


def _environment() -> dict[str, str]:
    libraries = [str(path) for path in (FOLDER / "root" / "usr" / "lib").glob("*-linux-gnu*")]
    return {
        "PATH": os.environ["PATH"],
        "LD_LIBRARY_PATH": ":".join(libraries),
        "PYTHONPATH": str(FOLDER / "site"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _unpack_python() -> None:
    """As a plain user: apt-get has a state of its own here."""
    for name in ("state/lists/partial", "cache/archives/partial", "debs", "root"):
        (FOLDER / name).mkdir(parents=True)
    (FOLDER / "sources.list").write_text(_DEBIAN)
    options = (
        *("-o", f"Dir::State={FOLDER / 'state'}", "-o", f"Dir::Cache={FOLDER / 'cache'}"),
        *("-o", f"Dir::Etc::sourcelist={FOLDER / 'sources.list'}", "-o", "Dir::Etc::sourceparts=-"),
    )
    _run("apt-get", *options, "update")
    _run("apt-get", *options, "download", *_DEBS, folder=FOLDER / "debs")
    for deb in (FOLDER / "debs").glob("*.deb"):
        _run("dpkg", "-x", str(deb), str(FOLDER / "root"))


def _install() -> None:
    wheels, site = FOLDER / "wheels", FOLDER / "site"
    _run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels), *_TOOLS)
    _run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels), _SUITE)
    pip = [str(_python()), f"{next(wheels.glob('pip-*'))}/pip", "install", "--quiet", "--target", str(site)]
    _run(*pip, *map(str, (*wheels.glob("setuptools-*"), *wheels.glob("wheel-*"))), env=_environment())
    _run(*pip, "--no-build-isolation", *_PACKAGES, env=_environment())
    (site / "zope" / "__init__.py").touch()
    with tarfile.open(next(wheels.glob("autobahntestsuite-*"))) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python has none yet
        archive.extractall(FOLDER)
    shutil.move(next(FOLDER.glob("autobahntestsuite-*")) / "autobahntestsuite", site)


def _run(*words: str, folder: Path = FOLDER, env: dict[str, str] | None = None) -> None:
    subprocess.run(words, cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
