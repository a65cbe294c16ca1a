"""The operations of `crypto.subtle` that need `cryptography`: one module per family of algorithms.

The package is large, and few functions need it: a family is imported when it is used first.  A cell cannot open files
any more by then, so the zygote loads everything beforehand (`warm_up`), and its children share the memory.

Nothing is kept between two operations: keys come in with each one, as bytes, and are gone when it returns.
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
    "aes": ("cbc", "ctr", "gcm", "kw"),
    "ec": ("generate", "import", "export", "sign", "verify", "derive"),
    "kdf": ("hkdf", "pbkdf2"),
    "okp": ("generate", "import", "export", "sign", "verify", "derive"),
    "rsa": ("generate", "import", "export", "sign", "verify", "encrypt", "decrypt"),
}


def _late(family: str, name: str) -> Operation:
    def operation(args: msgspec.Raw, data: bytes) -> Answer:
        operations: dict[str, Operation] = import_module(f"{__name__}.{family}").OPERATIONS
        return operations[name](args, data)

    return operation


OPS: dict[str, Operation] = {
    f"crypto.{family}.{name}": _late(family, name) for family, names in _FAMILIES.items() for name in names
}


def warm_up() -> None:
    """Load every family and use what OpenSSL sets up when it is used first."""
    for family in _FAMILIES:
        import_module(f"{__name__}.{family}").warm_up()
