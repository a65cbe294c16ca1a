"""What the Dockerfile copies is there, and is not kept from it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

from image.check import included  # noqa: E402
from image.dockerfile import DockerfileError, parse  # noqa: E402


def copied() -> list[str]:
    """Sources of all COPY lines that take from the project."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def test_every_source_that_the_image_copies_exists():
    """A renamed folder breaks this test rather than the next build of the image."""
    assert copied()
    assert [source for source in copied() if not (ROOT / source).exists()] == []


def test_the_build_context_holds_exactly_what_is_copied():
    """.dockerignore excludes everything and lets through what COPY names: no data or secret can slip in."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert sorted(rule[1:] for rule in rules if rule.startswith("!")) == sorted(copied())


STAGES = parse((ROOT / "Dockerfile").read_text("utf-8"))


def test_every_base_is_pinned_by_its_digest():
    """The same sources make the same image next month."""
    assert [stage.base for stage in STAGES if not re.search(r"@sha256:[0-9a-f]{64}$", stage.base)] == []


def test_the_image_runs_as_a_number_that_is_not_root_and_says_how_it_is():
    """What orchestrators ask of it."""
    final = STAGES[-1]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", final.user)
    assert final.healthcheck == ["edge", "healthcheck"]
    assert (final.entrypoint, final.stop_signal) == (["edge"], "SIGTERM")
    assert final.command[:3] == ["serve", "--config", "/etc/edge/edge.toml"]
    assert {"org.opencontainers.image.title", "org.opencontainers.image.licenses"} <= set(final.labels)
    assert final.environment["EDGE_STORAGE_DATA_DIR"] in final.volumes


def test_a_dockerfile_is_read_as_docker_reads_it():
    """Continued lines, comments between them, variables of ARG and ENV, flags of COPY."""
    first, second = parse(
        """
        # syntax=docker/dockerfile:1
        ARG TAG=3
        FROM base:${TAG} AS one
        ENV A=1 B="two words"
        RUN first \\
            # between
            && second
        FROM other
        COPY --from=one /x ${B:-/y}/
        HEALTHCHECK --interval=1s CMD ["ask", "it"]
        """,
        {"TAG": "4"},
    )
    assert (first.base, first.name) == ("base:4", "one")
    assert first.environment == {"A": "1", "B": "two words"}
    assert first.steps[0].arguments == ("first && second",)
    assert (second.steps[0].source, second.steps[0].arguments) == ("one", ("/x", "/y/"))
    assert second.healthcheck == ["ask", "it"]
    with pytest.raises(DockerfileError, match="ONBUILD is not understood"):
        parse("FROM x\nONBUILD RUN y")


@pytest.mark.parametrize(
    ("name", "whether"),
    [
        ("edge/cli/main.py", True),
        ("edge/runtime/bundle/runtime.js", False),
        ("functions/hello/__pycache__/x.pyc", False),
        ("config/kubernetes/secret.yaml", False),
        ("config/compose/s3.json", False),
        ("config/edge.toml", True),
        ("tests/conftest.py", False),
        (".git/config", False),
    ],
)
def test_the_context_of_the_check_is_the_one_of_docker(name, whether):
    """The last rule that matches a path, or a folder above it, decides."""
    rules = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]
    assert included(name, rules) is whether
