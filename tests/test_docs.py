"""The documentation is true: commands do what it shows, names are those of the code, links lead somewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from edge.cli.main import COMMANDS, group
from edge.config.load import build, parse_toml
from edge.config.model import Config
from edge.config.schema import table, walk
from edge.gateway.admin_endpoints import ENDPOINTS
from edge.gateway.engine_metrics import CacheStats, PoolStats
from edge.gateway.metrics import Metrics
from edge.gateway.tls.metrics import TlsMetrics
from edge.runtime.node_modules import BUILTINS
from tests.support.document import blocks, reader

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
FOLLOWED = [
    *(ROOT / "README.md", DOCS / "tutorial.md", DOCS / "operations.md", DOCS / "security.md", DOCS / "comparison.md"),
    *sorted((DOCS / "how-to").glob("*.md")),
]
GENERATED = ["admin-api.md", "cli.md", "config.md", "errors.md", "metrics.md", "runtime.md"]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
ABOUT_FILES = [ROOT / "CONTRIBUTING.md", DOCS / "architecture.md", *sorted((DOCS / "decisions").glob("*.md"))]
READMES = sorted((ROOT / "edge").rglob("README.md"))


def name(path):
    return path.relative_to(ROOT).as_posix()


def prose(text):
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def snippets(text):
    """Inline code."""
    return re.findall(r"`([^`\n]+)`", prose(text))


# -- what the pages show


@pytest.mark.integration
@pytest.mark.slow
@pytest.mark.parametrize("page", FOLLOWED, ids=name)
def test_a_page_can_be_followed(page, tmp_path):
    """Its files are written, its commands typed one after the other, and each prints what the page says."""
    if page.name == "README.md":
        shutil.copytree(ROOT / "config", tmp_path / "config")
        shutil.copytree(ROOT / "functions", tmp_path / "functions")
    with reader(tmp_path) as someone:
        someone.follow(page.read_text("utf-8"))


@pytest.mark.integration
@pytest.mark.slow
def test_generated_pages_are_up_to_date():
    """When this fails, run scripts/gen-docs."""
    command = [sys.executable, ROOT / "scripts" / "gen-docs", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_page_says_how_it_is_made():
    """A generated page that somebody edits would lose the edit."""
    for page in GENERATED:
        assert "Written by scripts/gen-docs from" in (DOCS / "reference" / page).read_text("utf-8"), page


# -- names of the code


def test_the_command_line_reference_has_exactly_the_commands():
    """With every option of each."""
    text = (DOCS / "reference" / "cli.md").read_text("utf-8")
    sections = dict(re.findall(r"^## `edge (\w+)`$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert list(sections) == list(COMMANDS)
    for command, section in sections.items():
        cells = " ".join(re.findall(r"^\| `(.*?)`", section, re.MULTILINE))
        written = set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", cells))
        assert written == options(command), command


def options(command):
    """The options of an `edge` command as they are typed."""
    found = group.get_command(click.Context(group), command)
    parts = [found, *(found.commands.values() if isinstance(found, click.Group) else ())]
    named = [option for part in parts for option in part.params if isinstance(option, click.Option)]
    return {text for option in named for text in [*option.opts, *option.secondary_opts]}


def command_lines(text):
    """Every `edge COMMAND ...` of a page, in blocks and in prose; lines that a backslash continues are one."""
    shell = [block.text for block in blocks(text) if block.language in {"sh", "console"}]
    typed = [line.strip().removeprefix("$ ") for block in shell for line in block.replace("\\\n", " ").splitlines()]
    for line in [*typed, *snippets(text)]:
        found = re.match(r"(?:\S*/bin/|python -m )?edge +(?P<command>[a-z]+)\b(?P<rest>.*)", line)
        if found:
            yield found["command"], re.split(r"[;|&]| '", found["rest"])[0]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_name_commands_and_options_that_exist(page):
    """What a reader types is understood."""
    for command, rest in command_lines(page.read_text("utf-8")):
        assert command in COMMANDS, command
        typed = re.findall(r"(?<!\S)--[a-z-]+", rest)
        assert set(typed) <= options(command) | {"--help"}, (command, typed)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_name_config_keys_that_exist(page):
    """A dotted name that begins with a section of the config is a key of it."""
    keys = {".".join(map(str, path)) for path, _ in walk(table(Config))}
    sections = {key.partition(".")[0] for key in keys} - {"functions", "routes", "auth"}
    text = page.read_text("utf-8")
    named = re.findall(r"--set '?([a-z_]+\.[a-z_.]+)=", text) + [word for word in snippets(text) if "/" not in word]
    for word in named:
        key = re.match(r"^([a-z]+)\.[a-z_.]+$", word)
        if key and key[1] in sections and not {word, f"routes.*.{word}"} & keys:
            assert word.endswith((".py", ".js", ".md", ".toml", ".timeuot")), word


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_parts_of_a_config_that_pages_show_are_valid(page):
    """Those that no test of the page writes to a file, since they have no title."""
    for block in blocks(page.read_text("utf-8")):
        if block.language == "toml" and not block.title:
            build(*parse_toml(block.text.encode(), page.name), page.name, {})


def metric_names():
    """All names of ours that the metrics page of a gateway can show."""
    metrics = Metrics()
    metrics.watch(PoolStats, CacheStats)
    TlsMetrics(metrics.registry)
    return set(re.findall(r"^# HELP (edge_\S+)", metrics.text().decode(), re.MULTILINE))


def test_the_metrics_reference_has_exactly_the_metrics():
    """Those that `..._created` stands for apart."""
    text = (DOCS / "reference" / "metrics.md").read_text("utf-8")
    written = {word for word in re.findall(r"^\| `(\w+)`", text, re.MULTILINE) if word.startswith("edge_")}
    times = {f"{metric.removesuffix('_total')}_created" for metric in metric_names()}
    assert written == metric_names() - times


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_name_metrics_that_exist(page):
    """Also in the outputs that they show."""
    for word in re.findall(r"\bedge_[a-z_]+\b", page.read_text("utf-8")):
        assert re.sub(r"_(bucket|sum|count)$", "", word) in metric_names(), word


EVENTS = r"`((?:cell|zygote|sandbox)[a-z_]*)`"
SOURCES = "".join(path.read_text("utf-8") for path in sorted((ROOT / "edge").rglob("*.py")))


def test_pages_name_log_events_that_exist():
    """In the column of events of the page that explains them: all that cells and zygote write, and no other."""
    text = (DOCS / "how-to" / "untrusted.md").read_text("utf-8").split("## What the log says")[1].split("\n## ")[0]
    written = set(re.findall(rf"^\| {EVENTS} ", text, re.MULTILINE))
    logged = re.findall(r'(?:log|_log|tell)(?:\.\w+)?\(\s*"(\w+)"', SOURCES)
    assert written == {event for event in logged if re.match(r"(cell|zygote|sandbox)", event)}


def test_the_page_about_the_sandbox_names_layers_that_exist():
    """As `edge doctor` and the log call them."""
    text = (DOCS / "decisions" / "sandbox.md").read_text("utf-8").split("## Layers")[1].split("\n## ")[0]
    table_of_layers = "".join(re.findall(r"^\| (`.*?) \|", text, re.MULTILINE))
    for layer in re.findall(r"`([a-z_]+)", table_of_layers):
        assert layer in {"uid", "landlock"} or f'"{layer}"' in SOURCES, layer


def reference_codes():
    """Codes of errors by the reference."""
    text = (DOCS / "reference" / "errors.md").read_text("utf-8")
    return set(re.findall(r"^\| \d{3} \| `(\w+)`", text, re.MULTILINE))


def test_every_code_that_the_sources_give_an_error_is_in_the_reference():
    """Found in the text of the sources, where the reference has them from the classes."""
    sources = "".join(path.read_text("utf-8") for path in sorted((ROOT / "edge").rglob("*.py")))
    assert set(re.findall(r'^    code(?:: ClassVar\[str\])? = "(\w+)"$', sources, re.MULTILINE)) == reference_codes()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_show_error_codes_that_exist(page):
    """In the answers that they show, and where they name them beside their status."""
    text = page.read_text("utf-8")
    shown = re.findall(r'\{"error":\{"code":"(\w+)"', text) + re.findall(r"\b[45]\d\d `([a-z]\w+)`", text)
    assert set(shown) <= reference_codes()


@pytest.mark.parametrize("page", FOLLOWED, ids=name)
def test_pages_ask_the_admin_listener_for_what_it_has(page):
    """Method and path of each request to port 9090 are an endpoint."""
    patterns = [(endpoint.method, re.sub(r"\\\{\w+\\\}", "[^?]+", re.escape(endpoint.path))) for endpoint in ENDPOINTS]
    for line in re.findall(r"curl[^\n`]*127\.0\.0\.1:9090[^\n`]*", page.read_text("utf-8")):
        method = re.search(r"-X ([A-Z]+)", line)
        path = re.search(r":9090(/[^?' ]*)", line)[1]
        known = [found for found, pattern in patterns if re.fullmatch(pattern, path)]
        assert (method[1] if method else "GET") in known, line


def test_the_runtime_reference_names_every_module_of_node():
    """As there, or as refused with a reason."""
    text = (DOCS / "reference" / "runtime.md").read_text("utf-8").split("## Modules of Node")[1].split("\n## ")[0]
    first = "".join(re.findall(r"^\| (.*?) \|", text, re.MULTILINE))
    assert set(re.findall(r"`([\w/:]+)`", first)) == BUILTINS


# -- places


def anchors(path):
    """The anchors of a page, as GitHub makes them."""
    heads = re.findall(r"^#+ (.*)$", prose(path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", [*PAGES, *READMES], ids=name)
def test_relative_links_lead_to_files_and_headings(page):
    """Links to other sites are not followed."""
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text("utf-8"))):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", ABOUT_FILES, ids=name)
def test_files_that_are_named_exist(page):
    """Relative to the project, to edge/, or to the folder that a section speaks of."""
    bases = [ROOT, ROOT / "edge", ROOT / "edge" / "runtime", ROOT / "edge" / "gateway", ROOT / "edge" / "services"]
    for word in snippets(page.read_text("utf-8")):
        path = re.fullmatch(r"[\w./*-]+\.(?:py|js|md|json|toml)", word)
        if path and "NAME" not in word and word not in {"edge.toml", "manifest.json"}:
            assert any(list(base.glob(word.removeprefix("./"))) for base in bases), word


# -- examples


def test_every_example_function_is_in_the_sample_config():
    """So that `./scripts/run` serves all of them."""
    config = tomllib.loads((ROOT / "config" / "edge.toml").read_text("utf-8"))
    folders = {path.name for path in (ROOT / "functions").iterdir() if path.is_dir()}
    assert set(config["functions"]) == folders
    assert {route["function"] for route in config["routes"]} == folders


@pytest.mark.parametrize("function", sorted(path.name for path in (ROOT / "functions").iterdir()))
def test_the_tour_shows_every_example_function(function):
    """With a link to its source."""
    assert f"](functions/{function}/" in (ROOT / "README.md").read_text("utf-8")
