"""The library's keys of Diffie-Hellman over the integers: it warns whoever looks at them, and will give them up.

What is computed with them is computed in `dh.py`: they are needed to read and to write keys, and to find safe primes.
"""

from __future__ import annotations

import warnings

from cryptography.utils import CryptographyDeprecationWarning

# Standard error is not for this: whoever uses such keys in a function does not read it.
warnings.filterwarnings("ignore", "Diffie-Hellman over finite fields", CryptographyDeprecationWarning)

from cryptography.hazmat.primitives.asymmetric.dh import (  # noqa: E402 - looking at the names warns
    DHParameterNumbers,
    DHPrivateKey,
    DHPrivateNumbers,
    DHPublicKey,
    DHPublicNumbers,
    generate_parameters,
)

__all__ = [
    "DHParameterNumbers",
    "DHPrivateKey",
    "DHPrivateNumbers",
    "DHPublicKey",
    "DHPublicNumbers",
    "generate_parameters",
]
