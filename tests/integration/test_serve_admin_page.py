"""The admin page in a real browser: what each view shows and does, and that nothing in it harms whoever looks."""

from __future__ import annotations

import io
import json
import re
import tarfile
from importlib import resources

import pytest

from tests.support import chromium as browsers
from tests.support.gateway_process import gateway, until

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(browsers.program() is None, reason="there is no Chromium: apt-get install chromium"),
]
ENGINE_MODES = ("cells",)
SECONDS = 30  # until a test is over, whatever its page does
TOKEN = "s3cret-of-the-operator"
CONFIG = """
[packages]
root = "."
[admin]
token_file = "tokens/root"
tokens = [{ name = "eyes", role = "read", file = "tokens/eyes" }]
[functions.hello]
schedule = ["0 0 1 1 *"]
egress = { allow = ["https://api.example.com"], learn = true }
[functions.evil]
async = { retries = 0 }
[functions.split]
package = "hello"
[[routes]]
path = "/hello/*rest"
function = "hello"
[[routes]]
path = "/evil/*rest"
function = "evil"
"""
MARKUP = "<img src=x onerror=\"document.title='harmed'\"><script>document.title='harmed'</script>"
EVIL = f"""
const markup = {json.dumps(MARKUP)};
module.exports = async (req, res) => {{
  console.log(markup);
  console.error("%c" + markup, "color: red");
  await kv.set(markup, markup);
  if (req.path.endsWith("/throw")) throw new Error(markup);
  res.set("clear-site-data", '"storage"');
  res.set("content-type", "text/html").set("x-markup", markup).send("<!doctype html><title>fine</title>" + markup);
}};
"""
HELLO = """
module.exports = async (req, res) => {
  console.log("greeting", req.path);
  if (req.path.endsWith("/endless")) for (;;) await new Promise((done) => res.write("on and on ".repeat(1000), done));
  await kv.set("greeted", { path: req.path });
  res.json({ hello: req.path });
};
"""
FILES = {
    "edge.toml": CONFIG,
    "hello/index.js": HELLO,
    "evil/index.js": EVIL,
    "tokens/root": TOKEN,
    "tokens/eyes": "looking",
}
MANY_LINES = """() => {
    const ask = window.fetch;
    const line = (number) => {
        const fields = { event: "function_log", function: `f${number % 10}`, text: `line ${number}` };
        return `data: ${JSON.stringify(fields)}\\n\\n`;
    };
    let asked = 0;
    window.fetch = async (path, options) => {
        if (!String(path).startsWith("logs")) return ask(path, options);
        asked += 1;
        const lines = asked > 1 ? [] : Array.from({ length: 100_500 }, (_, number) => line(number));
        return new Response(new Blob(lines), { headers: { "content-type": "text/event-stream" } });
    };
}"""
"""A stream of more lines than the page keeps, made in the browser: through Playwright it would take half a minute."""
VIEWS = ["", "logs", "invocations", "functions", "schedules", "queue", "kv", "cache", "egress", "config", "audit"]


@pytest.fixture(scope="module")
def edge(tmp_path_factory, engine_mode):
    with gateway(tmp_path_factory.mktemp("page"), "--config", "edge.toml", files=FILES) as running:
        running.client.headers["authorization"] = f"Bearer {TOKEN}"
        for path in ("/hello/a", "/hello/b", "/evil/", "/evil/throw", "/nowhere"):
            running.get(path)
        for note in ("first", "second"):
            package = archive({"index.js": HELLO + f"// {note}\n"})
            assert running.operate("PUT", f"/functions/split/package?note={note}", content=package).status_code == 201
        yield running


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browsers.chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def context(chromium, edge):
    """A window of a browser for each test, and an end for whatever it does."""
    with chromium.within(SECONDS), chromium.context() as opened:
        yield opened


class Seen:
    """What a page did besides showing itself."""

    def __init__(self, page):
        self.requests, self.errors = [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))


def opened(context, edge, place="", token=TOKEN):
    """A page that has signed in, at a place of it."""
    page = context.new_page()
    page.goto(edge.admin)
    page.evaluate("token => sessionStorage.setItem('edge-admin-token', token)", token)
    page.goto(f"{edge.admin}/#/{place}")
    page.reload()
    page.locator("main#main").wait_for()
    return page


def go(page, place):
    """Another place of it, once its title is there."""
    page.evaluate("place => { location.hash = '#/' + place }", place)
    page.locator(f"main[data-place={json.dumps(place.partition('?')[0])}] h1").wait_for()


def archive(files):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return held.getvalue()


def at(page, role, name, **options):
    return page.get_by_role(role, name=name, **options)


# -- who looks


def test_a_token_lets_in_and_stays_in_the_tab(context, edge):
    """Not in the address, not in a cookie, not in what outlives the tab; and it can be given up."""
    page = context.new_page()
    seen = Seen(page)
    page.goto(edge.admin + "/#/functions")
    page.get_by_label("Token").fill("not this one")
    at(page, "button", "Sign in").click()
    page.get_by_text("does not know this token").wait_for()
    page.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    at(page, "link", "hello", exact=True).wait_for()
    assert context.cookies() == []
    assert page.evaluate("JSON.stringify(localStorage)") == "{}"
    assert not [url for url in [page.url, *seen.requests] if TOKEN in url]
    page.reload()
    at(page, "link", "hello", exact=True).wait_for()
    other = context.new_page()
    other.goto(edge.admin)
    other.get_by_label("Token").wait_for()
    at(page, "button", "Sign out").click()
    page.get_by_label("Token").wait_for()
    assert page.evaluate("JSON.stringify(sessionStorage)") == "{}"


def test_who_may_only_look_sees_why_nothing_more_can_be_done(context, edge):
    """Buttons say which role they take; the gateway would refuse besides."""
    page = opened(context, edge, "config", token="looking")
    reload = at(page, "button", "Reload")
    assert reload.is_disabled()
    assert "takes the role deploy; you have read" in reload.get_attribute("title")
    assert at(page, "button", "Plan").is_enabled()
    go(page, "audit")
    page.get_by_text("This takes the role admin").wait_for()


# -- every view


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_view_can_be_used_by_everybody(chromium, context, edge, axe, theme):
    """No serious finding of axe, nothing that the policy refuses, nothing from elsewhere, in either theme."""
    places = [*VIEWS, "functions/hello", "functions/split?tab=versions", "functions/hello?tab=try", "kv/evil"]
    with chromium.context(color_scheme=theme) as window:
        page = opened(window, edge)
        seen = Seen(page)
        for place in places:
            go(page, place)
            page.locator(".loading").first.wait_for(state="detached")
            assert page.evaluate("document.documentElement.dataset.theme") == theme
            assert axe(page, *(["color-contrast"] if theme == "dark" else [])) == [], place
        assert seen.errors == []
        assert {re.match(r"\w+://[^/]*", url)[0] for url in seen.requests} == {edge.admin}


@pytest.fixture(scope="module")
def axe():
    """Serious findings about a page: what, and where."""
    program = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()

    def find(page, *rules):
        """All rules unless some are named."""
        if not page.evaluate("'axe' in window"):
            page.evaluate(f"{program}\n; 0")
        only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
        options = {"resultTypes": ["violations"], **only}
        found = page.evaluate("async (options) => (await axe.run(document, options)).violations", options)
        serious = [each for each in found if each["impact"] in {"serious", "critical"}]
        return [(each["id"], each["nodes"][0]["html"][:200], each["nodes"][0]["failureSummary"]) for each in serious]

    return find


def test_a_small_window_has_all_views_in_a_menu(chromium, context, edge):
    """And none of them is wider than the window."""
    with chromium.context(viewport={"width": 390, "height": 780}) as window:
        page = opened(window, edge)
        for title, place in (("Functions", "functions"), ("Logs", "logs"), ("Config", "config"), ("Overview", "")):
            at(page, "button", "Menu").click()
            at(page.locator("nav"), "link", title, exact=True).click()
            page.locator(f"main[data-place='{place}'] h1").wait_for()
            assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
            assert page.evaluate("document.querySelector('main').scrollWidth") <= 390
            page.locator("nav").wait_for(state="hidden")


def test_it_can_be_used_without_a_mouse(context, edge):
    """Keys for every view, a palette, and the focus where the content begins, or where it was before a dialog."""
    page = opened(context, edge)
    focused = "document.activeElement.id || document.activeElement.getAttribute('aria-label')"
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.locator("main[data-place=functions] [role=row]").first.wait_for()
    assert page.evaluate(focused) == "title"
    page.keyboard.press("/")
    page.keyboard.type("HEL")
    page.locator("[role=table][aria-rowcount='2']").wait_for()
    page.keyboard.press("?")  # somebody writes: it is a letter
    page.keyboard.press("Backspace")
    page.locator(".vbody").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("main[data-place='functions/hello'] h1").wait_for()
    at(page, "tab", "Overview").focus()
    page.keyboard.press("ArrowRight")
    assert at(page, "tab", "Versions").get_attribute("aria-selected") == "true"
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_text("Go anywhere").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.tab") == "versions"
    page.keyboard.press("Control+k")
    page.get_by_label("Where to go").fill("evil")
    page.locator("[role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.locator("main[data-place='functions/evil'] h1").wait_for()


# -- what others have written


def test_what_functions_and_clients_write_is_text(context, edge):
    """In lines, errors, keys, values, answers and headers: shown as it was written, and never markup."""
    page = opened(context, edge, "logs")
    seen = Seen(page)
    page.get_by_text(MARKUP).first.wait_for()
    page.locator(".vbody .vrow", has_text=MARKUP).first.click()
    page.get_by_role("dialog").get_by_text(MARKUP).first.wait_for()
    page.keyboard.press("Escape")
    go(page, "invocations?outcome=exception")
    page.locator(".vbody .vrow").first.click()
    page.locator("pre", has_text=MARKUP).first.wait_for()
    go(page, "kv/evil")
    page.locator(".vbody .vrow").first.click()
    page.get_by_label("Value").wait_for()
    assert page.get_by_label("Value").input_value() == json.dumps(MARKUP)
    page.keyboard.press("Escape")
    go(page, "functions/evil?tab=try")
    at(page, "button", "Invoke").click()
    page.get_by_role("region", name="Body").get_by_text(MARKUP).wait_for()
    for place in (f"functions/{MARKUP.replace('/', '%2F')}", f"kv/{MARKUP.replace('/', '%2F')}"):
        page.evaluate("place => { location.hash = '#/' + place }", place)
        page.locator("h1", has_text=MARKUP).wait_for()
    assert page.locator("main img, main script, main iframe, main object").count() == 0
    assert "harmed" not in {page.title(), page.evaluate("document.title")}
    assert [error for error in seen.errors if "404" not in error] == []


def test_the_policy_refuses_what_would_become_markup(context, edge):
    """Should the page ever have such a hole, it would be closed."""
    page = opened(context, edge)
    tried = page.evaluate(
        """() => ['innerHTML', 'outerHTML'].map((name) => {
            const element = document.body.appendChild(document.createElement('p'));
            try { element[name] = '<b>x</b>'; return 'done'; } catch (error) { return error.name; }
        })"""
    )
    assert tried == ["TypeError", "TypeError"]
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            try { script.src = 'data:text/javascript,document.title=1'; document.head.append(script); } catch {}
        }"""
    )
    assert page.title() != "1"


def test_a_page_of_a_function_does_not_act_in_the_name_of_the_listener(chromium, edge):
    """Somebody opens `/invoke/evil`, and even sends the token along: its script does not run."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    with chromium.within(SECONDS), chromium.context(extra_http_headers=headers) as window:
        page = window.new_page()
        answer = page.goto(edge.admin + "/invoke/evil/")
        assert "clear-site-data" not in answer.headers
        assert page.title() == "fine"
        assert page.evaluate("origin") == "null"


# -- much of everything


def test_a_thousand_functions_are_one_list(context, edge):
    """Only those rows are in the document that can be seen; the others are found at once."""
    names = [f"function-{number:04}" for number in range(1000)]
    functions = [
        {"name": name, "status": "ok", "version": "v1", "package": "", "level": "initialised"} for name in names
    ]
    page = opened(context, edge)
    page.route("**/functions", lambda route: route.fulfill(json={"functions": functions}))
    go(page, "functions")
    table = page.get_by_role("table", name="Functions")
    table.wait_for()
    assert table.get_attribute("aria-rowcount") == "1001"
    assert table.get_by_role("row").count() < 80
    page.locator(".vbody").focus()
    page.keyboard.press("End")
    page.get_by_text(names[-1]).wait_for()
    at(page, "button", "Function").click()
    at(page, "button", "Function").click()
    assert page.locator("[aria-sort=descending]").count() == 1
    page.get_by_label("Filter functions by name").fill("0777")
    page.locator("[role=table][aria-rowcount='2']").wait_for()


def test_a_hundred_thousand_lines_are_one_list(context, edge):
    """What is beyond falls off at the beginning, and filters go through all that is left."""
    page = opened(context, edge)
    page.evaluate(MANY_LINES)
    go(page, "logs")
    page.get_by_text("100K of 100K lines").wait_for(timeout=25_000)
    page.get_by_text("line 100499", exact=True).wait_for()
    table = page.get_by_role("table", name="Log lines")
    assert table.get_attribute("aria-rowcount") == "100001"
    assert table.get_by_role("row").count() < 120
    page.get_by_label("Filter by text or request id").fill("LINE 77777")
    page.locator("[role=table][aria-rowcount='2']").wait_for()
    page.get_by_label("Filter by text or request id").fill("line 499")  # 499 itself has fallen off
    page.locator("[role=table][aria-rowcount='111']").wait_for()
    page.get_by_label("Function", exact=True).fill("f1")
    page.locator("[role=table][aria-rowcount='12']").wait_for()


# -- what can be done


def test_lines_come_as_they_are_written(context, edge):
    """Of the function that is asked for; while it is paused, they wait."""
    page = opened(context, edge, "logs?function=hello")
    page.get_by_text("greeting /a").or_(page.get_by_text("greeting /hello/a")).first.wait_for()
    edge.get("/hello/live")
    page.locator(".vrow", has_text=re.compile("greeting .*live")).wait_for()
    assert page.get_by_text(MARKUP).count() == 0
    at(page, "button", "Pause").click()
    edge.get("/hello/later")
    page.get_by_text(re.compile("paused, \\d+ waiting")).wait_for()
    assert page.locator(".vrow", has_text="later").count() == 0
    at(page, "button", "Go on").click()
    page.locator(".vrow", has_text=re.compile("greeting .*later")).wait_for()


def test_an_invocation_shows_where_its_time_went(context, edge):
    """Bars for queue, start, run and each host call; what it used of what; what it wrote."""
    page = opened(context, edge, "invocations?function=hello")
    page.locator(".vbody .vrow").first.click()
    bars = page.locator(".waterfall li code")
    bars.first.wait_for()
    assert bars.all_text_contents() == ["queue", "start", "run", "kv.set"]
    assert "of 128 MiB" in page.locator(".meters").text_content()
    page.get_by_role("region", name="Lines").get_by_text("greeting").wait_for()


def test_a_failure_is_run_again(context, edge):
    """With its own code it comes to the same bytes; with another version, the page shows what was otherwise."""
    package = archive({"index.js": EVIL.replace("throw new Error(", "throw new TypeError(")})
    edge.operate("PUT", "/functions/evil/package?activate=false", content=package)
    page = opened(context, edge, "functions/evil?tab=recordings")
    at(page, "link", "replay").first.click()
    at(page, "button", "Replay").click()
    page.get_by_text("identical, byte for byte").wait_for()
    page.get_by_label("Which code").select_option("evil@v1")
    at(page, "button", "Replay").click()
    page.locator(".diff ins", has_text="TypeError").first.wait_for()


def test_an_answer_without_an_end_is_cut_off(context, edge):
    """What comes first of it is shown, and the function is left."""
    page = opened(context, edge, "functions/hello?tab=try")
    page.get_by_label("Path").fill("/endless")
    at(page, "button", "Invoke").click()
    page.get_by_text("and more, which was not read").wait_for()
    assert page.get_by_role("region", name="Body").text_content().startswith("on and on ")


def test_what_happened_lately_is_drawn(context, edge):
    """Requests, latencies, outcomes, isolates, memory: as charts, and as words for whoever cannot see them."""
    page = opened(context, edge)
    page.locator(".chart canvas").nth(5).wait_for()
    assert page.locator(".chart canvas").count() == 6
    outcomes = at(page, "img", re.compile("^Outcomes over time; latest: ok .*exception"))
    outcomes.wait_for()
    assert page.locator(".stat dd").first.text_content() != "0"
    go(page, "functions/hello")
    page.locator(".chart canvas").nth(2).wait_for()
    assert page.locator(".chart canvas").count() == 3


def test_a_slider_shares_requests_among_versions(context, edge):
    """The shares come to 100, by the arrow keys too; the gateway has them when they are applied."""
    text = (edge.folder / "edge.toml").read_text()
    (edge.folder / "edge.toml").write_text(
        text + '[[routes]]\npath = "/split"\nsplit = { "split@v1" = 90, "split@v2" = 10 }\n'
    )
    until(lambda: edge.operate("GET", "/splits").json()["splits"], 20, "the split")
    page = opened(context, edge, "functions/split?tab=split")
    slider = page.get_by_label("split@v2")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert page.locator(".split-row output").all_text_contents() == ["85 %", "15 %"]
    at(page, "button", "Apply").click()
    page.get_by_text("splits anew").wait_for()
    assert edge.operate("GET", "/splits").json()["splits"][0]["weights"] == {"split@v1": 85, "split@v2": 15}
    at(page, "button", "As in the config").click()
    page.get_by_text("as the config says").wait_for()
    assert edge.operate("GET", "/splits").json()["splits"][0]["weights"] == {"split@v1": 90, "split@v2": 10}


def test_versions_are_uploaded_activated_and_rolled_back(context, edge):
    """What serves changes once somebody has said yes."""
    page = opened(context, edge, "functions/hello?tab=versions")
    for note in ("one", "two"):
        content = archive({"index.js": f"{HELLO}// {note}"})
        page.get_by_label("Archive").set_input_files(
            {"name": "hello.tar.gz", "mimeType": "application/gzip", "buffer": content}
        )
        page.get_by_label("Note").fill(note)
        at(page, "button", "Upload").click()
        page.locator("tr", has_text=note).get_by_text("active").wait_for()
    at(page, "button", "Roll back").click()
    at(page.get_by_role("dialog"), "button", "Roll back").click()
    page.locator("tr", has_text="one").get_by_text("active").wait_for()
    assert edge.operate("GET", "/functions/hello/versions").json()["active"] == "v1"
    at(page.locator("tr", has_text="two"), "button", "Activate").click()
    at(page, "dialog", "Activate v2").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert edge.operate("GET", "/functions/hello/versions").json()["active"] == "v1"


def test_keys_are_made_changed_exported_imported_and_removed(context, edge, tmp_path):
    """Wrong JSON is refused before it is sent, and what cannot be had back is asked for first."""
    page = opened(context, edge, "kv/shop")
    page.get_by_text("This namespace is empty").wait_for()
    at(page, "button", "New key").click()
    page.get_by_label("Key", exact=True).fill("a/b c")
    page.get_by_label("Value").fill("{no json")
    at(page, "button", "Save").click()
    page.get_by_text("The value is not JSON").wait_for()
    page.get_by_label("Value").fill('{"n": 12345678901234567890}')
    at(page, "button", "Save").click()
    row = page.locator(".vbody .vrow", has_text="a/b c")
    row.click()
    page.get_by_role("dialog").get_by_label("Value").wait_for()
    assert page.get_by_label("Value").input_value() == '{"n": 12345678901234567890}'
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        at(page, "button", "Export").click()
    dump = tmp_path / "dump.ndjson"
    download.value.save_as(dump)
    assert b"12345678901234567890" in dump.read_bytes()
    row.click()
    at(page, "button", "Delete").click()
    at(at(page, "dialog", "Delete a/b c?"), "button", "Delete").click()
    page.get_by_text("This namespace is empty").wait_for()
    at(page, "button", "Import").click()
    page.get_by_label("File").set_input_files(dump)
    at(page.get_by_role("dialog"), "button", "Import").click()
    page.locator(".vbody .vrow", has_text="a/b c").wait_for()
    assert edge.operate("GET", "/kv/shop/a%2Fb%20c").content == b'{"n": 12345678901234567890}'


def test_schedules_run_now_and_dead_letters_again(context, edge):
    """And the page says what came of it."""
    identity = edge.operate("POST", "/invoke-async/evil/throw").json()["id"]
    page = opened(context, edge, "schedules")
    at(page, "button", "Run now").click()
    page.get_by_text("By hand:").wait_for()
    until(lambda: edge.operate("GET", f"/invocations/{identity}").json()["status"] == "failed", 10, "the dead letter")
    go(page, "queue?status=failed")
    page.locator("tr", has_text=identity[:12]).get_by_text(MARKUP).wait_for()
    at(page.locator("tr", has_text=identity[:12]), "button", "Retry").click()
    page.get_by_text("Queued anew", exact=True).wait_for()


def test_egress_is_explained(context, edge):
    """The verdict, and what decided."""
    page = opened(context, edge, "egress?function=hello")
    page.get_by_label("URL").fill("http://127.0.0.1:22/")
    at(page, "button", "Explain").click()
    page.locator(".verdict.bad").get_by_text("denied").wait_for()
    at(page, "button", "Suggest").click()
    page.get_by_text("learning", exact=True).wait_for()


def test_a_plan_shows_what_a_reload_would_change(context, edge):
    """A file with a mistake in it is told by its line, and nothing changes."""
    page = opened(context, edge, "config")
    path = edge.folder / "edge.toml"
    text = path.read_text()
    page.get_by_text("server.listen[0]").first.wait_for()
    path.write_text(text + "[nonsense]\n")
    at(page, "button", "Plan").click()
    page.get_by_text(re.compile("edge.toml:\\d+: nonsense")).first.wait_for()
    path.write_text(text)
    at(page, "button", "Plan").click()
    page.get_by_text("A reload would change nothing").wait_for()
    at(page, "button", "Reload").click()
    page.get_by_text(re.compile("Nothing was different|serves$")).first.wait_for()


# -- when something is not there


def test_a_gateway_that_cannot_be_reached_is_told_and_found_again(context, edge):
    """What was known stays in sight."""
    page = opened(context, edge)
    page.locator("nav .state.ok").wait_for()
    context.set_offline(True)
    page.get_by_text("What you see is old").first.wait_for()
    page.locator(".chart canvas").first.wait_for()
    context.set_offline(False)
    page.get_by_text("What you see is old").first.wait_for(state="detached", timeout=20_000)


def test_what_a_gateway_does_not_offer_is_said(context, edge):
    """Not broken, and not empty."""
    page = opened(context, edge)
    document = edge.operate("GET", "/openapi.json").json()
    del document["paths"]["/logs"]
    page.route("**/openapi.json", lambda route: route.fulfill(json=document))
    page.reload()
    go(page, "logs")
    page.get_by_text("This gateway does not offer that").wait_for()
    go(page, "no/such/view")
    page.get_by_text("Nothing is here").wait_for()
