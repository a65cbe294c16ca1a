"""What a config may say about answers: how they are compressed and kept."""

from __future__ import annotations

import pytest

from edge.config.function_file import load_function_file
from edge.config.load import load
from edge.errors import ConfigError
from edge.units import KIB, MIB

ROUTE = "functions.a = {}\nroutes = [{ path = '/', function = 'a', cache = { %s } }]"


def problems(source: str) -> list[str]:
    """What is wrong with a file; empty when it is good."""
    try:
        load(source.encode(), "edge.toml", environ={})
    except ConfigError as error:
        return error.problems
    return []


WRONG = [
    ("compression.codings = []", "compression.codings: is empty"),
    ("compression.codings = ['gzip', 'gzip']", "compression.codings: a coding is there twice"),
    ("compression.codings = ['br', 'deflate']", "compression.codings[1]: 'deflate'"),
    ("compression.types = ['text/html', 'a b']", "compression.types[1]: 'a b' is not a media type"),
    ("compression.types = ['te*xt/html']", "compression.types[0]: 'te*xt/html' is not a media type"),
    ("cache = { size = '10MiB', max_entry = '6MiB' }", "cache.max_entry: 6291456 is more than half of cache.size"),
    ("cache.max_entry = '1GiB'", "cache.max_entry"),
    (ROUTE % "key_headers = ['a b']", "routes[0].cache.key_headers[0]: 'a b' is not a header's name"),
    (ROUTE % "key_headers = ['Range']", "routes[0].cache.key_headers[0]: Range cannot be a part of the key"),
    (ROUTE % f"key_headers = {[f'x-{n}' for n in range(17)]}", "routes[0].cache.key_headers: has 17 names"),
    (ROUTE % "ignore_query = ['a&b']", "routes[0].cache.ignore_query[0]: 'a&b' is not a parameter's name"),
    (ROUTE % "ignore_query = ['*x']", "routes[0].cache.ignore_query[0]"),
    (ROUTE % "ttl = 5", "routes[0].cache.ttl: unknown key"),
    (ROUTE % "default_ttl = '-1s'", "routes[0].cache.default_ttl"),
    ("functions.a = {}\nroutes = [{ path = '/', function = 'a', compression = 'gzip' }]", "routes[0].compression"),
]


@pytest.mark.parametrize(("source", "problem"), WRONG)
def test_what_makes_no_sense_is_refused(source: str, problem: str) -> None:
    """With the key's path, and what is allowed."""
    [found] = problems(source)
    assert problem in found.partition(": ")[2]


def test_what_makes_sense_is_taken() -> None:
    """Sizes and durations with their units; a store of nothing keeps nothing."""
    said = "enabled = true, min_size = '2KiB', types = ['text/*', '*+json', 'font/ttf']"
    source = f"compression = {{ {said} }}\ncache.size = 0"
    config = load(source.encode(), "edge.toml", environ={})
    assert (config.compression.min_size, config.cache.size, config.cache.max_entry) == (2 * KIB, 0, 8 * MIB)
    route = ROUTE % "default_ttl = '1m', ignore_query = ['utm_*', 'a[]', '*'], key_headers = ['X-A']"
    kept = load(route.encode(), "edge.toml", environ={}).routes[0].cache
    assert kept is not None
    assert (kept.default_ttl, kept.coalesce, kept.across_deploys) == (60.0, False, False)


def test_a_package_may_say_it_of_its_own_routes() -> None:
    """The same keys."""
    source = b"[[trigger]]\npath = '/x'\ncompression = true\n[trigger.cache]\ncoalesce = true\n"
    [route] = load_function_file(source, "function.toml", "f").routes
    assert route.compression
    assert route.cache is not None
    assert route.cache.coalesce
    with pytest.raises(ConfigError, match=r"key_headers\[0\]"):
        load_function_file(b"[[trigger]]\npath = '/x'\n[trigger.cache]\nkey_headers = ['a b']\n", "function.toml", "f")
