"""Answers of several workers as the answer of one gateway.  Pure: answers in, one answer out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from edge.fleet import tally
from edge.fleet.messages import NOBODY, PeerAnswer
from edge.gateway import activity
from edge.services.observation.suggestion import written

if TYPE_CHECKING:
    from collections.abc import Callable

    Merge = Callable[[list[PeerAnswer], int], PeerAnswer]


class Shared(msgspec.Struct, frozen=True):
    """What is to be done with a request that concerns all workers.

    `merge` gets the answer of the worker that was asked, then those of the others, and how many workers there are to
    be.  With `first` the others are only asked once this one has succeeded.  `patience` in seconds.
    """

    merge: Merge
    first: bool = False
    patience: float = 5.0
    metrics: bool = False


def _metrics(answers: list[PeerAnswer], _: int) -> PeerAnswer:
    own = answers[0]
    if not is_text(own):
        told = [_decoded(answer) for answer in answers if answer.worker != NOBODY and answer.status == 200]
        return _with(own, 200, _engine(told))
    return msgspec.structs.replace(own, body=tally.merged(answer.body for answer in answers if answer.status == 200))


def _ready(answers: list[PeerAnswer], count: int) -> PeerAnswer:
    """Ready when all are."""
    own = answers[0]
    body = _decoded(own)
    status = 200 if _all_ready(answers, count) else 503
    detail = {**body.get("detail", {}), "workers": _workers(answers, count)}
    reloads = [_decoded(answer).get("detail", {}).get("last_reload", {}) for answer in answers]
    failed = [reload for reload in reloads if reload.get("ok") is False]
    if failed:
        detail["last_reload"] = failed[0]
    return _with(own, status, {**body, "ready": status == 200, "detail": detail})


def _health(answers: list[PeerAnswer], count: int) -> PeerAnswer:
    ready = _all_ready(answers, count)
    return _with(answers[0], 200 if ready else 503, {"status": "ok" if ready else "not ready"})


def _detailed(answers: list[PeerAnswer], count: int) -> PeerAnswer:
    """Counts add up; every worker has a line of its own under `workers`."""
    own = answers[0]
    bodies = [_decoded(answer) for answer in answers if answer.status in (200, 503)]
    ready = _all_ready(answers, count)
    status = "degraded" if any(body.get("status") != "ok" for body in bodies) or len(bodies) < count else "ok"
    merged = {
        **bodies[0],
        **_engine(bodies),
        "status": status,
        "ready": ready,
        "isolates": _added([body.get("isolates") for body in bodies]),
        "cells": [cell for body in bodies for cell in body.get("cells") or ()],
        "broken": {name: why for body in reversed(bodies) for name, why in (body.get("broken") or {}).items()},
        "workers": _workers(answers, count),
    }
    return _with(own, 200 if ready else 503, merged)


def _reload(answers: list[PeerAnswer], count: int) -> PeerAnswer:
    """What the first one says; when others could not follow it, which and why."""
    own = answers[0]
    failed = [answer for answer in answers[1:] if answer.status != 200]
    if own.status == 200 and failed:
        told = {str(answer.worker): _decoded(answer).get("error", {}).get("message", "no answer") for answer in failed}
        error = {
            "code": "reload_incomplete",
            "message": "some workers still serve the generation before: they could not follow",
            "workers": told,
        }
        return _with(own, 500, {"error": error})
    if own.status == 200:
        changed = any(_decoded(answer).get("changed") for answer in answers)
        return _with(own, 200, {**_decoded(own), "changed": changed, "workers": count})
    return own


def _suggestion(answers: list[PeerAnswer], _: int) -> PeerAnswer:
    """What functions did on any worker."""
    own = answers[0]
    bodies = [_decoded(answer) for answer in answers if answer.status == 200]
    if own.status != 200:
        return own
    allow = _distinct([entry for body in bodies for entry in body.get("allow", [])])
    refused = _distinct([{**place, "count": 0} for body in bodies for place in body.get("refused", [])])
    for place in refused:
        same = (each for body in bodies for each in body["refused"] if {**each, "count": 0} == {**place, "count": 0})
        place["count"] = sum(each["count"] for each in same)
    added = {name: sum(body.get(name, 0) for body in bodies) for name in ("requests", "missed")}
    toml = written(bodies[0]["function"], allow)
    return _with(own, 200, {**bodies[0], **added, "allow": allow, "toml": toml, "refused": refused})


def _distinct(values: list[Any]) -> list[Any]:
    return list({msgspec.json.encode(value): value for value in values}.values())


def _activity(answers: list[PeerAnswer], _: int) -> PeerAnswer:
    return _summed(answers, activity.merged)


def _function_activity(answers: list[PeerAnswer], _: int) -> PeerAnswer:
    return _summed(answers, activity.merged_functions)


def _summed(answers: list[PeerAnswer], merge: Callable[[list[dict[str, Any]]], dict[str, Any]]) -> PeerAnswer:
    own = answers[0]
    if own.status != 200:
        return own
    return _with(own, 200, merge([_decoded(answer) for answer in answers if answer.status == 200]))


SHARED = {
    ("GET", "/activity"): Shared(_activity),
    ("GET", "/activity/functions"): Shared(_function_activity),
    ("GET", "/egress/suggest"): Shared(_suggestion),
    ("GET", "/metrics"): Shared(_metrics, metrics=True),
    ("GET", "/ready"): Shared(_ready),
    ("GET", "/health"): Shared(_health),
    ("GET", "/health/detailed"): Shared(_detailed),
    ("POST", "/config/reload"): Shared(_reload, first=True, patience=300.0),
}
"""By method and path."""


def _all_ready(answers: list[PeerAnswer], count: int) -> bool:
    return len(answers) >= count and all(answer.status == 200 for answer in answers)


def _workers(answers: list[PeerAnswer], count: int) -> list[dict[str, Any]]:
    told = {answer.worker: answer for answer in answers}
    return [_line(number, told.get(number)) for number in range(count)]


def _line(number: int, answer: PeerAnswer | None) -> dict[str, Any]:
    if answer is None or not answer.status:
        return {"worker": number, "ready": False, "status": "ended" if answer is None else "does not answer"}
    body = _decoded(answer)
    detail = body.get("detail", {})
    return {
        "worker": number,
        "ready": answer.status == 200,
        "generation": detail.get("generation", ""),
        "pid": detail.get("pid", 0),
    }


def _engine(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """In the seeds' words; see edge.gateway.admin_api."""
    cache = _added([body.get("moduleCache") for body in bodies])
    asked = cache.get("hits", 0) + cache.get("misses", 0)
    cache["hitRate"] = round(cache.get("hits", 0) / asked, 4) if asked else 0.0
    return {"isolatePool": _added([body.get("isolatePool") for body in bodies]), "moduleCache": cache}


def _added(tables: list[dict[str, Any] | None]) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for table in tables:
        for name, value in (table or {}).items():
            total[name] = total.get(name, 0) + value
    return total


def is_text(answer: PeerAnswer) -> bool:
    """Whether it is Prometheus text."""
    kinds = [value for name, value in answer.headers if name.lower() == b"content-type"]
    return bool(kinds) and kinds[0].startswith(b"text/plain")


def _decoded(answer: PeerAnswer) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _with(answer: PeerAnswer, status: int, body: dict[str, Any]) -> PeerAnswer:
    return msgspec.structs.replace(answer, status=status, body=msgspec.json.encode(body))
