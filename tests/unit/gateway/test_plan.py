"""The difference between two generations."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config.load import load
from edge.gateway.plan.compare import Capability, changed_packages, compare
from edge.gateway.plan.describe import describe, route_view
from edge.gateway.plan.description import Description, FunctionView, RouteView, digest

NAMES = st.text("abc", min_size=1, max_size=3)
TEXTS = st.text("xyz", max_size=2)
TABLES = st.dictionaries(NAMES, TEXTS, max_size=3)
LISTS = st.lists(NAMES, max_size=3, unique=True).map(tuple)
VIEWS = st.builds(
    FunctionView,
    package=TEXTS,
    settings=TABLES,
    env=TABLES,
    secrets=TABLES,
    services=TABLES,
    allow=LISTS,
    deny=LISTS,
    schedules=LISTS,
    modules=LISTS,
    hosts=LISTS,
    variables=LISTS,
    error=TEXTS,
)
ROUTES = st.lists(st.builds(RouteView, match=NAMES, target=NAMES, settings=TABLES), max_size=4).map(tuple)
DESCRIPTIONS = st.builds(Description, functions=st.dictionaries(NAMES, VIEWS, max_size=3), routes=ROUTES, keys=TABLES)


@given(DESCRIPTIONS)
def test_nothing_is_different_from_itself(description):
    """Neither a change nor a capability."""
    plan = compare(description, description)
    assert (plan.is_empty, plan.new, plan.gone) == (True, (), ())


@given(DESCRIPTIONS, DESCRIPTIONS)
def test_the_way_back_is_the_way_there_the_other_way_round(one, other):
    """What was added is removed, what was new is gone."""
    there, back = compare(one, other), compare(other, one)
    assert there.count("add") == back.count("remove")
    assert there.count("change") == back.count("change")
    assert set(there.new) == set(back.gone)


@given(DESCRIPTIONS, DESCRIPTIONS)
def test_every_function_that_is_other_than_before_is_named(one, other):
    """New, gone or changed; digests that nobody knows say nothing."""
    named = {change.name: change.action for change in compare(one, other).changes if change.what == "function"}
    for name in one.functions.keys() | other.functions.keys():
        old, new = one.functions.get(name), other.functions.get(name)
        if old is None or new is None:
            assert named[name] == ("add" if old is None else "remove")
        else:
            seen = ("package", "settings", "services", "allow", "deny", "schedules", "error")
            differs = any(sorted(getattr(old, key)) != sorted(getattr(new, key)) for key in seen)
            digests = [(old.env, new.env), (old.secrets, new.secrets)]
            differs |= any(
                a.keys() != b.keys() or any(a[key] != b[key] and a[key] and b[key] for key in a) for a, b in digests
            )
            assert (named.get(name) == "change") is (differs or old.settings != new.settings)


def view(**fields):
    return Description(functions={"f": FunctionView(**fields)})


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"env": {"A": "1"}}, {"env": {"A": "2", "B": "3"}}, [("change", "env", "A"), ("add", "env", "B")]),
        ({"secrets": {"K": "1"}}, {"secrets": {"K": ""}}, []),
        ({"secrets": {"K": "1"}}, {"secrets": {"K": "2"}}, [("change", "secret", "K")]),
        ({"allow": ("a", "b")}, {"allow": ("b", "c")}, [("remove", "egress.allow", "a"), ("add", "egress.allow", "c")]),
        ({"settings": {"memory": "1"}}, {"settings": {"memory": "2"}}, [("change", "setting", "memory")]),
        ({"error": ""}, {"error": "no entry"}, [("add", "error", "error")]),
    ],
)
def test_details_of_a_function_name_what_is_other(before, after, said):
    """With the kind of thing that it is."""
    changes = compare(view(**before), view(**after)).changes
    assert [(one.action, one.what, one.name) for change in changes for one in change.details] == said


def test_values_of_variables_and_secrets_are_nowhere_in_a_plan():
    """Neither in the description that is sent nor in the plan: digests at most, and of secrets nothing to guess by."""
    before = view(env={"A": digest("salt", "f", "A", "hunter2")}, secrets={"K": digest("salt", "K", "hunter3")})
    after = view(env={"A": digest("salt", "f", "A", "other")}, secrets={"K": digest("salt", "K", "another")})
    text = msgspec.json.encode(compare(before, after)).decode()
    assert "hunter" not in text
    assert "other" not in text
    assert digest("salt", "f", "A", "hunter2") not in text


def test_files_are_compared_where_packages_are_others():
    """Added, removed and changed ones, by name."""
    before, after = view(package="sha256:1"), view(package="sha256:2")
    assert changed_packages(before, after) == ["f"]
    assert changed_packages(before, before) == []
    files = {"f": ({"a.js": "1", "b.js": "1", "c.js": "1"}, {"a.js": "1", "b.js": "2", "d.js": "1"})}
    [change] = compare(before, after, files).changes
    assert [(one.action, one.name) for one in change.details if one.what == "file"] == [
        ("change", "b.js"),
        ("remove", "c.js"),
        ("add", "d.js"),
    ]


def test_new_capabilities_are_those_that_were_not_there_before():
    """Of a new function all of them."""
    after = Description(functions={"f": FunctionView(modules=("fs", "net"), secrets={"K": ""}, allow=("public",))})
    assert compare(view(modules=("fs",)), after).new == (
        Capability("f", "host", "public"),
        Capability("f", "module", "net"),
        Capability("f", "secret", "K"),
    )
    assert len(compare(Description(), after).new) == 4


def test_routes_are_told_by_what_they_match():
    """A route that leads elsewhere is changed; one of another path is another one; the order counts."""
    one, two = RouteView(match="any /a", target="f"), RouteView(match="any /b", target="f")
    before = Description(routes=(one, two))
    moved = Description(routes=(msgspec.structs.replace(one, target="g"), two))
    assert [(c.action, c.name) for c in compare(before, moved).changes] == [("change", "any /a")]
    other = Description(routes=(one, RouteView(match="any /c", target="f")))
    assert [(c.action, c.name) for c in compare(before, other).changes] == [
        ("add", "any /c -> f"),
        ("remove", "any /b -> f"),
    ]
    turned = compare(before, Description(routes=(two, one))).changes
    assert [c.name for c in turned] == ["the order of routes"]


def test_settings_that_the_command_line_gives_are_not_planned():
    """The gateway keeps them whatever the file says."""
    before = Description(keys={"server.listen": "a", "log.level": "info"}, forced=("server",))
    after = Description(keys={"server.listen": "b", "log.level": "debug"}, restart=("log.level", "server.listen"))
    plan = compare(before, after)
    assert [change.name for change in plan.changes] == ["log.level"]
    assert plan.restart == ("log.level",)


def test_passwords_in_settings_are_not_in_descriptions():
    """A URL that may hold one is there as a digest, which still tells whether it has changed."""
    text = b'[storage]\nkv = "redis://:hunter2@localhost/0"\n'
    config = load(text, "edge.toml", environ={})
    described = describe(config, {}, {}, {}, [], "salt")
    assert "hunter2" not in msgspec.json.encode(described).decode()
    other = describe(load(text.replace(b"2@", b"3@"), "edge.toml", environ={}), {}, {}, {}, [], "salt")
    assert [change.name for change in compare(described, other).changes] == ["storage.kv"]


def test_a_route_says_what_it_was_told_and_nothing_more():
    """Defaults are left out, so that a new version of edge with more keys changes nothing."""
    [route] = load(
        b'[functions.f]\n[[routes]]\npath = "/a"\nmethods = ["GET", "PUT"]\nhost = "x.example"\nfunction = "f"\n',
        "edge.toml",
        environ={},
    ).routes
    assert route_view(route) == RouteView(match="GET,PUT x.example/a", target="f")
    stripped = msgspec.structs.replace(route, strip_prefix=True)
    assert route_view(stripped).settings == {"strip_prefix": "true"}
