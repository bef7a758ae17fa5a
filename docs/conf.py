"""Configuration of the documentation site (Sphinx): the Markdown of this repository, and the docstrings of its packages."""

from __future__ import annotations

import importlib.metadata
import re

from sphinx.application import Sphinx

project = "ticketcore"
release = importlib.metadata.version(project)
extensions = ["myst_parser", "sphinx.ext.autodoc"]

# The root of the repository is the source, for links lead from the pages to README.md and SECURITY.md too.
root_doc = "docs/index"
include_patterns = ["docs/**", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"]
myst_heading_anchors = 4
# Blocks of JSON have "…" where anything may stand.
suppress_warnings = ["misc.highlighting_failure"]

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}

html_theme = "furo"
html_title = f"ticketcore {release}"
# The address of the site itself leads to the first page.
html_extra_path = ["static/index.html"]
html_show_copyright = False
html_copy_source = False

_SECTION = re.compile(r"^## ([^:\n]+).*?\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_PAGE = re.compile(r"\]\(([^)]+)\.md\)")
_API = {"Reference": ["reference/api/index"]}
_BESIDE = ("Project", ["Read me </README>", "/CONTRIBUTING", "/CHANGELOG", "/SECURITY"])


def _toctree(caption: str, pages: list[str]) -> str:
    lines = ["```{toctree}", f":caption: {caption}", ":hidden:", "", *pages, "```"]
    return "\n".join(lines)


def _add_contents(_app: Sphinx, name: str, source: list[str]) -> None:
    """Give the index, whose lists are for every reader of Markdown, the tables of contents that the sidebar shows."""
    if name != root_doc:
        return
    listed = [(heading, _PAGE.findall(text)) for heading, text in _SECTION.findall(source[0])]
    contents = [_toctree(heading, pages + _API.get(heading, [])) for heading, pages in listed]
    source[0] = "\n\n".join([source[0], *contents, _toctree(*_BESIDE)])


def setup(app: Sphinx) -> None:
    """Register what is ours."""
    app.connect("source-read", _add_contents)
