"""TLS: which certificate is for which name, and what functions are told of a client's."""

from __future__ import annotations

import ssl

import pytest

from edge.corpus.certificates import Authority
from edge.gateway.tls.certificate import read_client_certificate, read_server_certificate, subject_text
from edge.gateway.tls.server_names import ServerNames, is_name

NAMES = ServerNames([(["a.test", "*.A.test"], 1), (["b.test", "*.test", "deep.a.test"], 2), (["a.test"], 3)])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("a.test", 1),
        ("A.TEST", 1),
        ("a.test.", 1),
        ("x.a.test", 1),
        ("deep.a.test", 2),
        ("y.x.a.test", None),
        ("c.test", 2),
        ("test", None),
        (".test", None),
        ("", None),
        ("*.test", 2),
        ("other", None),
    ],
)
def test_the_exact_name_wins_then_a_wildcard_for_one_label(asked: str, found: int | None) -> None:
    """Of two certificates with a name, the first one."""
    assert NAMES.find(asked) == found


@pytest.mark.parametrize(
    ("name", "good"),
    [
        *((name, True) for name in ("a", "a.test", "a.test.", "A_b-c.test", "127.0.0.1", "::1", "xn--zo-jma.test")),
        *((name, False) for name in ("", ".", "a b", "../x", "a..b", "a/b", "*.test", "a" * 64, "a." * 130, "zo\xeb")),
    ],
)
def test_what_no_name_is_may_not_be_asked_for(name: str, good: bool) -> None:
    """The handshake is refused."""
    assert is_name(name) is good


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CN=alice,O=Edge", "CN=alice,O=Edge"),
        ("CN=zoë", "CN=zo\\C3\\AB"),
        ("CN=a\r\nX-Evil: 1", "CN=a\\0D\\0AX-Evil: 1"),
        ("CN=a\0\x7f", "CN=a\\00\\7F"),
        ("CN=\ud800", "CN=?"[:3] + "\\3F"),
        ("CN=" + "x" * 1000, "CN=" + "x" * 509),
    ],
)
def test_a_subject_is_one_printable_line(name: str, text: str) -> None:
    """Whatever an authority has signed: it goes into a header."""
    assert subject_text(name) == text


def test_certificates_are_read(tmp_path) -> None:
    """Names and the end of a server's; subject, fingerprint and RFC 9440's form of a client's."""
    certificate, _ = Authority().issue("a.test")
    path = tmp_path / "server.pem"
    path.write_bytes(certificate)
    assert read_server_certificate(path).names == ("a.test",)
    der = ssl.PEM_cert_to_DER_cert(certificate.decode())
    client = read_client_certificate(der)
    assert client.subject == "CN=a.test"
    assert client.field.startswith(":MII")
    assert client.field.endswith(":")
    assert [name for name, _ in client.headers] == [
        "client-cert", "edge-client-cert-subject", "edge-client-cert-sha256",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"."):
        read_client_certificate(b"junk")
