"""Authentication of routes: every way, what the function and the log learn, and what gets nobody in."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from types import SimpleNamespace

import bcrypt
import pytest
import trio

from edge.config.model import Config, Origin
from edge.config.route_model import Route
from edge.errors import EdgeError, FunctionError
from edge.gateway.all_routes import all_routes
from edge.gateway.duties import auth_basic
from edge.invocation import Outcome, Receipt
from edge.services.auth.users import Users
from tests.support.routed_gateway import RoutedGateway
from tests.support.tokens import SECRET, token

BASIC = {"type": "basic", "users_secret": "USERS", "realm": "staff"}
API_KEY = {"type": "api_key", "keys_secret": "KEYS", "query": "api_key", "cookie": "key"}
JWT = {"type": "bearer_jwt", "secret": "JWT", "issuer": "me", "audience": ["api"]}
ASK = {"type": "function", "function": "b", "headers": ["X-User"]}
ENVIRON = {
    "USERS": f"ann:{bcrypt.hashpw(b'good', bcrypt.gensalt(4)).decode()}\nplain:pass\nänn:ß",
    "KEYS": f"ann:k1\nbob:sha256:{hashlib.sha256(b'k2').hexdigest()}",
    "JWT": SECRET,
}


def gateway(how, **more):
    return RoutedGateway({"path": "/*rest", "auth": how}, environ=ENVIRON, **more)


def basic(user, password):
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def bearer(claims=None, **how):
    now = int(time.time())
    return {"authorization": "Bearer " + token({"iss": "me", "aud": "api", "exp": now + 60} | (claims or {}), **how)}


def told(served):
    """What the function was told about who it is."""
    return {name.removeprefix("edge-auth-"): value for name, value in served.request.headers if "auth-" in name}


async def refused(served, *, status=401, **how):
    """The answer to a request that does not reach the function."""
    before = len(served.invoked)
    answer = await served(**how)
    assert answer.status == status, answer.body
    assert len(served.invoked) == before
    return answer


async def test_basic_lets_in_who_knows_a_password():
    """Hashed or plain; the function and the log learn the name, percent-encoded where it must be."""
    served = gateway(BASIC)
    for user, password, subject in (("ann", "good", "ann"), ("plain", "pass", "plain"), ("änn", "ß", "%C3%A4nn")):
        assert (await served(headers=basic(user, password))).status == 200
        assert told(served) == {"type": "basic", "subject": subject}
        assert served.log[-1].identity.name == user


async def test_basic_tells_browsers_how_to_ask():
    """With 401, also for a wrong password, of which it does not say what was wrong."""
    served = gateway(BASIC)
    bad = [
        {},
        basic("ann", "bad"),
        basic("nobody", "good"),
        basic("ann", ""),
        basic("", ""),
        {"authorization": "Basic x"},
    ]
    answers = [await refused(served, headers=headers) for headers in bad]
    assert {answer.headers["www-authenticate"] for answer in answers} == {'Basic realm="staff", charset="UTF-8"'}
    assert answers[1].error["message"] == answers[2].error["message"]
    assert answers[0].error["code"] == "unauthorized"
    assert "edge-outcome" not in answers[0].headers


async def test_a_password_that_was_right_is_not_checked_again(monkeypatch):
    """Hashes are slow; what is remembered is for these two words only, and not for long."""
    served = gateway(BASIC)
    checked = []
    real = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda *args: checked.append(1) or real(*args))
    for _ in range(3):
        await served(headers=basic("ann", "good"))
    assert len(checked) == 1
    for _ in range(2):
        await refused(served, headers=basic("ann", "bad"))
    assert len(checked) == 3
    await refused(served, headers=basic("nobody", "good"))
    assert len(checked) == 4


async def test_a_flood_of_passwords_is_turned_away_and_known_ones_get_in(monkeypatch):
    """One address has a few checks at a time; who was in already needs none."""
    served = gateway(BASIC)
    await served(headers=basic("ann", "good"))
    monkeypatch.setattr(bcrypt, "checkpw", lambda *_: time.sleep(0.05))
    statuses = []

    async def guess(number):
        statuses.append((await served(headers=basic("ann", str(number)))).status)

    async with trio.open_nursery() as nursery:
        for number in range(40):
            nursery.start_soon(guess, number)
        assert (await served(headers=basic("ann", "good"))).status == 200
    assert statuses.count(503) == 40 - auth_basic.MAX_OF_ONE
    assert statuses.count(401) == auth_basic.MAX_OF_ONE


async def test_addresses_of_one_network_share_its_checks(monkeypatch):
    """Whoever has one address of a /64 has all of them, and could keep everybody else from being checked."""
    checks = auth_basic.PasswordChecks()
    method = auth_basic.BasicAuth(Users.parse(ENVIRON["USERS"]), "staff", checks)
    monkeypatch.setattr(bcrypt, "checkpw", lambda *_: time.sleep(0.05))
    failures = []

    async def guess(number):
        (header,) = basic("ann", str(number)).items()
        try:
            await method.identify(SimpleNamespace(headers=[header], ip=f"2001:db8::{number:x}"))
        except EdgeError as error:
            failures.append(error.status)

    async with trio.open_nursery() as nursery:
        for number in range(auth_basic.MAX_OF_ONE + 2):
            nursery.start_soon(guess, number)
    assert sorted(failures) == [401] * auth_basic.MAX_OF_ONE + [503] * 2


async def test_an_api_key_may_come_in_each_of_its_places():
    """Its name is who it is; the header, the bearer token, the query, the cookie."""
    served = gateway(API_KEY)
    places = [
        ({"x-api-key": "k1"}, "/"),
        ({"X-API-KEY".lower(): "k1", "authorization": "Basic x"}, "/"),
        ({"authorization": "Bearer k1"}, "/"),
        ({"authorization": "apikey k1"}, "/"),
        ({}, "/?a=b&api_key=k1"),
        ({"cookie": "a=b; key=k1"}, "/"),
    ]
    for headers, path in places:
        assert (await served(path=path, headers=headers)).status == 200, headers
        assert told(served) == {"type": "api_key", "subject": "ann"}
    await served(headers={"x-api-key": "k2"})
    assert told(served)["subject"] == "bob"


async def test_no_other_api_key_gets_in():
    """Nor two of them, one of which might be right."""
    served = gateway(API_KEY)
    answer = await refused(served)
    assert answer.headers["www-authenticate"] == 'ApiKey realm="edge"'
    for headers in ({"x-api-key": "K1"}, {"x-api-key": "k1 k2"}, {"x-api-key": "bad", "authorization": "Bearer k1"}):
        await refused(served, headers=headers)
    for path in ("/?api_key=k1&api_key=k3", "/?api_key=", "/?API_KEY=k1", "/?" + "a&" * 2000 + "api_key=k1"):
        await refused(served, path=path)
    await refused(served, headers={"cookie": "key=k3; key=k1"})
    await refused(served, headers={"x_api_key": "k1"})
    await refused(served, headers=[("x-api-key", "k1"), ("x-api-key", "k1")], status=400)


async def test_a_bearer_token_says_who_it_is_and_what_it_claims():
    """The function gets the claims as JSON."""
    served = gateway(JWT | {"claims": {"scope": "read"}})
    assert (await served(headers=bearer({"sub": "ann|é\n", "scope": "read write"}))).status == 200
    known = told(served)
    assert (known["type"], known["subject"]) == ("bearer_jwt", "ann%7C%C3%A9%0A")
    assert json.loads(known["claims"])["scope"] == "read write"
    assert known["claims"].isascii()
    assert (
        "authorization",
        bearer({"sub": "ann|é\n", "scope": "read write"})["authorization"],
    ) in served.request.headers
    answer = await refused(served, headers=bearer({"scope": "write"}), status=403)
    assert answer.error == answer.error | {"code": "forbidden"}


async def test_what_is_wrong_with_a_token_is_said_as_rfc_6750_has_it():
    """Without a token, only that one is needed."""
    served = gateway(JWT)
    assert (await refused(served)).headers["www-authenticate"] == 'Bearer realm="edge"'
    answer = await refused(served, headers=bearer({"exp": 5}))
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="edge", error="invalid_token", error_description="the token has expired"'
    )
    for headers in (
        bearer({"aud": "x"}),
        bearer({"iss": "x"}),
        bearer(key=b"another"),
        {"authorization": "Bearer x.y.z"},
    ):
        assert 'error="invalid_token"' in (await refused(served, headers=headers)).headers["www-authenticate"]
    await refused(served, headers=[("authorization", "Bearer x"), *bearer().items()], status=400)
    await refused(served, headers={"authorization": f"Bearer {'x' * 40_000}"})


async def test_a_token_may_come_in_a_cookie_where_the_route_says_so():
    """Not elsewhere."""
    cookie = {"cookie": f"session={bearer()['authorization'].removeprefix('Bearer ')}"}
    assert (await gateway(JWT | {"cookie": "session"})(headers=cookie)).status == 200
    await refused(gateway(JWT), headers=cookie)


def asked(served, status=200, headers=(), body=b""):
    """Let function b answer so; what it was asked is returned."""
    seen = []

    async def answer(request, exchange):
        seen.append(request)
        await exchange.head(status, list(headers), body, end=True)

    served.handlers["b"] = answer
    return seen


async def test_a_function_may_be_asked_who_passes():
    """It sees method, URL and headers, and no body; it may name headers, subject and claims."""
    served = gateway(ASK)
    word = json.dumps({"subject": "ann", "claims": {"team": "a"}, "more": 1}).encode()
    seen = asked(served, 200, [("X-User", "ann"), ("x-other", "no"), ("Content-Type", "application/json")], word)
    headers = {"x-a": "1", "x-user": "spoofed", "x_user": "spoofed", "content-length": "2"}
    assert (await served("PUT", "/a/b?c=d", headers=headers, body=b"hi")).status == 200
    assert (seen[0].method, seen[0].url, seen[0].body) == ("PUT", "http://h.test/a/b?c=d", None)
    assert ("x-a", "1") in seen[0].headers
    assert not {"content-length", "edge-auth-type"} & dict(seen[0].headers).keys()
    assert [value for name, value in served.request.headers if name.replace("_", "-") == "x-user"] == ["ann"]
    assert "x-other" not in dict(served.request.headers)
    assert told(served) == {"type": "function", "subject": "ann", "claims": '{"team":"a"}'}


@pytest.mark.parametrize("name", ["X-User", "X_User"])
async def test_a_header_that_the_asked_function_does_not_set_is_not_the_clients_either(name):
    """Whoever relies on it would be deceived, however it is written."""
    served = gateway(ASK | {"headers": [name]})
    asked(served, 204)
    await served(headers={"x-user": "root", "x_user": "root"})
    assert not {"x-user", "x_user"} & dict(served.request.headers).keys()
    asked(served, 200, [(name, "ann")])
    await served(headers={"x-user": "root", "x_user": "root"})
    assert [value for known, value in served.request.headers if "user" in known] == ["ann"]


async def test_the_answer_of_a_function_that_refuses_is_the_clients():
    """A redirect to a login page, for example, with what belongs to it."""
    served = gateway(ASK)
    asked(
        served, 302, [("location", "/login"), ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("connection", "x")], b"go"
    )
    answer = await served(headers={"x-user": "root"})
    assert (answer.status, answer.body, answer.headers["location"]) == (302, b"go", "/login")
    assert answer.all("set-cookie") == ["a=1", "b=2"]
    assert "connection" not in answer.headers
    assert [function.name for function, _ in served.invoked] == ["b"]


WORDS = [
    (200, "application/json", b'{"allow": false}', 403),
    (200, "application/json", b'{"allow": "no"}', 502),
    (200, "application/json; charset=utf-8", b"{", 502),
    (200, "application/json", b"[" * 60_000, 502),
    (200, "text/plain", b'{"allow": false}', 200),
    (200, "application/json", b"", 200),
    (200, "text/plain", b"x" * 2_000_000, 502),
    (418, "text/plain", b"", 418),
    (500, "text/plain", b"", 500),
]


@pytest.mark.parametrize(("status", "kind", "body", "expected"), WORDS)
async def test_what_the_asked_function_says_counts_or_nobody_passes(status, kind, body, expected):
    """JSON that cannot be understood is no yes."""
    served = gateway(ASK)
    asked(served, status, [("content-type", kind)], body)
    assert (await served()).status == expected
    assert ("a" in [function.name for function, _ in served.invoked]) == (expected == 200)


async def test_an_asked_function_that_fails_lets_nobody_in():
    """Whether it throws, answers nothing, or takes too long: its limits are those of the question."""
    served = gateway(ASK | {"timeout": 2.0})

    async def throws(_request, _exchange):
        return Receipt(Outcome.EXCEPTION, FunctionError("secret detail"))

    async def silent(_request, _exchange):
        return None

    for handler, status in ((throws, 500), (silent, 502)):
        served.handlers["b"] = handler
        answer = await served()
        assert answer.status == status
        assert b"secret detail" not in answer.body
    assert {function.name for function, _ in served.invoked} == {"b"}
    assert {function.limits.timeout for function, _ in served.invoked} == {2.0}


async def test_any_of_several_ways_will_do():
    """The first that works says who it is; a client without proof learns of all of them."""
    served = gateway({"any": [BASIC, "keys", JWT]}, auth={"keys": API_KEY})
    for headers, kind in ((basic("ann", "good"), "basic"), ({"x-api-key": "k1"}, "api_key"), (bearer(), "bearer_jwt")):
        assert (await served(headers=headers)).status == 200
        assert told(served)["type"] == kind
    assert [value.partition(" ")[0] for value in (await refused(served)).all("www-authenticate")] == [
        *("Basic", "ApiKey", "Bearer")
    ]
    served = gateway({"any": [JWT | {"claims": {"role": "admin"}}, API_KEY]})
    await refused(served, headers=bearer(), status=403)
    assert (await served(headers=bearer() | {"x-api-key": "k1"})).status == 200


async def test_all_of_several_ways_may_be_needed():
    """The first says who it is."""
    served = gateway({"all": [API_KEY, ASK]})
    asked(served, 200, [("content-type", "application/json"), ("x-user", "u")], b'{"subject": "x", "claims": {"c": 1}}')
    await refused(served)
    assert (await served(headers={"x-api-key": "k1"})).status == 200
    assert told(served) == {"type": "api_key+function", "subject": "ann", "claims": '{"c":1}'}
    assert ("x-user", "u") in served.request.headers
    asked(served, 403)
    assert (await served(headers={"x-api-key": "k1"})).status == 403


async def test_clients_cannot_say_who_they_are_by_themselves():
    """The names belong to the gateway in every spelling, and also where nobody is asked."""
    spoofed = {"edge-auth-subject": "root", "Edge_Auth_Subject".lower(): "root", "x-edge-auth-subject": "root"}
    served = RoutedGateway({"path": "/a", "auth": API_KEY}, {"path": "/open"}, environ=ENVIRON)
    await served(path="/a", headers=spoofed | {"x-api-key": "k1", "connection": "edge-auth-subject, authorization"})
    assert told(served) == {"type": "api_key", "subject": "ann"}
    await served(path="/open", headers=spoofed)
    assert told(served) == {}


async def test_authentication_comes_before_the_body_and_errors_can_be_read_by_pages():
    """401 for a body that is too large, with the marks of CORS; a preflight needs no proof."""
    route = {"path": "/", "auth": API_KEY, "max_body": 1, "cors": {"origins": ["https://app.test"]}}
    served = RoutedGateway(route, environ=ENVIRON)
    origin = {"origin": "https://app.test"}
    answer = await refused(served, method="POST", headers=origin | {"content-length": "5"}, body=b"12345")
    assert answer.headers["access-control-allow-origin"] == "https://app.test"
    assert (await served("OPTIONS", headers=origin | {"access-control-request-method": "PUT"})).status == 204
    await refused(served, method="OPTIONS", headers=origin)
    tried = {"x-api-key": "k1", "content-length": "5"}
    await refused(served, method="POST", headers=tried, body=b"12345", status=413)


UNUSABLE = [
    (BASIC | {"users_secret": "MISSING"}, "the secret MISSING has no value"),
    (BASIC | {"users_secret": "KEYS_"}, "the secret KEYS_ has no value"),
    (API_KEY | {"keys_secret": "EMPTY"}, "the secret EMPTY cannot be used: 0 keys"),
    (BASIC | {"users_secret": "BAD"}, "the secret BAD cannot be used: line 1: the kind of hash is not known"),
    (JWT | {"secret": "PEM"}, "the secret PEM cannot be used: it is no public key"),
    ("nobody", "there is no [auth.nobody]"),
    ({"any": [API_KEY, "nobody"]}, "there is no [auth.nobody]"),
]


@pytest.mark.parametrize(("auth", "problem"), UNUSABLE)
async def test_what_cannot_be_set_up_is_a_problem_and_lets_nobody_in(auth, problem):
    """The message holds nothing of the secret."""
    environ = ENVIRON | {"EMPTY": "", "BAD": "ann:$1$topsecret", "PEM": "-----BEGIN topsecret"}
    served = RoutedGateway({"path": "/", "auth": auth}, environ=environ, expect_problems=True)
    assert problem in served.policies.lines[0]
    assert "topsecret" not in str(served.policies.lines)
    for headers in ({}, {"x-api-key": "k1"}, basic("ann", "good")):
        await refused(served, headers=headers, status=500)


def test_another_value_of_a_secret_is_another_generation():
    """Though the config is the same."""
    one, same = gateway(API_KEY), gateway(API_KEY)
    other = RoutedGateway({"path": "/*rest", "auth": API_KEY}, environ=ENVIRON | {"KEYS": "ann:k9"})
    assert one.policies.digest == same.policies.digest != other.policies.digest
    assert "k9" not in other.policies.digest


def test_the_name_of_a_function_is_guarded_as_its_triggers_are():
    """Where a folder is served; a file of the gateway says itself who may call."""
    mount = Route(path="/f/*rest", function="f", strip_prefix=True)
    triggers = [Route(path="/a", function="f"), Route(path="/b", function="f", auth="token")]
    zero = Config(routes=[mount])
    assert [route.auth for route in all_routes(zero, {"f": triggers})] == ["token", None, "token"]
    assert all_routes(zero, {"g": triggers})[0] is mount
    named = Config(routes=[mount], origin=Origin(file="edge.toml"))
    assert all_routes(named, {"f": triggers})[0] is mount
