"""Gateways that share a store: a real S3 server, which cannot always be reached."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import obstore
import pytest

from tests.support.deploying import activate, deploy, rollback, says, upload
from tests.support.gateway_process import GatewayProcess, until, write_files
from tests.support.s3_server import SECRET
from tests.support.tcp_gate import TcpGate

pytestmark = [pytest.mark.integration, pytest.mark.slow]
ENGINE_MODES = ("cells",)  # both modes build packages in the same way

CONFIG = """
[packages]
store = "STORE"
poll = "100ms"
[functions.hello]
package = "folder"
[[routes]]
path = "/hello"
function = "hello"
"""


class Machines:
    """Gateways with folders of their own, one store, and one config: an object of that store."""

    def __init__(self, s3, folder, stack):
        self.gate = TcpGate(int(s3.endpoint.rpartition(":")[2]))
        stack.callback(self.gate.shut)
        self.environ = {**s3.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.gate.port}"}
        self.url = s3.url(folder.name)
        self.objects = s3.client(folder.name)
        self._folder = folder
        self._stack = stack
        self.configure(CONFIG)

    def configure(self, text):
        obstore.put(self.objects, "edge.toml", text.replace("STORE", self.url).encode())

    def open(self, name, **env):
        """One more."""
        folder = self._folder / name
        write_files(folder, {"functions/folder/index.js": says("folder")["index.js"]})
        machine = GatewayProcess(folder, "--config", f"{self.url}/edge.toml", env={**self.environ, **env})
        self._stack.callback(machine.close)
        return machine.start()


@pytest.fixture(scope="module")
def machines(s3, tmp_path_factory):
    with ExitStack() as stack:
        yield Machines(s3, tmp_path_factory.mktemp("machines"), stack)


@pytest.fixture(scope="module")
def one(machines):
    return machines.open("one", ONLY_HERE="x")


@pytest.fixture(scope="module")
def two(machines):
    return machines.open("two")


def answers(edge, text, path="/hello", seconds=5):
    until(lambda: edge.get(path).text == text, seconds, f"{text} from {path}")


def trouble(edge):
    detail = edge.operate("GET", "/ready").json()["detail"]
    return {key: detail[key] for key in ("package_store", "stuck") if key in detail}


def test_what_one_gateway_deploys_all_of_them_serve(one, two):
    """Within moments, rollbacks too; and all list the same versions."""
    assert [edge.get("/hello").text for edge in (one, two)] == ["folder", "folder"]
    assert deploy(one, "hello", "first") == "v1"
    assert one.get("/hello").text == "first"
    answers(two, "first")
    assert deploy(two, "hello", "second") == "v2"
    answers(one, "second")
    rollback(one, "hello")
    answers(two, "first")
    lists = [edge.operate("GET", "/functions/hello/versions") for edge in (one, two)]
    assert lists[0].json() == lists[1].json()
    assert lists[0].headers["etag"] == lists[1].headers["etag"]
    assert two.operate("GET", "/functions/hello").json()["version"] == "v1"


def test_a_deploy_rebuilds_its_function_alone(one, two):
    """On the others too."""
    deploy(one, "other", "x")
    until(lambda: two.operate("GET", "/invoke/other").status_code == 200, 5, "the other function")
    deploy(one, "hello", "alone")
    answers(two, "alone")
    assert two.log(event="reloaded")[-1]["rebuilt"] == ["hello"]


def test_concurrent_deploys_through_several_gateways_all_count(one, two):
    """Each has a number of its own, and at the end all serve the same one."""
    before = len(one.operate("GET", "/functions/hello/versions").json()["versions"])
    with ThreadPoolExecutor(4) as pool:
        texts = [f"race {number}" for number in range(6)]
        found = list(pool.map(lambda number: deploy((one, two)[number % 2], "hello", texts[number]), range(6)))
    assert len({*found}) == 6
    document = one.operate("GET", "/functions/hello/versions").json()
    assert len(document["versions"]) == before + 6
    expected = texts[found.index(document["active"])]
    answers(one, expected)
    answers(two, expected)


def test_a_gateway_that_cannot_build_a_version_keeps_what_it_has(one, two):
    """It says so, tries again, and follows what comes next."""
    before = deploy(one, "hello", "for all")
    answers(two, "for all")
    files = says("for one", **{"function.toml": "secrets = ['ONLY_HERE']"})
    assert upload(one, "hello", files, activate="true").status_code == 201
    assert one.get("/hello").text == "for one"
    stuck = until(lambda: trouble(two).get("stuck"), 5, "the trouble")
    assert "ONLY_HERE" in stuck["hello"]
    assert two.get("/hello").text == "for all"
    assert two.operate("GET", "/functions/hello").json()["version"] == before
    assert "edge_versions_stuck 1.0" in two.operate("GET", "/metrics", headers={"accept": "text/plain"}).text
    deploy(two, "other", "not held up")
    rollback(one, "hello")
    until(lambda: not trouble(two), 5, "the end of the trouble")
    assert len(two.log(event="version_stuck")) == 1


def test_a_change_that_saw_an_older_state_is_refused_by_every_gateway(one, two):
    """The etag is that of the store, not of a gateway."""
    seen = one.operate("GET", "/functions/hello/versions").headers["etag"]
    deploy(one, "hello", "newer")
    assert activate(two, "hello", "v1", **{"If-Match": seen}).status_code == 412
    fresh = two.operate("GET", "/functions/hello/versions").headers["etag"]
    assert activate(two, "hello", "v1", **{"If-Match": fresh}).status_code == 200
    answers(one, "first")


def test_a_package_that_is_damaged_in_the_store_never_runs(machines, one):
    """A gateway that has it not in its cache has a broken function; another deploy heals it."""
    package = upload(one, "damaged", says("good")).json()["package"]
    place = f"packages/{package.removeprefix('sha256:')}.bundle"
    good = bytes(obstore.get(machines.objects, place).bytes())
    evil = good.replace(b"good", b"evil")
    assert evil != good
    obstore.put(machines.objects, place, evil)
    three = machines.open("three")
    assert three.operate("GET", "/functions/damaged").json()["status"] == "broken"
    assert three.operate("GET", "/invoke/damaged").status_code == 500
    assert one.operate("GET", "/invoke/damaged").text == "good"
    answers(three, one.get("/hello").text)
    assert upload(one, "damaged", says("good"), activate="true", note="again").status_code == 201
    until(lambda: three.operate("GET", "/invoke/damaged").text == "good", 10, "the good package")


def test_the_config_is_an_object_that_all_gateways_follow(machines, one, two):
    """Taken as a changed file is: a bad one changes nothing, and is told."""
    route = '[[routes]]\npath = "/also"\nfunction = "hello"\n'
    machines.configure(CONFIG + route)
    text = one.get("/hello").text
    answers(one, text, "/also")
    answers(two, text, "/also")
    machines.configure(CONFIG + route + "[functions.hello]\n")
    one.logged(event="reload_failed")
    failure = one.operate("GET", "/ready").json()["detail"]["last_reload"]
    assert (failure["ok"], f"{machines.url}/edge.toml:" in failure["error"]) == (False, True)
    assert one.get("/also").text == text
    machines.configure(CONFIG)
    until(lambda: one.get("/also").status_code == 404, 5, "the first config")
    assert one.operate("GET", "/ready").json()["detail"]["last_reload"] == {"ok": True}


def test_while_the_store_is_down_what_is_cached_serves(machines, one, two):
    """A restart included; deploys are refused, /ready tells, and afterwards everything goes on."""
    deploy(one, "hello", "cached")
    answers(two, "cached")
    write_files(two.folder, {"edge.toml": CONFIG.replace("STORE", machines.url)})
    assert two.stop() == 0
    machines.gate.shut()
    refused = upload(one, "hello", says("lost"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "store_unavailable")
    two._arguments = ("--config", "edge.toml")
    two.start()
    assert [edge.get("/hello").text for edge in (one, two)] == ["cached", "cached"]
    for edge in (one, two):
        until(lambda edge=edge: "package_store" in trouble(edge), 15, "the trouble")
        assert edge.operate("GET", "/ready").status_code == 200
    machines.gate.open()
    until(lambda: not trouble(one) and not trouble(two), 20, "the end of the trouble")
    deploy(one, "hello", "after")
    answers(two, "after")


def test_no_log_has_the_place_of_the_store_or_its_keys(machines, one, two):
    """Neither while it worked nor while it was down; the config as operators see it has no key either."""
    for edge in (one, two):
        for word in (SECRET, f"127.0.0.1:{machines.gate.port}"):
            assert word not in edge.text()
            assert word not in edge.operate("GET", "/config").text
