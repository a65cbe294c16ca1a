"""TLS on a real gateway's listeners: certificates by name, new ones without a restart, clients with certificates."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import warnings

import httpx
import pytest

from edge.corpus.certificates import Authority
from tests.support.gateway_process import GatewayProcess, run_edge, until, write_files

pytestmark = pytest.mark.integration

ENGINE_MODES = ("cells",)  # encryption does not know where functions run

FUNCTION = "export default { fetch: (r) => Response.json({ url: r.url, headers: Object.fromEntries(r.headers) }) };"
CONFIG = """
[server.tls]
cert = "tls/tls.crt"
key = "tls/tls.key"
client_ca = "clients.pem"
client_auth = "optional"
certificates = [{ cert = "other.crt", key = "other.key" }]

[admin.tls]
cert = "other.crt"
key = "other.key"
client_ca = "clients.pem"

[functions.show]

[[routes]]
path = "/*rest"
function = "show"
"""
GET = b"GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n"


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def clients():
    """Who signs clients; `client.crt` and `client.key` are one's."""
    return Authority()


@pytest.fixture(scope="module")
def edge(tmp_path_factory, authority, clients):
    """A gateway whose first pair is mounted as Kubernetes mounts Secrets: behind a link that is swapped."""
    folder = tmp_path_factory.mktemp("tls")
    names = ("tls.crt", "tls.key")
    write_files(folder / "tls" / "..1", dict(zip(names, authority.issue("a.test"), strict=True)))
    (folder / "tls" / "..data").symlink_to("..1")
    for name in names:
        (folder / "tls" / name).symlink_to(f"..data/{name}")
    client, key = clients.issue("Zoë\n")
    other, other_key = authority.issue("b.test")
    files = {
        "edge.toml": CONFIG,
        "functions/show/index.mjs": FUNCTION,
        "ca.pem": authority.pem,
        "clients.pem": clients.pem,
        "client.crt": client,
        "client.key": key,
        "other.crt": other,
        "other.key": other_key,
    }
    gateway = GatewayProcess(write_files(folder, files), "--config", "edge.toml")
    try:
        gateway.start()
        yield gateway
    finally:
        gateway.close()


def trusting(edge, *, client=False):
    """A client's context that trusts the gateway's authority."""
    context = ssl.create_default_context(cafile=str(edge.folder / "ca.pem"))
    if client:
        context.load_cert_chain(edge.folder / "client.crt", edge.folder / "client.key")
    return context


def connected(edge, name="a.test", **options):
    """A TLS connection that asked for `name`."""
    context = trusting(edge, **options)
    raw = socket.create_connection(("127.0.0.1", edge.port), timeout=10)
    return context.wrap_socket(raw, server_hostname=name)


def serial(connection):
    return connection.getpeercert()["serialNumber"]


def ask(connection):
    """Send a request on it; the answer's body."""
    connection.sendall(GET)
    data = b""
    while not data.endswith(b"}}"):
        part = connection.recv(65536)
        assert part, data
        data += part
    assert data.startswith(b"HTTP/1.1 200 "), data
    return json.loads(data.partition(b"\r\n\r\n")[2])


def test_the_name_chooses_the_certificate(edge):
    """SNI; who asks for an unknown name or none gets the first one."""
    with connected(edge, "a.test") as connection:
        assert ask(connection)["url"] == "https://a.test/x"
    with connected(edge, "b.test") as connection:
        assert dict(connection.getpeercert()["subject"][0]) == {"commonName": "b.test"}
        ask(connection)
    context = trusting(edge)
    context.check_hostname = False
    for name in ("unknown.test", None):
        with context.wrap_socket(socket.create_connection(("127.0.0.1", edge.port)), server_hostname=name) as first:
            assert dict(first.getpeercert()["subject"][0]) == {"commonName": "a.test"}


def test_http2_is_agreed_on_by_alpn(edge):
    """And HTTP/1.1 with those who ask for that, or for nothing."""
    for offered, chosen in ((["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1"), (["h3"], None)):
        context = trusting(edge)
        context.set_alpn_protocols(offered)
        with context.wrap_socket(socket.create_connection(("127.0.0.1", edge.port)), server_hostname="a.test") as found:
            assert found.selected_alpn_protocol() == chosen


def test_old_versions_and_ciphers_without_forward_secrecy_are_refused(edge):
    """RFC 9325; the handshake that failed is counted."""
    for ciphers, version in (("AES128-SHA", ssl.TLSVersion.TLSv1_2), ("ALL:@SECLEVEL=0", ssl.TLSVersion.TLSv1_1)):
        context = trusting(edge)
        with warnings.catch_warnings(action="ignore"):
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = version
        context.set_ciphers(ciphers)
        with pytest.raises(OSError), socket.create_connection(("127.0.0.1", edge.port)) as raw:  # noqa: PT011 - any
            context.wrap_socket(raw, server_hostname="a.test")
    with httpx.Client(verify=trusting_admin(edge)) as operator:
        metrics = operator.get(edge.admin + "/metrics").text
    assert 'edge_tls_handshakes_failed_total{reason="refused"}' in metrics
    assert 'edge_tls_certificate_not_after_seconds{listener="server.tls",name="b.test"}' in metrics


def test_sessions_are_resumed(edge):
    """With a ticket; the second handshake needs no certificate."""
    context = trusting(edge)
    with connected_by(context, edge) as first:
        ask(first)  # tickets come after the handshake
        session = first.session
    with connected_by(context, edge, session=session) as second:
        ask(second)
        assert second.session_reused


def connected_by(context, edge, session=None):
    raw = socket.create_connection(("127.0.0.1", edge.port), timeout=10)
    return context.wrap_socket(raw, server_hostname="a.test", session=session)


def test_functions_and_the_log_know_a_clients_certificate(edge):
    """Its subject as one printable line, its fingerprint, itself (RFC 9440); nobody can pretend to have one."""
    with connected(edge, client=True) as connection:
        headers = ask(connection)["headers"]
    assert headers["edge-client-cert-subject"] == "CN=Zo\\C3\\AB\\0A"
    assert headers["client-cert"].startswith(":MII")
    [entry] = edge.logged(event="request", client_cert="CN=Zo\\C3\\AB\\0A")
    assert entry["status"] == 200
    with connected(edge) as connection:
        connection.sendall(
            b"GET /y HTTP/1.1\r\nHost: a.test\r\nClient-Cert: :x:\r\nEdge-Client-Cert-Subject: CN=root\r\n"
            b"Edge_Client_Cert_Subject: CN=root\r\nConnection: close\r\n\r\n"
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"cert" not in answer.partition(b"\r\n\r\n")[2]


def test_a_certificate_of_strangers_is_refused(edge, authority):
    """Also where none is needed."""
    certificate, key = authority.issue("mallory")
    write_files(edge.folder, {"mallory.pem": certificate + key})
    context = trusting(edge)
    context.load_cert_chain(edge.folder / "mallory.pem")
    with contextlib.suppress(OSError), connected_by(context, edge) as connection:
        connection.sendall(GET)
        assert connection.recv(65536) == b""
    assert edge.log(event="request", client_cert="CN=mallory") == []


def trusting_admin(edge):
    context = trusting(edge, client=True)
    context.check_hostname = False
    return context


def test_the_admin_listener_lets_certified_operators_in(edge):
    """And no one without; commands take their files from variables."""
    with httpx.Client(verify=trusting_admin(edge)) as operator:
        assert operator.get(edge.admin + "/functions", headers={"host": "edge.internal"}).status_code == 200
    context = trusting(edge)
    context.check_hostname = False
    with httpx.Client(verify=context) as stranger, pytest.raises(httpx.TransportError):
        stranger.get(edge.admin + "/functions")
    port = edge.admin.rpartition(":")[2]
    done = run_edge(
        *("reload", "--admin", f"https://127.0.0.1:{port}"),
        cwd=edge.folder,
        EDGE_ADMIN_CA="ca.pem",
        EDGE_ADMIN_CERT="client.crt",
        EDGE_ADMIN_KEY="client.key",
    )
    assert b"certificate is not valid for '127.0.0.1'" in done.stderr
    done = run_edge("healthcheck", "--insecure", "--url", f"{edge.url}/_edge/ready", cwd=edge.folder)
    assert done.returncode == 0, done.stderr


def swap(edge, number, files):
    """Put other files in the place of the mounted Secret, as the kubelet does."""
    mount = edge.folder / "tls"
    write_files(mount / f"..{number}", files)
    (mount / "..new").symlink_to(f"..{number}")
    (mount / "..new").replace(mount / "..data")


def test_new_files_are_for_new_connections_and_bad_ones_change_nothing(edge, authority):
    """Open connections go on; a pair that does not fit is told in log, metric and readiness."""
    with connected(edge) as old:
        before = serial(old)
        certificate, key = authority.issue("a.test")
        swap(edge, 2, {"tls.crt": certificate, "tls.key": authority.issue("a.test")[1]})
        [entry] = edge.logged(event="tls_reload_failed")
        assert "do not belong together" in entry["error"]
        assert str(edge.folder) not in edge.text()
        with httpx.Client(verify=trusting_admin(edge)) as operator:
            detail = operator.get(edge.admin + "/ready").json()
            assert "do not belong together" in detail["detail"]["tls"]["server.tls"], detail
            assert (
                'loads_total{listener="server.tls",result="failed"} 1.0' in operator.get(edge.admin + "/metrics").text
            )
        with connected(edge) as fresh:
            assert serial(fresh) == before

        swap(edge, 3, {"tls.crt": certificate, "tls.key": key})

        def renewed():
            with connected(edge) as fresh:
                return serial(fresh) != before

        until(renewed, 6, "the new certificate")
        assert ask(old)["url"] == "https://a.test/x"
    with httpx.Client(verify=trusting_admin(edge)) as operator:
        assert "tls" not in operator.get(edge.admin + "/ready").json()["detail"]


def test_a_reload_takes_other_files_but_does_not_switch_tls_off(edge):
    """What would change the listener itself waits for a restart, with a warning."""
    file = edge.folder / "edge.toml"
    text = file.read_text()
    try:
        file.write_text(
            text.replace('cert = "tls/tls.crt"\nkey = "tls/tls.key"', 'cert = "other.crt"\nkey = "other.key"')
        )

        def other():
            context = trusting(edge)
            context.check_hostname = False
            with connected_by(context, edge) as found:
                return dict(found.getpeercert()["subject"][0]) == {"commonName": "b.test"}

        until(other, 6, "the other certificate")
        file.write_text(text.partition("[admin.tls]")[0].partition("[server.tls]")[0] + "[functions.show]\n")
        edge.logged(event="config", warning="server.tls is switched on or off at the next start")
        with connected(edge, "b.test") as connection:
            assert serial(connection)
    finally:
        file.write_text(text)
