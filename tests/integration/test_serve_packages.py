"""Packages as they come: large, with dependencies, as archives; deployed by folder, archive and config."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import time
import zipfile

import pytest

from tests.support.gateway_process import gateway, serving

pytestmark = [pytest.mark.integration, pytest.mark.slow]

FIFTY = 50
SOURCE = (
    "module.exports = (req, res) => res.json({ text: require('./lib/text').text, data: require('./data.json').n, "
    "file: __filename });"
)
FILES = {
    "package.json": '{"name": "archived", "main": "src/main.js"}',
    "src/main.js": SOURCE,
    "src/lib/text.js": "exports.text = 'from the archive';",
    "src/data.json": '{"n": 7}',
}
ANSWER = {"text": "from the archive", "data": 7, "file": "/app/src/main.js"}


def fifty_files():
    """A package whose modules and dependencies need each other, also in circles."""
    files = {"package.json": '{"name": "fifty", "main": "index.js", "dependencies": {"dep0": "1"}}'}
    modules = FIFTY - 20
    for n in range(modules):
        after = f"require('./m{n + 1}').sum()" if n + 1 < modules else "require('dep0').sum(0)"
        circle = "const start = require('../index');" if n == 3 else ""
        files[f"lib/m{n}.js"] = f"{circle}\nexports.sum = () => 1 + {after};"
    for n in range(9):
        after = f"require('dep{n + 1}').sum(n)" if n < 8 else "n"
        scope = f"module.exports = {{ sum: (n) => 1 + {after} }};"
        files[f"node_modules/dep{n}/package.json"] = json.dumps({"name": f"dep{n}", "exports": {".": "./main.js"}})
        files[f"node_modules/dep{n}/main.js"] = scope
    files["index.js"] = "const { sum } = require('./lib/m0');\nmodule.exports = (req, res) => res.send(String(sum()));"
    assert len(files) == FIFTY
    return files


def tar_gz(files):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
    return gzip.compress(raw.getvalue())


def zipped(files):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return raw.getvalue()


@pytest.mark.parametrize("snapshots", [True, False], ids=["snapshots", "no snapshots"])
def test_a_package_of_fifty_files_answers(tmp_path, snapshots):
    """The first request too, and with a snapshot it does so at once."""
    with serving(tmp_path, {"fifty": fifty_files(), "warm": SOURCE}, snapshots=snapshots) as edge:
        edge.get("/nowhere")  # the client's connection is there
        began = time.monotonic()
        answer = edge.get("/fifty")
        taken = time.monotonic() - began
        assert (answer.status_code, answer.text) == (200, str(FIFTY - 20 + 9))
        [entry] = edge.logged(event="request", function="fifty")
        assert taken < (0.25 if snapshots else 2), entry


def test_archives_are_packages(tmp_path):
    """Named in the config; the hash is that of the content, however it came."""
    names = {"folder": "folder", "tar": "tar.tar.gz", "tgz": "nested.tgz", "zip": "zip.zip"}
    config = "".join(
        f'[functions.{name}]\npackage = "{package}"\n[[routes]]\npath = "/{name}"\nfunction = "{name}"\n'
        for name, package in names.items()
    )
    files = {f"functions/folder/{name}": content for name, content in FILES.items()}
    files |= {"functions/tar.tar.gz": tar_gz(FILES), "functions/zip.zip": zipped(FILES), "edge.toml": config}
    files["functions/nested.tgz"] = tar_gz({f"./{name}": content for name, content in FILES.items()})
    with gateway(tmp_path, "--config", "edge.toml", files=files) as edge:
        for name in names:
            assert edge.get(f"/{name}").json() == ANSWER, name
        functions = edge.operate("GET", "/functions").json()["functions"]
        assert len({function["package"] for function in functions}) == 1


@pytest.mark.hostile
def test_a_hostile_archive_breaks_its_own_function_only(tmp_path):
    """Traversal, links out, bombs, rubbish: the start goes on, and the log says what is wrong with each."""
    link = io.BytesIO()
    with tarfile.open(fileobj=link, mode="w:gz") as archive:
        entry = tarfile.TarInfo("index.js")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    archives = {
        "up.tar.gz": tar_gz({"index.js": SOURCE, "../../escaped.js": "1"}),
        "root.zip": zipped({"index.js": SOURCE, "/escaped.js": "1"}),
        "link.tar.gz": link.getvalue(),
        "bomb.tar.gz": gzip.compress(b"\0" * 300_000_000),
        "bomb.zip": zipped({"index.js": SOURCE, "zeros.bin": "\0" * 200_000_000}),
        "rubbish.zip": b"PK\x03\x04rubbish",
        "rubbish.tar.gz": b"\x1f\x8brubbish",
    }
    config = "".join(
        f'[functions.bad{n}]\npackage = "{name}"\n[[routes]]\npath = "/bad{n}"\nfunction = "bad{n}"\n'
        for n, name in enumerate(archives)
    )
    files = {f"functions/{name}": content for name, content in archives.items()}
    files |= {f"functions/good/{name}": content for name, content in FILES.items()}
    files["edge.toml"] = config + '[functions.good]\n[[routes]]\npath = "/good"\nfunction = "good"\n'
    with gateway(tmp_path, "--config", "edge.toml", files=files) as edge:
        assert edge.get("/good").json() == ANSWER
        for n, name in enumerate(archives):
            assert edge.code(f"/bad{n}")[0] == 500, name
        broken = {entry["function"]: entry["error"] for entry in edge.log(event="function_broken")}
        assert set(broken) == {f"bad{n}" for n in range(len(archives))}, broken
    assert not list(tmp_path.rglob("escaped.js"))
