"""Certificates that cannot be used are problems of the config, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from edge.corpus.certificates import Authority
from edge.errors import ConfigError
from edge.gateway.source import ConfigSource

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("tls", "told"),
    [
        ('cert = "a.crt"', "needs both cert and key"),
        ('client_ca = "a.crt"', "means nothing without cert and key"),
        ('cert = "a.crt"\nkey = "missing.key"', "server.tls.key: missing.key cannot be read: No such file"),
        ('cert = "a.crt"\nkey = "b.key"', "server.tls: certificate and private key do not belong together"),
        ('cert = "junk"\nkey = "b.key"', "server.tls: certificate or private key cannot be used"),
        ('cert = "a.crt"\nkey = "locked.key"', "server.tls: the private key is encrypted"),
        ('cert = "a.crt"\nkey = "a.key"\nclient_ca = "junk"', "server.tls.client_ca: junk holds no certificate"),
        (
            'cert = "a.crt"\nkey = "a.key"\ncertificates = [{ cert = "a.crt", key = "b.key" }]',
            "server.tls.certificates[0]: certificate and private key do not belong together",
        ),
        ('min_version = "1.1"', "server.tls.min_version"),
    ],
)
def test_a_config_says_what_is_wrong_with_its_certificates(tmp_path: Path, tls: str, told: str) -> None:
    """Before anything starts, and without asking for passwords."""
    authority = Authority()
    certificate, key = authority.issue("a.test")
    locked = serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    for name, content in {
        "a.crt": certificate,
        "a.key": key,
        "b.key": authority.issue("b.test")[1],
        "junk": b"junk",
        "locked.key": locked,
        "edge.toml": f"[server.tls]\n{tls}\n".encode(),
    }.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        ConfigSource(file=tmp_path / "edge.toml", environ={}).read()
    [problem] = caught.value.problems
    assert told in problem
    assert str(tmp_path) not in problem.removeprefix(str(tmp_path / "edge.toml"))
