"""The pure parts of generations: who is affected by a change, what a smoke test makes of an answer, hashes."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config.model import Config
from edge.config.route_model import Route
from edge.config.smoke_model import SmokeConfig, SmokeExpect
from edge.gateway.generation import generation_hash
from edge.gateway.smoke import smoke_request, verdict
from edge.gateway.standing import affected

NAMES = st.sampled_from("abcdef")
SERVICES = st.dictionaries(NAMES, st.dictionaries(st.sampled_from("XYZ"), NAMES, max_size=3), max_size=6)


@given(st.sets(NAMES), SERVICES)
def test_whoever_may_call_a_changed_function_is_affected_and_nobody_else(changed, services):
    """Against a search from each function, which may go in circles."""

    def reaches(name, seen):
        if name in changed:
            return True
        fresh = set(services.get(name, {}).values()) - seen
        return any(reaches(target, seen | fresh) for target in fresh)

    assert affected(changed, services) == changed | {name for name in services if reaches(name, {name})}


def test_a_chain_of_ten_thousand_functions_is_no_recursion():
    """Each may call the next one; the last has changed."""
    services = {f"f{n}": {"NEXT": f"f{n + 1}"} for n in range(10_000)}
    assert len(affected({"f10000"}, services)) == 10_001


@pytest.mark.parametrize(
    ("expect", "answer", "what"),
    [
        (SmokeExpect(), (200, [], b""), ""),
        (SmokeExpect(), (302, [], b""), ""),
        (SmokeExpect(), (0, [], b""), "there was no answer"),
        (SmokeExpect(status=500), (500, [], b""), ""),
        (SmokeExpect(body="ä"), (200, [], "hällo".encode()), ""),
        (SmokeExpect(body="no"), (200, [], b"\xff"), "the body does not contain 'no', it begins with '\ufffd'"),
        (SmokeExpect(headers={"X-A": ""}), (200, [("x-a", "1")], b""), ""),
        (SmokeExpect(headers={"x-a": "2"}), (200, [("X-A", "1"), ("X-A", "2")], b""), ""),
        (SmokeExpect(headers={"x-a": "3"}), (200, [("X-A", "1")], b""), "header x-a is '1', expected '3' in it"),
    ],
)
def test_what_was_expected_of_an_answer(expect, answer, what):
    """Everything that was said must hold; nothing said means a status below 400."""
    assert verdict(expect, *answer, "") == what


def test_a_failure_is_told_with_whatever_answer_there_was():
    """Also when the answer itself was as expected: it broke off."""
    assert verdict(SmokeExpect(), 0, [], b"", "it threw") == "it threw"
    assert verdict(SmokeExpect(status=200), 500, [], b"", "it threw") == "status 500, expected 200: it threw"
    assert verdict(SmokeExpect(), 200, [], b"half", "it threw") == "it threw"


def test_the_request_of_a_smoke_test_is_one_as_clients_send_it():
    """Host and length are right, whatever was written."""
    test = SmokeConfig(method="POST", path="/a?b=1", headers={"Host": "x.example", "Content-Length": "9"}, body="é")
    request = smoke_request(test)
    assert (request.url, request.path, request.query) == ("http://x.example/a?b=1", "/a", "b=1")
    assert request.headers == [("host", "x.example"), ("content-length", "2")]
    assert smoke_request(SmokeConfig()).headers == [("host", "localhost")]


def test_the_hash_of_a_generation_covers_config_functions_and_routes_but_not_where_they_came_from():
    """One of each is changed."""
    config, functions, routes = Config(), {"f": "1", "g": "2"}, [Route(path="/", function="f")]
    first = generation_hash(config, functions, routes)
    elsewhere = msgspec.structs.replace(config, origin=type(config.origin)(file="/other/edge.toml", warnings=("x",)))
    assert generation_hash(elsewhere, dict(reversed(functions.items())), routes) == first
    engine = msgspec.structs.replace(config.engine, timeout=1.0)
    others = [
        generation_hash(msgspec.structs.replace(config, engine=engine), functions, routes),
        generation_hash(config, functions | {"f": "3"}, routes),
        generation_hash(config, functions, []),
    ]
    assert len({first, *others}) == 4
