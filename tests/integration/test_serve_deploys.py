"""Versions of functions: uploads, activation, rollback, and who wins."""

from __future__ import annotations

import contextlib
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli.main import group
from edge.packages.bundle import Bundle
from tests.support.deploying import activate, archive, deploy, rollback, says, upload
from tests.support.gateway_process import gateway, run_edge, until, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ENGINE_MODES = ("cells",)  # both modes build packages in the same way

NAMES = ("one", "two", "three", "four", "five", "six", "seven", "eight")
CONFIG = "".join(
    f'[functions.{name}]\npackage = "plain"\n[[routes]]\npath = "/{name}"\nfunction = "{name}"\n' for name in NAMES
)
PINNED = Bundle.build({"index.js": says("pinned")["index.js"].encode()})
FILES = {
    "edge.toml": f'packages.keep_versions = 5\n[functions.pinned]\npackage = "{PINNED.hash}"\n{CONFIG}',
    "functions/plain/index.js": says("folder")["index.js"],
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    with gateway(tmp_path_factory.mktemp("deploys"), "--config", "edge.toml", files=FILES) as running:
        yield running


def text(edge, path):
    return edge.get(path).text


def versions(edge, name):
    return edge.operate("GET", f"/functions/{name}/versions").json()


def test_an_upload_is_a_version_that_does_not_serve_yet(edge):
    """The function goes on with what the config says until a version is activated."""
    answer = upload(edge, "one", says("first"), note="the first")
    assert answer.status_code == 201
    told = answer.json()
    assert (told["version"], told["note"], told["active"], told["serves"]) == ("v1", "the first", False, "config")
    assert told["package"] == Bundle.build({"index.js": says("first")["index.js"].encode()}).hash
    assert text(edge, "/one") == "folder"
    answer = activate(edge, "one", "v1")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["version"], told["previous"], told["active"]) == ("v1", None, True)
    assert told["report"]["snapshot"]["level"] == "initialised"
    assert told["report"]["files"] == 1
    assert text(edge, "/one") == "first"
    assert edge.operate("GET", "/functions/one").json()["version"] == "v1"
    [listed] = versions(edge, "one")["versions"]
    assert listed["who"] == "127.0.0.1"
    assert (listed["size"], listed["files"]) == (len(says("first")["index.js"]), 1)


def test_a_rollback_brings_back_what_was_before(edge):
    """Step by step, down to the package that the config names."""
    deploy(edge, "two", "first")
    deploy(edge, "two", "second")
    assert text(edge, "/two") == "second"
    told = rollback(edge, "two").json()
    assert (told["version"], told["previous"]) == ("v1", "v2")
    assert text(edge, "/two") == "first"
    assert rollback(edge, "two").json()["version"] is None
    assert text(edge, "/two") == "folder"
    answer = rollback(edge, "two")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"index.js": "module.exports = (req, res) => res.send('x'"}, "/app/index.js:1: "),
        ({"index.js": "module.exports = 5;"}, "exports"),
        ({"readme.md": "no code"}, "index.js"),
        ({"index.js": "null.x; module.exports = () => {};"}, "its top level threw TypeError"),
        ({"index.js": "require('./lib'); module.exports = () => {};"}, "./lib"),
        (says("x", **{"function.toml": "memory = 'lots'"}), "function.toml"),
        (says("x", **{"function.toml": "secrets = ['NOBODY_HAS_IT']"}), "NOBODY_HAS_IT"),
    ],
)
def test_what_cannot_be_built_is_kept_and_does_not_serve(edge, files, problem):
    """What served before goes on, and the answer says what is wrong; the list remembers it."""
    if not versions(edge, "three")["versions"]:
        deploy(edge, "three", "good")
    answer = upload(edge, "three", files, activate="true")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["function"]) == (422, "not_deployed", "three")
    assert problem in "".join(error["problems"])
    assert error["report"]["status"] == "broken"
    assert text(edge, "/three") == "good"
    found = versions(edge, "three")
    assert found["versions"][0]["version"] == error["version"]
    assert found["versions"][0]["problem"]
    assert found["active"] == "v1"
    again = activate(edge, "three", error["version"])
    assert (again.status_code, again.json()["error"]["problems"]) == (422, error["problems"])
    assert edge.operate("GET", "/ready").json()["detail"]["last_reload"] == {"ok": True}


def test_a_new_function_is_made_by_its_first_upload(edge):
    """With the settings and routes of its own file; it serves at once, because nothing else does."""
    config = 'memory = "64MiB"\n[env]\nNAME = "x"\n[trigger]\npath = "/fresh/:id"\n'
    files = {"index.js": "module.exports = (req, res) => res.send(process.env.NAME + req.params.id);"}
    answer = upload(edge, "fresh", {**files, "function.toml": config})
    assert (answer.status_code, answer.json()["active"]) == (201, True)
    assert text(edge, "/fresh/7") == "x7"
    assert edge.operate("GET", "/functions/fresh").json()["limits"]["memory"] == 64 * 1024 * 1024
    assert upload(edge, "fresh", says("later")).json()["active"] is False
    assert text(edge, "/fresh/7") == "x7"
    answer = edge.operate("DELETE", "/functions/fresh")
    assert answer.json() == {"function": "fresh", "deleted": True, "serves": "nothing"}
    assert edge.get("/fresh/7").status_code == 404
    assert edge.operate("GET", "/functions/fresh").status_code == 404
    assert upload(edge, "fresh", says("again")).json()["version"] == "v3"
    edge.operate("DELETE", "/functions/fresh")


def test_deleting_what_was_uploaded_leaves_the_config(edge):
    """A function of the file is never away; to delete it once more is a mistake."""
    deploy(edge, "four", "uploaded")
    assert edge.operate("DELETE", "/functions/four").json()["serves"] == "config"
    assert text(edge, "/four") == "folder"
    assert edge.operate("DELETE", "/functions/four").status_code == 409
    assert edge.operate("DELETE", "/functions/nobody").status_code == 404


def test_a_change_can_insist_on_what_was_seen(edge):
    """With the etag of every answer; otherwise 412, and nothing has changed."""
    first = upload(edge, "five", says("first"), headers={"If-Match": '"0"'})
    seen = first.headers["etag"]
    assert first.status_code == 201
    assert upload(edge, "five", says("second")).status_code == 201
    for refused in (
        activate(edge, "five", "v1", **{"If-Match": seen}),
        rollback(edge, "five", **{"If-Match": seen}),
        upload(edge, "five", says("third"), headers={"If-Match": seen}),
        edge.operate("DELETE", "/functions/five", headers={"If-Match": seen}),
        edge.operate("PUT", "/functions/five/aliases/x?version=v1", headers={"If-Match": seen}),
        edge.operate("DELETE", "/functions/five/versions/v1", headers={"If-Match": seen}),
    ):
        assert (refused.status_code, refused.json()["error"]["code"]) == (412, "precondition_failed")
    found = edge.operate("GET", "/functions/five/versions")
    assert len(found.json()["versions"]) == 2
    assert activate(edge, "five", "v2", **{"If-Match": found.headers["etag"]}).status_code == 200


def test_an_upload_that_is_sent_again_is_the_same_version(edge):
    """Whoever lost the answer can ask again; with another note it is meant anew."""
    content = archive(says("same"))
    assert [upload(edge, "five", content).status_code for _ in range(2)] == [201, 200]
    count = len(versions(edge, "five")["versions"])
    assert upload(edge, "five", content, note="anew").status_code == 201
    assert len(versions(edge, "five")["versions"]) == count + 1


def test_aliases_name_versions(edge):
    """They can be activated, they keep their version, and they go."""
    for number in range(1, 4):
        upload(edge, "six", says(f"text {number}"))
    assert edge.operate("PUT", "/functions/six/aliases/stable", json={"version": "v1"}).status_code == 200
    assert edge.operate("DELETE", "/functions/six/versions/v1").status_code == 409
    assert activate(edge, "six", "stable").json()["aliases"] == ["stable"]
    assert text(edge, "/six") == "text 1"
    assert edge.operate("DELETE", "/functions/six/versions/v2").status_code == 200
    assert activate(edge, "six", "v2").status_code == 404
    assert edge.operate("DELETE", "/functions/six/aliases/stable").json()["aliases"] == {}
    assert edge.operate("DELETE", "/functions/six/aliases/stable").status_code == 404
    assert edge.operate("PUT", "/functions/six/aliases/v9", json={"version": "v1"}).status_code == 400


def test_retention_keeps_the_newest_and_what_serves(edge):
    """Of the config's five; whatever serves is one of them or not."""
    deploy(edge, "seven", "kept")
    for number in range(8):
        assert upload(edge, "seven", says(f"text {number}")).status_code == 201
    names = [one["version"] for one in versions(edge, "seven")["versions"]]
    assert names == ["v9", "v8", "v7", "v6", "v5", "v1"]
    assert text(edge, "/seven") == "kept"


def test_concurrent_deploys_of_one_function_all_count(edge):
    """Each is a version, one of them serves, and it is the one that the list says."""
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: deploy(edge, "eight", f"deploy {number}"), range(4)))
    assert sorted(found) == ["v1", "v2", "v3", "v4"]
    active = versions(edge, "eight")["active"]
    assert text(edge, "/eight") == f"deploy {found.index(active)}"


def test_a_package_that_the_config_names_by_hash_is_for_the_config_to_change(edge):
    """It serves as soon as it was uploaded and the config is read again; nobody else decides."""
    assert edge.code("/_edge/ready")[0] == 200
    assert edge.operate("GET", "/functions/pinned").json()["status"] == "broken"
    answer = upload(edge, "pinned", says("pinned"))
    assert answer.json()["package"] == PINNED.hash
    assert activate(edge, "pinned", "v1").status_code == 409
    assert edge.operate("POST", "/config/reload").status_code == 200
    assert edge.operate("GET", "/invoke/pinned").text == "pinned"
    checked = run_edge("check", "--config", "edge.toml", cwd=edge.folder)
    assert (checked.returncode, checked.stderr) == (0, b"")
    edge.operate("DELETE", "/functions/pinned")
    assert edge.operate("GET", "/invoke/pinned").text == "pinned"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/functions/one/activate", b"", 400),
        ("POST", "/functions/one/activate", b"[]", 400),
        ("POST", "/functions/one/activate", b'{"version": ""}', 400),
        ("POST", "/functions/one/activate", b'{"version": "../../v1"}', 400),
        ("POST", "/functions/one/activate", b'{"version": "v99"}', 404),
        ("POST", "/functions/one/activate", b"{" * 5000, 400),
        ("POST", "/functions/nobody/activate", b'{"version": "v1"}', 404),
        ("POST", "/functions/nobody/rollback", b"", 404),
        ("GET", "/functions/nobody/versions", b"", 404),
        ("PUT", "/functions/one/package", b"", 400),
        ("PUT", "/functions/one/package", b"not an archive", 400),
        ("PUT", "/functions/one/package?activate=perhaps", b"", 400),
        ("PUT", "/functions/one/package?note=" + "x" * 600, archive(says("x")), 400),
        ("PUT", "/functions/%2e%2e%2fone/package", archive(says("x")), 400),
        ("PUT", "/functions/-x/package", archive(says("x")), 400),
        ("DELETE", "/functions/one/versions/v99", b"", 404),
    ],
)
def test_what_cannot_be_done_is_answered(edge, method, path, body, status):
    """As the caller's mistake, in the one shape of errors."""
    answer = edge.operate(method, path, content=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


def incoming(edge):
    """Files without a name that the gateway has open for uploads."""
    files = []
    for link in Path(f"/proc/{edge.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            files.append(str(link.readlink()))
    return [file for file in files if "/.edge/incoming/" in file]


def test_a_package_over_the_limit_is_not_taken(edge):
    """By size on the wire, and by what it would unpack to; nothing of it stays on disk."""
    answer = edge.operate("PUT", "/functions/one/package", content=b"\x1f\x8b" + bytes(51 * 1024 * 1024))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    answer = upload(edge, "one", {"index.js": "", "data": "x" * 20_000_000})
    assert (answer.status_code, "200 times" in answer.text) == (400, True)
    assert incoming(edge) == []


def test_a_client_that_leaves_in_the_middle_leaves_nothing(edge):
    """No version, and no file."""
    port = int(edge.admin.rpartition(":")[2])
    before = versions(edge, "one")
    with socket.create_connection(("127.0.0.1", port)) as client:
        head = f"PUT /functions/one/package HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2000000\r\n\r\n"
        client.sendall(head.encode() + archive(says("half")) + bytes(1_000_000))
        until(lambda: incoming(edge), 5, "an upload")
    until(lambda: not incoming(edge), 5, "its end")
    assert versions(edge, "one") == before


def test_commands_deploy_list_activate_and_roll_back(edge, tmp_path, monkeypatch):
    """For people and for programs; what goes wrong is exit code 1."""

    def command(*arguments):
        return CliRunner().invoke(group, [*arguments, "--url", edge.admin], env={"EDGE_ACTOR": "Ann"})

    monkeypatch.chdir(tmp_path)
    write_files(tmp_path, {"cmd/index.js": says("one")["index.js"], "cmd/lib/data.txt": "x"})
    first = run_edge("deploy", "cmd", "--note", "mine", cwd=tmp_path, EDGE_ACTOR="Ann", EDGE_ADMIN=edge.admin)
    assert first.returncode == 0
    assert first.stderr.startswith(b"edge: no route leads to cmd: name it in a [[routes]] table")
    lines = first.stdout.decode().splitlines()
    assert lines[0].startswith("cmd: v1 is active (sha256:")
    assert lines[1:] == ["cmd: 2 files, 0.0 KiB; 1 modules reached", "cmd: snapshot: initialised"]
    write_files(tmp_path, {"cmd/index.js": says("two")["index.js"]})
    told = json.loads(command("deploy", "cmd", "--no-activate", "--output", "json").stdout)
    assert (told["version"], told["active"]) == ("v2", False)
    assert command("activate", "cmd", "latest").stdout.startswith("cmd: v2 is active")
    assert command("rollback", "cmd").stdout.startswith("cmd: v1 is active")
    listed = json.loads(command("versions", "cmd", "--output", "json").stdout)
    assert [(one["version"], one["who"], one["note"]) for one in listed["versions"]] == [
        ("v2", "Ann", ""),
        ("v1", "Ann", "mine"),
    ]
    table = command("versions", "cmd").stdout.splitlines()
    assert table[2].split()[:2] == ["v1", "active"]
    functions = {one["name"]: one for one in json.loads(command("functions", "--output", "json").stdout)}
    assert functions["cmd"]["version"] == "v1"
    assert any(line.startswith("cmd ") for line in command("functions").stdout.splitlines())
    write_files(tmp_path, {"cmd/function.toml": 'trigger.path = "/cmd"\n'})
    assert run_edge("deploy", "cmd", cwd=tmp_path, EDGE_ADMIN=edge.admin).stderr == b""
    write_files(tmp_path, {"cmd/index.js": "module.exports = ("})
    failed = run_edge("deploy", "cmd", cwd=tmp_path, EDGE_ADMIN=edge.admin)
    assert (failed.returncode, failed.stdout) == (1, b"")
    assert b"/app/index.js:1: " in failed.stderr
    failed = command("deploy", "cmd", "--output", "json")
    assert failed.exit_code == 1
    assert json.loads(failed.stdout)["error"]["code"] == "not_deployed"
    for wrong in (("activate", "cmd", "v9"), ("versions", "nobody"), ("rollback", "cmd", "--if-match", '"0"')):
        assert command(*wrong).exit_code == 1
    assert command("deploy", "nothing-here").exit_code == 2
    assert edge.operate("DELETE", "/functions/cmd").status_code == 200


def test_the_document_of_the_admin_listener_has_it_all(edge):
    """Every operation, with its statuses and If-Match."""
    paths = edge.operate("GET", "/openapi.json").json()["paths"]
    assert {"200", "201", "412", "413", "422"} <= paths["/functions/{name}/package"]["put"]["responses"].keys()
    for path, method in (("/package", "put"), ("/activate", "post"), ("/rollback", "post"), ("", "delete")):
        parameters = paths[f"/functions/{{name}}{path}"][method]["parameters"]
        assert "If-Match" in [one["name"] for one in parameters]


def test_what_is_active_outlives_a_kill(tmp_path):
    """Also when the folder that the config names has changed meanwhile, or was never there."""
    files = {**FILES, "edge.toml": FILES["edge.toml"] + "[functions.nowhere]\n"}
    with gateway(tmp_path, "--config", "edge.toml", files=files) as edge:
        assert edge.operate("GET", "/functions/nowhere").json()["status"] == "broken"
        assert upload(edge, "nowhere", says("here")).json()["active"] is True
        deploy(edge, "one", "first")
        deploy(edge, "one", "second")
        rollback(edge, "one")
        edge.process.kill()
        edge.wait()
        write_files(tmp_path, {"functions/plain/index.js": says("changed")["index.js"]})
        edge.start()
        assert text(edge, "/one") == "first"
        assert text(edge, "/two") == "changed"
        assert edge.operate("GET", "/invoke/nowhere").text == "here"
        assert [one["version"] for one in versions(edge, "one")["versions"]] == ["v2", "v1"]


def test_a_folder_of_functions_serves_uploads_under_their_names(tmp_path):
    """As if there were a folder of that name, also when there is one."""
    with gateway(tmp_path, "--functions", "functions", files=FILES) as edge:
        assert text(edge, "/plain/") == "folder"
        deploy(edge, "plain", "uploaded")
        deploy(edge, "other", "new")
        assert text(edge, "/plain/") == "uploaded"
        assert text(edge, "/other/x") == "new"
        write_files(tmp_path, {"functions/third/index.js": says("third")["index.js"]})
        until(lambda: edge.get("/third/").status_code == 200, 5, "the third function")
        assert text(edge, "/other/x") == "new"


def test_a_deploy_leaves_the_other_functions_as_they_are(edge):
    """They are not read again, whatever became of their folders."""
    deploy(edge, "two", "fine")
    write_files(edge.folder, {"functions/plain/index.js": "module.exports = ("})
    try:
        deploy(edge, "one", "after")
        assert [text(edge, path) for path in ("/one", "/two", "/three", "/four")] == ["after", "fine", "good", "folder"]
        refused = rollback(edge, "two")
        assert (refused.status_code, refused.json()["error"]["version"]) == (422, None)
        assert text(edge, "/two") == "fine"
    finally:
        write_files(edge.folder, {"functions/plain/index.js": says("folder")["index.js"]})
