"""Read our Markdown: fenced blocks, headings, tables and links, in the plain forms that we write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,4}) (.+)$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


@attrs.frozen
class Block:
    """A fenced block and the prose that stands between it and the block before."""

    language: str
    text: str
    before: str


@attrs.frozen
class Section:
    """A heading and the text under it, up to the next heading of any level."""

    heading: str
    text: str


def pages() -> list[Path]:
    """Return every page that we write."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def name_of(page: Path) -> str:
    """Return a page's path inside the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks in their order."""
    end = 0
    for found in _BLOCK.finditer(text):
        yield Block(found[1], found[2], text[end : found.start()])
        end = found.end()


def without_blocks(text: str) -> str:
    """Return the text without its fenced blocks."""
    return _BLOCK.sub("", text)


def sections(text: str) -> Iterator[Section]:
    """Yield the sections in their order."""
    prose = without_blocks(text)
    found = list(_HEADING.finditer(prose))
    ends = [heading.start() for heading in found[1:]] + [len(prose)]
    for heading, end in zip(found, ends, strict=True):
        yield Section(heading[2], prose[heading.end() : end])


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of every row of every table, heads left out."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        is_rule = set(line) <= set("|- ")
        is_head = number + 1 < len(lines) and "|" in lines[number + 1] and set(lines[number + 1]) <= set("|- ")
        if line.startswith("|") and not is_rule and not is_head:
            yield [cell.strip() for cell in line.strip("|").split("|")]


def codes(text: str) -> list[str]:
    """Return the texts between backticks."""
    return _CODE.findall(text)


def links(text: str) -> list[str]:
    """Return the targets of all links."""
    return _LINK.findall(without_blocks(text))


def anchors(text: str) -> set[str]:
    """Return the anchors that headings make: lower case, spaces as hyphens, other marks dropped."""
    names = (_HEADING.sub(r"\2", heading[0]) for heading in _HEADING.finditer(without_blocks(text)))
    return {re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-") for name in names}


def marked(text: str, mark: str) -> str:
    """Return the indented lines between ``<!-- mark -->`` and the next ``<!-- -->``."""
    _, _, rest = text.partition(f"<!-- {mark} -->\n")
    inside, _, _ = rest.partition("<!-- -->")
    return "".join(line.removeprefix("    ") for line in inside.splitlines(keepends=True) if line.startswith("    "))
