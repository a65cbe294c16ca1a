"""What became of a case, in words, and whether that is good.  Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.corpus.http.case import Case

LATE = 1.0
"""Seconds of silence after which the end of a connection is a deadline's work."""
_PHRASE = re.compile(r"(/\S*)\s+served after an ambiguous head")
_REQUEST = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.[01]\r\n")


class Observed(msgspec.Struct, frozen=True):
    """What one connection has seen.

    `ended` is "", "fin" or "rst", `late` how many seconds after the client's last bytes; `ours` says that the client
    ended it.  `resets` and `goaways` are codes of HTTP/2, `codes` of closing frames.  `alive` is the answer to a probe.
    """

    statuses: tuple[int, ...] = ()
    interim: tuple[int, ...] = ()
    targets: tuple[str, ...] = ()
    ended: str = ""
    late: float = 0.0
    ours: bool = False
    goaways: tuple[int, ...] = ()
    resets: tuple[int, ...] = ()
    codes: tuple[int, ...] = ()
    alert: bool = False
    refused: bool = False
    alive: bool = False
    junk: bool = False
    kept: bytes = b""
    trouble: str = ""

    @property
    def words(self) -> frozenset[str]:
        """The outcome."""
        words = {str(status) for status in self.statuses}
        words |= {f"goaway:{code}" for code in self.goaways} | {f"rst_stream:{code}" for code in self.resets}
        words |= {f"close:{code}" for code in self.codes}
        words |= {"goaway"} if self.goaways else set()
        words |= {"rst_stream"} if self.resets else set()
        words |= {"alert"} if self.alert else set()
        words |= {"refused"} if self.refused else set()
        words |= {"ok"} if self.alive else set()
        if self.ended or self.ours:
            words |= {"close"}
            words |= {"rst"} if self.ended == "rst" else set()
            words |= {"timeout_close"} if self.late >= LATE or 408 in self.statuses else set()
        return frozenset(words)


def problems(case: Case, observed: Observed, sent: bytes, served: Iterable[str]) -> list[str]:
    """Why the outcome of a connection is not what the case wants; `served` are paths that functions were asked for."""
    found = [observed.trouble] if observed.trouble else []
    if not observed.words & case.wanted and not _is_refusal(case, observed):
        found.append(f"{_shown(observed)} (wanted {', '.join(sorted(case.wanted))})")
    found += _wrong_statuses(case, observed)
    if observed.junk:
        found.append("what came back is no HTTP")
    if case.responses and len(observed.statuses) != case.responses:
        found.append(f"{len(observed.statuses)} answers and not {case.responses}")
    if case.ordered:
        found += _disorder(observed, sent)
    return found + [problem for never in case.never for problem in _happened(never, observed, sent, set(served))]


def _shown(observed: Observed) -> str:
    return ", ".join(sorted(observed.words)) or "nothing came"


def _is_refusal(case: Case, observed: Observed) -> bool:
    """Where only the end of the connection is wanted, an error in words before it does no harm."""
    only_ends = not any(word.isdigit() for word in case.wanted)
    return only_ends and "close" in case.wanted and observed.ended != "" and all(s >= 400 for s in observed.statuses)


def _wrong_statuses(case: Case, observed: Observed) -> list[str]:
    """Every answer must be one of those wanted, not only one of them."""
    numbers = {int(word) for word in case.wanted if word.isdigit()}
    late = {408} if "timeout_close" in case.wanted else set()
    if not numbers or case.proto == "h2":
        return []
    return [f"status {status}" for status in observed.statuses if status not in numbers | late]


def _disorder(observed: Observed, sent: bytes) -> list[str]:
    """The answers name the targets that they are for."""
    wanted = [found[2].decode("latin-1") for found in _REQUEST.finditer(sent)]
    got = [target for target in observed.targets if target]
    return [] if got == wanted[: len(got)] else ["answers are not in the order of the requests"]


def _happened(never: str, observed: Observed, sent: bytes, served: set[str]) -> list[str]:
    phrase = _PHRASE.fullmatch(never)
    if phrase:
        return [f"{phrase[1]} was served"] if is_ambiguous(sent) and phrase[1] in served else []
    if never == "outbound-connect":  # counted by the guard
        return []
    if never.startswith("/") and never in served:
        return [f"{never} was served"]
    if not never.startswith("/") and never.lower().encode("latin-1", "replace") in observed.kept.lower():
        return [f"{never!r} came back"]
    return []


def is_ambiguous(sent: bytes) -> bool:
    """Whether the first head leaves room for opinions where its body ends.  RFC 9112 section 6."""
    head = sent.partition(b"\r\n\r\n")[0]
    first, *lines = head.split(b"\r\n")
    framing = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if line[:1] in b" \t" or not colon or name != name.strip() or b"\n" in line or b"\r" in line:
            return True
        plain = name.lower().replace(b"_", b"-")
        if plain in {b"content-length", b"transfer-encoding"}:
            framing.append((name.lower(), value.strip(b" \t")))
    if len(framing) > 1 or not first.endswith(b"HTTP/1.1"):
        return True
    if not framing:
        return False
    name, value = framing[0]
    if name == b"transfer-encoding":
        return value.lower() != b"chunked"
    return name != b"content-length" or not value.isdigit() or len(value) > 18
