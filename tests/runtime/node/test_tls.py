"""node:tls against real servers."""

from __future__ import annotations

import ssl

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from tests.runtime.fetch.network_rig import until
from tests.runtime.node.network_rig import body, network

pytestmark = pytest.mark.integration


async def test_tls_sockets_behave_as_nodes(tmp_path):
    """The handshake, what was agreed upon, halves that end by themselves, STARTTLS, failures."""
    code = body("tls_sockets_behave_as_nodes")
    async with network(tmp_path, code) as net:
        out = await net.answer()
        await until(lambda: net.plain.open == net.secure.open == 0)
    assert out["text"] == "ready\nearlybye"
    assert out["events"] == ["connect", "secureConnect", "end", "close"]
    assert out["agreed"] == ["echo/1", True, None, True, "TLSv1.3", "localhost"]
    assert out["cipher"]["standardName"].startswith("TLS_")
    assert out["cert"] == ["DNS:localhost, IP Address:127.0.0.1", "string", 95, True, True]
    assert out["identity"] == [None, "ERR_TLS_CERT_ALTNAME_INVALID", None]
    assert out["starttls"] == ["go\n", "over TLS\n", True]
    assert out["wrapped"] == "early\n"
    assert out["unknown"]["code"] in ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "SELF_SIGNED_CERT_IN_CHAIN")
    assert out["name"]["code"] == "ERR_TLS_CERT_ALTNAME_INVALID"
    assert out["name"]["host"] == "other.example"
    assert out["plain"] in ("EPROTO", "ECONNRESET")
    assert out["loose"] == [False, "string"]
    assert out["custom"] == "no localhost DNS:localhost, IP Address:127.0.0.1"
    assert out["accepted"] is True
    assert out["options"] == [
        "ERR_TLS_INVALID_PROTOCOL_VERSION",
        "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM",
        "ERR_INVALID_ARG_TYPE",
    ]
    assert out["badCa"] == "ERR_OSSL_PEM_NO_START_LINE"
    assert out["old"] == "ERR_TLS_INVALID_PROTOCOL_VERSION"
    assert out["roots"] == [True, True, True]
    assert out["server"] == "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM"


async def test_a_client_shows_its_certificate(tmp_path):
    """Certificate and key are texts; a key that does not fit is an error of its own."""
    authority = trustme.CA()
    client = authority.issue_cert("client@example.org")
    key = client.private_key_pem.bytes().decode()
    chain = "".join(blob.bytes().decode() for blob in client.cert_chain_pems)
    code = f"""
      const key = {key!r}, cert = {chain!r};
      const socket = tls.connect({{ port: tlsPort, host: 'localhost', ca, key, cert }});
      socket.write('line hello\\n');
      const answer = `${{(await once(socket, 'data'))[0]}}`;
      socket.destroy();
      const other = await failure(tls.connect({{ port: tlsPort, host: 'localhost', ca, key: cert, cert }}));
      const none = tls.connect({{ port: tlsPort, host: 'localhost', ca }});
      none.write('line hello\\n');
      return Response.json([answer, other.code, (await failure(none)).code]);
    """
    async with network(tmp_path, code) as net:
        net.secure.context.load_verify_locations(cadata=authority.cert_pem.bytes().decode())
        net.secure.context.verify_mode = ssl.CERT_REQUIRED
        try:
            answer, other, none = await net.answer()
        finally:
            net.secure.context.verify_mode = ssl.CERT_NONE
    assert answer == "hello\n"
    assert other.startswith("ERR_OSSL_")
    assert none in ("ECONNRESET", "EPIPE") or none.startswith("ERR_SSL_")


async def test_the_key_of_a_client_may_be_encrypted(tmp_path):
    """With its passphrase beside it, or in an object with it; the wrong one and none are errors with codes."""
    authority = trustme.CA()
    client = authority.issue_cert("client@example.org")
    plain = serialization.load_pem_private_key(client.private_key_pem.bytes(), None)
    locked = plain.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"open sesame"),
    ).decode()
    chain = "".join(blob.bytes().decode() for blob in client.cert_chain_pems)
    code = f"""
      const pem = {locked!r}, cert = {chain!r}, passphrase = 'open sesame';
      const ask = async (options) => {{
        const socket = open(options);
        socket.write('line hello\\n');
        const answer = `${{(await once(socket, 'data'))[0]}}`;
        socket.destroy();
        return answer;
      }};
      const open = (options) => tls.connect({{ port: tlsPort, host: 'localhost', ca, cert, key: pem, ...options }});
      return Response.json([
        await ask({{ passphrase }}), await ask({{ key: [{{ pem, passphrase }}] }}),
        (await failure(open({{ passphrase: 'no' }}))).code, (await failure(open({{}}))).code,
      ]);
    """
    async with network(tmp_path, code) as net:
        net.secure.context.load_verify_locations(cadata=authority.cert_pem.bytes().decode())
        net.secure.context.verify_mode = ssl.CERT_REQUIRED
        try:
            answers = await net.answer()
        finally:
            net.secure.context.verify_mode = ssl.CERT_NONE
    assert answers == ["hello\n", "hello\n", "ERR_OSSL_BAD_DECRYPT", "ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED"]


async def test_a_rule_for_tls_grants_nothing_in_the_clear(tmp_path):
    """Also not what is written before the handshake."""
    code = """
      const socket = tls.connect({ port: tlsPort, host: '127.0.0.1', servername: 'localhost', ca });
      socket.write('line hello\\n');
      const answer = `${(await once(socket, 'data'))[0]}`;
      socket.destroy();
      const page = JSON.parse((await ask(`https://127.0.0.1:${tlsPort}/x`)).text).target;
      return Response.json([answer, page, (await failure(net.connect(tlsPort, '127.0.0.1'))).code]);
    """
    async with network(tmp_path, code, allow=["tls://127.0.0.1:TLS"]) as net:
        assert await net.answer() == ["hello\n", "/x", "EACCES"]
