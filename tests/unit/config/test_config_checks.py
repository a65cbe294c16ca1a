"""What a config must be beyond its types: addresses, patterns, routes, functions, egress entries."""

from __future__ import annotations

import pytest

from edge.config.address import Address, parse_address
from edge.config.egress_syntax import check_egress_entry
from edge.config.load import load
from edge.config.pattern import path_shape
from edge.errors import ConfigError

FUNCTIONS = "functions.a = {}\nfunctions.b = {}\n"


def problems(source: str, **environ: str) -> list[str]:
    """What is wrong with a file; empty when it is good."""
    try:
        load(source.encode(), "edge.toml", environ=environ)
    except ConfigError as error:
        return error.problems
    return []


@pytest.mark.parametrize(
    ("text", "address", "loopback"),
    [
        ("127.0.0.1:8080", Address("127.0.0.1", 8080), True),
        ("127.1.2.3:0", Address("127.1.2.3", 0), True),
        ("localhost:1", Address("localhost", 1), True),
        ("[::1]:65535", Address("::1", 65535), True),
        ("[0:0:0:0:0:0:0:0]:80", Address("::", 80), False),
        ("0.0.0.0:80", Address("0.0.0.0", 80), False),
        (":80", Address("", 80), False),
        ("Edge-1.example.com:80", Address("edge-1.example.com", 80), False),
        ("unix:/run/edge.sock", Address("", 0, "/run/edge.sock"), True),
        ("unix:relative.sock", Address("", 0, "relative.sock"), True),
    ],
)
def test_listen_addresses_are_read(text: str, address: Address, loopback: bool) -> None:
    """Every documented form, and which of them only this machine can reach."""
    assert parse_address(text) == address
    assert parse_address(text).loopback is loopback
    assert parse_address(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:٣"),
        *("::1:80", "[::1]", "[::1:80", "[localhost]:80", "*:80", "127.0.0:80", "1.2.3.4.5:80", "256.0.0.1:80"),
        *("a b:80", "http://x:80", "-x.example:80", f"{'a' * 64}:80", "unix:", f"unix:/{'a' * 107}", "unix:/a\0b"),
    ],
)
def test_other_listen_addresses_are_refused(text: str) -> None:
    """Nothing that a bind would fail on, or understand otherwise, is taken."""
    with pytest.raises(ValueError, match=r"\("):
        parse_address(text)


def test_no_two_listeners_have_one_address() -> None:
    """The second bind would fail; free ports are never the same."""
    assert problems('server.listen = ["127.0.0.1:9090"]') == [
        "edge.toml:1: admin.listen: 127.0.0.1:9090 is taken by server.listen[0] (another port)"
    ]
    assert len(problems('server.listen = ["[::1]:1", "[0::1]:1"]')) == 1
    assert problems('server.listen = ["127.0.0.1:0", "127.0.0.1:0"]\nadmin.listen = "127.0.0.1:0"') == []
    assert len(problems("server.listen = []")) == 1


@pytest.mark.parametrize("listen", ["0.0.0.0:9090", "[::]:9090", ":9090", "10.0.0.1:9090", "gateway.internal:9090"])
def test_an_admin_listener_that_others_can_reach_needs_a_token(listen: str) -> None:
    """A file, or the variable; an empty variable is none."""
    source = f'admin.listen = "{listen}"\n'
    assert len(problems(source)) == 1
    assert "EDGE_ADMIN_TOKEN" in problems(source)[0]
    assert len(problems(source, EDGE_ADMIN_TOKEN="")) == 1
    assert problems(source, EDGE_ADMIN_TOKEN="t") == []
    assert problems(source + 'admin.token_file = "token"') == []


@pytest.mark.parametrize("listen", ["127.0.0.1:9090", "[::1]:9090", "localhost:9090", "unix:/run/admin.sock"])
def test_an_admin_listener_on_loopback_needs_no_token(listen: str) -> None:
    """Only this machine can connect."""
    assert problems(f'admin.listen = "{listen}"') == []


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/", ()),
        ("/hello/:name", ("=hello", ":")),
        ("/hello/:other/", ("=hello", ":")),
        ("/files/*rest", ("=files", "*")),
        ("/%61dmin/a.b~c", ("=admin", "=a.b~c")),
        ("/%3A", ("=:",)),
        ("/*all", ("*",)),
    ],
)
def test_path_patterns_have_a_shape_that_can_be_compared(path: str, shape: tuple[str, ...]) -> None:
    """Names of parameters, a slash at the end and percent-encoding make no difference."""
    assert path_shape(path) == shape


@pytest.mark.parametrize(
    "path",
    [
        *("", "hello", "//", "/a//b", "/*rest/b", "/:", "/*", "/:1a", "/:a-b", "/a:b", "/a*", "/:a/:a", "/:a/*a"),
        *("/a b", "/a?b", "/a#b", "/%zz", "/a\\b", "/../a", "/a/.", "/ü", "/a\n", "/{a}"),
    ],
)
def test_other_path_patterns_are_refused(path: str) -> None:
    """What could never match, or not as meant, is an error, with an example in parentheses."""
    with pytest.raises(ValueError, match=r"\(.*\)"):
        path_shape(path)


def routes(*tables: str) -> list[str]:
    """What is wrong with routes, without file and line."""
    found = problems(FUNCTIONS + "routes = [" + ", ".join(tables) + "]")
    return [line.partition(": ")[2] for line in found]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('path = "/x/:a", function = "a"', 'path = "/x/:b", function = "b"'),
        ('path = "/x", function = "a"', 'path = "/x/", function = "b", methods = ["GET"]'),
        ('path = "/x", function = "a", methods = ["GET", "PUT"]', 'path = "/x", function = "a", methods = ["PUT"]'),
        ('path = "/*r", static = "public"', 'path = "/*r", function = "a", methods = ["GET"]'),
        ('path = "/x", function = "a", host = "A.example"', 'path = "/x", function = "a", host = "a.example"'),
        (
            'path = "/x", function = "a", headers = { A = "*", b = "1" }',
            'path = "/x", function = "b", headers = { b = "1", a = "**" }',
        ),
    ],
)
def test_a_route_that_an_earlier_one_hides_is_an_error(first: str, second: str) -> None:
    """The same host, shape and methods: nothing would ever reach the second."""
    found = routes(f"{{ {first} }}", f"{{ {second} }}")
    assert len(found) == 1
    assert found[0].startswith("routes[1].path: ")
    assert "routes[0]" in found[0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('path = "/x", function = "a", methods = ["GET"]', 'path = "/x", function = "b"'),
        ('path = "/x", function = "a", methods = ["GET"]', 'path = "/x", function = "b", methods = ["GET", "PUT"]'),
        ('path = "/x", function = "a", host = "*.example.com"', 'path = "/x", function = "b", host = "a.example.com"'),
        ('path = "/x", function = "a"', 'path = "/x/*rest", function = "b"'),
        ('path = "/:x", function = "a"', 'path = "/x", function = "b"'),
        ('path = "/x", function = "a"', 'path = "/x", function = "b", headers = { x-beta = "1" }'),
        ('path = "/x", function = "a"', 'path = "/x", redirect = "https://{host}/x", scheme = "http"'),
        ('path = "/*r", static = "public"', 'path = "/*r", function = "a"'),
        ('path = "/*r", static = "public"', 'path = "/*r", function = "a", methods = ["POST"]'),
    ],
)
def test_routes_that_share_only_some_requests_are_fine(first: str, second: str) -> None:
    """The most specific wins, then order."""
    assert routes(f"{{ {first} }}", f"{{ {second} }}") == []


def test_the_route_that_hides_another_is_told_with_its_place() -> None:
    """Its number alone would have to be counted in the file."""
    source = FUNCTIONS + '[[routes]]\npath = "/x"\nfunction = "a"\n[[routes]]\npath = "/x"\nfunction = "b"\n'
    [found] = problems(source)
    assert found.startswith("edge.toml:7: routes[1].path: '/x' is never reached: routes[0] (edge.toml:3) takes all ")


@pytest.mark.parametrize(
    ("folder", "extra", "published"),
    [
        (".", "", "this file"),
        ("..", "", "this file"),
        ("public/..", "", "this file"),
        ("functions", "", "packages.root"),
        ("functions/../functions", "", "packages.root"),
        ("data", "storage.data_dir = 'data/edge'", "storage.data_dir"),
        ("/srv", "storage.data_dir = '/srv/edge'", "storage.data_dir"),
        ("/", "storage.data_dir = '/srv/edge'", "this file"),
        ("keys", "admin.token_file = 'keys/token'", "admin.token_file"),
        ("keys/token", "admin.token_file = 'keys/token'", "admin.token_file"),
        ("public", "", ""),
        ("../public", "", ""),
        ("functions/a/public", "", ""),
        ("public", "storage.data_dir = 'public/.edge'", ""),  # names with a dot are not served
    ],
)
def test_a_folder_that_holds_what_is_private_is_not_published(folder: str, extra: str, published: str) -> None:
    """The config, its keys, data and the code of functions."""
    found = problems(f"{extra}\n[[routes]]\npath = '/*rest'\nstatic = '{folder}'\n")
    assert [line.partition("would publish ")[2].partition(" (")[0] for line in found] == [published] * bool(published)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ('{ "x beta" = "1" }', 'routes[0].headers."x beta": is not the name of a header'),
        ('{ host = "a" }', "routes[0].headers.host: is no condition (host = NAME beside path)"),
        ('{ Connection = "close" }', "routes[0].headers.Connection: never reaches a route"),
        ('{ edge-x = "1" }', "routes[0].headers.edge-x: never reaches a route"),
        ('{ a = "1", A = "2" }', "routes[0].headers.A: is there twice"),
        ('{ a = "x\\ny" }', "routes[0].headers.a: no header has this value"),
        ('{ a = " x" }', "routes[0].headers.a: no header has this value"),
        ("{ a = 1 }", "routes[0].headers.a: the value is not text in quotes"),
    ],
)
def test_conditions_that_never_hold_are_errors(headers: str, expected: str) -> None:
    """Better than a route that is silently never taken."""
    [found] = routes(f'{{ path = "/", function = "a", headers = {headers} }}')
    assert found.startswith(expected)


def test_methods_that_two_earlier_routes_take_together_hide_a_third() -> None:
    """It is not only pairs that count."""
    lists = ('["GET"]', '["PUT"]', '["PUT", "GET"]')
    assert len(routes(*(f'{{ path = "/x", function = "a", methods = {methods} }}' for methods in lists))) == 1


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('path = "/", function = "aa"', "routes[0].function: there is no function 'aa', did you mean a? (a, b)"),
        (
            'path = "/"',
            "routes[0]: needs exactly one of function, split, redirect, respond and static (function = NAME)",
        ),
        ('path = "/", function = "a", static = "x"', "routes[0]: has function and static, but needs exactly one of "),
        ('path = "/", redirect = "x"', "routes[0].redirect: 'x' is neither a URL nor a path (https://example.com/"),
        ('path = "/", redirect = "//evil"', "routes[0].redirect: '//evil' begins with two slashes "),
        ('path = "/:a", redirect = "/:b"', "routes[0].redirect: :b is not a parameter of the path (:a; %3A for a "),
        ('path = "/a/*r", redirect = "/a/b/:r"', "routes[0].redirect: '/a/b/:r' leads back to this route, for ever"),
        ('path = "/*r", redirect = "https://{host}/:r"', "routes[0].redirect: 'https://{host}/:r' leads back to this "),
        (
            'path = "/*r", scheme = "https", redirect = "https://{host}/:r"',
            "routes[0].redirect: 'https://{host}/:r' leads back to this ",
        ),
        ('path = "/", scheme = "ftp", function = "a"', "routes[0].scheme: 'ftp' is not known (http | https)"),
        ('path = "/", redirect = { to = "/x", status = 305 }', "routes[0].redirect.status: 305 is no redirect (301, "),
        ('path = "/", redirect = "/x", strip_prefix = true', "routes[0].strip_prefix: is only for routes with a "),
        ('path = "/", respond = { status = 99 }', "routes[0].respond.status: 99 is out of range "),
        ('path = "/", respond = { status = 204, body = "x" }', "routes[0].respond.body: 204 has no body "),
        ('path = "/", respond = { headers = { Date = "x" } }', "routes[0].respond.headers.Date: is for the gateway "),
        ('path = "/", respond = { headers = { a = "x\\u0000" } }', "routes[0].respond.headers.a: cannot be sent "),
        ('path = "/", static = { folder = "" }', "routes[0].static.folder: is not a folder "),
        ('path = "/", static = "x", methods = ["POST"]', "routes[0].methods[0]: files are only read (GET, HEAD)"),
        ('path = "/", static = { folder = "x", index = ["a/b"] }', "routes[0].static.index[0]: 'a/b' is not the name "),
        ('path = "/", static = { folder = "x", not_found = "../a" }', "routes[0].static.not_found: '../a' is not a "),
        (
            'path = "/", static = { folder = "x", try_files = ["../{path}"] }',
            "routes[0].static.try_files[0]: '../{path}' is not a path in the folder ",
        ),
        ('path = "/", function = "a", methods = ["get"]', "routes[0].methods[0]: 'get' is not in capitals (GET)"),
        (
            'path = "/", function = "a", methods = ["G T"]',
            "routes[0].methods[0]: 'G T' is not a method (GET, POST, ...)",
        ),
        ('path = "/", function = "a", methods = ["GET", "GET"]', "routes[0].methods: a method is there twice "),
        (
            'path = "/", function = "a", host = "a.example:80"',
            "routes[0].host: 'a.example:80' is not a host without port ",
        ),
        ('path = "/", function = "a", host = "*.*.example"', "routes[0].host: "),
        ('path = "/", function = "a", host = "*"', "routes[0].host: "),
        ('path = "/", function = "a", host = "bücher.example"', "routes[0].host: 'bücher.example' is not ASCII "),
        ('path = "/", function = "a", host = "*.10.0.0.1"', "routes[0].host: "),
    ],
)
def test_a_bad_route_says_what_is_wrong(table: str, expected: str) -> None:
    """One key at a time."""
    found = routes(f"{{ {table} }}")
    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    "host", ["example.com", "*.example.com", "EXAMPLE.com", "xn--bcher-kva.example", "10.0.0.1", "[::1]", "x_y"]
)
def test_good_hosts_are_taken(host: str) -> None:
    """Names, wildcards in front, and addresses."""
    assert routes(f'{{ path = "/", function = "a", host = "{host}" }}') == []


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ('split = { "a@v1" = 1, "c@v2" = 2 }', "routes[0].split.\"c@v2\": there is no function 'c'"),
        ('split = { "a" = 1 }', "routes[0].split.a: "),
        ('split = { "a@v1" = 0 }', "routes[0].split: every weight is 0 "),
        ('function = "a", split = { "a@v1" = 1 }', "routes[0]: has function and split, but needs exactly one of "),
        ('function = "a", cors = { origins = ["app.example"] }', "routes[0].cors.origins[0]: "),
        (
            'function = "a", cors = { origins = ["*"], credentials = true }',
            "routes[0].cors.credentials: not together with origin *",
        ),
        (
            'function = "a", cors = { origins = [], methods = ["get"] }',
            "routes[0].cors.methods[0]: 'get' is not in capitals (GET)",
        ),
        ('function = "a", cors = {}', "routes[0].cors: origins is missing (list of text)"),
        ('function = "a", rate_limit = { rate = "100" }', "routes[0].rate_limit.rate: '100' is not a rate (100/15m)"),
        ('function = "a", rate_limit = { rate = "1/x" }', "routes[0].rate_limit.rate: '1/x' is not a rate (100/15m)"),
        (
            'function = "a", rate_limit = { rate = "1/s", key = "host" }',
            "routes[0].rate_limit.key: 'host' is not known ",
        ),
        ('function = "a", rate_limit = {}', "routes[0].rate_limit: needs one of rate and in_flight"),
        (
            'function = "a", rate_limit = [{ rate = "1/s" }, { in_flight = 1, burst = 2 }]',
            "routes[0].rate_limit[1].burst: goes with rate",
        ),
        ('function = "a", auth = { type = "api_key" }', "routes[0].auth: api_key needs keys_secret"),
        (
            'function = "a", auth = { type = "bearer_jwt", audience = "S" }',
            "routes[0].auth: bearer_jwt needs one of secret, jwks_url, issuer",
        ),
        (
            'function = "a", auth = { type = "bearer_jwt", secret = "S", jwks_url = "https://x" }',
            "routes[0].auth.jwks_url: secret is there as well (one of both)",
        ),
        ('function = "a", auth = { type = "bearer_jwt", issuer = "x" }', "routes[0].auth.issuer: 'x' is not a URL "),
        (
            'function = "a", auth = { type = "bearer_jwt", secret = "S", algorithms = ["none"] }',
            "routes[0].auth.algorithms[0]: 'none' is not known (RS256, ",
        ),
        (
            'function = "a", auth = { type = "bearer_jwt", jwks_url = "https://a..b/" }',
            "routes[0].auth.jwks_url: 'https://a..b/' is not a URL ",
        ),
        ('function = "a", auth = {}', "routes[0].auth: needs one of type, any and all "),
        ('function = "a", auth = { any = ["x"], type = "basic" }', "routes[0].auth: needs one of type, any and all "),
        ('function = "a", auth = { any = ["x"] }', "routes[0].auth.any[0]: there is no [auth.x] (none is configured)"),
        ('function = "a", auth = "x"', "routes[0].auth: there is no [auth.x] (none is configured)"),
        ('function = "a", auth = { all = [{ type = "basic" }] }', "routes[0].auth.all[0]: basic needs users_secret"),
        ('function = "a", auth = { all = [{}] }', "routes[0].auth.all[0]: type is missing "),
        # what is wrong with a group is said at the key
        (
            'function = "a", auth = { any = [{ type = "api_key", keys_secret = "K" }], realm = "y" }',
            "routes[0].auth.realm: not together with any ",
        ),
        (
            'function = "a", auth = { type = "basic", users_secret = "U", realm = "a\\"b" }',
            "routes[0].auth.realm: cannot be sent ",
        ),
        (
            'function = "a", auth = { type = "function", function = "a", headers = ["edge-auth-x"] }',
            "routes[0].auth.headers[0]: 'edge-auth-x' cannot be set for a function (X-User)",
        ),
        (
            'function = "a", auth = { type = "basic", users_secret = "U", jwks_url = "x" }',
            "routes[0].auth.jwks_url: not a key of basic ",
        ),
        (
            'function = "a", auth = { type = "function", function = "c" }',
            "routes[0].auth.function: there is no function 'c'",
        ),
    ],
)
def test_route_features_are_checked_before_they_are_there(table: str, expected: str) -> None:
    """What this version refuses as a whole still has its keys checked."""
    found = [line for line in routes(f'{{ path = "/", {table} }}') if "not available in this version" not in line]
    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('handler = "index"', "handler: "),
        ('handler = "../x.handler"', "handler: "),
        ('package = "/etc"', "package: "),
        ('package = "a/../../b"', "package: "),
        ('package = "sha256:abc"', "package: not a hash "),
        ('kv = "a/b"', "kv: "),
        ('kv = ".."', "kv: "),
        ('env = { "A-B" = "x" }', "env.A-B: not the name of a variable "),
        ('secrets = ["A", "A"]', "secrets[1]: 'A' is there twice "),
        ('secrets = ["A B"]', "secrets[0]: "),
        ('secrets = ["A"]\nenv = { A = "x" }', "secrets[0]: 'A' is in env as well "),
        ('egress = { allow = ["nope nope"] }', "egress.allow[0]: "),
        ("egress = { deny = [{ port = 1 }] }", "egress.deny[0]: host is missing (text)"),
    ],
)
def test_a_bad_function_says_what_is_wrong(source: str, expected: str) -> None:
    """One key at a time."""
    found = problems(f"[functions.f]\n{source}")
    assert len(found) == 1
    assert found[0].partition(": ")[2].startswith(f"functions.f.{expected}")


@pytest.mark.parametrize(
    "source",
    [
        *('handler = "index.handler"', 'handler = "src/app.main.default_1"', 'package = "sha256:%s"' % ("0a" * 32)),
        *('package = "team/app.tar.gz"', 'kv = "shared.data-1"', 'env = { _A1 = "" }', 'secrets = ["A", "B"]'),
    ],
)
def test_a_good_function_is_taken(source: str) -> None:
    """The forms of the contract."""
    assert problems(f"[functions.f]\n{source}") == []


@pytest.mark.parametrize("name", ["hello", "my-fn_2.v1", "_x", "0"])
def test_good_function_names(name: str) -> None:
    """What can be a segment of a path, a file name and a variable."""
    assert problems(f'[functions."{name}"]') == []


@pytest.mark.parametrize("name", ["", "a b", "a/b", "..", ".hidden", "-x", "a@v1", "ü", "x" * 65])
def test_bad_function_names(name: str) -> None:
    """Nothing that means something else in a path, a version or an option."""
    assert len(problems(f'[functions."{name}"]')) == 1


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("redis://", "sqlite"),
        ("redis:///0", "names no server"),
        ("redis://db:port", "names no server"),
        ("redis://db:0", "names no server"),
        ("redis://me:hunter2@db:99999", "names no server"),
        ("redis://db/first", "is not a database"),
        ("redis://db/3?cluster=true", "a cluster has none"),
        ("rediss://db?ssl_cert_reqs=none", "is not an option"),
        ("http://db", "sqlite"),
    ],
)
def test_addresses_of_redis_that_are_none(url: str, part: str) -> None:
    """What is wrong, without the password."""
    [found] = problems(f'storage.kv = "{url}"')
    assert part in found
    assert "hunter2" not in found


def test_addresses_of_redis() -> None:
    """With credentials, a database, TLS with an authority of one's own."""
    for url in ("redis://db", "redis://[::1]:6379/3", "rediss://me:secret@db:6380/0?ssl_ca_certs=/etc/ca.pem"):
        assert problems(f'storage.kv = "{url}"') == []


@pytest.mark.parametrize("entry", ["*/5 * * * *", "0 9 * * MON-FRI", "0 0 L * *", "@every 30s", "@daily"])
def test_good_schedules(entry: str) -> None:
    """Also in a table, which says more."""
    assert problems(f'functions.f.schedule = ["{entry}"]') == []
    assert (
        problems(f'functions.f.schedule = [{{ cron = "{entry}", timezone = "Asia/Tokyo", overlap = "queue" }}]') == []
    )


@pytest.mark.parametrize(
    "entry", ["", "* * * *", "* * * * * *", "@every 1", "@every 5 parsecs", "@every 1ms", "@often", "a;b * * * *"]
)
def test_bad_schedules(entry: str) -> None:
    """The entry itself is named."""
    found = problems(f'functions.f.schedule = ["{entry}"]')
    assert any(": functions.f.schedule[0]: " in line for line in found) is (entry != "@every 1")


@pytest.mark.parametrize(
    ("entry", "key", "part"),
    [
        ('{ cron = "* * * *" }', "schedule[0].cron", "five cron fields"),
        ('{ cron = "@daily", timezone = "Mars" }', "schedule[0].timezone", "IANA"),
        ('{ cron = "@daily", overlap = "maybe" }', "schedule[0].overlap", "queue"),
        ('{ cron = "@daily", retries = 101 }', "schedule[0].retries", "100"),
        ('{ cron = "@daily", cpu = 1 }', "schedule[0].cpu", "unknown"),
        ('{ timezone = "UTC" }', "schedule[0]", "cron"),
        ('"@daily", { cron = "@daily" }', "schedule[1]", "there twice"),
    ],
)
def test_bad_tables_of_schedules(entry: str, key: str, part: str) -> None:
    """The key and what is allowed are named."""
    [found] = problems(f"functions.f.schedule = [{entry}]")
    assert f"functions.f.{key}" in found
    assert part in found


@pytest.mark.parametrize(
    "entry",
    [
        *(
            "public",
            "all",
            "api.example.com",
            "api.example.com:443",
            "https://api.example.com",
            "http://x.example:8080",
        ),
        *(
            "*.example.org",
            "*.example.org:8443",
            "10.1.2.3",
            "203.0.113.0/24",
            "203.0.113.0/24:8080",
            "2001:db8:5::/48",
        ),
        *("[2001:db8::1]:443", "[2001:db8::]/48", "localhost:1", "127.0.0.1:8000", "_dmarc.example.org"),
    ],
)
def test_the_simple_egress_check_takes_the_documented_forms(entry: str) -> None:
    """Texts, and the same as the host of a table."""
    assert check_egress_entry(entry) is None


@pytest.mark.parametrize(
    "entry",
    [
        *(
            "",
            "a b",
            "api.example.com:0",
            "api.example.com:99999",
            "api.example.com:",
            "*",
            "a.*.example",
            "ftp://x.example",
        ),
        *(
            "https://x.example/path",
            "https://user@x.example",
            "10.0.0.1/8",
            "300.1.1.1",
            "[::1",
            "[zz]:1",
            "-a.example",
            "//x",
        ),
    ],
)
def test_the_simple_egress_check_refuses_what_cannot_be_an_entry(entry: str) -> None:
    """The message is text for a person."""
    assert check_egress_entry(entry)


def test_the_real_egress_check_can_be_passed_in() -> None:
    """The policy's own check takes entries of config files as they are handed over."""
    entry = pytest.importorskip("edge.services.egress.entry")
    source = """
        egress.allow = ["public", { host = "db.internal", port = 5432, private = true },
            { host = "api.example.com", scheme = "https", methods = ["GET"], path = "/v1/*" }, "127.0.0.1"]
        egress.deny = ["1.2.3.4:0"]
    """
    with pytest.raises(ConfigError) as caught:
        load(source.encode(), "edge.toml", environ={}, check_egress=entry.check_entry)
    assert [line.split(": ")[1] for line in caught.value.problems] == ["egress.deny[0]"]


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ('server.trusted_proxies = ["10.0.0.1/8"]', "server.trusted_proxies[0]"),
        ('server.trusted_proxies = ["proxy.internal"]', "server.trusted_proxies[0]"),
        ('server.health_path = "_edge"', "server.health_path"),
        ('server.health_path = "/"', "server.health_path"),
        ('server.health_path = "/_edge/"', "server.health_path"),
        ('server.health_path = "/:x"', "server.health_path"),
        ('packages.root = ""', "packages.root"),
        ('storage.data_dir = ""', "storage.data_dir"),
        ('storage.kv = "postgres"', "storage.kv"),
        ('storage.kv = ""', "storage.kv"),
        ("engine.pool_size = 21", "engine.pool_size"),
    ],
)
def test_sections_are_checked(source: str, key: str) -> None:
    """Texts with a syntax of their own, and keys that depend on each other."""
    found = problems(source)
    assert len(found) == 1
    assert found[0].startswith(f"edge.toml:1: {key}: ")


def test_tls_needs_both_files() -> None:
    """Half a pair is a mistake, not plain HTTP."""
    assert any("needs both cert and key" in line for line in problems('server.tls.key = "k"'))
    assert not any("needs both" in line for line in problems('server.tls = { cert = "c", key = "k" }'))


def test_good_proxies_and_health_paths() -> None:
    """Addresses, networks of both families, and off."""
    source = 'server = { trusted_proxies = ["10.0.0.0/8", "::1", "192.0.2.1"], health_path = "" }'
    assert problems(source) == []
    assert problems('server.health_path = "/a/b-c"') == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('modules = { "../x" = "lib" }', "'../x' is not the name of a package"),
        ('modules = { "@s" = "lib" }', "is not the name of a package (name or @scope/name)"),
        ('modules = { x = "../lib" }', "'../lib' leaves packages.root"),
        ('modules = { x = "/etc" }', "'/etc' leaves packages.root"),
        ('mock_modules = { "./x" = "lib.js" }', "'./x' is not the name of a module"),
        ('mock_modules = { x = "../lib.js" }', "'../lib.js' leaves the package"),
        ('mock_modules = { x = "" }', "'' leaves the package"),
    ],
)
def test_names_and_places_of_modules_are_checked(line: str, message: str) -> None:
    """Before anything is read."""
    with pytest.raises(ConfigError) as caught:
        load(f"[functions.f]\n{line}\n".encode(), "edge.toml", environ={})
    [problem] = caught.value.problems
    assert message in problem
