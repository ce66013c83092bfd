"""Texts are in plain English: turns that read like riddles must not come back.

Searched are strings, docstrings and comments of the package, its templates and tables, and the pages for people.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A turn of phrase that is not wanted: a pattern of words, what must not follow for it to count, and the reason."""

    words: str
    unless: str = "(?!)"
    reason: str

    @property
    def pattern(self) -> str:
        """As a regular expression. White space of any kind separates words, so that the end of a line hides nothing."""
        words = self.words.replace(" ", r"\s+")
        return rf"(?<![\w.-])(?:{words})(?![\w=-])(?!{self.unless})"


TURNS = (
    Turn(words="(?:is|are|was|were) (?-i:none)", reason='a riddle; say "is not a valid …" or "No … was found"'),
    Turn(
        words=r"(?<!there\s)(?:is|are) no",
        unless=r"\s+longer\b|\s*(?:$|[.,;:!?)])",
        reason='say "is not a …", "has no …" or "No …"',
    ),
    Turn(
        words="what is", unless=r"[^.!;:]*\?", reason='name the thing: "the published feeds"; only a question may ask'
    ),
    Turn(words="what (?:it|they) (?:is|are)", reason="name the thing"),
    Turn(words="(?:tell|tells|told|telling) of", reason='say "explains", "describes" or "reports"'),
    Turn(words="be told", reason='say who does it: "feedtool reports …"; or "see", "know"'),
    Turn(words="for nobody", reason='say who can or cannot, or why: "Not a terminal."'),
    Turn(words="shall", reason='say "must", "should" or "will"'),
    Turn(words="(?:let|lets|letting) go of", reason='say "drop", "remove", "release" or "purge"'),
    Turn(words="there is nothing to", reason='say "Nothing was …" or "No … found"'),
    Turn(words="stands? there", reason='say "is there" or "is set"'),
    Turn(words="stands? in", unless=r"\s+for\b", reason='say "is in"'),
    Turn(words="as (?:it is|they are) meant", reason='say "as intended", or what the author wants'),
    Turn(words="in the place of", reason='say "instead of"'),
    Turn(words="(?:comes?|came) to be", reason='say "becomes"'),
    Turn(words="anew", reason='say "again"'),
    Turn(words="whatever", reason="say which, or leave it out"),
    Turn(words="lies (?:in|at|on|below|beside|under|within|ahead|there|outside|between)", reason='say "is"'),
)
ANY = re.compile("|".join(f"({turn.pattern})" for turn in TURNS), re.IGNORECASE)
#: a turn in source code: quotes, signs of comments and braces may separate its words; only files with one are parsed
ROUGH = re.compile(
    "|".join(rf"\b(?:{turn.words})\b" for turn in TURNS).replace(" ", r"""(?:\W+(?:[fr]{1,2}["'])?)"""), re.IGNORECASE
)

PAGES = [
    *(TOP / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "action.yml") if (TOP / name).exists()),
    *sorted((TOP / "docs").rglob("*.md")),
    *sorted((TOP / "docs").rglob("*.yml")),
    *sorted((TOP / ".github").rglob("*.yml")),
    *sorted((TOP / "tests" / name / "README.md") for name in ("benchmarks", "readers")),
]
CODE = [*sorted((TOP / "feedtool").rglob("*.py")), TOP / ".github" / "action.py"]
TABLES = sorted((TOP / "feedtool").rglob("*.toml"))
TEMPLATES = sorted(path for path in (TOP / "feedtool").glob("**/templates/*") if path.is_file())


def hits(path: Path, source: str) -> Iterator[str]:
    """Yield `file:line: "turn" in "the words round it" (reason)` for each turn in a file."""
    name = path.relative_to(TOP).as_posix()
    for first, text in prose(path, source):
        for found in ANY.finditer(text):
            line = first + text.count("\n", 0, found.start())
            around = " ".join(text[max(0, found.start() - 50) : found.end() + 50].split())
            reason = TURNS[(found.lastindex or 0) - 1].reason
            yield f'{name}:{line}: "{" ".join(found[0].split())}" in "{around}" ({reason})'


def prose(path: Path, source: str) -> Iterator[tuple[int, str]]:
    """Yield the texts of a file that people read, each with its first line."""
    if path.suffix == ".py":
        if ROUGH.search(source):
            yield from strings(ast.parse(source))
            yield from comments(source)
    elif path in TEMPLATES:
        # in expressions of Jinja "is none" is a test
        yield 1, re.sub(r"\{[{%].*?[%}]\}", lambda code: re.sub(r"\S", "-", code[0]), source, flags=re.DOTALL)
    else:
        yield 1, re.sub(r"(?m)^[ \t]*#+:?", lambda sign: " " * len(sign[0]), source)


def strings(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the strings of more than one word; an expression within one is braces."""
    if isinstance(node, ast.JoinedStr):
        parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
        yield node.lineno, "".join(parts)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from strings(part.value)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from strings(child)


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield the comments; those on successive lines are one text."""
    first, lines = 0, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if lines and token.start[0] != first + len(lines):
                yield first, "\n".join(lines)
                lines = []
            first = first if lines else token.start[0]
            lines.append(token.string.lstrip("#:"))
    yield first, "\n".join(lines)


def found_in(paths: list[Path]) -> list[str]:
    """Return the hits of some files."""
    return [hit for path in paths for hit in hits(path, path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("paths", [CODE, TABLES, TEMPLATES, PAGES], ids=["code", "tables", "templates", "pages"])
def test_texts_are_in_plain_english(paths: list[Path]) -> None:
    """No message, help, comment, docstring, template or page has a turn that one must read twice."""
    if found := found_in(paths):
        pytest.fail("\n".join([f"{len(found)} turns to reword:", *found]), pytrace=False)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('"""A thing that is\nnone."""', [1]),
        ('a = 1\nb = f"{a} is no {a}"', [2]),
        ('f(\n    "Nothing of what "\n    "is published"\n)', [2]),
        ("# the rest\n# must be\n# told.\na = 1  # we shall see", [2, 4]),
        (
            '"What is a feed?"; "It is no longer made."; "is no"; "seen.anew"; "shown-anew"; "It stands in for ours."',
            [],
        ),
        ("none = [a for a in b if a is None]  # `a` is None where `b` is empty", []),
    ],
)
def test_turns_are_found_wherever_they_are(source: str, lines: list[int]) -> None:
    """Ends of lines, joined strings and expressions hide no turn; questions and names are let through."""
    assert lines == [int(hit.split(":")[1]) for hit in hits(TOP / "example.py", source)]
