"""What `edge test` prints: for people, TAP, JUnit's XML, JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

import click
import msgspec

from edge.cli.code_frame import frame_of, own_frames, styled
from edge.services.logs import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from edge.compose.testing import Failure, FileResult, Ran

Reporter = Literal["pretty", "tap", "junit", "json"]
_MARKS = {"pass": ("✓", "green"), "fail": ("✗", "red"), "skip": ("-", "yellow"), "todo": ("·", "magenta")}
_SLOW = 300.0  # milliseconds
_FRAMES = 5
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def title(path: list[str]) -> str:
    """The names of a test's suites and its own."""
    return " > ".join(path)


def pretty(
    result: FileResult, read: Callable[[str], str | None], *, verbose: bool = False, named: bool = False
) -> Iterator[str]:
    """One file for people: a line for it, one for each test when there are failures or `verbose`, and the failures.

    `named`: with the name of its package.
    """
    path = f"{result.package}/{result.path}" if named else result.path
    mark, color = _MARKS["fail" if result.failed else "pass"]
    count = f"{len(result.tests)} test{'' if len(result.tests) == 1 else 's'}"
    took = click.style(f"({count}, {result.seconds * 1000:.0f} ms)", dim=True)
    yield f"{click.style(mark, fg=color)} {path} {took}"
    for test in result.tests:
        if verbose or test.status == "fail":
            yield f"  {_line(test)}"
    for line in result.logs:
        yield from (click.style(f"  | {part}", dim=True) for part in printable(line.text).split("\n    | "))
    for error in result.errors:
        yield from _failure(path, error, read)
    for test in result.tests:
        for error in test.errors:
            yield from _failure(f"{path} > {title(test.path)}", error, read)


def _line(test: Ran) -> str:
    mark, color = _MARKS[test.status]
    time = f" {test.ms:.0f} ms" if test.ms >= _SLOW else ""
    note = f" ({printable(test.note)})" if test.note else ""
    return f"{click.style(mark, fg=color)} {printable(title(test.path))}{note}{click.style(time, fg='yellow')}"


def _failure(name: str, error: Failure, read: Callable[[str], str | None]) -> Iterator[str]:
    yield ""
    yield f"  {click.style(' FAIL ', bg='red', fg='white', bold=True)} {click.style(printable(name), bold=True)}"
    head = f"{error.name}: {error.message}" if error.name else error.message
    yield from (f"  {click.style(line, fg='red')}" for line in _lines(head))
    if error.diff:
        yield ""
        yield from (f"    {_colored(line)}" for line in _lines(error.diff))
    frame = frame_of(error.stack, read) or frame_of(error.message, read)
    if frame:
        yield ""
        yield f"  {click.style(frame[0], fg='cyan')}"
        yield from (f"    {styled(line)}" for line in frame[1:])
    for line in own_frames(error.stack)[1:_FRAMES]:
        yield f"    {click.style(printable(line), dim=True)}"
    yield ""


def _lines(text: str) -> list[str]:
    return [printable(line) for line in text.splitlines()]


def _colored(line: str) -> str:
    return click.style(line, fg={"-": "green", "+": "red"}.get(line[:1]))


def summary(results: list[FileResult], seconds: float) -> Iterator[str]:
    """The last lines for people."""
    failed = sum(result.failed for result in results)
    yield ""
    yield f" Files  {_counts({'fail': failed, 'pass': len(results) - failed})}"
    total = {status: sum(result.count()[status] for result in results) for status in ("fail", "pass", "skip", "todo")}
    yield f" Tests  {_counts(total)}"
    yield f"  Time  {seconds:.2f} s"


_WORDS = {"fail": "failed", "pass": "passed", "skip": "skipped", "todo": "to do"}


def _counts(counts: dict[str, int]) -> str:
    told = [
        click.style(f"{count} {_WORDS[status]}", fg=_MARKS[status][1]) for status, count in counts.items() if count > 0
    ]
    return ", ".join(told) or "none"


# -- for programs


def tap(results: Iterable[FileResult]) -> Iterator[str]:
    """TAP version 14 (https://testanything.org/tap-version-14-specification.html)."""
    yield "TAP version 14"
    number = 0
    for result in results:
        for name, status, errors, note in _points(result):
            number += 1
            directive = {"skip": f" # SKIP {note}".rstrip(), "todo": " # TODO"}.get(status, "")
            yield f"{'not ok' if status == 'fail' else 'ok'} {number} - {_tap_name(name)}{directive}"
            yield from _tap_errors(errors)
    yield f"1..{number}"


def _tap_name(name: str) -> str:
    return " ".join(name.replace("\\", "\\\\").replace("#", "\\#").split())


def _tap_errors(errors: list[Failure]) -> Iterator[str]:
    if not errors:
        return
    yield "  ---"
    for key, text in (("message", errors[0].message), ("stack", errors[0].stack)):
        if text:
            yield f"  {key}: {json.dumps(text)}"
    yield "  ..."


def _points(result: FileResult) -> Iterator[tuple[str, str, list[Failure], str]]:
    for test in result.tests:
        yield f"{result.path} > {title(test.path)}", test.status, test.errors, test.note
    if result.errors:
        yield result.path, "fail", result.errors, ""


def junit(results: Iterable[FileResult]) -> str:
    """The XML that CI servers read."""
    root = ET.Element("testsuites", name="edge test")
    for result in results:
        points = list(_points(result))
        counts = {kind: sum(status == kind for _, status, _, _ in points) for kind in ("fail", "skip", "todo")}
        suite = ET.SubElement(
            root,
            "testsuite",
            name=_xml(result.path),
            tests=str(len(points)),
            failures=str(counts["fail"]),
            skipped=str(counts["skip"] + counts["todo"]),
            time=f"{result.seconds:.3f}",
        )
        for test in result.tests:
            case = _case(suite, title(test.path), result, test.ms)
            _verdict(case, test.status, test.errors)
        if result.errors:
            _verdict(_case(suite, result.path, result, 0), "fail", result.errors)
        if result.logs:
            ET.SubElement(suite, "system-out").text = _xml("\n".join(line.text for line in result.logs))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}'


def _case(suite: ET.Element, name: str, result: FileResult, ms: float) -> ET.Element:
    place = f"{result.package}.{result.path}"
    return ET.SubElement(suite, "testcase", name=_xml(name), classname=_xml(place), time=f"{ms / 1000:.3f}")


def _verdict(case: ET.Element, status: str, errors: list[Failure]) -> None:
    if status in {"skip", "todo"}:
        ET.SubElement(case, "skipped")
    for error in errors:
        failure = ET.SubElement(case, "failure", type=_xml(error.name), message=_xml(error.message))
        failure.text = _xml("\n".join(part for part in (error.stack or error.message, error.diff) if part))


def _xml(text: str) -> str:
    return _NOT_XML.sub("?", text)


def as_json(results: list[FileResult], seconds: float) -> str:
    """All of it."""
    files = [{**msgspec.to_builtins(result), "failed": result.failed} for result in results]
    failed = any(result.failed for result in results)
    return json.dumps({"ok": not failed and bool(results), "seconds": round(seconds, 3), "files": files}, indent=2)
