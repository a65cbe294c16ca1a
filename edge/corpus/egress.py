"""`./scripts/corpus egress FILE`: cases of the egress policy, through the real parser, policy and fetch.

The file holds `policies` (name -> allow and deny lists) and `cases`.  A case fetches `url` under a
policy and expects `allow`, `deny`, `throw` (a TypeError before anything is sent) or `strip` (a header
that does not go out).  Only the resolver and the connections are played; see `scripted_network`.
`{PORT}`, `{OTHER}` and `{SELF}` in a case stand for a test server's port, another port, and an address
of the gateway's own listener.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import trio

from edge.corpus.certificates import Authority
from edge.corpus.scripted_network import SERVERS, SLOW, ScriptedNetwork, ScriptedResolver, server_name
from edge.errors import HostCallError
from edge.services.dial.dialer import Dialer
from edge.services.dial.failure import DialError
from edge.services.dial.listeners import OwnListeners
from edge.services.dial.tls import client_context
from edge.services.egress.policy import SOCKET_SCHEMES, WEBSOCKET_SCHEMES, Layer, Policy
from edge.services.egress.rule import Rule
from edge.services.egress.url import UrlError
from edge.services.explanation import target_of
from edge.services.http.client import FetchClient
from edge.services.http.failure import FetchError
from edge.services.http.limits import FetchLimits
from edge.units import MIB

if TYPE_CHECKING:
    import ssl

_WORDS = {"{PORT}": "18080", "{OTHER}": "18081", "{SELF}": "93.184.216.250"}
_BEFORE_THE_NETWORK = frozenset({"parse", "scheme", "host", "ip", "request"})
_LIMITS = FetchLimits(connect=5, first_byte=5, idle=5, expansion_floor=8 * MIB)
_IMPATIENT = FetchLimits(connect=5, first_byte=0.3, idle=0.3)
_TIMEOUT = 20.0
_STORM_BYTES = 1 << 20
_TARGET = re.compile(r"[\x21-\x7e]+")
_LITERAL = re.compile(r"//[\[0-9]")


class Case(msgspec.Struct):
    """One case, as the file has it."""

    policy: str
    url: str
    expect: str
    stage: str = ""
    why: str = ""
    resolver: dict[str, list[str | list[str]] | str] = {}
    headers: dict[str, str | list[str]] = {}
    redirects: list[tuple[int, str | None]] = []
    method: str = "GET"
    body: str | None = None
    env: dict[str, str] = {}
    server: str = ""
    tls: str = ""
    network: bool = True
    bounded: bool = False
    connect_to: str | None = None
    sni: str | None = None
    assert_not_sent: list[str] = []
    assert_not_sent_value: str | None = None
    assert_target_ascii: bool = False


class ListEntry(msgspec.Struct):
    """One policy of the file."""

    allow: tuple[str | dict[str, object], ...] = ("public",)
    deny: tuple[str | dict[str, object], ...] = ()
    schemes: tuple[str, ...] = ()

    def policy(self) -> Policy:
        """The policy.  Raises ValueError."""
        policy = Policy.from_config(self.allow, self.deny)
        if not self.schemes:
            return policy
        rule = Rule(f"schemes {', '.join(self.schemes)}", "any", schemes=frozenset(self.schemes), private=True)
        return policy.narrowed(Policy((Layer((rule,)),)))


class Corpus(msgspec.Struct):
    """The file."""

    policies: dict[str, ListEntry]
    cases: list[Case]


class Outcome(msgspec.Struct):
    """What a fetch came to."""

    error: HostCallError | None
    status: int
    headers: tuple[tuple[str, str], ...]
    network: ScriptedNetwork
    resolver: ScriptedResolver

    @property
    def stage(self) -> str:
        """How far it came; "" when it succeeded."""
        return "" if self.error is None else self.error.stage if isinstance(self.error, FetchError) else "request"


def main(arguments: list[str]) -> int:
    """Run the cases of one file; exit code 1 when one fails, 2 when the file cannot be used."""
    if len(arguments) != 1:
        sys.stderr.write("usage: ./scripts/corpus egress FILE\n")
        return 2
    try:
        corpus = load(Path(arguments[0]))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{arguments[0]}: {error}\n")
        return 2
    problems = trio.run(run, corpus)
    for number, found in problems.items():
        case = corpus.cases[number]
        sys.stdout.write(f"FAIL {number} {case.policy} {case.url!a} ({case.why}): {'; '.join(found)}\n")
    sys.stdout.write(f"{len(corpus.cases) - len(problems)} passed, {len(problems)} failed\n")
    return 1 if problems else 0


def load(path: Path) -> Corpus:
    """The cases of a file.  Raises OSError and ValueError."""
    text = path.read_text(encoding="utf-8")
    for word, value in _WORDS.items():
        text = text.replace(word, value)
    # Not msgspec's decoder: cases may hold lone surrogates.
    return msgspec.convert(json.loads(text), Corpus)


async def run(corpus: Corpus) -> dict[int, list[str]]:
    """What is wrong, by number of the case; good cases are left out."""
    authority = Authority()
    with tempfile.TemporaryDirectory() as folder:
        ca_file = Path(folder) / "authority.pem"
        ca_file.write_text(authority.pem)
        context = client_context(ca_file=ca_file, http2=False)
        problems: dict[int, list[str]] = {}
        for number, case in enumerate(corpus.cases):
            with _environment(case.env):
                tls = client_context(ca_file=ca_file, http2=False) if case.env else context
                found = await _check(case, corpus.policies, authority, tls)
            if found:
                problems[number] = found
    return problems


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


async def _check(
    case: Case, policies: Mapping[str, ListEntry], authority: Authority, context: ssl.SSLContext
) -> list[str]:
    """What is wrong with one case."""
    if case.policy not in policies:
        return [f"there is no policy {case.policy!r}"]
    if case.server and server_name(case.server) not in SERVERS:
        return [f"there is no server {case.server!r}"]
    entry = policies[case.policy]
    try:
        policy = entry.policy()
    except ValueError as error:
        return [f"the policy cannot be used: {error}"]
    schemes = frozenset(entry.schemes)
    with trio.move_on_after(_TIMEOUT) as scope:
        outcome = await _fetch(case, policy, schemes, authority, context, case.server)
        problems = [*_compare(case, outcome), *_invariants(case, outcome)]
        if case.bounded and case.server == "1xx-storm":
            storm = await _fetch(case, policy, schemes, authority, context, "1xx-endless")
            if storm.error is None or storm.network.sent > _STORM_BYTES:
                problems.append(f"an endless storm of 1xx responses was read for {storm.network.sent} bytes")
    return [f"it hung for {_TIMEOUT:g}s"] if scope.cancelled_caught else problems


async def _fetch(
    case: Case,
    policy: Policy,
    schemes: frozenset[str],
    authority: Authority,
    context: ssl.SSLContext,
    server: str,
) -> Outcome:
    resolver = ScriptedResolver(case.resolver)
    async with trio.open_nursery() as nursery:
        network = ScriptedNetwork(nursery, authority, case.redirects, server, case.tls)
        outcome = Outcome(None, 0, (), network, resolver)
        own = [(_WORDS["{SELF}"], port) for port in (80, 443, 8080, 9090)]
        dialer = Dialer(policy, resolver=resolver, network=network, own=OwnListeners(own), timeout=_LIMITS.connect)
        limits = _IMPATIENT if server_name(server) in SLOW else _LIMITS
        other = case.url.strip().partition(":")[0].lower()
        if other in schemes & (WEBSOCKET_SCHEMES | SOCKET_SCHEMES):
            await _connect(case.url, other, dialer, context, outcome)
        else:
            async with FetchClient(dialer, limits=limits, context=context) as client:
                await _attempt(case, client, outcome)
        nursery.cancel_scope.cancel()
    return outcome


async def _attempt(case: Case, client: FetchClient, outcome: Outcome) -> None:
    """Fetch and read to the end."""
    body = None if case.body is None else case.body.encode()
    if case.method.upper() == "POST" and body is None:
        body = b"body"
    headers = _headers(case)
    try:
        response = await client.fetch(case.method, case.url, headers, body)
        try:
            outcome.status, outcome.headers = response.status, response.headers
            while await response.body.read():
                pass
        finally:
            await response.body.aclose()
    except HostCallError as error:
        outcome.error = error


async def _connect(url: str, scheme: str, dialer: Dialer, context: ssl.SSLContext, outcome: Outcome) -> None:
    """For schemes that fetch has not: as far as a connection, by the same door."""
    try:
        target, _ = target_of("GET", url)
        stream = await dialer.open(target, frozenset({scheme}), context)
        await trio.aclose_forcefully(stream)
    except (HostCallError, UrlError) as error:
        reason = HostCallError(str(error), js_class="TypeError")
        outcome.error = FetchError(str(error), error.stage) if isinstance(error, DialError) else reason


def _compare(case: Case, outcome: Outcome) -> list[str]:
    """What the case expects against what came out."""
    error = outcome.error
    if case.expect == "allow":
        return [f"refused: {error.message}"] if error is not None else []
    if case.expect == "deny":
        return _compare_denial(case, outcome)
    if case.expect == "throw":
        thrown = error is not None and error.js_class == "TypeError" and not outcome.network.dialled
        return [] if thrown else ["no TypeError before the network"]
    if case.expect == "strip":
        return [] if error is None or outcome.stage == "request" else [f"failed: {error.message}"]
    return [f"{case.expect!r} is not an expectation"]


def _compare_denial(case: Case, outcome: Outcome) -> list[str]:
    """A denial must come at its time: before anything is dialled, or after exactly what is harmless."""
    if outcome.error is None:
        return [f"allowed, with status {outcome.status}"]
    problems = [] if outcome.error.js_class == "TypeError" else [f"a {outcome.error.js_class}, not a TypeError"]
    expected = set(case.stage.split("|"))
    if expected <= _BEFORE_THE_NETWORK and outcome.network.dialled:
        problems.append(f"dialled {outcome.network.dialled[0][0]} before refusing")
    if "redirect" in expected and not outcome.network.seen:
        problems.append(f"refused before the redirect: {outcome.error.message}")
    if "tls" in expected and (outcome.stage != "tls" or outcome.network.seen):
        problems.append(f"refused at {outcome.stage!r}, not in the TLS handshake: {outcome.error.message}")
    if "response" in expected and outcome.stage not in ("response", "limit"):
        problems.append(f"refused at {outcome.stage!r}, not at the response: {outcome.error.message}")
    return problems


def _invariants(case: Case, outcome: Outcome) -> list[str]:
    """What holds for every request that left, and what the case asserts about it."""
    network = outcome.network
    problems = []
    answers = outcome.resolver.answered
    strays = [address for address, _ in network.dialled if address not in answers]
    if strays and not _LITERAL.search(case.url):
        problems.append(f"dialled {strays[0]}, which was not resolved")
    for seen in network.seen:
        if not _TARGET.fullmatch(seen.target):
            problems.append(f"the request target {seen.target!a} is not clean ASCII")
        if seen.sni is not None and dict(seen.headers).get("host", "").partition(":")[0].rstrip(".") != seen.sni:
            problems.append(f"SNI {seen.sni!r} is not the Host")
    return problems + _asserted(case, outcome)


def _asserted(case: Case, outcome: Outcome) -> list[str]:
    network = outcome.network
    sent = [header for seen in network.seen for header in seen.headers]
    last = {name for name, _ in network.seen[-1].headers} if network.seen else set()
    after_303 = outcome.error is None and any(status == 303 for status, _ in case.redirects)
    cookies = [value for name, value in outcome.headers if name == "set-cookie"]
    targets = {address for address, _ in network.dialled}
    value = case.assert_not_sent_value
    checks = {
        "something was dialled": case.network or not network.dialled,
        f"not dialled to {case.connect_to}": case.connect_to is None or targets == {case.connect_to},
        f"SNI is not {case.sni}": case.sni is None or [seen.sni for seen in network.seen] == [case.sni],
        f"sent one of {case.assert_not_sent}": not last & {name.lower() for name in case.assert_not_sent},
        f"sent the value {value!r}": not any(header in sent for header in _given(case, value)),
        "303 kept the method": not after_303 or network.seen[-1].method in ("GET", "HEAD"),
        "303 kept the body": not after_303 or not last & {"content-length", "content-type"},
        "set-cookie was lost": case.server != "set-cookie" or cookies == ["a=1", "b=2"],
    }
    return [problem for problem, good in checks.items() if not good]


def _given(case: Case, value: str | None) -> list[tuple[str, str]]:
    """The headers of the case that have this value, as they would go out."""
    return [(name.lower(), text) for name, text in _headers(case) if text == value]


def _headers(case: Case) -> list[tuple[str, str]]:
    lists = {name: [said] if isinstance(said, str) else said for name, said in case.headers.items()}
    return [(name, text) for name, texts in lists.items() for text in texts]
