"""What is in force for a function, from every place that can say something."""

from __future__ import annotations

from edge.config.egress_model import FunctionEgress
from edge.config.function_checks import plain_entry
from edge.config.function_model import FunctionAsync, FunctionConfig
from edge.config.load import load
from edge.config.resolve import resolve
from edge.function import Retries
from edge.gateway.loader import retries_of
from edge.units import MIB

FILE = b"""
[engine]
timeout = "20s"
max_queue = 7
[egress]
allow = ["global.example"]
deny = ["evil.example"]
[functions.a]
timeout = "5s"
package = "folder"
env = { A = "own", B = "own" }
secrets = ["S"]
egress = { allow = ["own.example"], deny = ["own-evil.example"] }
[functions.b]
"""
PACKAGE = FunctionConfig(
    handler="index.main",
    contract="web",
    memory=32 * MIB,
    timeout=3.0,
    env={"A": "packaged", "C": "packaged", "S": "packaged"},
    secrets=["T", "B"],
    egress=FunctionEgress(allow=["packaged.example"], deny=["packaged-evil.example"]),
    reuse=True,
)


def config(*sets: str):
    """The file with options."""
    return load(FILE, "edge.toml", environ={}, sets=sets)


def test_without_a_word_the_defaults_are_in_force() -> None:
    """Also for a function that the file does not have."""
    for name in ("b", "unknown"):
        found = resolve(config(), name)
        assert (found.package, found.kv, found.handler, found.contract) == (name, name, "", "")
        assert (found.memory, found.timeout, found.cpu) == (128 * MIB, 20.0, 10.0)
        assert (found.concurrency, found.max_queue, found.reuse, found.schedules) == (64, 7, False, ())
        assert (found.allow, found.deny, found.package_allow) == (["global.example"], ["evil.example"], None)


def test_the_package_speaks_where_the_gateways_file_is_silent() -> None:
    """Its limits count, its egress only narrows."""
    found = resolve(config(), "b", PACKAGE)
    assert (found.handler, found.contract, found.memory, found.timeout, found.reuse) == (
        "index.main",
        "web",
        32 * MIB,
        3.0,
        True,
    )
    assert (found.allow, found.package_allow) == (["global.example"], ["packaged.example"])
    assert found.deny == ["evil.example", "packaged-evil.example"]


def test_the_gateways_file_wins_over_the_package() -> None:
    """Key by key, variable by variable; a name is either a variable or a secret."""
    found = resolve(config(), "a", PACKAGE)
    assert (found.timeout, found.memory, found.package) == (5.0, 32 * MIB, "folder")
    assert found.env == {"A": "own", "B": "own", "C": "packaged"}
    assert found.secrets == ["S", "T"]
    assert (found.allow, found.package_allow) == (["own.example"], None)
    assert found.deny == ["evil.example", "own-evil.example", "packaged-evil.example"]


def test_an_option_for_all_wins_over_functions_and_packages() -> None:
    """`--set engine.timeout` means everybody."""
    forced = config("engine.timeout=60s", "engine.memory=64MiB", "engine.cpu=1")
    for name in ("a", "b"):
        found = resolve(forced, name, PACKAGE)
        assert (found.timeout, found.memory, found.cpu) == (60.0, 64 * MIB, 1.0)


def test_an_option_for_egress_wins_over_functions_and_packages() -> None:
    """The whole list, and a part of it, and the whole section."""
    for option in (
        'egress.allow=["127.0.0.1:8000"]',
        "egress.allow.0=127.0.0.1:8000",
        'egress={ allow = ["127.0.0.1:8000"] }',
    ):
        found = resolve(config(option), "a", PACKAGE)
        assert (found.allow, found.package_allow) == (["127.0.0.1:8000"], None)
    assert resolve(config("egress.deny=[]"), "a", PACKAGE).deny == []
    assert resolve(config("egress.deny=[]"), "a", PACKAGE).allow == ["own.example"]


def test_an_option_for_one_function_wins_over_one_for_all() -> None:
    """In whichever order they are given; other functions are not concerned."""
    for sets in (["engine.timeout=60s", "functions.a.timeout=7s"], ["functions.a.timeout=7s", "engine.timeout=60s"]):
        assert resolve(config(*sets), "a", PACKAGE).timeout == 7.0
        assert resolve(config(*sets), "b", PACKAGE).timeout == 60.0
    both = config('functions.a.egress.allow=["mine.example"]', "egress.allow=[]")
    assert resolve(both, "a").allow == ["mine.example"]
    assert resolve(both, "b").allow == []
    whole = config('functions.a={ timeout = "7s" }', "engine.timeout=60s", "engine.memory=64MiB")
    assert (resolve(whole, "a").timeout, resolve(whole, "a").memory) == (7.0, 64 * MIB)


def test_a_variable_does_not_reach_into_functions() -> None:
    """Only options do."""
    from_environment = load(FILE, "edge.toml", environ={"EDGE_ENGINE_TIMEOUT": "60s", "EDGE_EGRESS_ALLOW": "[]"})
    assert resolve(from_environment, "a").timeout == 5.0
    assert resolve(from_environment, "b").timeout == 60.0
    assert resolve(from_environment, "a").allow == ["own.example"]


def test_egress_rules_are_as_the_policy_reads_them() -> None:
    """Texts stay texts, tables become dicts of what was written."""
    found = resolve(config('functions.b.egress.allow=["x.example", { host = "y.example", port = 1 }]'), "b")
    assert [plain_entry(entry) for entry in found.allow] == ["x.example", {"host": "y.example", "port": 1}]


def test_an_empty_allow_list_is_not_silence() -> None:
    """It means no egress."""
    source = b"[functions.a]\negress = { allow = [] }"
    assert resolve(load(source, "edge.toml", environ={}), "a", PACKAGE).allow == []
    assert resolve(load(source, "edge.toml", environ={}), "a", PACKAGE).package_allow is None
    silent = FunctionConfig(egress=FunctionEgress(allow=[]))
    assert resolve(config(), "b", silent).package_allow == []


def test_cpu_time_follows_memory() -> None:
    """Above the usual memory, in proportion; below it as usual; what is said itself stands."""
    times = {}
    for memory in ("16MiB", "128MiB", "512MiB", "2GiB"):
        times[memory] = resolve(config(f"functions.a.memory={memory}"), "a").cpu
    assert times == {"16MiB": 10.0, "128MiB": 10.0, "512MiB": 40.0, "2GiB": 160.0}
    assert resolve(config("functions.a.memory=2GiB", "functions.a.cpu=3s"), "a").cpu == 3.0
    assert resolve(config("functions.a.memory=2GiB", "engine.cpu=3s"), "a").cpu == 3.0
    assert resolve(config("functions.a.memory=256MiB", "engine.memory=256MiB"), "a").cpu == 10.0
    assert (
        resolve(load(b"[engine]\ncpu = '15m'", "edge.toml", environ={}), "x", FunctionConfig(memory=1 << 30)).cpu == 900
    )


def test_retries_of_deferred_invocations() -> None:
    """The gateway's file wins key by key; the rest is the package's, and then the default."""
    package = FunctionConfig(async_=FunctionAsync(retries=7, backoff=2.0, retry_on=["timeout"]))
    said = resolve(config("functions.a.async.retries=0"), "a", package).deferred
    assert retries_of(said) == Retries(retries=0, backoff=2.0, retry_on=("timeout",))
    assert retries_of(resolve(config(), "b").deferred) == Retries()


def test_writes_wait_for_the_response_where_the_nearest_word_says_so() -> None:
    """The function's own, that of its package, that of the storage; `--set` is above them."""
    packaged = FunctionConfig(kv_commit="response")
    assert [resolve(config(), "b").kv_commit, resolve(config(), "b", packaged).kv_commit] == ["write", "response"]
    response, own = "storage.kv_commit=response", "functions.b.kv_commit=write"
    assert resolve(config(response), "b", FunctionConfig(kv_commit="write")).kv_commit == "response"
    assert resolve(config(own), "b", packaged).kv_commit == "write"
    assert resolve(config(response, own), "b").kv_commit == "write"
