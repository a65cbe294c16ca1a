"""Names of ciphers and modes: apart from `ciphers.py`, since the library is large and few need it."""

from __future__ import annotations

from typing import Literal

Block = Literal["aes", "camellia", "des-ede3", "sm4"]
Mode = Literal[
    "cbc", "ccm", "cfb", "cfb8", "chacha20", "chacha20-poly1305", "ctr", "des3-wrap", "ecb", "gcm", "ocb", "ofb",
    "wrap", "wrap-pad", "xts",
]  # fmt: skip
