"""A package's own config file, in TOML, in YAML, and as a Hexabase manifest."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.config.function_file import SecretSource, load_function_file
from edge.config.route_model import Route
from edge.config.schedule_model import schedule_of
from edge.errors import ConfigError
from edge.schedule.schedule import Schedule
from edge.units import MIB

MANIFEST = """
apiVersion: hks.io/v1
kind: Function
metadata:
  name: hello-world
  workspace: development
spec:
  source:
    path: ./src
  runtime:
    name: nodejs
    version: 18
  handler: main.handler
  trigger:
    type: http
    path: /api/hello
    method: GET
    auth:
      type: public
  resources:
    memory: 64Mi
    cpu: "100m"
    timeout: 60s
  environment:
    variables:
      LOG_LEVEL: "debug"
    secrets:
      - name: MY_API_KEY
        secretName: external-service-key
        secretKey: api-key
"""


def read(source: str, filename: str = "function.yaml", **options):
    """The settings of a file, for the function `fn`."""
    return load_function_file(source.encode(), filename, "fn", **options)


def problems(source: str, filename: str = "function.yaml", **options) -> list[str]:
    """What is wrong with a file."""
    with pytest.raises(ConfigError) as caught:
        read(source, filename, **options)
    return caught.value.problems


def test_a_hexabase_manifest_is_read() -> None:
    """The published example, with a JavaScript runtime."""
    found = read(MANIFEST)
    assert found.function.handler == "src/main.handler"
    assert (found.function.memory, found.function.timeout) == (64 * MIB, 60.0)
    assert found.function.env == {"HKS_WORKSPACE_NAME": "development", "LOG_LEVEL": "debug"}
    assert found.function.secrets == ["MY_API_KEY"]
    assert found.sources == {"MY_API_KEY": SecretSource("external-service-key", "api-key")}
    assert found.routes == [Route(path="/api/hello", methods=["GET"], function="fn")]


def test_flat_yaml_and_toml_say_the_same() -> None:
    """One set of keys, two syntaxes."""
    toml = """
        memory = "64MiB"
        timeout = 5
        contract = "web"
        secrets = ["S"]
        reuse = true
        [env]
        A = "1"
        [egress]
        allow = ["https://api.example.com", { host = "db.internal", private = true }]
        [[trigger]]
        path = "/a/:id"
        methods = ["GET", "PUT"]
        [[trigger]]
        path = "/b"
        host = "b.example"
        strip_prefix = true
    """
    yaml = """
memory: 64MiB
timeout: 5
contract: web
secrets: [S]
reuse: true
env: {A: "1"}
egress:
  allow:
    - https://api.example.com
    - {host: db.internal, private: true}
trigger:
  - {path: "/a/:id", methods: [GET, PUT]}
  - path: /b
    host: b.example
    strip_prefix: true
"""
    assert read(toml, "function.toml") == read(yaml, "function.yml")
    assert [route.path for route in read(yaml).routes] == ["/a/:id", "/b"]


@pytest.mark.parametrize(
    ("source", "filename"), [("", "function.toml"), ("", "function.yaml"), ("# x\n---\n", "function.yml")]
)
def test_an_empty_file_says_nothing(source: str, filename: str) -> None:
    """Nothing said is not the same as defaults."""
    found = read(source, filename)
    assert found.routes == []
    assert (found.function.memory, found.function.schedule, found.function.reuse, found.function.egress) == (None,) * 4


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("memory: 1MiB", "function.yaml:1: memory: 1048576 is out of range ("),
        ("a: 1\nmemroy: 5", "function.yaml:1: a: unknown key"),
        ("kv: shared", "function.yaml:1: kv: unknown key"),
        ("concurrency: 9", "function.yaml:1: concurrency: unknown key"),
        ("env:\n  PORT: 8080", "function.yaml:2: env.PORT: the value is not text in quotes (text)"),
        ("env:\n  A: yes", "function.yaml:2: env.A: the value is not text in quotes (text)"),
        ("env:", "function.yaml:1: env: nothing is not a table "),
        ("timeout: 2020-01-01", "function.yaml:1: timeout: 2020-01-01 is not a duration ("),
        (
            "memory: 64MiB\nresources:\n  memory: 1Gi",
            "function.yaml:3: resources.memory: memory is there as well (one of both)",
        ),
        ("runtime: python3.9", "function.yaml:1: runtime: 'python3.9' does not run JavaScript (nodejs)"),
        ("source: {path: ../x}\nhandler: a.b", "function.yaml:1: source.path: '../x' leaves the package "),
        ("source: {path: src}", "function.yaml:1: source.path: needs handler"),
        ("trigger: {type: http}", "function.yaml:1: trigger: path is missing (type = http needs it)"),
        ("trigger:\n- path: /\n- path: x", "function.yaml:3: trigger[1].path: 'x' does not begin with / "),
        ("trigger:\n  path: /\n  method: get", "function.yaml:3: trigger.method: 'get' is not in capitals (GET)"),
        (
            "trigger: {path: /, method: GET, methods: [PUT]}",
            "function.yaml:1: trigger.method: methods is there as well ",
        ),
        ("trigger: {path: /, auth: private}", "function.yaml:1: trigger.auth: 'private' is not known"),
        (
            "environment:\n  variables:\n    A-B: x",
            "function.yaml:3: environment.variables.A-B: not the name of a variable ",
        ),
        ("environment:\n  secrets:\n  - name: A B", "function.yaml:3: environment.secrets[0]: 'A B' is not the name "),
        (
            "environment:\n  secrets:\n  - secretName: x",
            "function.yaml:3: environment.secrets[0]: name is missing (the variable that gets the secret)",
        ),
        (
            "environment:\n  secrets:\n  - secretName: ../x\n    secretKey: K",
            (
                "function.yaml:3: environment.secrets[0].secretName: '../x' is not a name "
                "(letters, digits, . _ and -, no . first)"
            ),
        ),
        (
            "environment:\n  secrets:\n  - name: A\n    secretName: x\n    secretKey: a/../../b",
            (
                "function.yaml:5: environment.secrets[0].secretKey: 'a/../../b' is not a name "
                "(letters, digits, . _ and -, no . first)"
            ),
        ),
        (
            "environment:\n  secrets:\n  - name: A\n    secretKey: K",
            "function.yaml:4: environment.secrets[0].secretKey: needs secretName, the secret that it is a key of",
        ),
        ("egress:\n  allow:\n  - a b", "function.yaml:3: egress.allow[0]: 'a b' is not a host"),
        ("kind: Deployment\nspec: {}", "function.yaml:1: kind: 'Deployment' is not known"),
        ("spec:\n  memroy: 1Gi", "function.yaml:2: spec.memroy: unknown key, did you mean memory? ("),
        ("spec:\n  handler: x", "function.yaml:2: spec.handler: 'x' is not file and export (index.handler)"),
    ],
)
def test_a_wrong_value_names_file_line_and_key(source: str, expected: str) -> None:
    """YAML has lines like TOML, and keys are named as they were written."""
    found = problems(source)
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a: [", "function.yaml:1: not valid YAML: "),
        (
            "memory: 1Gi\n\tx: 1",
            "function.yaml:2: not valid YAML: found character '\\t' that cannot start any token (use spaces",
        ),
        ("a: !!python/object/apply:os.system [x]", "function.yaml:1: not valid YAML: "),
        ("a: 1\n---\nb: 2", "function.yaml:2: not valid YAML: "),
        ("- a", "function.yaml:1: not a table of keys "),
        ("text", "function.yaml:1: not a table of keys "),
        ("env:\n  A: x\n  A: y", "function.yaml:3: env.A: the key is there twice "),
        ("env:\n  yes: x", "function.yaml:2: env.yes: the key is not text (quote it)"),
        ("? [a]\n: x", "function.yaml:1: "),
        ("a: &x [1]\nb: *x", "function.yaml:2: aliases are not read "),
        ("a: &a [*a]", "function.yaml:1: aliases are not read "),
        ("a: 2020-99-99", "function.yaml:1: "),
        ("a: \x07", "function.yaml:1: not valid YAML: "),
        ("x: " + "[" * 16_000, "function.yaml:1: values are nested too deeply (at most 20 levels)"),
        ("- " * 8_000, "function.yaml:1: values are nested too deeply (at most 20 levels)"),
        ("? " * 8_000, "function.yaml:1: values are nested too deeply (at most 20 levels)"),
        ("#" * (16 * 1024 + 1), "function.yaml:1: the file has 16385 bytes (at most 16KiB)"),
    ],
)
def test_yaml_that_is_not_plain_data_is_refused(source: str, expected: str) -> None:
    """A package's file comes from whoever wrote the package: no tags, no aliases, no surprises."""
    found = problems(source)
    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    "source",
    [
        ".".join("a" for _ in range(8_000)) + " = 1",
        "[" + ".".join("a" for _ in range(8_000)) + "]",
        "".join(f"k{number} = 1\n" for number in range(1_300)),
        "env = { " + ", ".join(f"_{number} = 1" for number in range(1_300)) + " }",
        "trigger = [" + "{}," * 5_000 + "]",
    ],
)
def test_a_hostile_toml_file_costs_little(source: str) -> None:
    """Long keys, many keys and many problems: what a package may bring is limited."""
    started = time.process_time()
    assert problems(source, "function.toml")
    assert time.process_time() - started < 2.5


def test_yaml_that_is_not_utf_8_says_where() -> None:
    """As for TOML."""
    with pytest.raises(ConfigError, match=r"^function\.yaml:2: the file is not UTF-8"):
        load_function_file(b"a: 1\nb: \xff", "function.yaml", "fn")


@pytest.mark.parametrize(
    "source",
    [
        "schedule: ['@daily']",
        "schedule: [{cron: '@daily'}]",
        "trigger: {type: schedule, schedule: '@daily'}",
        "trigger: [{path: /}, {type: schedule, schedule: '@daily'}]",
    ],
)
def test_a_package_says_when_it_runs(source: str) -> None:
    """By itself, or as a trigger."""
    [entry] = load_function_file(source.encode(), "function.yaml", "fn").function.schedule or []
    assert schedule_of(entry) == Schedule("@daily")


@pytest.mark.parametrize("auth", ["token", "{type: token}", "public", "{type: public}"])
@pytest.mark.parametrize("trigger", ["{path: /, auth: %s}", "[{path: /, auth: %s}]"])
def test_a_package_may_want_a_token_and_the_gateway_says_what_that_is(trigger: str, auth: str) -> None:
    """By the way of that name."""
    [route] = load_function_file(f"trigger: {trigger % auth}".encode(), "function.yaml", "fn").routes
    assert route.auth == ("token" if "token" in auth else None)


def test_the_egress_check_that_is_passed_in_decides() -> None:
    """As for the gateway's file."""
    found = problems("egress: {allow: [x]}", check_egress=lambda entry: f"{entry} is no good")
    assert found == ["function.yaml:1: egress.allow[0]: x is no good"]


@given(st.binary(max_size=60) | st.text("aenv: {}[]-&*!|>'\"\n\t#?,1", max_size=60).map(str.encode))
@settings(max_examples=400, deadline=None)
def test_no_bytes_make_the_reader_fail_otherwise_than_with_a_config_error(source: bytes) -> None:
    """Neither in YAML nor in TOML."""
    for filename in ("function.yaml", "function.toml"):
        found: list[str] = []
        try:
            load_function_file(source, filename, "fn")
        except ConfigError as error:
            found = error.problems
        assert all(line.startswith(f"{filename}:") for line in found)
