"""What the site has beside the pages of docs/: the README as its first page, files that pages link to, the navigation.

Files outside docs/ become pages below source/, so that no link leads away from the site.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File, Files, InclusionLevel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
WHOLE = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages of the project that stand in the site under another name."""
LANGUAGES = {"mjs": "js", "cjs": "js", "tsx": "ts", "": "text"}
FIRST = {"how-to": ["run.md", "deploy.md", "routing.md", "egress.md", "untrusted.md"], "decisions": ["README.md"]}
"""Pages of a section that come before all others, which follow by their titles."""
COMING_FROM = "how-to/from-"
CSS = ".md-grid { max-width: 76rem }\n"
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#3f51b5" '
    'd="m6 20 4.2-9.2L8.5 7H7V4h3.5l6.2 13H18v3h-3.3L11.8 13.800 9 20Z"/></svg>\n'
)

_FENCE = re.compile(r"^(```.*?^```)$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """The navigation: whoever writes a page need not know about it."""
    config.nav = [
        {"Start": ["index.md", "tutorial.md"]},
        {"Coming from": pages("how-to", lambda name: name.startswith(COMING_FROM))},
        {"How to": pages("how-to", lambda name: not name.startswith(COMING_FROM))},
        {"Running it": ["operations.md", "security.md", "comparison.md"]},
        {"Reference": pages("reference")},
        {"How it works": ["architecture.md", {"Decisions": pages("decisions")}]},
        {"The project": ["contributing.md", "changelog.md"]},
    ]
    return config


def pages(folder: str, wanted: Any = lambda _: True) -> list[str]:
    """The pages of a folder: those of FIRST, then by title."""
    found = [path for path in (DOCS / folder).glob("*.md") if wanted(f"{folder}/{path.name}")]
    first = FIRST.get(folder, [])

    def place(path: Path) -> tuple[int, str]:
        number = first.index(path.name) if path.name in first else len(first)
        return number, title(path).lower()

    return [f"{folder}/{path.name}" for path in sorted(found, key=place)]


def title(path: Path) -> str:
    """Of a page."""
    found = _TITLE.search(path.read_text("utf-8"))
    return found[1] if found else path.stem


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the project, and what they link to."""
    for name, place in WHOLE.items():
        files.append(File.generated(config, place, content=(ROOT / name).read_text("utf-8")))
    known = {path for place in WHOLE for path in [ROOT / place]}
    waiting = [*DOCS.rglob("*.md"), *known]
    while waiting:
        for path in outside(waiting.pop()):
            if path not in known:
                known.add(path)
                files.append(_source(config, path))
                if path.suffix == ".md":
                    waiting.append(path)
    files.append(File.generated(config, "site.css", content=CSS))
    files.append(File.generated(config, "favicon.svg", content=ICON))
    return files


def outside(page: Path) -> Iterator[Path]:
    """Files that a page links to and that are not in docs/."""
    for link in _LINK.findall(_FENCE.sub("", page.read_text("utf-8"))):
        target = resolved(page, link)
        if target is not None and not target.is_relative_to(DOCS):
            yield target


def resolved(page: Path, link: str) -> Path | None:
    """The file or folder of the project that a relative link means."""
    file = link.partition("#")[0]
    if not file or ":" in file:
        return None
    target = (page.parent / file).resolve()
    return target if target.is_relative_to(ROOT) and target.exists() else None


def _source(config: MkDocsConfig, path: Path) -> File:
    """A file of the project as a page; one that is no Markdown stands there as it is."""
    name = path.relative_to(ROOT).as_posix()
    if path.is_dir():
        text = f"# {name}\n\n" + "".join(f"- {entry.name}\n" for entry in sorted(path.iterdir()))
    else:
        text = path.read_text("utf-8", "replace")
    if path.is_file() and path.suffix != ".md":
        kind = path.suffix.removeprefix(".")
        text = f"# {name}\n\n``````{LANGUAGES.get(kind, kind)}\n{text}``````\n"
    file = File.generated(config, place_of(path), content=text)
    file.inclusion = InclusionLevel.NOT_IN_NAV
    return file


def place_of(path: Path) -> str:
    """Where a file of the project is in the site."""
    name = path.relative_to(ROOT).as_posix()
    if path.is_relative_to(DOCS):
        return (path / "README.md" if path.is_dir() else path).relative_to(DOCS).as_posix()
    return WHOLE.get(name) or (f"source/{name}" if path.suffix == ".md" else f"source/{name}.md")


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Links as they are in the site."""
    here = page.file.src_uri
    origin = next((ROOT / name for name, place in WHOLE.items() if place == here), None)
    if origin is None:
        origin = ROOT / here.removeprefix("source/") if here.startswith("source/") else DOCS / here
    depth = "../" * here.count("/")
    parts = _FENCE.split(markdown)
    return "".join(part if part.startswith("```") else _relinked(part, origin, depth) for part in parts)


def _relinked(text: str, origin: Path, depth: str) -> str:
    def again(found: re.Match[str]) -> str:
        target = resolved(origin, found[1])
        if target is None:
            return found[0]
        _, hash_, anchor = found[1].partition("#")
        return f"]({depth}{place_of(target)}{hash_}{anchor})"

    return _LINK.sub(again, text)
