"""Recordings with other code, for other people, and what is kept of an invocation at all."""

from __future__ import annotations

import base64
import io
import json
import zipfile

import pytest

from tests.support.gateway_process import run_edge
from tests.support.recording_gateway import RULE, TOKEN, ask, edge, recorded, recording_gateway, recordings, replayed
from tests.support.web_origin import web_origin

ENGINE_MODES = ("cells",)  # test_serve_replay.py runs everything in both


@pytest.fixture(scope="module")
def origin():
    with web_origin() as server:
        yield server


@pytest.fixture(scope="module")
def served(tmp_path_factory, origin, engine_mode):
    """A gateway that keeps everything."""
    with recording_gateway(tmp_path_factory.mktemp(f"replay-{engine_mode}"), origin) as running:
        yield running


CHANGES = """
export default { async fetch(request, env) {
  const n = await env.KV.incr('seen');
  const got = await (await fetch(env.ORIGIN + '/json')).json();
  await env.KV.set('last', FIRST);
  console.log('got', got.list.length);
  EXTRA
  return Response.json({ n, at: Date.now(), r: Math.random(), got, v: FIRST });
} };
"""


@pytest.fixture(scope="module")
def changed(served):
    """A recording of /web/changes, and versions with other code."""
    code = {
        "same": CHANGES.replace("FIRST", "1").replace("EXTRA", ""),
        "other": CHANGES.replace("FIRST", "2").replace("EXTRA", ""),
        "more": CHANGES.replace("FIRST", "1").replace(
            "EXTRA",
            "await env.KV.set('new', 1); await new Promise((r) => setTimeout(r, 3600000));"
            "try { await fetch(env.ORIGIN + '/text'); } catch (e) { console.log(e.message); }",
        ),
        "order": CHANGES.replace("const n = await env.KV.incr('seen');", "")
        .replace("FIRST", "1")
        .replace("EXTRA", "const n = await env.KV.incr('seen');"),
        "fails": CHANGES.replace("FIRST", "1").replace("EXTRA", "throw new RangeError('new bug');"),
        "hangs": CHANGES.replace("FIRST", "1").replace("EXTRA", "await new Promise(() => {});"),
    }
    (served.folder / "functions/changes").mkdir()
    (served.folder / "functions/changes/index.mjs").write_text(code["same"])
    settings = (served.folder / "functions/web/function.toml").read_text()
    (served.folder / "functions/changes/function.toml").write_text(settings)
    with (served.folder / "edge.toml").open("a") as file:
        file.write("[functions.changes]\n" + RULE.format("changes"))
    assert served.operate("POST", "/config/reload").status_code == 200
    rid = recorded(served, "/changes/1")["id"]
    return rid, {name: f"changes@{upload(served, source)}" for name, source in code.items()}


def upload(served, source):
    """A version of the function `changes` that does not serve; its name."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("index.mjs", source)
    options = {"params": {"activate": "false"}, "content": archive.getvalue()}
    answer = served.operate("PUT", "/functions/changes/package", headers={"content-type": "application/zip"}, **options)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()["version"]


def replay_with(served, changed, name):
    """The report of the recording with other code, and its differences."""
    rid, versions = changed
    report = replayed(served, rid, against=versions[name])
    return report, {(one["what"], one["before"], one["after"]) for one in report["differences"]}


def test_the_same_code_in_another_folder_differs_in_nothing(served, changed):
    report, differences = replay_with(served, changed, "same")
    assert (report["same"], report["parted"], differences) == (True, "", set())


def test_other_code_shows_what_is_otherwise_in_response_log_calls_and_writes(served, changed):
    report, differences = replay_with(served, changed, "other")
    writes = {
        (before, after)
        for what, before, after in differences
        if what == "kv" and '"last"' in before and '"last"' in after
    }
    assert len(writes) == 1
    assert [what for what, _, _ in differences].count("body") == 1
    assert len(report["changed"]) == 1
    assert report["missing"] == []
    assert json.loads(report["after"]["body"])["v"] == 2
    assert json.loads(report["after"]["body"])["got"] == json.loads(report["before"]["body"])["got"]


def test_what_was_not_recorded_is_told_and_new_writes_go_nowhere_while_time_flies(served, changed):
    report, differences = replay_with(served, changed, "more")
    assert any(what == "kv" and not before and '"new"' in after for what, before, after in differences)
    assert any(what == "call" and "/text" in after for what, _, after in differences)
    assert ["kv.set" in call for call in report["missing"]] == [True, False]
    assert any("was not called in the recording" in text for _, text in report["after"]["logs"])
    assert json.loads(report["after"]["body"])["at"] - json.loads(report["before"]["body"])["at"] >= 3_600_000
    assert "new" not in json.dumps(served.operate("GET", "/kv/changes").json())


def test_another_order_of_the_same_calls_gets_the_same_answers(served, changed):
    report, _ = replay_with(served, changed, "order")
    assert (report["missing"], report["changed"]) == ([], [])
    assert json.loads(report["after"]["body"])["n"] == json.loads(report["before"]["body"])["n"]


@pytest.mark.parametrize(
    ("name", "outcome", "failure"), [("fails", "exception", "RangeError: new bug"), ("hangs", "timeout", "")]
)
def test_code_that_fails_now_says_so(served, changed, name, outcome, failure):
    report, _ = replay_with(served, changed, name)
    assert (report["after"]["outcome"], report["after"]["failure"]) == (outcome, failure)


def test_code_in_a_folder_or_a_version_is_tried_with_what_the_last_ones_got(served, changed):
    rid, versions = changed
    folder = served.folder / "code"
    folder.mkdir()
    (folder / "index.mjs").write_text("export default { fetch( ")
    broken, _ = edge(served, rid, "--package", "code")
    assert broken.returncode == 1
    assert b"SyntaxError" in broken.stdout + broken.stderr
    found, reports = edge(served, "--against", versions["fails"], "--last", "5", "--output", "json")
    assert found.returncode == 1, found.stderr
    assert {report["after"]["failure"] for report in reports} == {"RangeError: new bug"}


def test_a_gateway_elsewhere_is_asked_with_its_url(served, changed, tmp_path):
    rid, versions = changed

    def remote(*arguments):
        return run_edge("replay", *arguments, "--url", served.admin, cwd=tmp_path, timeout=60)

    listed = json.loads(remote("--list", "--function", "changes", "--output", "json").stdout)
    assert [one["id"] for one in listed] == [rid]
    assert b"identical" in remote(rid).stdout
    there = remote("--against", versions["fails"], "--last", "5")
    assert (there.returncode, b"1 replayed: 0 the same" in there.stdout) == (1, True)
    assert b"    - " in there.stdout
    nothing = remote("--against", "chagnes@v2", "--last", "5")
    assert (nothing.returncode, b"no recordings of function chagnes" in nothing.stderr) == (1, True)
    (tmp_path / "code").mkdir()
    (tmp_path / "code/index.mjs").write_text(CHANGES.replace("FIRST", "3").replace("EXTRA", ""))
    here = remote(rid, "--package", "code", "--output", "json")
    assert json.loads(json.loads(here.stdout)["after"]["body"])["v"] == 3
    assert remote(rid, "--export", "bug.rec").returncode == 0
    assert (tmp_path / "bug.rec").stat().st_size > 100
    assert b"there is no recording" in remote("nothing").stderr


def test_credentials_are_in_no_file_and_what_passes_them_on_still_runs_again(served):
    headers = {"authorization": "Bearer very-secret-one", "cookie": "sid=very-secret-two", "x-plain": "plain"}
    ids = [recorded(served, f"/web/{case}", headers=headers)["id"] for case in ("env", "url", "token", "logs")]
    for rid in ids:
        assert replayed(served, rid)["identical"]
        content = json.dumps(served.operate("GET", f"/recordings/{rid}").json())
        assert not any(secret in content for secret in (TOKEN, "very-secret"))
    _, report = edge(served, ids[0], "--with-secrets", "--output", "json")
    assert report["identical"]
    assert "[redacted:TOKEN]" in report["after"]["body"]


def test_a_file_goes_to_others_with_its_code(served, tmp_path):
    rid = recorded(served, "/web/throws")["id"]
    found, _ = edge(served, rid, "--export", str(tmp_path / "bug.rec"), "--with-package")
    assert found.returncode == 0, found.stderr
    elsewhere = run_edge("replay", "bug.rec", "--output", "json", cwd=tmp_path, timeout=60)
    assert elsewhere.returncode == 0, elsewhere.stderr
    report = json.loads(elsewhere.stdout)
    assert (report["identical"], report["after"]["outcome"]) == (True, "exception")
    sent = served.operate("POST", "/recordings/replay", content=(tmp_path / "bug.rec").read_bytes())
    assert sent.json()["identical"]
    alone = served.operate("GET", f"/recordings/{rid}/file").content
    (tmp_path / "alone.rec").write_bytes(alone)
    without = run_edge("replay", "alone.rec", cwd=tmp_path, timeout=60)
    assert without.returncode == 1
    assert b"--package" in without.stderr


def test_each_function_says_what_is_recorded_of_it_and_operators_ask_for_more(served):
    quiet, failing = ask(served, "/quiet/throws"), ask(served, "/failing/throws")
    fine = ask(served, "/failing/plain")
    asked = ask(served, "/quiet/plain", headers={"edge-record": "let-me-record"})
    not_asked = ask(served, "/quiet/plain", headers={"edge-record": "guessed"})
    answer = served.operate("POST", "/functions/quiet/record", params={"count": 1, "for": "1m"})
    assert answer.json() == {"function": "quiet", "count": 1, "seconds": 60.0}
    demanded, over = ask(served, "/quiet/throws?1"), ask(served, "/quiet/throws?2")
    last = recorded(served, "/web/now")["id"]
    found = {one["id"]: one["reason"] for one in recordings(served)}
    assert {rid: found.get(rid) for rid in (quiet, fine, not_asked, over)} == dict.fromkeys(
        (quiet, fine, not_asked, over)
    )
    assert (found[failing], found[asked], found[demanded]) == ("failure", "demand", "demand")
    assert last in found
    assert "let-me-record" not in json.dumps(served.operate("GET", f"/recordings/{asked}").json())
    assert base64.b64encode(b"let-me-record") not in served.operate("GET", f"/recordings/{asked}/file").content


def test_what_is_no_recording_is_told(served, tmp_path):
    for method, path, status in (
        ("GET", "/recordings/nothing", 404),
        ("POST", "/recordings/nothing/replay", 404),
        ("DELETE", "/recordings/nothing", 404),
        ("GET", "/recordings/..%2f..%2fetc", 400),
        ("GET", "/recordings?limit=0", 400),
        ("POST", "/functions/none/record", 404),
        ("POST", "/functions/quiet/record?count=0", 400),
        ("POST", "/functions/quiet/record?for=2h", 400),
    ):
        assert (path, served.operate(method, path).status_code) == (path, status)
    assert served.operate("POST", "/recordings/replay", content=b"junk").status_code == 400
    rid = recorded(served, "/web/now")["id"]
    assert served.operate("POST", f"/recordings/{rid}/replay?against=none@v9").status_code == 404
    assert served.operate("DELETE", f"/recordings/{rid}").status_code == 204
    assert served.operate("GET", f"/recordings/{rid}").status_code == 404
    assert edge(served, "nothing")[0].returncode == 1


def test_a_reload_changes_what_is_recorded_and_what_is_too_large_is_counted(served):
    config = served.folder / "edge.toml"
    config.write_text(config.read_text().replace('max_size = "4MiB"', 'max_size = "20KiB"'))
    assert served.operate("POST", "/config/reload").json()["changed"]
    large, small = ask(served, "/web/big"), recorded(served, "/web/now")["id"]
    assert small
    assert large not in {one["id"] for one in recordings(served)}
    text = served.operate("GET", "/metrics").text
    assert 'edge_recordings_total{function="web",result="too_large"}' in text
    config.write_text(config.read_text().replace("share = 1.0", "share = 1.0\nmax_total = 0"))
    assert served.operate("POST", "/config/reload").json()["changed"]
    off = ask(served, "/web/throws")
    assert off not in {one["id"] for one in recordings(served)}
