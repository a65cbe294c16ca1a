"""What a package's code asks for, as far as its text says it."""

from __future__ import annotations

from edge.engine.package_modules import PackageModules
from edge.packages.bundle import Bundle
from edge.packages.capabilities import MAX_NAMES


def found(source, **files):
    bundle = Bundle.build({"index.js": source.encode(), **{name: text.encode() for name, text in files.items()}})
    return PackageModules(bundle).report.capabilities


def test_modules_of_node_hosts_and_variables_are_found_in_everything_that_is_reached():
    """With and without `node:`, in dependencies too; each once, sorted."""
    can = found(
        "const net = require('node:net'); require('fs'); require('dep'); fetch('https://API.example.com:8443/v1');"
        " const key = process.env.API_KEY + process.env['OTHER']; import('node:net');",
        **{
            "node_modules/dep/index.js": "new WebSocket(`wss://user:pass@sock.example/${x}`); process.env.API_KEY",
            "unused.js": "fetch('https://unused.example/')",
        },
    )
    assert can.modules == ("fs", "net")
    assert can.hosts == ("api.example.com", "sock.example")
    assert can.variables == ("API_KEY", "OTHER")


def test_addresses_in_comments_and_names_that_are_computed_are_none():
    """The licence's address is no host that the code asks."""
    can = found(
        "// see https://license.example/\n/* 'x' http://other.example */ fetch(`https://${host}/`); process.env[x]"
    )
    assert (can.hosts, can.variables) == ((), ())


def test_what_there_is_too_much_of_is_cut():
    """A package must not make the report as long as it likes."""
    can = found("".join(f"fetch('https://h{n}.example/');process.env.V{n};" for n in range(MAX_NAMES + 50)))
    assert (len(can.hosts), len(can.variables)) == (MAX_NAMES, MAX_NAMES)
