"""What a request is known by, which version it gets, and what is said of it in the answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config.load import load
from edge.errors import CallerError, ConfigError, ConflictError, NotFoundError
from edge.gateway.versions.compiler import newest_of, put_in_force
from edge.gateway.versions.expand import said_splits, with_overrides, with_versions
from edge.gateway.versions.overrides import Override, Overrides, checked_weights
from edge.gateway.versions.previews import preview_of
from edge.gateway.versions.rollout import Rollouts
from edge.gateway.versions.split import Pick, Split, Sticky, VersionFilter, cookie_value, sticky_of
from edge.invocation import Outcome

CONFIG = """
[functions.hello]
env = { A = "1" }
schedule = ["@every 30s"]
[[routes]]
path = "/a"
methods = ["GET"]
split = { "hello@v1" = 90, "hello@v2" = 10 }
rollback = { errors = 50, min_requests = 2 }
[[routes]]
path = "/b"
function = "hello"
"""


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def split_of(weights, **options):
    rollout = Rollouts(Clock()).of("/a")
    rollout.configure(weights, "", None)
    return Split(rollout, **options)


def config(text=CONFIG):
    return load(text.encode(), "edge.toml", environ={})


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        ([("cookie", "a=1; who=me; b=2")], "me"),
        ([("cookie", "a=1"), ("cookie", "who=me")], "me"),
        ([("cookie", "who=first; who=second")], "first"),
        ([("cookie", "whoelse=1; xwho=2")], ""),
        ([("cookie", "who")], ""),
        ([("x", "who=1")], ""),
        ([("cookie", "who=a=b")], "a=b"),
    ],
)
def test_cookies_are_read_as_browsers_write_them(headers, value):
    """Several in one header, several headers, values with an equals sign."""
    assert cookie_value(headers, "who") == value


@given(st.lists(st.tuples(st.just("cookie"), st.text()), max_size=3))
def test_no_cookie_breaks_anything(headers):
    """Whatever a client sends, there is a version for it."""
    split = split_of({"f@v1": 1, "f@v2": 1}, sticky=Sticky("cookie", "who"))
    assert split.pick(headers, {}, secure=False).target in {"f@v1", "f@v2"}


def test_a_cookie_is_set_once_and_only_over_tls_marked_so():
    """A client that brings its key gets none."""
    split = split_of({"f@v1": 1, "f@v2": 1}, sticky=sticky_of("cookie", "edge-split"))
    pick = split.pick([], {}, secure=True)
    assert pick.cookie.startswith("edge-split=")
    assert pick.cookie.endswith("; Secure")
    key = pick.cookie.partition(";")[0]
    again = split.pick([("cookie", key)], {}, secure=False)
    assert again == Pick(pick.target)
    assert not split.pick([], {}, secure=False).cookie.endswith("Secure")


def test_the_answer_says_its_version_and_a_cookie_of_the_function_is_left_alone():
    """What a function says of its version itself does not count."""
    step = VersionFilter(Pick("f@v1", "who=1; Path=/"))
    assert step.head(200, [(b"edge-version", b"lie")]) == [
        (b"edge-version", b"f@v1"),
        (b"set-cookie", b"who=1; Path=/"),
    ]
    own = (b"set-cookie", b"who=mine")
    assert step.head(200, [own]) == [own, (b"edge-version", b"f@v1")]


def test_a_version_is_chosen_by_header_only_where_one_is_named():
    """By version, or with its function."""
    split = split_of({"f@v1": 1, "f@v2": 0}, header="x-version")
    assert split.pick([], {"x-version": "v2"}, secure=False).target == "f@v2"
    assert split.pick([], {"x-version": " f@v2 "}, secure=False).target == "f@v2"
    with pytest.raises(CallerError, match="no version of this route"):
        split.pick([], {"x-version": "v3"}, secure=False)
    assert split_of({"f@v1": 1, "f@v2": 0}).pick([], {"x-version": "v2"}, secure=False).target == "f@v1"


def test_each_version_is_a_function_without_schedules():
    """With the settings and the namespace of its function."""
    expanded = with_versions(config())
    assert set(expanded.functions) == {"hello", "hello@v1", "hello@v2"}
    own = expanded.functions["hello@v2"]
    assert (own.package, own.kv, own.schedule, own.env) == ("hello@v2", "hello", [], {"A": "1"})
    assert expanded.functions["hello"] == config().functions["hello"]
    plain = config("[functions.hello]\n")
    assert with_versions(plain) is plain


def test_weights_that_were_set_hold_until_the_config_says_others():
    """Of the route that they are for."""
    said = said_splits(config())
    assert said == {"GET /a": {"hello@v1": 90, "hello@v2": 10}}
    overrides = Overrides().with_route("GET /a", Override({"hello@v3": 1}, said["GET /a"]))
    assert with_overrides(config(), overrides).routes[0].split == {"hello@v3": 1}
    changed = config(CONFIG.replace("= 90", "= 80"))
    assert with_overrides(changed, overrides).routes[0].split == {"hello@v1": 80, "hello@v2": 10}
    assert overrides.pruned(said_splits(changed)).routes == {}
    assert overrides.pruned(said) is overrides
    assert overrides.without("GET /a") == Overrides()
    with pytest.raises(NotFoundError):
        Overrides().without("GET /a")


def test_there_is_a_limit_to_what_can_be_set():
    """Routes come and go; the document must not grow for ever."""
    many = Overrides(routes={str(n): Override({}, {}) for n in range(10_000)})
    with pytest.raises(ConflictError):
        many.with_route("new", Override({}, {}))


@given(
    st.dictionaries(st.text(max_size=12), st.one_of(st.integers(-5, 5), st.floats(), st.text(max_size=2)), max_size=4)
)
def test_weights_from_outside_are_whole_numbers_of_known_functions(weights):
    """Everything else is refused."""
    try:
        found = checked_weights(weights, ["hello@v1"])
    except CallerError:
        return
    assert found == weights
    assert all(type(weight) is int and weight >= 0 for weight in found.values())
    assert any(found.values())
    assert all(target.startswith("hello@") for target in found)


def test_the_newest_version_is_the_one_that_was_uploaded_last():
    """Not the one with the highest name; alone there is none to compare with."""
    ages = {"a@v9": (1, 9), "b@v2": (5, 2)}
    assert newest_of({"a@v9": 1, "b@v2": 1}, ages.__getitem__) == "b@v2"
    assert newest_of({"a@v9": 1}, ages.__getitem__) == ""


def in_force(rollouts, text, taken):
    rollouts.taken_back = lambda _, version: taken.append(version)
    put_in_force(config(text).routes, rollouts, lambda target: (0, int(target[-1])))
    return rollouts.of("GET /a")


def test_a_version_that_fails_loses_its_share_at_once_and_once():
    """Canceled and crowded-out requests, and those that never came to it, say nothing."""
    clock, taken = Clock(), []
    rollouts = Rollouts(clock)
    rollout = in_force(rollouts, CONFIG, taken)
    for outcome in (Outcome.CANCELED, Outcome.OVERLOADED, None):
        rollout.ended("hello@v2", outcome, 503)
    assert rollout.tallies["hello@v2"].requests == 0
    for _ in range(8):
        rollout.ended("hello@v2", Outcome.EXCEPTION, 500)
    assert (taken, dict(rollout.weights)) == (["hello@v2"], {"hello@v1": 90, "hello@v2": 0})
    assert "requests were failures" in rollout.reason


def test_counting_goes_on_through_a_reload_and_begins_anew_with_a_new_share():
    """The time for which a version is watched begins when it gets its first share."""
    clock, taken = Clock(), []
    rollouts = Rollouts(clock)
    rollout = in_force(rollouts, CONFIG, taken)
    rollout.ended("hello@v2", Outcome.EXCEPTION, 500)
    clock.now = 500
    assert in_force(rollouts, CONFIG.replace("= 10", "= 20"), taken) is rollout
    assert (rollout.tallies["hello@v2"].requests, rollout.is_baking) == (1, True)
    clock.now = 601
    assert not rollout.is_baking
    for _ in range(20):
        rollout.ended("hello@v2", Outcome.EXCEPTION, 500)
    assert taken == []
    in_force(rollouts, CONFIG.replace("= 10", "= 0"), taken)
    in_force(rollouts, CONFIG, taken)
    assert (rollout.tallies["hello@v2"].requests, rollout.is_baking) == (0, True)
    put_in_force([], rollouts, lambda _: (0, 0))
    assert rollouts.all() == []


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('sticky = "cookie:a b"', "sticky"),
        ('sticky = "ip"', "sticky"),
        ('version_header = "Cookie"', "version_header"),
        ('version_header = "a b"', "version_header"),
        ("rollback = { errors = 0 }", "rollback.errors"),
        ("rollback = { bake = -1 }", "rollback.bake"),
    ],
)
def test_what_cannot_be_is_refused_in_the_config(line, what):
    """With its key."""
    with pytest.raises(ConfigError, match=rf"routes\[0\]\.{what}"):
        config(CONFIG.replace("rollback = { errors = 50, min_requests = 2 }", line))


def test_what_is_of_no_use_without_a_split_is_refused():
    """It would promise what does not happen."""
    with pytest.raises(ConfigError, match=r"routes\[1\]\.sticky: is of use with split only"):
        config(CONFIG + 'sticky = "cookie"\n')


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("v3--hello.preview.example", ("hello", "v3")),
        ("stable--my.fn.preview.example", ("my.fn", "stable")),
        ("v3--a--b.preview.example", ("a--b", "v3")),
        ("preview.example", None),
        ("v3-hello.preview.example", None),
        ("--hello.preview.example", None),
        ("v3--.preview.example", None),
        ("v3--hello.example", None),
        ("v3--hello.xpreview.example", None),
    ],
)
def test_hosts_of_previews(host, found):
    """A version, two hyphens, and a function, whose name may have dots and hyphens."""
    assert preview_of(host, "preview.example") == found
    assert preview_of(host, "") is None
