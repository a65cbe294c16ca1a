"""Loading: what a good file gives, and what every kind of bad one says."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.config.load import build, load
from edge.config.model import Config, EgressRule
from edge.config.route_model import Route
from edge.config.types import DEFAULT_MODE
from edge.errors import ConfigError
from edge.units import GIB, KIB, MIB


def problems(source: str, **options) -> list[str]:
    """What is wrong with a file."""
    with pytest.raises(ConfigError) as caught:
        load(source.encode(), "edge.toml", environ=options.pop("environ", {}), **options)
    return caught.value.problems


def problem(source: str, **options) -> str:
    """The one thing that is wrong with a file."""
    found = problems(source, **options)
    assert len(found) == 1, found
    return found[0]


def good(source: str, **options) -> Config:
    """The config of a file."""
    return load(source.encode(), "edge.toml", environ=options.pop("environ", {}), **options)


def test_an_empty_file_has_the_documented_defaults() -> None:
    """The defaults are those of the contract, but for the engine, which this version has in one mode only."""
    config = good("")
    assert config.server.listen == ["127.0.0.1:8080"]
    assert (config.server.max_body, config.server.max_headers) == (10 * MIB, 64 * KIB)
    assert (config.server.idle_timeout, config.server.grace, config.server.health_path) == (75.0, 30.0, "/_edge")
    assert (config.engine.mode, config.engine.pool_size, config.engine.max_pool_size) == (DEFAULT_MODE, 5, 20)
    assert (config.engine.memory, config.engine.timeout, config.engine.cpu) == (128 * MIB, 30.0, 10.0)
    assert (config.packages.module_cache_size, config.packages.cache_size) == (1000, 10 * GIB)
    assert config.egress.allow == ["public"]
    assert config.admin.listen == "127.0.0.1:9090"


def test_a_whole_file_becomes_structs() -> None:
    """Sizes and durations become bytes and seconds, tables become structs."""
    config = good("""
        server = { listen = ["[::1]:0", "unix:/run/edge.sock"], max_body = 4096, grace = 1.5, idle_timeout = "250ms" }
        [functions.hello]
        memory = "64Mi"
        timeout = "15m"
        env = { A = "1" }
        egress.allow = ["public", { host = "db.internal", port = 5432, private = true }]
        [[routes]]
        path = "/hello/:name"
        methods = ["GET"]
        function = "hello"
    """)
    assert config.server.listen == ["[::1]:0", "unix:/run/edge.sock"]
    assert (config.server.max_body, config.server.grace, config.server.idle_timeout) == (4096, 1.5, 0.25)
    hello = config.functions["hello"]
    assert (hello.memory, hello.timeout, hello.env, hello.cpu) == (64 * MIB, 900.0, {"A": "1"}, None)
    assert hello.egress is not None
    assert hello.egress.allow == ["public", EgressRule(host="db.internal", port=5432, private=True)]
    assert config.routes[0].path == "/hello/:name"


def test_structs_are_frozen() -> None:
    """Nothing can change a config under a running generation."""
    with pytest.raises(AttributeError):
        good("").server.grace = 1.0  # type: ignore[misc]


def test_relative_paths_start_at_the_files_folder() -> None:
    """The working directory does not matter, an absolute path stays."""
    config = load(b"", "/etc/edge/edge.toml", environ={})
    assert str(config.path(config.packages.root)) == "/etc/edge/functions"
    assert str(config.path("/srv/x")) == "/srv/x"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[server]\nlisten = 5", "edge.toml:2: server.listen: 5 is not a list (list of text)"),
        ('[server]\nhttp2 = "yes"', "edge.toml:2: server.http2: 'yes' is not true or false (true | false)"),
        (
            "[engine]\npool_size = true",
            "edge.toml:2: engine.pool_size: true is not a whole number (whole number 0..10000)",
        ),
        (
            "[engine]\npool_size = 5.0",
            "edge.toml:2: engine.pool_size: 5.0 is not a whole number (whole number 0..10000)",
        ),
        ("[engine]\npool_size = -1", "edge.toml:2: engine.pool_size: -1 is out of range (whole number 0..10000)"),
        (
            '[engine]\nmemory = "15MiB"',
            "edge.toml:2: engine.memory: 15728640 is out of range (16MiB..2GiB, like 128MiB)",
        ),
        ('[engine]\ntimeout = "901s"', "edge.toml:2: engine.timeout: 901.0 is out of range (10ms..15m, like 30s)"),
        ("[engine]\ntimeout = nan", "edge.toml:2: engine.timeout: nan is not a duration (10ms..15m, like 30s)"),
        ("[engine]\ntimeout = inf", "edge.toml:2: engine.timeout: inf is not a duration (10ms..15m, like 30s)"),
        (
            "[engine]\nmemory = 99999999.5",
            "edge.toml:2: engine.memory: 99999999.5 is not a size (16MiB..2GiB, like 128MiB)",
        ),
        ("engine = []", "edge.toml:1: engine: a list is not a table "),
        ("functions = 1", "edge.toml:1: functions: 1 is not a table "),
        ("[routes]", "edge.toml:1: routes: a table is not a list "),
        ('[log]\nlevel = "inof"', "edge.toml:2: log.level: 'inof' is not known, did you mean info? "),
        ('[server]\nworkers = "all"', "edge.toml:2: server.workers: 'all' is not a whole number "),
        ("[functions.a.env]\nKEY = 1", "edge.toml:2: functions.a.env.KEY: the value is not text in quotes (text)"),
        ("[[routes]]\nfunction = 'a'\n[functions.a]", "edge.toml:1: routes[0]: path is missing (text)"),
        (f"[engine]\nmemory = 0x{'f' * 5000}", "edge.toml:2: engine.memory: the number is out of range "),
    ],
)
def test_a_wrong_value_names_file_line_key_and_what_is_allowed(source: str, expected: str) -> None:
    """The whole message is pinned where it is short, its beginning where it lists keys."""
    assert problem(source).startswith(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[server]\nlisen = []", "edge.toml:2: server.lisen: unknown key, did you mean listen? ("),
        ("[sever]\n", "edge.toml:1: sever: unknown key, did you mean server? ("),
        ("[function.hello]", "edge.toml:1: function: unknown key, did you mean functions? ("),
        ("[server]\nmemory = 1", "edge.toml:2: server.memory: unknown key, did you mean engine.memory? ("),
        ("listen = []", "edge.toml:1: listen: unknown key, did you mean server.listen? ("),
        ("[functions.a]\nsecret = []", "edge.toml:2: functions.a.secret: unknown key, did you mean secrets? ("),
        (
            "[functions.a.async]\nretry = 2",
            "edge.toml:2: functions.a.async.retry: unknown key, did you mean retry_on or egress.hosts.NAME.retry? (",
        ),
        ("[secret]\nfile = ''", "edge.toml:1: secret: unknown key, did you mean server or auth.NAME.secret? ("),
        ("[log]\nzzz = 1", "edge.toml:2: log.zzz: unknown key (format, level, expose_errors, sample, "),
        ("origin = 1", "edge.toml:1: origin: unknown key"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(source: str, expected: str) -> None:
    """Nearest is a like name beside it, or the same name in another section."""
    assert problem(source).startswith(expected)


def test_all_problems_come_at_once_and_in_the_order_of_the_file() -> None:
    """A person does not have to run the check ten times."""
    found = problems("""
        [[routes]]
        path = "no-slash"
        function = "helo"
        methods = ["get", 5]
        [engine]
        memory = "1MiB"
        tiemout = 5
        [functions.hello]
        env = { "1A" = "x" }
        [server]
        listen = ["127.0.0.1", "127.0.0.1:99999"]
    """)
    places = [line.split(": ")[:2] for line in found]
    assert places == [
        ["edge.toml:3", "routes[0].path"],
        ["edge.toml:4", "routes[0].function"],
        ["edge.toml:5", "routes[0].methods[1]"],
        ["edge.toml:5", "routes[0].methods[0]"],
        ["edge.toml:7", "engine.memory"],
        ["edge.toml:8", "engine.tiemout"],
        ["edge.toml:10", "functions.hello.env.1A"],
        ["edge.toml:12", "server.listen[0]"],
        ["edge.toml:12", "server.listen[1]"],
    ]


def test_numbers_of_items_are_those_of_the_file_behind_wrong_items() -> None:
    """An item that is wrong by type does not shift the numbers of problems found later."""
    found = problems('functions.a = {}\nroutes = [\n5,\n{ path = "x", function = "a" },\n]')
    keys = ", ".join(Route.__struct_fields__)
    assert found == [
        f"edge.toml:3: routes[0]: 5 is not a table (table with {keys})",
        "edge.toml:4: routes[1].path: 'x' does not begin with / (/hello/:name)",
    ]


def test_a_problem_is_not_repeated_by_what_follows_from_it() -> None:
    """A function with a wrong table is not also missing, a wrong pool is not also too small."""
    assert len(problems('[[routes]]\npath = "/"\nfunction = "a"\n[functions]\na = 5')) == 1
    assert len(problems("[engine]\npool_size = 30\nmax_pool_size = 'x'")) == 1


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"[server\n", "edge.toml:1: not valid TOML: "),
        (b"a = 1\nb = \n", "edge.toml:2: not valid TOML: "),
        (b"a = 1\na = 2\n", "edge.toml:2: not valid TOML: "),
        (b"a = '''\n\n", "edge.toml:3: not valid TOML: "),
        (b"a = 1\nb = \xff\n", "edge.toml:2: the file is not UTF-8 "),
        (b"x = " + b"[" * 100_000, "edge.toml:1: "),
        (b"x = " + b"9" * 5000, "edge.toml:1: not valid TOML: "),
        (b"#" * (16 * MIB + 1), "edge.toml:1: the file has 16777217 bytes (at most 16MiB)"),
    ],
)
def test_a_file_that_is_no_toml_says_where(source: bytes, expected: str) -> None:
    """Syntax errors have lines too, and nothing that a file holds raises anything but ConfigError."""
    with pytest.raises(ConfigError) as caught:
        load(source, "edge.toml", environ={})
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(expected)


def test_a_byte_order_mark_is_no_problem() -> None:
    """Some editors write one."""
    assert load(b"\xef\xbb\xbf[engine]\npool_size = 1", "edge.toml", environ={}).engine.pool_size == 1


@pytest.mark.parametrize(
    "source",
    [
        '[storage]\nkv = "rdis://:hunter2@host"',
        '[storage]\nkv = ["hunter2"]',
        '[functions.a.env]\nKEY = ["hunter2"]',
        '[functions.a.env]\n"1" = "hunter2"',
        '[telemetry]\notlp_endpoint = "ftp://u:hunter2@x"',
        '[packages]\nstore = "s4://u:hunter2@x"',
    ],
)
def test_messages_keep_what_may_be_secret(source: str) -> None:
    """Messages end up in logs: they say where, not what."""
    assert "hunter2" not in problem(source)


def test_the_egress_check_that_is_passed_in_decides() -> None:
    """It gets texts and tables as they were written, from the section and from functions."""
    seen: list[object] = []

    def check(entry: object) -> str | None:
        seen.append(entry)
        return "no good (better)" if entry == "bad" else None

    source = 'egress.allow = ["x", { host = "h", port = 1 }]\nfunctions.a.egress.deny = ["bad"]'
    assert problem(source, check_egress=check) == "edge.toml:2: functions.a.egress.deny[0]: no good (better)"
    assert seen == ["x", {"host": "h", "port": 1}, "bad"]


SCALARS = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.text(max_size=8),
    st.datetimes(),
    st.just(None),
    st.sampled_from(["1s", "1MiB"]),
)
NAMES = st.sampled_from([*Config.__struct_fields__, "listen", "memory", "allow", "path", "function", "env", "x"])
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))


@pytest.mark.slow
@given(st.dictionaries(NAMES, TREES, max_size=5))
@settings(max_examples=300, deadline=None)
def test_no_values_make_the_loader_fail_otherwise_than_with_a_config_error(values: dict[str, object]) -> None:
    """Whatever the types, there is a config that encodes, or a list of problems, each of one line and with its key."""
    found: list[str] = []
    try:
        config = build("", values, "edge.toml", {})
    except ConfigError as error:
        found = error.problems
    else:
        assert isinstance(config, Config)
        msgspec.json.encode(config)
    assert all(line.startswith("edge.toml:1: ") and "\n" not in line for line in found)
