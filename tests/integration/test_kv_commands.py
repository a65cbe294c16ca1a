"""`edge kv` and the admin listener: the same store from the outside."""

from __future__ import annotations

import json

import pytest

from tests.support.gateway_process import run_edge, serving

ENGINE_MODES = ("cells",)
FUNCTION = (
    "module.exports = async (req, res) => res.json([await kv.get('text'), await kv.get('json'), await kv.get('n')])"
)


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    with serving(tmp_path_factory.mktemp("kv"), {"f": FUNCTION}) as running:
        yield running


def kv(edge, *arguments, **options):
    done = run_edge("kv", *arguments, "--functions", "functions", cwd=edge.folder, **options)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_what_the_command_writes_a_running_function_reads(edge):
    """While the gateway holds the store open."""
    assert kv(edge, "put", "f", "text", "hello")[0] == 0
    assert kv(edge, "put", "f", "json", '{"a": [1, null]}', "--json")[0] == 0
    assert edge.get("/f").json() == ["hello", {"a": [1, None]}, None]
    assert kv(edge, "get", "f", "json") == (0, '{"a": [1, null]}', "")
    code, listed, _ = kv(edge, "list", "f", "--output", "json")
    assert (code, [row["key"] for row in json.loads(listed)]) == (0, ["json", "text"])
    assert kv(edge, "delete", "f", "text")[0] == 0
    assert edge.get("/f").json()[0] is None


def test_a_namespace_goes_out_and_in_over_the_admin_listener(edge):
    """Merged, or in place of what was there; a wrong line changes nothing."""
    for key in ("a", "b"):
        edge.operate("PUT", f"/kv/moved/{key}", content=b'"1"', headers={"content-type": "application/json"})
    dump = edge.operate("POST", "/kv/moved/export")
    assert dump.headers["content-type"] == "application/x-ndjson"
    assert dump.text == '{"key":"a","json":"1"}\n{"key":"b","json":"1"}\n'
    edge.operate("PUT", "/kv/moved/c", content=b"1")
    assert edge.operate("POST", "/kv/moved/import", content=dump.content).json() == {"imported": 2}
    assert len(edge.operate("GET", "/kv/moved").json()["keys"]) == 3
    bad = edge.operate("POST", "/kv/moved/import?mode=replace", content=dump.content + b"{}")
    assert bad.status_code == 400
    assert "line 3: " in bad.json()["error"]["message"]
    assert len(edge.operate("GET", "/kv/moved").json()["keys"]) == 3
    assert edge.operate("POST", "/kv/moved/import?mode=replace", content=dump.content).status_code == 200
    assert len(edge.operate("GET", "/kv/moved").json()["keys"]) == 2
    assert edge.operate("POST", "/kv/moved/import?mode=all", content=b"").status_code == 400
    assert {"name": "moved", "bytes": 8, "entries": 2} in edge.operate("GET", "/kv").json()["namespaces"]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("get", "f", "nope"), 1, "there is no key"),
        (("delete", "f", "nope"), 1, "there is no key"),
        (("put", "f", "k"), 2, "give VALUE, or --file"),
        (("put", "f", "k", "v", "--ttl", "0s"), 1, "positive number"),
        (("put", "f", "k", "v", "--ttl", "9999999999999999d"), 1, "too far in the future"),
        (("put", "f", "k", "v", "--ttl", "soon"), 1, "ttl: "),
        (("put", "f", "k", "{", "--json"), 1, "is not JSON"),
        (("put", "f", "k" * 513, "v"), 1, "512 bytes"),
        (("import", "f", "missing"), 2, "does not exist"),
        (("backup", "functions"), 1, "is there already"),
        (("list", "f", "--set", "storage.kv=memory"), 1, "only the gateway itself sees"),
    ],
)
def test_what_cannot_be_done_is_said(edge, arguments, code, part):
    """In one line, without a traceback."""
    found, _, error = kv(edge, *arguments)
    assert found == code
    assert part in error
    assert "Traceback" not in error


def test_a_store_is_copied_while_it_is_used(edge):
    """The copy serves another gateway, or `edge invoke --kv`."""
    assert kv(edge, "put", "f", "n", "7", "--json")[0] == 0
    assert kv(edge, "backup", "copy.sqlite3")[0] == 0
    done = run_edge("invoke", "functions/f", "--kv", "copy.sqlite3", cwd=edge.folder)
    assert json.loads(done.stdout)[2] == 7


def test_the_store_of_a_running_gateway_is_read_and_written_from_afar(edge, tmp_path):
    """By its admin listener, without its config and its files; keys may be any text."""

    def remote(*arguments):
        done = run_edge("kv", *arguments, "--url", edge.admin, cwd=tmp_path)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    odd = "a/b c%2F?&#é"
    assert remote("put", "far", odd, '{"n": 1}', "--json") == (0, "", "")
    assert remote("put", "far", "short", "lived", "--ttl", "1h")[0] == 0
    assert remote("get", "far", odd) == (0, '{"n": 1}', "")
    assert kv(edge, "get", "far", odd)[1] == '{"n": 1}', "it is the same store"
    rows = json.loads(remote("list", "far", "--output", "json")[1])
    assert [(row["key"], bool(row["expires"])) for row in rows] == [(odd, False), ("short", True)]
    assert {"namespace": "far", "entries": 2} in [
        {key: row[key] for key in ("namespace", "entries")}
        for row in json.loads(remote("namespaces", "--output", "json")[1])
    ]
    assert remote("export", "far", "dump.ndjson")[2] == "edge: 2 entries of far exported\n"
    assert remote("delete", "far", "short")[0] == 0
    code, _, error = remote("get", "far", "short")
    assert (code, "there is no key 'short'" in error) == (1, True)
    assert remote("clear", "far", "--force")[0] == 0
    assert remote("list", "far")[1] == ""
    assert remote("import", "far", "dump.ndjson")[2] == "edge: 2 entries imported into far\n"
    assert remote("get", "far", odd)[1] == '{"n": 1}'
    code, _, error = remote("backup", "copy.sqlite3")
    assert (code, "beside the gateway" in error) == (2, True)


def test_a_function_of_a_running_gateway_is_invoked_from_afar(edge, tmp_path):
    """What it answers is printed; a failure is exit code 1."""
    done = run_edge("invoke", "f", "/any?x=1", "--url", edge.admin, cwd=tmp_path)
    assert (done.returncode, len(json.loads(done.stdout))) == (0, 3)
    done = run_edge("invoke", "nobody", "--url", edge.admin, cwd=tmp_path)
    assert done.returncode == 1
    assert b"404" in done.stderr
