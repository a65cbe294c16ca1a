"""config/compose: the file, and gateways that run as it says with the stores that it says."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from edge import __version__
from tests.support.gateway_process import GatewayProcess
from tests.support.redis_server import programs, redis_server

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "config" / "compose"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
GATEWAYS = [SERVICES["one"], SERVICES["two"]]
CONFIG = tomllib.loads((FOLDER / "edge.toml").read_text("utf-8"))


def test_gateways_are_locked_in_and_see_the_config():
    """Nothing is written but the volume and /tmp; no capability is left; the version is this one."""
    for gateway in GATEWAYS:
        assert (gateway["read_only"], gateway["cap_drop"]) == (True, ["ALL"])
        assert gateway["image"] == f"edge:{__version__}"
        assert f"./edge.toml:{gateway['command'][2]}:ro" in gateway["volumes"]
        assert any(volume.endswith(f":{CONFIG['storage']['data_dir']}") for volume in gateway["volumes"])
    assert {volume.split(":")[0] for each in SERVICES.values() for volume in each["volumes"]} - set(
        COMPOSE["volumes"]
    ) == {"./edge.toml", "./s3.json"}


def test_everything_is_published_on_loopback_only():
    """A password in a file is no protection."""
    ports = [port for each in SERVICES.values() for port in each.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_gateways_know_the_stores_by_their_addresses_and_keys():
    """Each password is written twice, and has to be the same."""
    environment = GATEWAYS[0]["environment"]
    kv = urlsplit(environment["EDGE_STORAGE_KV"])
    assert (kv.hostname, kv.password) == ("valkey", SERVICES["valkey"]["command"][2])
    identity = json.loads((FOLDER / "s3.json").read_text("utf-8"))["identities"][0]["credentials"][0]
    assert identity == {
        "accessKey": environment["AWS_ACCESS_KEY_ID"],
        "secretKey": environment["AWS_SECRET_ACCESS_KEY"],
    }
    assert urlsplit(environment["AWS_ENDPOINT_URL"]).hostname == "s3"


@pytest.mark.slow
@pytest.mark.integration
def test_two_gateways_with_that_config_count_together(tmp_path, s3):
    """The config as it is but for addresses and folders, with a real Redis and a real S3 server."""
    text = (FOLDER / "edge.toml").read_text("utf-8").replace("0.0.0.0", "127.0.0.1").replace(":8080", ":0")
    text = text.replace("/etc/functions", str(ROOT / "functions")).replace("s3://edge/packages", s3.url("compose"))
    with redis_server(tmp_path, program=programs()[0]) as redis:
        token = "a-token-of-32-characters-or-more"  # compose.yaml asks for one
        environment = {**s3.environ, "EDGE_STORAGE_KV": redis.url, "EDGE_ADMIN_TOKEN": token}
        for name, count in (("one", 1), ("two", 2)):
            folder = tmp_path / name
            folder.mkdir()
            (folder / "edge.toml").write_text(text.replace("/var/lib/edge", str(folder / "data")))
            gateway = GatewayProcess(folder, "--config", "edge.toml", env=environment)
            try:
                gateway.start()
                assert gateway.get("/hello/compose").text == "Hello, compose!\n"
                answer = gateway.client.post(f"{gateway.url}/counter/visits")
                assert answer.json()["count"] == count
            finally:
                gateway.close()
