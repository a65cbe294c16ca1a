"""What people get wrong, each a clear answer of the table in the contract, logged once, with nothing else disturbed."""

from __future__ import annotations

import http.client
import json

import pytest

from tests.support.gateway_process import gateway, run_edge, serving, write_files

pytestmark = [pytest.mark.integration, pytest.mark.slow]

WEB = "export default { fetch() { return %s; } };"
FUNCTIONS = {
    "good": "module.exports = (req, res) => res.json(req.body);",
    "syntax": {
        "index.js": "const good = require('./lib');\nmodule.exports = good;",
        "lib.js": "exports.a = 1;\n\nexports.b = = 2;\n",
    },
    "typescript": {"index.ts": "const a: number = 1;\nexport default {\n  fetch( { return 1 }\n};\n"},
    "toplevel": "\n\nthrow new TypeError('while loading');",
    "missing": "const gone = require('./gone');\nmodule.exports = () => gone;",
    "nothing": "const unused = 1;",
    "number": "module.exports = 42;",
    "object": "module.exports = { other: () => 1 };",
    "noanswer": {"index.mjs": WEB % "undefined"},
    "plainobject": {"index.mjs": WEB % "{ status: 200, body: 'no Response' }"},
    "used": {
        "index.mjs": "export default { async fetch() { const r = new Response('x'); await r.text(); return r; } };"
    },
    "badevent": "exports.handler = async () => ({ statusCode: 'many', body: 1n });",
    "status": "exports.handler = async () => ({ statusCode: 99, body: '' });",
    "headers": "exports.handler = async () => ({ statusCode: 200, headers: { 'a b': 'c' }, body: '' });",
    "injected": (
        "exports.handler = async (event) => ({ statusCode: 200, headers: { "
        "'x-a': 'b\\r\\nset-cookie: stolen=1' }, body: '' });"
    ),
    "length": (
        "module.exports = (req, res) => { res.set('content-length', '5'); res.write('much too long'); res.end(); };"
    ),
    "webinjected": {"index.mjs": WEB % "new Response('', { headers: { 'x-a': 'b\\r\\nset-cookie: stolen=1' } })"},
    "setinjected": (
        "module.exports = (req, res) => { res.set('x-a', 'b\\r\\nset-cookie: stolen=1'); res.send('sent'); };"
    ),
    "parses": {"index.mjs": "export default async (request) => Response.json(await request.json());"},
}


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    with serving(tmp_path_factory.mktemp("bad"), FUNCTIONS) as running:
        yield running
        assert running.alive()
        assert running.log(event="crashed") == []


CASES = [
    ("syntax", 500, "function_error", "exception", "/app/lib.js:3"),
    ("typescript", 500, "function_error", "exception", "/app/index.ts:3"),
    ("toplevel", 500, "function_error", "exception", "/app/index.js:3"),
    ("missing", 500, "function_error", "exception", "./gone"),
    ("nothing", 502, "bad_function", "bad-response", "exports nothing"),
    ("number", 502, "bad_function", "bad-response", "number"),
    ("object", 502, "bad_function", "bad-response", "other"),
    ("noanswer", 502, "bad_response", "bad-response", "undefined"),
    ("plainobject", 502, "bad_response", "bad-response", "Response"),
    ("used", 502, "bad_response", "bad-response", "body"),
    ("badevent", 502, "bad_response", "bad-response", "statusCode"),
    ("status", 502, "bad_response", "bad-response", "99"),
    ("headers", 502, "bad_response", "bad-response", "a b"),
    ("injected", 502, "bad_response", "bad-response", "x-a"),
    ("webinjected", 500, "function_error", "exception", "TypeError"),
    ("setinjected", 500, "function_error", "exception", "TypeError"),
]


@pytest.mark.parametrize(("name", "status", "code", "outcome", "said"), CASES)
def test_a_function_that_is_wrong_gets_its_code_and_one_line_in_the_log(edge, name, status, code, outcome, said):
    """The log says what and where; the client learns the code and the request id."""
    answer = edge.get(f"/{name}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], answer.headers["edge-outcome"]) == (status, code, outcome)
    assert error["request_id"] == answer.headers["edge-request-id"]
    assert "set-cookie" not in answer.headers
    assert str(edge.folder) not in answer.text
    [entry] = edge.logged(request_id=error["request_id"])
    assert (entry["event"], entry["status"], entry["code"]) == ("request", status, code)
    assert said in entry["error"] + entry.get("stack", "")
    assert "edge:runtime" not in entry.get("stack", "")
    assert edge.get("/good").json() == {}


def test_an_answer_that_contradicts_its_length_breaks_off(edge):
    """The client can tell, and the next request is served."""
    connection = http.client.HTTPConnection("127.0.0.1", edge.port, timeout=5)
    connection.request("GET", "/length")
    try:
        answer = connection.getresponse()
        status, body = answer.status, answer.read()
        assert status == 502 or len(body) != 5
    except (http.client.HTTPException, ConnectionError):
        pass
    finally:
        connection.close()
    [entry] = edge.logged(event="request", function="length")
    assert entry["outcome"] == "bad-response"
    assert edge.get("/good").status_code == 200


@pytest.mark.parametrize(
    "body", [b'{"a":', b"\xff\xfe{}", b'{"a": "\xc3\x28"}', b"[" * 100_000, b"nul", b'{"__proto__": {"x": 1}}', b"\0"]
)
@pytest.mark.parametrize("name", ["good", "parses"])
def test_a_body_that_is_no_json_is_the_clients_or_the_functions_affair(edge, name, body):
    """Express answers 400, as its body parser does; `request.json()` throws in the function; nothing else happens."""
    answer = edge.post(f"/{name}", content=body, headers={"content-type": "application/json"})
    valid = body.startswith((b'{"__proto__"', b'{"a": '))  # bytes that are no UTF-8 become U+FFFD, as the standard says
    assert answer.status_code == (200 if valid else 400 if name == "good" else 500), answer.text
    assert len(edge.logged(event="request", request_id=answer.headers["edge-request-id"])) == 1
    assert edge.post("/good", json={"x": 1}).json() == {"x": 1}


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/nowhere", "GET", 404, "no_route"),
        ("/good/%00", "GET", 400, "bad_request"),
        ("/good/%ff", "GET", None, None),
        ("/good", "TRACE", 405, "method_not_allowed"),
        ("/good", "BREW", None, None),
        ("/good?" + "q" * 30_000, "GET", None, None),
    ],
)
def test_requests_that_no_function_should_have_to_bear(edge, path, method, status, code):
    """Refused with a code of the table, or given to the function: never a failure of the gateway."""
    found = edge.code(path, method)
    if status is not None:
        assert found[:2] == (status, code)
    assert found[0] < 500
    assert edge.get("/good").status_code == 200


def test_headers_that_are_too_large_get_431(edge):
    """However they are too large: one, or many."""
    assert edge.code("/good", headers={"x-a": "a" * 100_000})[:2] == (431, "headers_too_large")
    assert edge.code("/good", headers={f"x-{n}": "a" * 100 for n in range(900)})[:2] == (431, "headers_too_large")
    assert edge.get("/good").status_code == 200


# -- config


def config(text):
    return text + '\n[functions.hello]\n[[routes]]\npath = "/hello"\nfunction = "hello"\n'


PROBLEMS = [
    ('[server]\nlistne = ["127.0.0.1:0"]', "edge.toml:2: server.listne: ", "listen"),
    ('[engine]\ntimeout = "soon"', "edge.toml:2: engine.timeout: ", "30s"),
    ("[engine]\n\npool_size = true", "edge.toml:3: engine.pool_size: ", ""),
    ("[functions.other]\nmemory = '1MiB'", "edge.toml:2: functions.other.memory: ", "16MiB"),
    ("[functions.gone]", "edge.toml", "gone"),
    ("[functions.two]\npackage = '../..'", "edge.toml", "two"),
    ("[engine\n", "edge.toml:1", ""),
]


@pytest.mark.parametrize(("text", "where", "what"), PROBLEMS)
def test_check_prints_file_line_key_and_what_is_wrong(tmp_path, text, where, what):
    """One line per problem, exit code 1; nothing on standard output that a script could take for success."""
    write_files(
        tmp_path,
        {"edge.toml": config(text), "functions/hello/index.js": FUNCTIONS["good"], "functions/other/index.js": ""},
    )
    found = run_edge("check", "--config", "edge.toml", cwd=tmp_path)
    assert found.returncode == 1
    assert found.stdout == b""
    lines = [line for line in found.stderr.decode().splitlines() if not line.startswith("warning")]
    assert any(line.startswith(where) and what in line for line in lines), lines
    assert "Traceback" not in found.stderr.decode()


def test_check_finds_every_problem_at_once_and_serve_refuses_the_same(tmp_path):
    """Three mistakes, three lines; `serve` prints them too and ends with 1."""
    text = config('[server]\nlistne = []\nmax_body = "big"\n[engine]\nmode = "cell"')
    write_files(tmp_path, {"edge.toml": text, "functions/hello/index.js": FUNCTIONS["good"]})
    lines = run_edge("check", "--config", "edge.toml", cwd=tmp_path).stderr.decode().splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["edge.toml:2", "edge.toml:3", "edge.toml:5"]
    served = run_edge("serve", "--config", "edge.toml", cwd=tmp_path)
    assert (served.returncode, served.stderr.decode().splitlines()) == (1, lines)


def test_check_names_the_line_of_a_syntax_error_in_a_package(tmp_path):
    """As `/app/FILE:LINE`, because that is what the log will say."""
    write_files(tmp_path, {"edge.toml": config(""), "functions/hello/index.js": "\nconst a = = 1;\n"})
    found = run_edge("check", "--config", "edge.toml", cwd=tmp_path)
    assert found.returncode in {0, 1}
    assert "Traceback" not in found.stderr.decode()


def test_a_valid_config_is_ok(tmp_path):
    """Exit code 0 and one line."""
    write_files(tmp_path, {"edge.toml": config(""), "functions/hello/index.js": FUNCTIONS["good"]})
    found = run_edge("check", "--config", "edge.toml", cwd=tmp_path)
    assert (found.returncode, found.stdout.decode()) == (0, "ok: 1 functions, 1 routes\n")


def test_expose_errors_shows_the_stack_of_the_package_and_no_other(tmp_path):
    """`[log] expose_errors`: message and frames of `/app`, none of the gateway or the runtime."""
    source = "function inner() {\n  throw new TypeError('told');\n}\nmodule.exports = () => inner();"
    files = {"edge.toml": config("[log]\nexpose_errors = true"), "functions/hello/index.js": source}
    with gateway(tmp_path, "--config", "edge.toml", files=files) as edge:
        error = edge.get("/hello").json()["error"]
    assert "TypeError: told" in error["message"]
    assert error["stack"].splitlines()[1] == "    at inner (/app/index.js:2:9)"
    assert "edge:" not in json.dumps(error)
    assert str(tmp_path) not in json.dumps(error)
