"""Runs what a page of the documentation says: its files are written, its commands typed, their output compared.

Blocks of a Markdown page that count:

- any language with `title="PATH"`: a file, written as it stands there
- `console`: lines after `$ ` are commands, lines after `> ` continue them, the others are their output
- `log`: what the gateway has written since it was started, among other things

`...` in output stands for any text.  `edge serve`, `edge dev` (in a terminal of its own) and `./scripts/run` start a
gateway that runs until the next one;
a command that ends in `&` runs until the end.  Ports of the page are replaced by free ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import shlex
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from tests.support.gateway_process import PROGRAM, environment, until

PUBLIC, ADMIN, OTHER = "8080", "9090", "8000"
PATIENCE = 5.0  # seconds until a changed file has to be in use
_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')


class Block(NamedTuple):
    """A fenced block: `title` is "" when it has none."""

    language: str
    title: str
    text: str
    line: int


class Step(NamedTuple):
    """A command and what it prints."""

    command: str
    output: str


def blocks(markdown):
    """All fenced blocks of a page."""
    for found in _FENCE.finditer(markdown):
        title = _TITLE.search(found[2])
        line = markdown.count("\n", 0, found.start()) + 1
        yield Block(found[1], title[1] if title else "", found[3], line)


def steps(console):
    """The commands of a console block."""
    found = []
    for line in console.splitlines():
        if line.startswith("$ "):
            found.append(Step(line[2:], ""))
        elif found and line.startswith("> ") and not found[-1].output:
            found[-1] = Step(f"{found[-1].command}\n{line[2:]}", "")
        else:
            assert found, f"output without a command: {line}"
            found[-1] = found[-1]._replace(output=f"{found[-1].output}{line}\n")
    return found


def matches(expected, actual):
    """Whether a text is the expected one, in which `...` stands for any text."""
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("..."))
    return re.fullmatch(pattern, actual.strip(), re.DOTALL) is not None


class Reader:
    """Somebody who follows a page in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.patience = PATIENCE
        self.ports = {}
        self._processes = []
        self._gateway = None
        self._log = folder / ".gateway.log"
        self._wrote = False
        self._install()

    def _install(self):
        """What a set-up checkout has."""
        programs = self.folder / ".venv" / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        for name, command in (("edge", PROGRAM), ("python", [sys.executable])):
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
            program.chmod(0o755)
        path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        self._env = environment(PATH=path, NO_COLOR="1", COLUMNS="100")

    def follow(self, markdown):
        """Do all that the page says; fails at the first line that is not true."""
        for block in blocks(markdown):
            try:
                self._do(block)
            except AssertionError as error:
                raise AssertionError(f"block at line {block.line}: {error}") from None

    def _do(self, block):
        if block.title:
            path = self.folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._with_ports(block.text))
            self._wrote = True
        elif block.language == "console":
            for step in steps(block.text):
                self._type(step)
        elif block.language == "log":
            expected = f"...{block.text.strip()}..."
            until(
                lambda: matches(expected, self._shown(self._log.read_text())),
                self.patience,
                f"in the log: {block.text}",
            )

    # -- commands

    def _type(self, step):
        words = step.command.removeprefix(".venv/bin/").split()
        if words[0] == "./scripts/run" or words[:2] in (["edge", "serve"], ["edge", "dev"]):
            self._serve(words, step)
        elif words[-1] == "&":
            self._start(step.command[:-1])
        else:
            self._compare(step)

    def _compare(self, step):
        actual = self._output(step.command)
        again = self._wrote and " -d " not in step.command and " -X " not in step.command
        end = time.monotonic() + (self.patience if again else 0)
        while not matches(step.output, actual) and time.monotonic() < end:
            time.sleep(0.05)
            actual = self._output(step.command)
        assert matches(step.output, actual), f"$ {step.command}\nexpected: {step.output}\n     got: {actual}"
        self._wrote = "sed -i" in step.command

    def _output(self, command):
        done = subprocess.run(
            ["/bin/sh", "-c", self._with_ports(command)],
            cwd=self.folder,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=30,
            check=False,
        )
        return self._shown(done.stdout.decode())

    def _serve(self, words, step):
        """The gateway of the command, on ports of its own."""
        self._stop_gateway()
        arguments = words[1:] if words[0] == "./scripts/run" else words[2:]
        config = ["--config", "config/edge.toml"] if words[0] == "./scripts/run" else []
        ready = self.folder / ".ready.json"
        ready.unlink(missing_ok=True)
        options = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ready-file", str(ready)]
        arguments = shlex.split(self._with_ports(shlex.join(arguments)))
        verb = "serve" if words[0] == "./scripts/run" else words[1]
        command = [*PROGRAM, verb, *config, *arguments, *options]
        if verb == "dev":
            self._gateway = self._in_terminal(command)
        else:
            with self._log.open("wb") as log:
                self._gateway = self._popen(command, log)
        until(lambda: ready.exists() or self._gateway.poll() is not None, 30, "readiness")
        assert self._gateway.poll() is None, f"exit code {self._gateway.poll()}: {self._log.read_text()}"
        addresses = json.loads(ready.read_text())
        self.ports[PUBLIC] = addresses["listen"][0].rpartition(":")[2]
        self.ports[ADMIN] = addresses["admin"].rpartition(":")[2]
        self._env["EDGE_ADMIN"] = addresses["admin"]  # commands ask port 9090 when they are told nothing
        until(lambda: "ready:" in self._log.read_text(), self.patience, "the line that says so")
        actual = self._shown(self._log.read_text())
        assert matches(step.output, actual), f"$ {step.command}\nexpected: {step.output}\n     got: {actual}"
        self._wrote = False

    def _start(self, command):
        """A server of the page's own, on the third port."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.ports[OTHER] = str(free.getsockname()[1])
        process = self._popen(["/bin/sh", "-c", f"exec {self._with_ports(command)}"], subprocess.DEVNULL)
        self._processes.append(process)
        until(self._answers, 10, f"{command} answering")

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", int(self.ports[OTHER])), timeout=1).close()
        except OSError:
            return False
        return True

    # -- ports

    def _with_ports(self, text):
        """With the real ports in place of those of the page."""
        return re.sub(r"\b(8080|9090|8000)\b", lambda found: self.ports.get(found[1], found[1]), text)

    def _shown(self, text):
        """With the ports of the page in place of the real ones."""
        real = {port: name for name, port in self.ports.items()}
        return re.sub(r"\b\d{4,5}\b", lambda found: real.get(found[0], found[0]), text)

    # -- processes

    def _popen(self, command, output):
        return subprocess.Popen(
            command, cwd=self.folder, env=self._env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )

    def _in_terminal(self, command):
        """A program whose terminal shows what goes to the log."""
        ours, theirs = pty.openpty()
        self._log.write_bytes(b"")
        threading.Thread(target=_copy, args=(ours, self._log), daemon=True).start()
        try:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._env,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
            )
        finally:
            os.close(theirs)

    def _stop_gateway(self):
        if self._gateway is not None:
            _end(self._gateway)

    def close(self):
        """End everything that was started."""
        self._stop_gateway()
        for process in self._processes:
            _end(process)


def _copy(terminal, log):
    """What a terminal shows, into a file, until its program has gone."""
    with log.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while data := os.read(terminal, 65536):
            file.write(data.replace(b"\r\n", b"\n"))
    os.close(terminal)


def _end(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


@contextlib.contextmanager
def reader(folder):
    """A reader whose processes end with the context."""
    someone = Reader(Path(folder))
    try:
        yield someone
    finally:
        someone.close()
