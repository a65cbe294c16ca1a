"""The operations of `node:crypto` that WebCrypto has no use for: one module per family, loaded when it is used first.

As with `edge.runtime.ops.webcrypto`, keys come in with each operation as bytes.  Only what is fed piece by piece,
hashes and ciphers, is kept for the isolate (`state.py`).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from edge.services.api import Answer

    Operation = Callable[[msgspec.Raw, bytes], Answer]

_FAMILIES = {
    "agreement": ("derive", "ecdh_convert", "ecdh_derive", "ecdh_generate", "ecdh_public"),
    "certificates": ("check_issued", "check_key", "parse", "verify"),
    "dh": ("check", "generate", "group", "prime", "secret"),
    "exporting": ("export",),
    "generation": ("generate",),
    "kdf": ("argon2", "hkdf", "pbkdf2", "scrypt"),
    "keys": ("export_jwk", "parse", "parse_jwk", "public"),
    "primes": ("check", "generate"),
    "rsa": ("decrypt", "encrypt", "raw", "recover", "seal"),
    "signing": ("sign", "verify"),
    "spkac": ("challenge", "public_key", "verify"),
}


def _late(family: str, name: str) -> Operation:
    def operation(args: msgspec.Raw, data: bytes) -> Answer:
        operations: dict[str, Operation] = import_module(f"{__name__}.{family}").OPERATIONS
        return operations[name](args, data)

    return operation


OPS: dict[str, Operation] = {
    f"nodecrypto.{family}.{name}": _late(family, name) for family, names in _FAMILIES.items() for name in names
}


def warm_up() -> None:
    """Load every family and use what OpenSSL sets up when it is used first."""
    for family in (*_FAMILIES, "state"):
        import_module(f"{__name__}.{family}").warm_up()
