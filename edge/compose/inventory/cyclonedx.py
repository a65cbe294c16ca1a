"""Parts as a software bill of materials: CycloneDX 1.6 (ECMA-424), in JSON."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from edge.compose.inventory.part import Part

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_SPACE = uuid.UUID("6b3b0a0e-6a0f-5d0e-9d57-0d8a3d8a6f11")


def document(parts: Sequence[Part], made: datetime | None = None) -> dict[str, Any]:
    """The first part is the program that consists of the others.  Without a time the same parts give the same text."""
    program, others = component(parts[0]), [component(part) for part in parts[1:]]
    purls = [part.purl for part in parts]
    when = {"timestamp": made.isoformat(timespec="seconds")} if made else {}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, ' '.join(purls))}",
        "version": 1,
        "metadata": {**when, "component": {**program, "type": "application"}},
        "components": others,
        "dependencies": [{"ref": purls[0], "dependsOn": sorted(purls[1:])}, *({"ref": purl} for purl in purls[1:])],
    }


def component(part: Part) -> dict[str, Any]:
    """One part; what it says of its licence is an expression or a name."""
    stated: dict[str, Any] = {"license": {"name": part.licence}}
    if is_expression(part.licence):
        stated = {"expression": part.licence}
    return {
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "purl": part.purl,
        **({"licenses": [stated]} if part.licence else {}),
    }


def is_expression(text: str) -> bool:
    """Whether a text has the form of an SPDX expression: identifiers with operators between them."""
    words = text.replace("(", " ").replace(")", " ").split()
    odd = [word in {"AND", "OR", "WITH"} for word in words[1::2]]
    even = [_IDENTIFIER.fullmatch(word) is not None for word in words[::2]]
    return len(words) % 2 == 1 and all(odd) and all(even)
