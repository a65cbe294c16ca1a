"""Metrics as Prometheus sees them, and the dashboard and alert rules that stand on them: promtool has the last word."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.gateway_process import gateway

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ENGINE_MODES = ("cells",)

ROOT = Path(__file__).parents[2]
RULES = ROOT / "config/prometheus/edge.rules.yml"
DASHBOARD = ROOT / "config/grafana/edge.json"
RULE_TESTS = ROOT / "tests/data/prometheus/rules.test.yml"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is missing: install Debian's prometheus")
CONFIG = """
[server]
workers = 2
[functions.hello]
schedule = ["@every 1s"]
[functions."odd-one"]
package = "hello"
timeout = "200ms"
[[routes]]
path = "/*rest"
function = "hello"
[[routes]]
path = "/slow"
function = "odd-one"
"""
HELLO = """module.exports = async (req, res) => {
  console.log('x');
  if (req.path === '/slow') await new Promise(() => setTimeout(() => {}, 5000));
  res.send('hello');
};"""
DERIVED = ("_bucket", "_count", "_sum", "_created")
WORDS = frozenset({"job", "instance", "le"})


def promtool(*arguments, text=""):
    done = subprocess.run([PROMTOOL, *arguments], input=text, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    files = {"edge.toml": CONFIG, "functions/hello/index.js": HELLO}
    with gateway(tmp_path_factory.mktemp("metrics"), "--config", "edge.toml", files=files) as running:
        for _ in range(30):
            running.get("/")
        for _ in range(3):
            running.get("/slow")
        yield running


def values(edge):
    """Of all samples, by what stands before them."""
    answer = edge.operate("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


@needs_promtool
def test_promtool_finds_nothing_wrong_with_the_metrics(edge):
    """Format, names, units and help, with the numbers of two workers added up."""
    text = edge.operate("GET", "/metrics").text
    assert promtool("check", "metrics", text=text) == ""


@needs_promtool
def test_promtool_accepts_rules_and_config():
    """And the rules say what they should to histories of trouble."""
    assert "SUCCESS" in promtool("check", "rules", str(RULES))
    promtool("check", "config", str(RULES.parent / "prometheus.yml"))
    assert "SUCCESS" in promtool("test", "rules", str(RULE_TESTS))


def test_histograms_say_where_the_time_went(edge):
    """Queue, start, run and CPU of every invocation of all workers; buckets rise, the last one is the count."""
    found = values(edge)
    for name in ("", "_queue", "_start", "_cpu"):
        metric = f"edge_invocation{name}_seconds"
        buckets = [value for key, value in found.items() if key.startswith(metric + '_bucket{function="hello"')]
        assert buckets == sorted(buckets)
        assert buckets[-1] == found[metric + '_count{function="hello"}'] >= 30
        assert found[metric + '_sum{function="hello"}'] >= 0
    assert found['edge_invocation_seconds_bucket{function="odd-one",le="0.1"}'] == 0
    assert found['edge_invocation_seconds_sum{function="odd-one"}'] >= 0.6
    assert found['edge_requests_total{function="odd-one",outcome="timeout",status_class="5xx"}'] == 3
    assert found['edge_workers{state="ready"}'] == 2
    assert found["process_resident_memory_bytes"] > 10_000_000


def documented():
    """Names of metrics, and their labels, as the reference lists them."""
    rows = re.findall(
        r"^\| `(\w+)` \| \w+ \| ([^|]*) \|", (ROOT / "docs/reference/metrics.md").read_text(), re.MULTILINE
    )
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def expressions():
    """Of the dashboard and of the rules."""
    texts = []

    def walk(value):
        if isinstance(value, dict):
            texts.extend(value[key] for key in ("expr", "definition") if isinstance(value.get(key), str))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(json.loads(DASHBOARD.read_text()))
    rules = re.findall(r"expr: (?:\|\n((?: {10,}.*\n)+)|(.*))", RULES.read_text())
    return texts + ["".join(each) for each in rules]


def test_what_dashboard_and_rules_name_exists(edge):
    """Every metric, and every label of it that they ask for."""
    known = documented()
    live = {key.partition("{")[0] for key in values(edge)}
    used = set()
    for expression in expressions():
        for name, matchers in re.findall(r"\b((?:edge|process)_\w+)(\{[^}]*\})?", expression):
            base = next((name.removesuffix(end) for end in DERIVED if name.removesuffix(end) in known), name)
            used.add(base)
            assert base in known or name in live, f"{name} in {expression}"
            labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers)) - WORDS
            assert labels <= known.get(base, set()), f"{name}: {labels}"
    assert len(used) > 25


def test_the_dashboard_is_complete():
    """Panels do not lie on one another, each has a question, and it asks the data source that is chosen."""
    dashboard = json.loads(DASHBOARD.read_text())
    taken = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
        if panel["type"] != "row":
            assert all(target["expr"] for target in panel["targets"])
            assert panel["datasource"]["uid"] == "${datasource}"
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def test_the_words_of_the_seeds_are_there_for_programs(edge):
    """As JSON, to those who ask for it."""
    found = edge.operate("GET", "/metrics", headers={"accept": "application/json"}).json()
    assert set(found["isolatePool"]) == {"total", "available", "active", "corrupted", "created", "destroyed"}
    assert set(found["moduleCache"]) == {"size", "hits", "misses", "evictions", "hitRate"}
