"""`edge init`: what it writes is a function that answers, and it writes over nothing."""

from __future__ import annotations

import json

import pytest

from edge.compose.scaffold import TYPES, declarations, new_package
from edge.errors import CallerError
from tests.support.gateway_process import run_edge, serving, until, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

KINDS = [(template, language) for template in ("express", "web", "event") for language in ("typescript", "javascript")]


def test_every_template_answers(tmp_path):
    """Served from a folder, each kind greets and counts."""
    made = {f"{template}-{language}": new_package("x", template, language) for template, language in KINDS}
    with serving(tmp_path, made) as edge:
        for name in made:
            assert edge.get(f"/{name}/?name=Ada").text == "Hello, Ada!\n", name
            assert edge.get(f"/{name}/").text == "Hello, world!\n", name
            # The count may be written after the response.
            until(lambda name=name: edge.get(f"/{name}/greeted").json() == {"greeted": 2}, what=f"{name}: the count")
            assert edge.get(f"/{name}/nowhere").status_code == 404, name


@pytest.mark.parametrize(
    ("options", "main", "module"),
    [
        ([], "index.ts", True),
        (["--javascript"], "index.js", True),
        (["--template", "express"], "index.ts", True),
        (["--template", "express", "--javascript"], "index.js", False),
        (["--template", "event", "--javascript"], "index.js", False),
    ],
)
def test_it_writes_a_package(tmp_path, options, main, module):
    """Into a folder that it makes; the files are those that it lists."""
    done = run_edge("init", "some/Hello.World", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "some" / "Hello.World"
    package = json.loads((folder / "package.json").read_text())
    assert (package["name"], package["main"], package.get("type")) == (
        "hello.world",
        main,
        "module" if module else None,
    )
    written = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    named = {
        main,
        main.replace(".ts", ".test.ts").replace(".js", ".test.mjs"),
        "README.md",
        "function.toml",
        "package.json",
        "tsconfig.json",
    }
    assert {path for path in written if not path.startswith(TYPES)} == named
    assert {path for path in written if path.startswith(TYPES)} == {*declarations()}
    for path in named:
        assert f"some/Hello.World/{path}\n" in done.stdout.decode()
    assert "edge dev some/Hello.World" in done.stderr.decode()
    assert "{" not in (folder / "README.md").read_text()


def test_it_overwrites_nothing(tmp_path):
    """And then writes nothing at all; with --force it does."""
    write_files(tmp_path, {"mine/index.ts": "// precious", "mine/notes.txt": "kept"})
    done = run_edge("init", "mine", cwd=tmp_path)
    assert done.returncode == 1
    assert b"mine/index.ts is there already (--force overwrites" in done.stderr
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["index.ts", "notes.txt"]
    assert run_edge("init", "mine", "--force", cwd=tmp_path).returncode == 0
    assert "precious" not in (tmp_path / "mine" / "index.ts").read_text()
    assert (tmp_path / "mine" / "notes.txt").read_text() == "kept"


def test_types_can_be_renewed_alone(tmp_path):
    """For a package that was made with another version, or not by `edge init`."""
    write_files(tmp_path, {"mine/index.ts": "// precious", f"mine/{TYPES}/index.d.ts": "// old"})
    assert run_edge("init", "--types", cwd=tmp_path / "mine").returncode == 0
    assert (tmp_path / "mine" / "index.ts").read_text() == "// precious"
    assert not (tmp_path / "mine" / "package.json").exists()
    for path, text in declarations().items():
        assert (tmp_path / "mine" / path).read_text() == text


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["a folder!"], 1, "is not a function name"),
        (["file"], 2, "is a file"),
        (["file/below"], 1, "file"),
        (["x", "--template", "php"], 2, "'php' is not one of"),
    ],
)
def test_mistakes_are_told(tmp_path, arguments, code, says):
    """With the exit code of their kind, and without a traceback."""
    write_files(tmp_path, {"file": ""})
    done = run_edge("init", *arguments, cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr.decode()) == (code, False)
    assert says in done.stderr.decode()


def test_a_name_that_no_function_can_have_is_refused():
    """The folder's name is what the function is called by."""
    with pytest.raises(CallerError, match="not a function name"):
        new_package("../x", "web", "typescript")
