"""Docstrings and comments are plain, and modules are told apart by their names."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.markdown import name_of, pages, without_blocks

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path.relative_to(ROOT) for folder in ("src", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)
FOLDERS = sorted({path.parent.as_posix() for path in SOURCES})
TREES = ["src/ticketcore", *(folder for folder in FOLDERS if re.fullmatch("src/(adapters|entrypoints)/[^/]+", folder))]

#: Each hides a noun that says who or what is meant.
NEVER = ("anew", "anybody", "everybody", "nobody", "somebody", "whoever", "whomever", "whosoever")

#: What a docstring of a function in `src` does not begin with: it says what the function does, in the imperative.
NO_VERB = re.compile(
    "a|all|an|and|any|as|at|both|by|each|either|every|everything|for|from|here|how|if|in|it|its|just|no|none|not|nothing|"
    "of|on|one|only|or|other|others|our|same|some|something|such|that|the|their|there|these|they|this|those|to|two|what|"
    "whatever|when|where|whether|which|who|whose|why|with|without|"
    "answers|checks|creates|gets|makes|opens|raises|reads|returns|sends|sets|writes|yields"
)

#: Modules of one name in one tree of packages, and why they have it.
SAME_NAME = {
    "src/ticketcore": dict.fromkeys(
        ("deliveries", "events", "ids", "limits", "orders", "tickets", "webhooks"),
        "the port beside the values that it takes",
    ),
    "src/entrypoints/ticketcore_testing": {
        **dict.fromkeys(
            ("files", "limits", "mailer", "payment_gateway", "qr_images", "seal"), "the suite and the machine of a port"
        ),
        **dict.fromkeys(("deliveries", "webhooks"), "the suite of a port, and the rules of a machine"),
        **dict.fromkeys(("events", "orders"), "strategies, and the rules of a machine that draws from them"),
        "base": "the fixtures of a suite that has several modules",
        "history": "what a machine has done so far",
        "racing": "the races of a suite",
    },
}

_NEVER = re.compile(rf"\b(?:{'|'.join(NEVER)})\b", re.IGNORECASE)
_WORDS = re.compile("[A-Z]?[a-z]+")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: Docstrings of properties name a value; those of tests, and of the rules of a machine, are sentences about what is true.
_SENTENCES = {"property", "cached_property", "rule", "initialize", "invariant"}


def docstrings(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield each docstring with what it describes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield node, text


def comments(source: str) -> Iterator[str]:
    """Yield each comment."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def literals(tree: ast.Module) -> Iterator[str]:
    """Yield each text in the code, docstrings among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def first_word(text: str) -> str:
    """Return the first word in lower case."""
    found = re.match(r"\w+", text)
    return found[0].lower() if found else ""


def says_what_it_does(node: ast.AST) -> bool:
    """Return whether the docstring of a node has to begin with a verb."""
    if not isinstance(node, _FUNCTIONS) or node.name.startswith("test_"):
        return False
    decorators = {re.split(r"[.(]", ast.unparse(decorator))[0] for decorator in node.decorator_list}
    return not decorators & _SENTENCES


def names(tree: ast.Module) -> Iterator[str]:
    """Yield the name of each class and function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def hides_a_noun(name: str) -> bool:
    """Return whether a word of a name stands for a noun."""
    return any(word.lower() in NEVER for word in _WORDS.findall(name))


def faults(source: str, *, is_test: bool) -> list[str]:
    """Return the docstrings, comments and names that are not plain, and in the library the texts for users."""
    tree = ast.parse(source)
    described = list(docstrings(tree))
    texts = [*([text for _, text in described] if is_test else literals(tree)), *comments(source)]
    return [
        *(text.splitlines()[0] for _, text in described if first_word(text) in {"answer", "answers"}),
        *(line.strip() for text in texts for line in text.splitlines() if _NEVER.search(line)),
        *(name for name in names(tree) if hides_a_noun(name)),
        *(
            text.splitlines()[0]
            for node, text in described
            if not is_test and says_what_it_does(node) and NO_VERB.fullmatch(first_word(text))
        ),
    ]


def faults_of(folder: str) -> dict[str, list[str]]:
    """Return the faults of each module of a folder that has any."""
    found = {
        path.name: faults((ROOT / path).read_text(), is_test=path.parts[0] == "tests")
        for path in SOURCES
        # This module names the words that it looks for.
        if path.parent.as_posix() == folder and path.name != Path(__file__).name
    }
    return {name: faults for name, faults in found.items() if faults}


@pytest.mark.parametrize("folder", FOLDERS)
def test_docstrings_and_comments_are_plain(folder: str) -> None:
    """None begins with Answer or has a word that hides a noun, and functions of the library begin with a verb."""
    assert faults_of(folder) == {}


@pytest.mark.parametrize("path", sorted((ROOT / "src").rglob("*.lua")), ids=lambda path: str(path.name))
def test_scripts_are_plain(path: Path) -> None:
    """None has a word that hides a noun."""
    assert _NEVER.findall(path.read_text()) == []


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_pages_are_plain(page: Path) -> None:
    """None has a word that hides a noun, outside its blocks of code and of output."""
    assert _NEVER.findall(without_blocks(page.read_text())) == []


@pytest.mark.parametrize("tree", TREES)
def test_modules_of_one_tree_have_names_of_their_own(tree: str) -> None:
    """No two have one name without a reason."""
    places = defaultdict(list)
    for path in SOURCES:
        if path.is_relative_to(tree) and path.name != "__init__.py":
            places[path.stem].append(path.parent.as_posix())

    assert {
        name: found for name, found in places.items() if len(found) > 1 and name not in SAME_NAME.get(tree, {})
    } == {}


def test_what_is_not_plain_is_noticed() -> None:
    """Each kind of fault is found in the library, and those of tests in tests."""
    source = '''
def answered() -> int:
    """Answer one."""


def described() -> int:
    """The number of places."""


class Machine:
    @rule(n=1)
    def a_rule(self) -> None:
        """A file is stored."""

    @property
    def count(self) -> int:
        """The number of files."""


# Whoever asks has to wait.
def turns_nobody_away() -> int:
    """Return one."""


class TurnsNobodyAway:
    text = "Let nobody in."
'''
    of_both = ["Answer one.", "# Whoever asks has to wait.", "TurnsNobodyAway", "turns_nobody_away"]
    assert sorted(faults(source, is_test=True)) == sorted(of_both)
    assert sorted(faults(source, is_test=False)) == sorted([*of_both, "The number of places.", "Let nobody in."])
