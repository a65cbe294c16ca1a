"""Router: patterns, middlewares, nesting, errors."""

from __future__ import annotations

import pytest

from edge.errors import FunctionError
from tests.runtime.contract_rig import call, header, value


def route(setup: str, target: str = "/", method: str = "GET", **kwargs: object) -> object:
    """The JSON that a router `r` answers, or the status when it answers none."""
    answer = call(f"const r = Router(); {setup}; module.exports = r", method, target, **kwargs)  # type: ignore[arg-type]
    return value(answer) if (header(answer, "content-type") or "").startswith("application/json") else answer.status


@pytest.mark.parametrize(
    ("pattern", "target", "params"),
    [
        ("'/users/:id'", "/users/42", {"id": "42"}),
        ("'/users/:id'", "/users/a%20b/", {"id": "a b"}),
        ("'/users/:id'", "/users/", 404),
        ("'/users/:id'", "/users/1/2", 404),
        ("'/users/:id?'", "/users", {}),
        ("'/users/:id?'", "/users/7", {"id": "7"}),
        ("'/:a-:b'", "/x-y", {"a": "x", "b": "y"}),
        ("'/:file.:ext'", "/a.txt", {"file": "a", "ext": "txt"}),
        ("'/f/*'", "/f/a/b", {"0": "a/b"}),
        ("'/f/*rest'", "/f/a/b%2Fc", {"rest": ["a", "b/c"]}),
        ("'/f/*rest'", "/f/", 404),
        ("'/a{/:b}/c'", "/a/c", {}),
        ("'/a{/:b}/c'", "/a/x/c", {"b": "x"}),
        ("'*'", "/any/thing", {"0": "/any/thing"}),
        ("['/x', '/y/:z']", "/y/1", {"z": "1"}),
        ("/^\\/re\\/(\\d+)(?:\\/(?<name>\\w+))?$/", "/re/5/n", {"0": "5", "name": "n"}),
        ("'/CASE'", "/case", {}),
        ("'/dot.js'", "/dotxjs", 404),
        ("'/'", "/", {}),
    ],
)
def test_patterns(pattern: str, target: str, params: object) -> None:
    """A path is matched as a whole, without regard to case or a slash at its end, and its parameters are decoded."""
    assert route(f"r.get({pattern}, (req, res) => res.json(req.params))", target) == params


def test_malformed_escape() -> None:
    """A parameter that cannot be decoded is the client's fault."""
    assert route("r.get('/:id', (req, res) => res.json(1))", "/%zz") == 400


@pytest.mark.parametrize("pattern", ["'/a('", "'/a}'", "'/a{'", "'/:'", "'/a+'", "42"])
def test_malformed_patterns(pattern: str) -> None:
    """A pattern that means nothing is refused when the route is made, and the message says why."""
    with pytest.raises(FunctionError, match="route"):
        route(f"r.get({pattern}, () => {{}})")


def test_options_of_a_router() -> None:
    """`caseSensitive` and strict make matching exact."""
    assert (
        route(
            "const s = Router({ caseSensitive: true, strict: true }); s.get('/A', (q, s) => s.json(1)); r.use(s)", "/a"
        )
        == 404
    )
    assert route("const s = Router({ strict: true }); s.get('/a', (q, s) => s.json(1)); r.use(s)", "/a/") == 404


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_methods(method: str) -> None:
    """Each method has its own handlers; all() takes every one."""
    setup = f"r.{method.lower()}('/', (q, s) => s.json('own')).all('/', (q, s) => s.json('all'))"
    assert route(setup, method=method) == "own"
    assert route(setup, method="PROPFIND") == "all"


def test_head_falls_back_to_get() -> None:
    """HEAD is answered by the handlers of GET."""
    answer = call("const r = Router(); r.get('/', (q, s) => s.send('abc')); module.exports = r", "HEAD")
    assert (answer.status, answer.body, header(answer, "content-length")) == (200, b"", "3")


def test_automatic_options() -> None:
    """OPTIONS without a handler of its own tells the methods."""
    answer = call("const r = Router(); r.get('/', () => {}).post('/', () => {}); module.exports = r", "OPTIONS")
    assert (answer.status, header(answer, "allow")) == (200, "GET, HEAD, POST")


def test_many_handlers_run_in_turn() -> None:
    """Handlers of one route and lists of them run until one answers."""
    setup = (
        "const seen = []; const step = (n) => (q, s, next) => { seen.push(n); next() }; r.get('/', step(1), "
        "[step(2), [step(3)]], (q, s) => s.json(seen))"
    )
    assert route(setup) == [1, 2, 3]


def test_next_route_and_router() -> None:
    """next('route') goes to the next route, next('router') out of the router."""
    setup = """
      const inner = Router();
      inner.get('/', (q, s, next) => next('route'), (q, s) => s.json('skipped'));
      inner.get('/', (q, s, next) => next('router'));
      inner.get('/', (q, s) => s.json('also skipped'));
      r.use(inner); r.get('/', (q, s) => s.json('outer'));
    """
    assert route(setup) == "outer"


def test_use_strips_its_prefix() -> None:
    """Middlewares below a prefix see the rest of the path; afterwards it is whole again."""
    setup = """
      const see = (q) => [q.url, q.baseUrl, q.originalUrl, q.path];
      const seen = [];
      r.use('/api', (q, s, next) => { seen.push(see(q)); next() });
      r.use((q, s) => { seen.push(see(q)); s.json(seen) });
    """
    assert route(setup, "/api/x?y=1") == [
        ["/x?y=1", "/api", "/api/x?y=1", "/x"],
        ["/api/x?y=1", "", "/api/x?y=1", "/api/x"],
    ]


@pytest.mark.parametrize(("target", "expected"), [("/api", "/"), ("/api/", "/"), ("/apis", 404), ("/API/x", "/x")])
def test_prefixes_end_at_segments(target: str, expected: object) -> None:
    """A prefix matches whole segments only."""
    assert route("r.use('/api', (q, s) => s.json(q.url))", target) == expected


def test_nested_routers() -> None:
    """Routers nest; parameters of the outer one are seen with mergeParams."""
    setup = """
      const leaf = Router({ mergeParams: true }); leaf.get('/:b', (q, s) => s.json([q.params, q.baseUrl, q.url]));
      const middle = Router(); middle.use('/m/:a', leaf); r.use('/top', middle);
    """
    assert route(setup, "/top/m/1/2") == [{"a": "1", "b": "2"}, "/top/m/1", "/2"]


def test_gateway_params_are_kept() -> None:
    """Parameters of the gateway's route are there beside the router's own."""
    assert route("r.get('/:b', (q, s) => s.json(q.params))", "/x", params={"tenant": "t", "b": "outer"}) == {
        "tenant": "t",
        "b": "x",
    }


def test_rewritten_url() -> None:
    """A middleware may rewrite req.url for those after it."""
    assert (
        route("r.use((q, s, next) => { q.url = '/new'; next() }); r.get('/new', (q, s) => s.json('rewritten'))", "/old")
        == "rewritten"
    )


def test_route_object() -> None:
    """route() collects the methods of one path."""
    setup = "r.route('/x').all((q, s, next) => next()).get((q, s) => s.json('g')).post((q, s) => s.json('p'))"
    assert [route(setup, "/x", method) for method in ("GET", "POST", "PUT")] == ["g", "p", 404]


def test_param_processors() -> None:
    """param() runs once per value, before the handlers, and may fail."""
    setup = """
      const seen = [];
      const bad = Object.assign(new Error('bad'), { status: 422 });
      r.param('id', (q, s, next, id, name) => { seen.push([id, name]); next(id === 'bad' ? bad : undefined) });
      r.get('/:id', (q, s, next) => next()); r.get('/:id', (q, s) => s.json(seen));
    """
    assert route(setup, "/5") == [["5", "id"]]
    assert route(setup, "/bad") == 422


def test_error_handlers() -> None:
    """Handlers of four arguments get errors, thrown, rejected or passed on; others are skipped."""
    setup = """
      r.get('/throw', () => { throw new Error('t') });
      r.get('/reject', async () => { throw new Error('r') });
      r.get('/next', (q, s, next) => next(new Error('n')));
      r.get('/fine', (q, s) => s.json('fine'));
      r.use((q, s) => s.json('skipped'));
      r.use((error, q, s, next) => next(new Error(error.message + '!')));
      r.use((error, q, s, next) => s.status(500).json(error.message));
    """
    assert [route(setup, path) for path in ("/throw", "/reject", "/next", "/fine", "/none")] == [
        "t!",
        "r!",
        "n!",
        "fine",
        "skipped",
    ]


def test_recovering() -> None:
    """An error handler that calls next() without an error goes on as if nothing had been."""
    assert route("r.use(() => { throw 1 }); r.use((e, q, s, next) => next()); r.use((q, s) => s.json('ok'))") == "ok"


def test_handlers_must_be_functions() -> None:
    """A handler that is none is refused when it is added."""
    with pytest.raises(FunctionError, match=r"handler 1 is undefined"):
        route("r.get('/', undefined)")
    with pytest.raises(FunctionError, match=r"Router.use\(\) requires a handler"):
        route("r.use('/')")


def test_router_is_a_function() -> None:
    """A router is made with and without new, and is a Router."""
    assert route("r.get('/', (q, s) => s.json([typeof r, r instanceof Router, new Router() instanceof Router]))") == [
        "function",
        True,
        True,
    ]
