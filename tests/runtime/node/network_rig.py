"""Functions with sockets, and the servers that they connect to."""

from __future__ import annotations

import json
import ssl
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import trustme

from edge.services.dial.dialer import Dialer
from edge.services.dns import DnsService
from edge.services.dns.questions import Questions
from edge.services.egress.policy import Policy
from edge.services.sockets import SocketLimits, SocketService
from edge.services.sockets.contexts import Contexts
from tests.support.embedded_rig import FakeExchange, open_rig
from tests.support.socket_origin import origin

LOOPBACK = ("127.0.0.0/8",)

_FOLDER = Path(__file__).parent / "network"


def body(name):
    """The body of a handler, from its file."""
    return (_FOLDER / f"{name}.js").read_text("utf-8")


@cache
def authority():
    """Makes certificates."""
    return trustme.CA()


@cache
def server_context():
    """That of a server at localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("localhost", "127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(["http/1.1", "echo/1"])
    return context


class Network:
    """A function and its servers."""

    def __init__(self, rig, function, plain, secure, dialer, limits, questions):
        self._rig = rig
        self._function = function
        self._limits = limits
        self._contexts = Contexts()
        self._questions = questions
        self.plain = plain
        self.secure = secure
        self.dialer = dialer
        self.exchange = FakeExchange()

    @property
    def logged(self):
        """What the function has logged."""
        return [text for _, _, text in self._rig.logs]

    async def invoke(self):
        """One invocation; its answer is in `exchange`."""
        sockets = SocketService(self.dialer, self._contexts, self._limits)
        self._rig.services = (sockets, DnsService(self.dialer, self._questions))
        return await self._rig.invoke(self._function, self.exchange)

    async def answer(self):
        """The JSON that one invocation answers; what goes wrong in it is raised."""
        receipt = await self.invoke()
        if receipt.error is not None:
            raise receipt.error
        return json.loads(self.exchange.body)


@asynccontextmanager
async def network(folder, code, *, allow=LOOPBACK, deny=(), limits=None, resolver=None, dns_port=0, **fields):
    """`code` is the body of a handler which knows net, tls, http, https, dns, port, tlsPort, ca and some helpers."""
    with origin(tls=server_context()) as plain, origin(server_context()) as secure:
        settings = {"port": plain.port, "tlsPort": secure.port, "dnsPort": dns_port}
        settings["ca"] = authority().cert_pem.bytes().decode()
        source = body("prelude").replace("SETTINGS", json.dumps(settings)).replace("BODY", code)
        policy = Policy.from_config(
            [_with_ports(entry, plain.port, secure.port) for entry in allow],
            [_with_ports(entry, plain.port, secure.port) for entry in deny],
        )
        dialer = Dialer(policy, timeout=2, **({"resolver": resolver} if resolver else {}))
        questions = Questions(("127.0.0.1",), dns_port) if dns_port else Questions()
        async with open_rig(folder) as rig, rig.deployed({"index.mjs": source}, **fields) as function:
            yield Network(rig, function, plain, secure, dialer, limits or SocketLimits(), questions)


def _with_ports(entry, plain, secure):
    """PORT and TLS in an entry stand for the servers' ports."""
    if isinstance(entry, str):
        return entry.replace("PORT", str(plain)).replace("TLS", str(secure))
    return {
        key: {"PORT": plain, "TLS": secure}.get(value, value) if key == "port" else value
        for key, value in entry.items()
    }
