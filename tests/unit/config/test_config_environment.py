"""Environment variables and `--set`: names, precedence, and messages that name the source."""

from __future__ import annotations

import pytest

from edge.config.environment import variable
from edge.config.load import load
from edge.config.model import Config
from edge.config.schema import table, walk
from edge.errors import ConfigError
from edge.units import MIB

FILE = b"""
[server]
listen = ["unix:/run/x.sock", "10.0.0.1:80", "10.0.0.2:80"]
[engine]
pool_size = 1
timeout = "1s"
[functions.my-fn]
timeout = "2s"
env = { A = "1", B = "2" }
[[routes]]
path = "/a"
function = "my-fn"
"""


def loaded(sets=(), source: bytes = FILE, **environ: str) -> Config:
    """The config of the file, with variables and options."""
    return load(source, "edge.toml", environ={"EDGE_ADMIN_TOKEN": "t", **environ}, sets=sets)


def failure(sets=(), source: bytes = FILE, **environ: str) -> list[str]:
    """What is wrong."""
    with pytest.raises(ConfigError) as caught:
        loaded(sets, source, **environ)
    return caught.value.problems


def test_the_older_variables_override_the_file() -> None:
    """Each name of the pool that edge replaces means its key, in its unit."""
    config = loaded(
        ISOLATE_POOL_SIZE="7",
        ISOLATE_MAX_POOL_SIZE="30",
        ISOLATE_MEMORY_LIMIT_MB="256",
        ISOLATE_IDLE_TIMEOUT_MS="1500",
        FUNCTION_TIMEOUT_MS="2500",
        ENABLE_MODULE_CACHE="true",
        MODULE_CACHE_MAX_SIZE="9",
    )
    assert (config.engine.pool_size, config.engine.max_pool_size, config.engine.memory) == (7, 30, 256 * MIB)
    assert (config.engine.idle_timeout, config.engine.timeout, config.packages.module_cache_size) == (1.5, 2.5, 9)


@pytest.mark.parametrize("off", ["false", "0", "no", "OFF"])
def test_the_module_cache_can_be_switched_off(off: str) -> None:
    """Off wins over a size."""
    assert loaded(ENABLE_MODULE_CACHE=off, MODULE_CACHE_MAX_SIZE="9").packages.module_cache_size == 0


def test_port_changes_the_first_tcp_address_and_keeps_its_host() -> None:
    """A port alone says nothing about who may connect."""
    assert loaded(PORT="81").server.listen == ["unix:/run/x.sock", "10.0.0.1:81", "10.0.0.2:80"]
    assert loaded(source=b"", PORT="81").server.listen == ["127.0.0.1:81"]
    assert loaded(source=b'server.listen = ["[::1]:5"]', PORT="81").server.listen == ["[::1]:81"]
    assert loaded(source=b'server.listen = ["unix:/x"]', PORT="81").server.listen == ["unix:/x", "127.0.0.1:81"]


def test_a_variable_of_a_key_wins_over_an_older_one() -> None:
    """The exact name counts."""
    config = loaded(PORT="81", EDGE_SERVER_LISTEN="0.0.0.0:9,[::1]:8", ISOLATE_POOL_SIZE="7", EDGE_ENGINE_POOL_SIZE="3")
    assert config.server.listen == ["0.0.0.0:9", "[::1]:8"]
    assert config.engine.pool_size == 3


def test_empty_older_variables_do_not_count() -> None:
    """Compose files pass variables on that nobody has set."""
    config = loaded(PORT="", ISOLATE_POOL_SIZE="", ENABLE_MODULE_CACHE="", FUNCTION_TIMEOUT_MS=" ")
    assert (config.engine.pool_size, config.engine.timeout) == (1, 1.0)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("EDGE_SERVER_LISTEN", '["127.0.0.1:1", "127.0.0.1:2"]', ("server.listen", ["127.0.0.1:1", "127.0.0.1:2"])),
        ("EDGE_SERVER_HTTP2", "off", ("server.http2", False)),
        ("EDGE_SERVER_MAX_BODY", "1MiB", ("server.max_body", MIB)),
        ("EDGE_SERVER_MAX_BODY", "4096", ("server.max_body", 4096)),
        ("EDGE_SERVER_HEALTH_PATH", "", ("server.health_path", "")),
        ("EDGE_SERVER_TRUSTED_PROXIES", "10.0.0.0/8, ::1", ("server.trusted_proxies", ["10.0.0.0/8", "::1"])),
        ("EDGE_SERVER_TRUSTED_PROXIES", "", ("server.trusted_proxies", [])),
        ("EDGE_LOG_LEVEL", "debug", ("log.level", "debug")),
        ("EDGE_LOG_LEVEL", '"debug"', ("log.level", "debug")),
        ("EDGE_SERVER_HEALTH_PATH", '""', ("server.health_path", "")),
        ("EDGE_EGRESS_ALLOW", '["public", "10.0.0.1:1"]', ("egress.allow", ["public", "10.0.0.1:1"])),
        ("EDGE_STORAGE_DATA_DIR", "/var/lib/edge", ("storage.data_dir", "/var/lib/edge")),
    ],
)
def test_every_kind_of_key_can_be_a_variable(name: str, text: str, expected: tuple[str, object]) -> None:
    """Texts are bare or quoted, lists are TOML or have commas, flags and numbers are as people write them."""
    config: object = loaded(**{name: text})
    for step in expected[0].split("."):
        config = getattr(config, step)
    assert config == expected[1]


def test_functions_and_routes_can_be_variables() -> None:
    """What is no letter or digit in a function's name becomes an underscore."""
    config = loaded(EDGE_FUNCTIONS_MY_FN_TIMEOUT="5s", EDGE_FUNCTIONS_MY_FN_ENV='{ C = "3" }', EDGE_ROUTES="[]")
    assert config.functions["my-fn"].timeout == 5.0
    assert config.functions["my-fn"].env == {"C": "3"}
    assert config.routes == []


def test_a_variable_that_could_mean_two_functions_is_an_error() -> None:
    """Guessing would change the wrong one."""
    source = b"[functions.a-b]\n[functions.a_b]"
    assert loaded(source=source)
    assert failure(source=source, EDGE_FUNCTIONS_A_B_TIMEOUT="1s") == [
        "EDGE_FUNCTIONS_A_B_TIMEOUT: stands for functions.a-b.timeout and functions.a_b.timeout (use --set)"
    ]


def test_no_two_keys_share_a_variable() -> None:
    """Section and key joined by underscores stay unambiguous."""
    names = [variable(path) for path, _ in walk(table(Config)) if "*" not in path]
    assert len(set(names)) == len(names)


def test_unknown_variables_are_warnings_and_tell_no_values() -> None:
    """Kubernetes sets such variables for a service called edge."""
    config = loaded(EDGE_PORT="tcp://10.0.0.1:80", EDGE_LOG_COLOUR="hunter2", EDGE_SERVER_LISEN="hunter2", OTHER="x")
    assert [warning.split(":")[0] for warning in config.origin.warnings] == [
        "EDGE_LOG_COLOUR",
        "EDGE_PORT",
        "EDGE_SERVER_LISEN",
    ]
    assert "hunter2" not in "".join(config.origin.warnings)
    assert "EDGE_ADMIN_TOKEN" not in "".join(config.origin.warnings)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "ISOLATE_POOL_SIZE",
            "many",
            "ISOLATE_POOL_SIZE: engine.pool_size: 'many' is not a whole number (digits only)",
        ),
        ("ISOLATE_POOL_SIZE", "-1", "ISOLATE_POOL_SIZE: engine.pool_size: '-1' is not a whole number (digits only)"),
        (
            "ISOLATE_POOL_SIZE",
            "20000",
            "ISOLATE_POOL_SIZE: engine.pool_size: 20000 is out of range (whole number 0..10000)",
        ),
        ("ISOLATE_MEMORY_LIMIT_MB", "1", "ISOLATE_MEMORY_LIMIT_MB: engine.memory: 1048576 is out of range ("),
        ("FUNCTION_TIMEOUT_MS", "1000000", "FUNCTION_TIMEOUT_MS: engine.timeout: 1000.0 is out of range ("),
        ("ENABLE_MODULE_CACHE", "maybe", "ENABLE_MODULE_CACHE: packages.module_cache_size: 'maybe' is not known ("),
        ("PORT", "http", "PORT: server.listen: 'http' is not a port (0..65535)"),
        ("PORT", "70000", "PORT: server.listen: '70000' is not a port (0..65535)"),
        ("EDGE_ENGINE_POOL_SIZE", "x", "EDGE_ENGINE_POOL_SIZE: engine.pool_size: 'x' is not a whole number ("),
        ("EDGE_SERVER_LISTEN", "[oops", "EDGE_SERVER_LISTEN: server.listen: not a TOML value"),
        ("EDGE_SERVER_LISTEN", "nowhere", "EDGE_SERVER_LISTEN: server.listen[0]: 'nowhere' has no port ("),
        ("EDGE_ROUTES", "[]\nx = 1", "EDGE_ROUTES: routes: more than one TOML value"),
    ],
)
def test_a_bad_value_names_the_variable(name: str, text: str, expected: str) -> None:
    """Nobody looks for a variable's value in the file."""
    found = failure(**{name: text})
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_set_wins_over_variables_and_variables_over_the_file() -> None:
    """The nearer to the command line, the stronger."""
    assert loaded().engine.pool_size == 1
    assert loaded(EDGE_ENGINE_POOL_SIZE="2").engine.pool_size == 2
    assert loaded(["engine.pool_size=3"], EDGE_ENGINE_POOL_SIZE="2").engine.pool_size == 3
    assert loaded(["engine.pool_size=3", "engine.pool_size=4"]).engine.pool_size == 4


def test_set_reaches_every_key() -> None:
    """Also single variables of functions, and routes by their number."""
    config = loaded(
        [
            "functions.my-fn.env.B=x = y",
            'functions."my-fn".env.C="quoted"',
            'functions.my-fn.env.D="a" and \'b"',
            "functions.new.memory=64MiB",
            "routes.0.strip_prefix=true",
            'routes.1={ path = "/b", function = "new" }',
            'egress.allow=["127.0.0.1:8000"]',
            "engine . cpu=2",
        ]
    )
    assert config.functions["my-fn"].env == {"A": "1", "B": "x = y", "C": "quoted", "D": '"a" and \'b"'}
    assert config.functions["new"].memory == 64 * MIB
    assert [route.strip_prefix for route in config.routes] == [True, False]
    assert config.routes[1].function == "new"
    assert config.egress.allow == ["127.0.0.1:8000"]
    assert config.engine.cpu == 2.0


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("engine.timeot=1s", "--set: engine.timeot: unknown key, did you mean timeout? ("),
        ("engine.timeout=soon", "--set: engine.timeout: 'soon' has no known unit "),
        ("engine=fast", "--set: engine: not a TOML value"),
        ("engine.timeout", "--set: 'engine.timeout' is not a setting (write --set SECTION.KEY=VALUE)"),
        ("=5", "--set: '' is not a setting (write --set SECTION.KEY=VALUE)"),
        ("a b=hunter2", "--set: 'a b' is not a setting (write --set SECTION.KEY=VALUE)"),
        ("routes.7.path=/x", "--set: routes[7].path: there is no item 7 (0..1)"),
        ("routes.x.path=/x", "--set: routes.x.path: there is no item x (0..1)"),
        ("routes.0.function=other", "--set: routes[0].function: there is no function 'other' (my-fn)"),
        ("functions.my-fn.env.A=\0", "--set: functions.my-fn.env.A: the value holds a NUL character "),
    ],
)
def test_a_bad_option_says_so(option: str, expected: str) -> None:
    """The place of a problem with `--set` is `--set`."""
    found = failure([option])
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_an_option_does_not_hide_a_problem_of_the_file() -> None:
    """Where the file has a number in place of a table, that is still the problem."""
    assert failure(["server.http2=false"], source=b"server = 5") == failure(source=b"server = 5")
