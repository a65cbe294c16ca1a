"""Routes that split their requests among versions: shares, clients that stay, versions that are taken back."""

from __future__ import annotations

import collections

import pytest

from tests.support.deploying import archive, says
from tests.support.gateway_process import gateway, run_edge, until, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ENGINE_MODES = ("cells",)

FAILS = {"index.js": "module.exports = () => { throw new Error('bad version') };"}
STATE = """
exports.handler = async (event, context) => ({
  statusCode: 200,
  body: `${process.env.KEY} ${await kv.incr('n')} ${context.functionName} ${context.functionVersion}`,
});
"""
ROUTES = """
[storage]
kv = "memory"
[packages]
poll = "200ms"
[server]
preview_host = "preview.example"
[functions.hello]
package = "old"
[functions.bad]
package = "old"
[functions.state]
package = "old"
secrets = ["KEY"]
[[routes]]
path = "/chance"
split = { "hello@v1" = 75, "hello@v2" = 25 }
version_header = "X-Version"
[[routes]]
path = "/cookie"
split = { "hello@v1" = 50, "hello@v2" = 50 }
sticky = "cookie:who"
[[routes]]
path = "/header"
split = { "hello@v1" = 50, "hello@v2" = 50, "hello@v3" = 0 }
sticky = "header:X-User"
version_header = "X-Version"
[[routes]]
path = "/bad"
split = { "bad@v1" = 90, "bad@v2" = 10 }
rollback = {}
[[routes]]
path = "/hosted/*rest"
host = "*.shop.example"
function = "hello"
strip_prefix = true
max_body = "10"
[[routes]]
path = "/alias"
split = { "hello@stable" = 1 }
[[routes]]
path = "/state"
split = { "state@v1" = 1 }
"""


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    """A gateway with versions of three functions, uploaded before the routes name them."""
    files = {
        "functions/old/index.js": says("old")["index.js"],
        "edge.toml": ROUTES.partition("[[routes]]")[0],
    }
    with gateway(
        tmp_path_factory.mktemp("split"), "--config", "edge.toml", files=files, env={"KEY": "kept"}
    ) as running:
        for name, package in (
            *(("hello", says(f"v{n}")) for n in (1, 2, 3)),
            ("bad", says("good")),
            ("bad", FAILS),
            (
                "state",
                {"index.js": STATE},
            ),
        ):
            answer = running.operate("PUT", f"/functions/{name}/package", content=archive(package))
            assert answer.status_code == 201, answer.text
        running.operate("PUT", "/functions/hello/aliases/stable", json={"version": "v2"}).raise_for_status()
        write_files(running.folder, {"edge.toml": ROUTES})
        answer = running.operate("POST", "/config/reload")
        assert answer.status_code == 200, answer.text
        yield running


def split(edge, route):
    [found] = edge.operate("GET", "/splits", params={"route": route}).json()["splits"]
    return found


def change(edge, route, weights, **headers):
    return edge.operate("PUT", "/splits", params={"route": route}, json={"weights": weights}, headers=headers)


def reset(edge, route):
    return edge.operate("DELETE", "/splits", params={"route": route})


def test_requests_are_split_as_the_weights_say(edge):
    """Within five standard deviations; each answer says which version it is of."""
    seen = collections.Counter()
    for _ in range(200):
        answer = edge.get("/chance")
        assert answer.headers["edge-version"] == f"hello@{answer.text}"
        seen[answer.text] += 1
    assert set(seen) == {"v1", "v2"}
    assert abs(seen["v2"] - 50) < 5 * (200 * 0.25 * 0.75) ** 0.5


def test_a_client_with_a_header_stays_with_its_version_while_the_other_grows(edge):
    """From 50 to 90 percent and to all: nobody moves back; and back to the config, to where they were."""
    users = [f"user{n}" for n in range(40)]

    def versions():
        return {user: edge.get("/header", headers={"X-User": user}).text for user in users}

    first = versions()
    assert first == versions()
    assert set(first.values()) == {"v1", "v2"}
    for weights in ({"hello@v1": 10, "hello@v2": 90}, {"hello@v1": 0, "hello@v2": 1}):
        assert change(edge, "/header", weights).status_code == 200
        after = versions()
        assert all(after[user] == "v2" for user in users if first[user] == "v2")
    assert set(after.values()) == {"v2"}
    assert reset(edge, "/header").status_code == 200
    assert versions() == first


def test_a_plan_says_which_versions_are_not_there(edge):
    """As the reload does, which refuses the config."""
    now = (edge.folder / "edge.toml").read_text()
    try:
        write_files(edge.folder, {"edge.toml": now.replace('"hello@v2" = 25', '"hello@v99" = 25')})
        plan = edge.operate("POST", "/config/plan").json()
        assert plan["problems"] == ["functions.hello@v99: function hello has no version 'v99'"]
        answer = edge.operate("POST", "/config/reload")
        assert answer.json()["error"]["problems"] == plan["problems"]
    finally:
        write_files(edge.folder, {"edge.toml": now})
        assert edge.operate("POST", "/config/reload").status_code == 200


def test_a_client_without_a_cookie_gets_one_and_stays(edge):
    """The cookie is not for scripts; whoever has it gets no other one."""
    seen = collections.Counter()
    for _ in range(20):
        edge.client.cookies.clear()
        answer = edge.get("/cookie")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("who=")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        again = edge.get("/cookie")
        assert (again.text, "set-cookie" in again.headers) == (answer.text, False)
        seen[answer.text] += 1
    edge.client.cookies.clear()
    assert set(seen) == {"v1", "v2"}


def test_a_header_chooses_a_version_where_the_config_permits_it(edge):
    """Also one without a share; one that the route does not have is refused, and elsewhere the header is nothing."""
    for wanted in ("v3", "hello@v3"):
        answer = edge.get("/header", headers={"X-Version": wanted})
        assert (answer.text, answer.headers["edge-version"]) == ("v3", "hello@v3")
    assert edge.code("/header", headers={"X-Version": "v9"})[:2] == (400, "bad_request")
    assert edge.get("/cookie", headers={"X-Version": "v3"}).text != "v3"


def test_aliases_stand_for_versions_and_follow_them(edge):
    """When the alias moves, so does the route, without a reload of the config."""
    assert edge.get("/alias").text == "v2"
    edge.operate("PUT", "/functions/hello/aliases/stable", json={"version": "v3"}).raise_for_status()
    until(lambda: edge.get("/alias").text == "v3", 5, "the alias")
    edge.operate("PUT", "/functions/hello/aliases/stable", json={"version": "v2"}).raise_for_status()
    until(lambda: edge.get("/alias").text == "v2", 5, "the alias")


def preview(edge, host, path="/chance", **options):
    return edge.get(path, headers={"Host": host}, **options)


def test_every_version_has_a_host_for_trying_it(edge):
    """Also one that no route names; it is made ready by the first request, and shares what its function has."""
    for version in ("v1", "v2", "v3", "stable"):
        answer = preview(edge, f"{version}--hello.preview.example")
        assert answer.status_code == 200, answer.text
        assert answer.text == ("v2" if version == "stable" else version)
        assert answer.headers["edge-version"] == f"hello@{version}"
    assert preview(edge, "v1--state.preview.example", "/state").text.startswith("kept ")
    assert preview(edge, "V3--HELLO.Preview.Example:8080").text == "v3"
    write_files(edge.folder, {"edge.toml": ROUTES + "# again\n[functions.other]\npackage = 'old'\n"})
    assert edge.operate("POST", "/config/reload").json()["changed"] is True
    assert preview(edge, "v3--hello.preview.example").text == "v3"


def test_a_preview_is_reached_by_the_routes_of_its_function_and_no_other_way(edge):
    """With what these ask for; a path that leads to another function, or nowhere, leads nowhere here."""
    assert preview(edge, "v3--hello.preview.example", "/hosted/x").text == "v3"
    host = {"Host": "v3--hello.preview.example"}
    assert edge.code("/hosted/x", "POST", headers=host, content=b"x" * 11)[:2] == (413, "body_too_large")
    for path in ("/bad", "/elsewhere"):
        assert preview(edge, "v3--hello.preview.example", path).status_code == 404
    for name in ("v99--hello", "v1--none", "0--hello", "v1--bad--hello"):
        assert preview(edge, f"{name}.preview.example").status_code in (400, 404), name
    assert preview(edge, "v1-hello.preview.example").headers["edge-version"] in ("hello@v1", "hello@v2")


def test_versions_have_the_settings_of_their_function(edge):
    """Its secrets, and its namespace, which they share with it."""
    first = edge.get("/state").text
    assert first.startswith("kept ")
    assert edge.operate("GET", "/kv/state/n").text == first.split()[1]
    assert first.split()[2:] == ["state", "v1"]


def test_a_version_that_fails_is_taken_back_before_one_request_in_a_hundred_has_failed(edge):
    """Of a thousand requests under a split of 10 percent; it is told everywhere, and stays so after a reload."""
    statuses = collections.Counter(edge.get("/bad").status_code for _ in range(1000))
    assert set(statuses) == {200, 500}
    assert statuses[500] < 10
    found = split(edge, "/bad")
    assert found["weights"] == {"bad@v1": 90, "bad@v2": 0}
    assert "requests were failures" in found["set"]["reason"]
    [entry] = edge.log(event="version_taken_back")
    assert (entry["level"], entry["route"], entry["version"]) == ("error", "/bad", "bad@v2")
    assert 'edge_versions_taken_back_total{function="bad@v2"} 1.0' in edge.operate("GET", "/metrics").text
    audited = edge.operate("GET", "/audit").json()["entries"]
    assert [(one["who"], one["path"], one["query"]) for one in audited if one["who"] == "edge"] == [
        ("edge", "/splits", "route=%2Fbad&taken_back=bad%40v2")
    ]
    until(lambda: split(edge, "/bad")["config"] == {"bad@v1": 90, "bad@v2": 10}, 2)
    write_files(edge.folder, {"edge.toml": ROUTES + "# changed\n[functions.more]\npackage = 'old'\n"})
    assert edge.operate("POST", "/config/reload").json()["changed"] is True
    assert {edge.get("/bad").status_code for _ in range(60)} == {200}
    assert split(edge, "/bad")["weights"] == {"bad@v1": 90, "bad@v2": 0}
    listed = run_edge("split", "/bad", "--admin", edge.admin, cwd=edge.folder).stdout.decode()
    assert "taken back: " in listed


def test_weights_are_set_by_command_also_for_a_version_that_the_config_does_not_name(edge):
    """It is built before it gets a request; `--reset` goes back to the config."""
    done = run_edge("split", "/cookie", "v3=1", "--admin", edge.admin, cwd=edge.folder)
    assert done.returncode == 0, done.stderr
    assert {edge.get("/cookie").text for _ in range(10)} == {"v3"}
    done = run_edge("split", "/cookie", "--reset", "--admin", edge.admin, cwd=edge.folder)
    assert done.returncode == 0, done.stderr
    edge.client.cookies.clear()
    assert split(edge, "/cookie")["weights"] == {"hello@v1": 50, "hello@v2": 50}


@pytest.mark.parametrize(
    ("route", "weights", "status"),
    [
        ("/cookie", {"hello@v99": 1}, 404),
        ("/cookie", {"bad@v1": 1}, 400),
        ("/cookie", {"hello@v1": 0}, 400),
        ("/cookie", {"hello@v1": -1}, 400),
        ("/cookie", {"hello@v1": "many"}, 400),
        ("/cookie", {}, 400),
        ("/none", {"hello@v1": 1}, 404),
    ],
)
def test_weights_that_cannot_be_are_refused_and_change_nothing(edge, route, weights, status):
    """Versions and routes that are not there, numbers that are none."""
    before = split(edge, "/cookie")["weights"]
    assert change(edge, route, weights).status_code == status
    assert split(edge, "/cookie")["weights"] == before


def test_a_change_can_be_made_to_depend_on_what_was_seen(edge):
    """`If-Match` with the ETag of a state that is no more is refused."""
    etag = edge.operate("GET", "/splits").headers["etag"]
    assert change(edge, "/chance", {"hello@v1": 1}, **{"If-Match": etag}).status_code == 200
    plan = edge.operate("POST", "/config/plan").json()
    assert (plan["changes"], plan["problems"]) == ([], [])  # a reload leaves what was set
    assert change(edge, "/chance", {"hello@v2": 1}, **{"If-Match": etag}).status_code == 412
    assert reset(edge, "/chance").status_code == 200
