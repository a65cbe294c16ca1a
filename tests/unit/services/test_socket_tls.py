"""What functions may say about TLS: nothing that costs the gateway time or memory without end."""

from __future__ import annotations

import msgspec
import pytest
import trio
import trio.testing
import trustme
from cryptography.hazmat.primitives import serialization

from edge.services.dial.dialer import Dialer
from edge.services.egress.policy import Policy
from edge.services.sockets import SocketLimits, SocketService
from edge.services.sockets.contexts import Contexts
from edge.services.sockets.failure import SocketError
from edge.services.sockets.tls_options import TlsOptions, build_context

LEAF = trustme.CA().issue_cert("client@example.org")
KEY = LEAF.private_key_pem.bytes().decode()
CERT = LEAF.cert_chain_pems[0].bytes().decode()


def test_a_certificate_with_its_key_is_taken():
    """In two texts, or in one."""
    build_context(TlsOptions(key=KEY, cert=CERT, verify=False))
    build_context(TlsOptions(cert=CERT + KEY, verify=False))


def test_an_encrypted_key_is_refused_before_any_work():
    """How long it would take to decrypt it says whoever has encrypted it."""
    locked = serialization.load_pem_private_key(KEY.encode(), None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    with pytest.raises(SocketError, match="encrypted"):
        build_context(TlsOptions(key=locked.decode(), cert=CERT, verify=False))


@pytest.mark.parametrize("label", ["RSA PRIVATE KEY", "PRIVATE KEY", "ANY PRIVATE KEY"])
@pytest.mark.parametrize("field", ["key", "cert"])
def test_a_giant_key_is_refused(label, field):
    """Signing with it would hold up everybody."""
    text = f"{CERT}-----BEGIN {label}-----\n{'A' * 5000}\n-----END {label}-----\n"
    with pytest.raises(SocketError, match="limit is 4096"):
        build_context(TlsOptions(**{field: text}, verify=False))


async def test_sets_of_options_beyond_the_limit_are_not_kept():
    """Each may be a megabyte."""
    service = SocketService(Dialer(Policy.from_config()), Contexts(), SocketLimits(contexts=2))
    for number in range(5):
        options = TlsOptions(alpn=(f"p{number}",), verify=False)
        if number < 2:
            await service._context(options)
        else:
            with pytest.raises(SocketError, match="has used 2 different sets"):
                await service._context(options)
    await service._context(TlsOptions(alpn=("p1",), verify=False))
    assert len(service._known) == 2


async def test_functions_take_turns_at_making_contexts():
    """Who asks for many gets its second one behind the first of another."""
    contexts, done = Contexts(), []
    busy, other = Dialer(Policy.from_config()), Dialer(Policy.from_config())

    async def make(dialer, number):
        await contexts.get(TlsOptions(alpn=(f"p{number}",)), dialer)
        done.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(make, busy, number)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(make, other, 9)
    assert done.index(9) <= 2


@pytest.mark.integration
async def test_a_change_to_tls_waits_for_what_is_being_written():
    """Both at once on one connection would be nobody's bytes; a second change is refused, and a close ends all."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")  # takes connections, and reads nothing
    service = SocketService(Dialer(Policy.from_config(["127.0.0.0/8"])), Contexts())
    failed = []

    async def call(operation, more=(), data=None):
        args = msgspec.Raw(msgspec.json.encode({"socket": 1, **dict(more)}))
        try:
            await service.operations[f"socket.{operation}"](args, data)
        except SocketError as error:
            failed.append((operation, error.js_code))

    async def write():
        while not failed:
            await call("write", data=bytes(1 << 20))

    tls = {"name": "localhost", "options": {"verify": False}}
    async with listener, trio.open_nursery() as nursery:
        await call("connect", {"host": "127.0.0.1", "port": listener.socket.getsockname()[1]})
        nursery.start_soon(write)
        await trio.testing.wait_all_tasks_blocked(0.05)
        nursery.start_soon(call, "starttls", tls)
        await trio.testing.wait_all_tasks_blocked(0.05)
        await call("starttls", tls)
        assert failed == [("starttls", "EALREADY")]
        await call("close")
    assert {operation for operation, _ in failed} == {"starttls", "write"}


def test_a_passphrase_is_no_option_of_the_host_call():
    """The cell keeps it."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"passphrase": "x"}', type=TlsOptions)
