"""A flood of failures costs little: what is too much is counted, and not kept."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
import trio

from edge.compose.recorder import BURST, GatewayRecorder
from edge.config.model import Config, RecordingsConfig, StorageConfig
from edge.engine.runner import Result
from edge.engine.tape import Recorded
from edge.errors import CallerError
from edge.function import Function, Keep
from edge.gateway import admin_recordings
from edge.invocation import Outcome, Receipt
from edge.recording.recording import decode
from edge.wire.messages import Request


class Template:
    level = "full"
    bundle = None


def config(folder, **recordings):
    return Config(storage=StorageConfig(data_dir=str(folder)), recordings=RecordingsConfig(**recordings))


def taped(recorder, function, size=10, texts=(b"",)):
    tape = recorder.tape(function, [])
    tape.began([b'{"t":"start"}', b"x" * size])
    tape.ended(Result(list(texts)))
    return tape


def recorded(function, name, reason="failure"):
    receipt = Receipt(Outcome.EXCEPTION, id=name, at=1000.0)
    return Recorded(function, Template(), Request("GET", "http://x/", "/"), 1, receipt, 500, reason)


def of(name):
    return Function(name, name, "sha256:" + "ab" * 32, record=Keep())


async def keep(folder, ended, **recordings):
    """What became of invocations: `(function, size, reason)`."""
    counts = Counter()
    async with GatewayRecorder.open(
        config(folder, **recordings), "cells", lambda _, what: counts.update([what])
    ) as one:
        for number, (name, size, reason) in enumerate(ended):
            one.keep(recorded(of(name), f"{name}-{number}", reason), taped(one, of(name), size))
            if number % 20 == 19:
                await trio.sleep(0.05)
    return counts, one.store.summaries(limit=1000)


async def test_a_function_keeps_a_few_failures_at_once_and_others_theirs(tmp_path):
    ended = [("a", 10, "failure")] * 18 + [("b", 10, "failure")] * 2
    counts, kept = await keep(tmp_path, ended, max_age=0)
    assert counts == {"kept": BURST + 2, "limited": 18 - BURST}
    assert Counter(one.function for one in kept) == {"a": BURST, "b": 2}


async def test_all_together_are_bound_by_their_size(tmp_path):
    ended = [(f"f{number}", 900_000, "failure") for number in range(20)]
    counts, _ = await keep(tmp_path, ended, max_age=0)
    assert counts["limited"] >= 10
    assert counts["kept"] >= 5


async def test_what_is_too_large_is_not_kept_and_counted(tmp_path):
    counts, kept = await keep(tmp_path, [("a", 5000, "sample"), ("a", 10, "sample")], max_age=0, max_size=1000)
    assert (counts, len(kept)) == ({"too_large": 1, "kept": 1}, 1)


async def test_what_cannot_be_written_is_counted_and_harms_nobody(tmp_path):
    (tmp_path / "recordings").write_text("not a folder")
    counts, kept = await keep(tmp_path, [("a", 10, "failure")], max_age=0)
    assert (counts, kept) == ({"failed": 1}, [])


async def test_a_tape_that_the_isolate_tore_is_not_kept(tmp_path):
    counts = Counter()
    async with GatewayRecorder.open(config(tmp_path), "cells", lambda _, what: counts.update([what])) as recorder:
        torn = taped(recorder, of("a"), texts=[b'{"effects":[],"torn":true}'])
        recorder.keep(recorded(of("a"), "x"), torn)
    assert counts == {"too_large": 1}


async def test_who_says_nothing_is_never_recorded(tmp_path):
    async with GatewayRecorder.open(config(tmp_path), "cells") as recorder:
        request = Request("GET", "http://x/", "/")
        assert recorder.wants(msgspec.structs.replace(of("a"), record=None), request) is None
        assert recorder.wants(msgspec.structs.replace(of("a"), record=Keep(failures=False)), request) is None
        assert recorder.wants(of("a"), request) == ""
        assert recorder.wants(msgspec.structs.replace(of("a"), record=Keep(share=1.0)), request) == "sample"


async def test_a_list_shows_no_keys_that_urls_hold(tmp_path):
    """It is there for whoever may look; the access log leaves queries out."""
    request = Request("GET", "http://x/a?page=2&access_token=0123456789", "/a")
    async with GatewayRecorder.open(config(tmp_path, max_age=0), "cells") as recorder:
        recorder.keep(recorded(of("a"), "a-1")._replace(request=request), taped(recorder, of("a")))
    assert [found.url for found in recorder.store.summaries()] == ["http://x/a?page=2&access_token=[redacted]"]


@pytest.mark.parametrize("count", ["0", "1001", "0001000000", "000001" + "9" * 5000, "-1", "x", "²"])
def test_nobody_asks_for_recordings_without_end(count):
    """Whatever zeros the number begins with."""
    with pytest.raises(CallerError):
        admin_recordings._count(count)


async def test_headers_that_the_log_masks_are_not_recorded(tmp_path):
    """Keys of our own authentication among them, without a word in the config."""
    async with GatewayRecorder.open(config(tmp_path, max_age=0, redact=["X-Mine"]), "cells") as recorder:
        tape = recorder.tape(of("a"), [])
        headers = [["x-api-key", "0123456789"], ["x-mine", "abcdefghij"], ["accept", "text/plain"]]
        tape.began([msgspec.json.encode({"t": "start", "request": {"headers": headers}})])
        tape.ended(Result([b""]))
        recorder.keep(recorded(of("a"), "a-1"), tape)
    kept = decode(recorder.store.read("a-1")).runs[0].events[0]
    assert b"text/plain" in kept
    assert b"0123456789" not in kept
    assert b"abcdefghij" not in kept
