"""From an answer to the words of `faults.json`, and from words and figures to what is wrong.

An answer stands for several words where nobody outside can tell them apart:

| answer | words |
|---|---|
| a complete answer of the function, `Edge-Outcome: ok` | return |
| `exception`, `bad-response` | throw |
| these two because a limit of the gateway was reached (`QuotaExceededError`, `at most N at once`) | throw, limit |
| `memory` | oom |
| `timeout`, `cpu` | timeout, killed: whether the code was stopped or its process killed does not show |
| `crash` | killed |
| `overloaded`; an error of the gateway's own about sizes and rates (413, 429, 431, 503) | limit, killed |
| a head, and then an answer that breaks off | limit, killed, and what the gateway's log says that ended it |
| no answer at all | nothing: no case expects it |

A return after which a polluted realm answers other bytes, or has caught functions of the runtime, is no word either.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import msgspec

from edge.corpus.faults.deployment import SOFT
from edge.corpus.faults.package import ECHO, LEAK_STATUS

if TYPE_CHECKING:
    from edge.corpus.faults.case import Case
    from edge.corpus.http_client import Answer

HARD = 2 * SOFT
"""Seconds after which whatever runs has been killed."""
MARGIN = 0.5
"""Seconds that the machine may add to an answer: a busy one is slow to start what it is asked to."""
SLACK = 32 << 20
"""Bytes over base + cap that are not a failure: V8's code range, which no limit of the kernel charges."""

_WORDS = {
    "ok": {"return"},
    "exception": {"throw"},
    "bad-response": {"throw"},
    "memory": {"oom"},
    "timeout": {"timeout", "killed"},
    "cpu": {"timeout", "killed"},
    "crash": {"killed"},
    "overloaded": {"limit", "killed"},
}
_SIZES_AND_RATES = frozenset({413, 429, 431, 503})
_OWN_FAULTS = frozenset({"exception", "bad-response"})
_SHOWN = 200
_QUOTA = re.compile(r"QuotaExceededError|\(at most \d+ at once|over the limit of \d+")


class Observed(msgspec.Struct, frozen=True):
    """What became of a case: the words that fit, what to call it, and what it said."""

    words: frozenset[str]
    name: str
    detail: str = ""


class Figures(msgspec.Struct, frozen=True):
    """What was measured beside the answer, in bytes and seconds.  `fate` is "" when the gateway is well."""

    seconds: float
    peak: int
    base: int
    cap: int
    fate: str = ""


def needs_log(answer: Answer) -> bool:
    """Whether the log knows more than the client: how a broken answer ended, what an exception said."""
    return answer.status != 0 and (not answer.complete or answer.headers.get("edge-outcome") == "exception")


def observe(case: Case, answer: Answer, logged: dict[str, object]) -> Observed:
    """What an answer stands for.  `logged` is the gateway's log entry of the request, empty when there is none."""
    outcome = answer.headers.get("edge-outcome", "")
    if answer.status == 0:
        return Observed(frozenset(), "no answer", answer.trouble)
    if not answer.complete:
        return _broken_off(answer, logged)
    if outcome == "ok":
        return _returned(case, answer)
    detail = _message(answer)
    if not outcome:
        words = {"limit", "killed"} if answer.status in _SIZES_AND_RATES else set()
        return Observed(frozenset(words), f"status {answer.status}", detail)
    error = str(logged.get("error", ""))
    said = f"{detail}; the log says: {error[:_SHOWN]}" if error else detail
    return Observed(_words(outcome, error or detail), outcome, said)


def _words(outcome: str, error: str) -> frozenset[str]:
    words = set(_WORDS.get(outcome, ()))
    if outcome in _OWN_FAULTS and _QUOTA.search(error):
        words.add("limit")
    return frozenset(words)


def _broken_off(answer: Answer, logged: dict[str, object]) -> Observed:
    ended = str(logged.get("outcome", ""))
    words = {"limit", "killed"} | _words(ended, str(logged.get("error", "")))
    return Observed(frozenset(words - {"return"}), "broken off", f"{answer.trouble}; the log says {ended or 'nothing'}")


def _returned(case: Case, answer: Answer) -> Observed:
    if case.kind == "script" and case.group == "pollution":
        if answer.status == LEAK_STATUS:
            return Observed(frozenset(), "leak", "the script got hold of a function that is none of its own")
        if answer.status != 200 or answer.body != ECHO:
            return Observed(frozenset(), "changed", f"status {answer.status}, {answer.body[:60]!r}")
    return Observed(frozenset({"return"}), "return", f"status {answer.status}, {answer.size} bytes")


def _message(answer: Answer) -> str:
    try:
        error = json.loads(answer.body)["error"]
        return f"{answer.status} {error['code']}: {error['message']}"
    except (ValueError, KeyError, TypeError):
        return f"{answer.status} {answer.body[:80]!r}"


def problems(case: Case, observed: Observed, figures: Figures, *, embedded: bool) -> list[str]:
    """Why a case fails; nothing when it is green.

    In embedded mode the memory of the whole gateway is all there is to see, so it is reported and not judged.
    """
    found = []
    if not observed.words & set(case.expect):
        found.append(f"expected {'|'.join(case.expect)}")
    if figures.fate:
        found.append(f"the gateway is gone: {figures.fate}")
    if figures.seconds > HARD + MARGIN:
        found.append(f"slower than the hard deadline of {HARD:g} s + {MARGIN:g} s")
    if not embedded and figures.peak > figures.base + figures.cap + SLACK:
        over = (figures.peak - figures.base - figures.cap) / (1 << 20)
        found.append(f"{over:.0f} MiB over base + cap ({SLACK >> 20} MiB of code are allowed)")
    return found
