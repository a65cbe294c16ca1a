"""`edge cache`: answers that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edge.cli.admin_client import admin_option, ask, token_option
from edge.cli.options import output_option, print_rows

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group(epilog="Example: edge cache purge https://example.com/news")
def command() -> None:
    """See and purge the answers that a running gateway keeps."""


@command.command(epilog="Example: edge cache usage")
@admin_option
@token_option
@output_option
def usage(admin: str | None, token: str | None, output: str) -> None:
    """Print how many answers are kept, their bytes, and the limit."""
    print_rows(ask(admin, "/cache", token=token), output)


@command.command(epilog="Example: edge cache purge --prefix example.com/blog/ --tag news")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--prefix", "prefixes", multiple=True, metavar="URL", help="All whose URLs begin so: example.com/blog/.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="All with this tag in their header Cache-Tag.")
@click.option("--function", default="", metavar="NAME", help="Only those of a function; alone, all of them.")
@click.option("--all", "everything", is_flag=True, help="Everything.")
@admin_option
@token_option
@output_option
def purge(
    urls: tuple[str, ...],
    prefixes: tuple[str, ...],
    tags: tuple[str, ...],
    function: str,
    everything: bool,  # noqa: FBT001 - click passes it by name
    admin: str | None,
    token: str | None,
    output: str,
) -> None:
    """Forget the answers of each URL (with its query) and what the options name; http and https are the same here.

    Those of routes go, and those of functions' `caches`.
    """
    query: dict[str, str | Sequence[str]] = {"url": urls, "prefix": prefixes, "tag": tags, "function": function}
    query |= {"everything": "true" if everything else ""}
    done = ask(admin, "/cache/purge", query, method="POST", token=token)
    print_rows({"purged": done["purged"]}, output)
