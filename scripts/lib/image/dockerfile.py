"""A Dockerfile as values: its stages, and what each instruction means.  The part of the format that ours uses."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class DockerfileError(Exception):
    """An instruction that this reader does not know; the message names it."""


@dataclass(frozen=True)
class Step:
    """RUN or COPY: something that changes files."""

    kind: str
    arguments: tuple[str, ...]
    source: str = ""
    """Of COPY --from: the name of a stage."""
    environment: Mapping[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"


@dataclass
class Stage:
    """What one FROM begins."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    volumes: list[str] = field(default_factory=list)
    exposed: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)
    stop_signal: str = "SIGTERM"


_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")


def parse(text: str, arguments: Mapping[str, str] | None = None) -> list[Stage]:
    """The stages in their order; `arguments` override those of ARG.  Raises DockerfileError."""
    given, known, stages = dict(arguments or {}), {}, []
    for name, rest in instructions(text):
        if name == "ARG":
            key, _, default = rest.partition("=")
            known[key] = given.get(key, default)
        elif name == "FROM":
            base, _, alias = expand(rest, known).partition(" AS ")
            stages.append(Stage(base.strip(), alias.strip() or str(len(stages))))
        elif not stages:
            raise DockerfileError(f"{name} before FROM")
        else:
            apply(stages[-1], name, rest, known)
    return stages


def instructions(text: str) -> list[tuple[str, str]]:
    """(NAME, the rest) of each instruction, with its continued lines joined and without comments."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    found = [line.strip().partition(" ") for line in joined.splitlines()]
    return [(name.upper(), rest.strip()) for name, _, rest in found]


def expand(text: str, values: Mapping[str, str]) -> str:
    """`$NAME`, `${NAME}` and `${NAME:-default}` replaced, unknown ones by nothing."""
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[3], "") or found[2] or "", text)


def apply(stage: Stage, name: str, rest: str, known: Mapping[str, str]) -> None:
    """One instruction after FROM.  Raises DockerfileError."""
    values = {**known, **stage.environment}
    if name == "RUN":
        environment = {**known, **stage.environment}
        stage.steps.append(Step("RUN", (rest,), "", environment, stage.workdir, stage.user))
    elif name == "COPY":
        source, words = "", shlex.split(expand(rest, values))
        while words[0].startswith("--"):
            flag, _, value = words.pop(0).partition("=")
            if flag != "--from":
                raise DockerfileError(f"COPY {flag} is not understood")
            source = value
        stage.steps.append(Step("COPY", tuple(words), source, {}, stage.workdir, stage.user))
    elif name in {"ENV", "LABEL"}:
        target = stage.environment if name == "ENV" else stage.labels
        target.update(word.split("=", 1) for word in shlex.split(expand(rest, values)))
    elif name in {"ENTRYPOINT", "CMD"}:
        setattr(stage, "entrypoint" if name == "ENTRYPOINT" else "command", json.loads(rest))
    elif name == "HEALTHCHECK":
        stage.healthcheck = json.loads(rest.partition("CMD ")[2])
    else:
        _settle(stage, name, expand(rest, values))


def _settle(stage: Stage, name: str, value: str) -> None:
    if name == "WORKDIR":
        stage.workdir = value
        stage.steps.append(Step("WORKDIR", (value,)))
    elif name == "USER":
        stage.user = value
    elif name == "VOLUME":
        stage.volumes += json.loads(value)
    elif name == "EXPOSE":
        stage.exposed += value.split()
    elif name == "STOPSIGNAL":
        stage.stop_signal = value
    else:
        raise DockerfileError(f"{name} is not understood")
