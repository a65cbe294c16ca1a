"""`./scripts/corpus http` against real gateways: cases of each kind, and cases that must fail."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
CASES = {
    "http_abuse.json": (
        *("one_byte_requests", "pipeline_mixed", "pipeline_unread_body", "many_headers", "absolute_form", "path_mixed"),
        *("smuggle_cl_te", "chunk_tiny", "expect_100", "half_close", "disconnect_mid_upload", "wsf_unmasked_frame"),
        *("wsf_deflate_bomb", "h2_continuation_flood", "h2_settings_flood", "h2_max_streams", "h2_nul_in_value"),
        *("tls_garbage", "tls_sni_mismatch", "tls_sni_junk", "tls_renegotiation"),
    ),
    "http_more.json": (
        *("more_field_spoof_internal", "more_split_crlf", "more_pipeline_mixed_order", "more_ws_close_ok"),
        *("more_h2_rapid_reset", "more_h2_hpack_bomb", "more_h2_window_flood", "more_reset_in_answer"),
    ),
}

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.hostile]


def corpus(*arguments):
    """Run it; its exit code, its lines, and what it says on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "edge.corpus", "http", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_hostile_clients_get_what_they_deserve_and_leave_nothing(tmp_path):
    """With the invariant: a fresh request within a second, no memory, no descriptor, no task."""
    chosen = []
    for name, names in CASES.items():
        cases = {case["name"]: case for case in json.loads((DATA / name).read_text())["cases"]}
        chosen += [cases[one] for one in names]
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"cases": chosen}))
    code, lines, errors = corpus(file)
    assert errors == ""
    assert lines == [f"{len(chosen)} passed, 0 failed"]
    assert code == 0


def case(name, proto, step, *expect, **more):
    return {"name": name, "proto": proto, "steps": step if isinstance(step, list) else [step], "expect": expect, **more}


GET = "GET /ok HTTP/1.1\r\nHost: a.test\r\n\r\n"


def test_cases_that_end_otherwise_are_failures(tmp_path):
    """A line for each of them, a summary as the last line, and exit code 1."""
    wrong = [
        case("status", "h1", {"send": GET}, 400),
        case("count", "h1", {"send": GET}, 200, responses=2),
        case("never", "h1", {"send": GET}, 200, never=["ok /ok"]),
        case("path", "h1", {"send": GET}, 200, never=["/ok"]),
        case("waits", "h1", {"send": GET}, "timeout_close", max_s=1),
        case("words", "ws", {"frames_hex": "do something odd"}, "ok"),
        case("verb", "h1", {"shout": "GET"}, 200),
    ]
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"cases": [case("good", "h1", {"send": GET}, 200), *wrong]}))
    code, lines, _ = corpus(file)
    assert code == 1
    told = {found[1]: found[2] for line in lines if (found := re.fullmatch(r"FAIL (\w+): (.*)", line))}
    assert list(told) == [one["name"] for one in wrong]
    assert told["status"] == "200 (wanted 400); status 200"
    assert told["count"] == "1 answers and not 2"
    assert told["never"] == "'ok /ok' came back"
    assert told["path"] == "/ok was served"
    assert "(wanted timeout_close)" in told["waits"]
    assert "non-hexadecimal" in told["words"]
    assert told["verb"].startswith("shout is no step")
    assert lines[-1] == "1 passed, 7 failed"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "Expecting"),
        ('{"cases": []}', "no case"),
        ('[{"name": "x", "proto": "h3", "steps": [], "expect": [200]}]', "Invalid enum value 'h3'"),
        ('[{"name": "x", "proto": "h1", "steps": [], "expect": ["maybe"]}]', "expect has 'maybe'"),
        ('[{"name": "x", "proto": "h1", "steps": [], "expect": []}]', "expect is empty"),
    ],
)
def test_what_cannot_be_run_is_wrong_usage(tmp_path, content, said):
    """Exit code 2, a reason, and nothing is started."""
    file = tmp_path / "cases.json"
    file.write_text(content)
    code, lines, errors = corpus(file)
    assert (code, lines) == (2, [])
    assert said in errors
