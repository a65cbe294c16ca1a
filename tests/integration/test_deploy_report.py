"""What is told of a package when it is deployed: by `edge check`, by the admin listener and in the log."""

from __future__ import annotations

import json

import pytest

from tests.support.gateway_process import gateway, run_edge, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

CONFIG = "".join(
    f'[functions.{name}]\n[[routes]]\npath = "/{name}"\nfunction = "{name}"\n' for name in ("plain", "mixed")
)
FILES = {
    "edge.toml": CONFIG,
    "functions/plain/index.js": "module.exports = (req, res) => res.end('ok');",
    "functions/mixed/index.js": (
        "const { cluster } = require('dep');\nconst started = Date.now();\n"
        "module.exports = (req, res) => res.json({ cluster, again: require('dep').cluster === cluster });"
    ),
    "functions/mixed/node_modules/dep/index.js": (
        "exports.cluster = 'none';\ntry {\n  require('cluster');\n"
        "} catch (error) {\n  exports.cluster = error.message;\n}"
    ),
    "functions/mixed/node_modules/dep/build/Release/fast.node": "\x7fELF",
    "functions/mixed/node_modules/large/data.txt": "x" * 5000,
}
REFUSED = "Cannot use module 'cluster': a function cannot start processes or threads"


def test_check_tells_what_may_not_work(tmp_path):
    """As warnings with file and line; a package that can be used is no failure."""
    write_files(tmp_path, FILES)
    found = run_edge("check", "--config", "edge.toml", "--report", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    [warning] = found.stderr.decode().splitlines()
    assert warning.startswith("warning: edge.toml:5: functions.mixed: /app/node_modules/dep/index.js:3: " + REFUSED)
    lines = found.stdout.decode().splitlines()
    assert lines[0].startswith("plain: 1 files, ")
    assert "plain: snapshot: initialised" in lines
    assert any(line.startswith("mixed: snapshot: compiled (its top level uses ") for line in lines), lines
    assert "mixed: dependency: large: 1 files, 4.9 KiB" in lines
    assert "mixed: native addon: node_modules/dep/build/Release/fast.node" in lines
    assert lines[-1] == "ok: 2 functions, 2 routes"


def test_check_gives_the_same_as_data(tmp_path):
    """For programs, problems included; the exit code is the same."""
    write_files(
        tmp_path, {**FILES, "functions/plain/index.mjs": "", "functions/plain/index.js": "module.exports = 1 +;"}
    )
    found = run_edge("check", "--config", "edge.toml", "--output", "json", cwd=tmp_path)
    assert found.returncode == 1
    data = json.loads(found.stdout)
    assert len(data["problems"]) == 1
    mixed = data["checked"]["mixed"]
    assert (mixed["level"], mixed["report"]["modules"]) == ("compiled", 2)
    assert [one["specifier"] for one in mixed["report"]["unsupported"]] == ["cluster"]


def test_the_gateway_tells_it_too(tmp_path):
    """With one function in the admin listener, and once in the log for each deployed package."""
    with gateway(tmp_path, "--config", "edge.toml", files=FILES) as edge:
        assert edge.get("/mixed").json() == {"cluster": edge.get("/mixed").json()["cluster"], "again": True}
        assert edge.get("/mixed").json()["cluster"].startswith(REFUSED)
        detail = edge.operate("GET", "/functions/mixed").json()
        report = detail["report"]
        assert detail["snapshot"]["level"] == "compiled"
        assert (report["files"], report["dependencies"], report["modules"]) == (4, 2, 2)
        assert report["largest"][0] == {
            "name": "large",
            "path": "node_modules/large",
            "files": 1,
            "size": 5000,
        }
        assert report["native"] == ["node_modules/dep/build/Release/fast.node"]
        [unsupported] = report["unsupported"]
        assert unsupported["place"] == "/app/node_modules/dep/index.js:3"
        assert unsupported["reason"].startswith(REFUSED)
        [entry] = edge.log(event="function_deployed", function="mixed")
        assert (entry["snapshot"], entry["files"], entry["native"]) == ("compiled", 4, 1)
        assert entry["unsupported"][0].startswith("/app/node_modules/dep/index.js:3: " + REFUSED)
        (tmp_path / "functions" / "plain" / "index.js").write_text("module.exports = (req, res) => res.end('new');")
        edge.operate("POST", "/config/reload")
        assert edge.get("/plain").text == "new"
        assert len(edge.log(event="function_deployed", function="plain")) == 2
        assert len(edge.log(event="function_deployed", function="mixed")) == 1
