"""Front matter: the text of a post -> its fields, each with its line, and the body.

Values stay text: YAML's own ideas of what `no`, `010`, `10:30` and `2023-02-30` mean are not applied,
since a title or a tag is text whatever it looks like. What is no valid YAML is read field by field.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import frontmatter
from frontmatter.default_handlers import BaseHandler

from feedtool.problems import Code, Problem
from feedtool.reader.header_formats import (
    KEY_LINE,
    DataError,
    Found,
    behind_key,
    is_tame,
    json_end,
    read_json,
    read_lines,
    read_toml,
    read_yaml,
    unquote,
)
from feedtool.reader.keys import Field, normal_key

#: how a header is written
Form = Literal["yaml", "toml", "json", "lines", "other"]

UNCLOSED = Code(
    "unclosed-front-matter",
    "warning",
    "The front matter opens with --- and no line --- closes it. The lines up to the first one that is no "
    '"key: value" are taken as the header, the rest as the body.',
    "Put a line with three dashes after the last header line.",
)
BROKEN = Code(
    "broken-header",
    "warning",
    "A header line is not valid YAML. It was read as plain text, field by field, which is what its author "
    "meant in all cases that can be told apart.",
)
LOST_FIELD = Code(
    "unreadable-field",
    "warning",
    "A header field is not valid YAML and cannot be read as plain text without guessing. It is left out; "
    "the other fields are kept.",
    "Put the value into quotes, or write a list with one item a line.",
)
DUPLICATE_KEY = Code(
    "duplicate-key",
    "warning",
    "A key stands twice in the front matter. The last one counts, as it does in Jekyll and Hugo.",
    "Remove one of the two lines.",
)
TOO_COMPLEX = Code(
    "header-too-complex",
    "warning",
    "A header field is nested too deep or, by YAML aliases, expands to too many values. It is left out.",
    "Write the value out, as text or as a simple list.",
)
COMMENT = Code(
    "comment-in-value",
    "note",
    'An unquoted value has " #" in it: what follows is a comment to YAML and not part of the value.',
    "Put the value into quotes if the # belongs to it.",
)
FOREIGN_LANGUAGE = Code(
    "header-language",
    "warning",
    "The front matter is written in a language that only its own generator can read, such as JavaScript, which would "
    "have to be run. It is skipped, and what stands below it is the post.",
    "Write it in YAML between lines of ---, or at least give the file's name a date: 2024-01-02-name.md.",
)

#: what continues a field that is no valid YAML
_BELOW_KEY = re.compile(r"[ \t]+\S|-[ \t]|-$|[#\]}]")
#: what may stand in a header beside keys: an indented line, a list's item, a comment, a bracket that closes
_MORE_LINE = re.compile(r"[ \t]+\S|-[ \t]|-$|[#\]}?:\"']")
_CLOSING = re.compile(r"^(?:-{3}|\.{3})[ \t]*$", re.MULTILINE)
_FORMS: dict[str, Form] = {
    "-": "yaml", "yaml": "yaml", "yml": "yaml", "+": "toml", "toml": "toml", "json": "json",
}  # fmt: skip
_CLOSING_TOML = re.compile(r"^\+{3}[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The front matter of one post."""

    #: None where there is none
    form: Form | None = None
    #: by key, lower-case with "_" for "-"
    fields: dict[str, Field]
    problems: tuple[Problem, ...]


def read_header(text: str, path: str) -> tuple[Header, str]:
    """Return the front matter of a post's text, and its body without outer blank lines.

    `text` has no byte-order mark and ends its lines with a line feed. Total: bad syntax is a problem.
    """
    lead = len(text) - len(text.lstrip())
    line = text.count("\n", 0, lead) + 1
    if text[lead : lead + 1] in ("-", "+"):
        handler = _Handler(path=path, first_line=line + 1)
        frontmatter.parse(text, handler=handler)
    else:
        handler = _unfenced(text, lead, path, line)
    body = text if handler.body is None else handler.body
    problems = list(handler.problems)
    if handler.unclosed and handler.fields:
        problems.append(UNCLOSED.at(path, "the front matter is not closed", line=handler.first_line - 1))
    form = None if handler.body is None else handler.form
    return Header(form=form, fields=handler.fields, problems=tuple(problems)), without_blank_lines(body)


def _unfenced(text: str, lead: int, path: str, line: int) -> _Handler:
    """Return a handler that has read a header without a fence round it, if the text begins with one."""
    handler = _Handler(path=path, first_line=line)
    end = json_end(text, lead)
    if end:
        handler.form = "json"
        handler.load(text[lead:end])
        handler.body = text[end:]
    elif not path.lower().endswith((".html", ".txt")) and (found := read_lines(text[lead:], line)):
        handler.form = "lines"
        handler.keep((key, field) for key, field, _ in found[0])
        handler.body = found[1]
    return handler


def without_blank_lines(text: str) -> str:
    """Return the text without blank lines and spaces at its ends; the first line keeps its indent."""
    lead = len(text) - len(text.lstrip())
    return text[text.rfind("\n", 0, lead) + 1 :].rstrip()


class _Handler(BaseHandler):
    """python-frontmatter's seam: where the header ends, and what its text means."""

    FM_BOUNDARY = re.compile(
        r"^(?:-{3}(?P<language>json|ya?ml|toml|js|javascript|jsonc|json5|ts|coffee|cson|lua)?|\+{3})[ \t]*$",
        re.MULTILINE,
    )

    def __init__(self, *, path: str, first_line: int) -> None:
        super().__init__()
        self.path = path
        self.first_line = first_line
        self.form: Form = "yaml"
        self.unclosed = False
        self.problems: list[Problem] = []
        self.fields: dict[str, Field] = {}
        #: with the indent of its first line, which frontmatter.parse takes off; None without front matter
        self.body: str | None = None

    def split(self, text: str) -> tuple[str, str]:
        """Return the header, and nothing for the body, which is kept here; ValueError where there is no header."""
        opening = self.FM_BOUNDARY.match(text)
        if not opening:
            raise ValueError("no front matter")
        self.form = _FORMS.get(opening["language"] or text[0], "other")
        start = opening.end() + 1
        end = (_CLOSING_TOML if opening[0].startswith("+") else _CLOSING).search(text, start)
        if end and (self.form != "yaml" or _is_header(text[start : end.start()])):
            self.body = text[end.end() :]
            return text[start : end.start()], ""
        size = _salvageable(text[start:]) if self.form in ("yaml", "toml") else 0
        if not size:
            raise ValueError("no front matter")
        self.unclosed = True
        self.body = text[start + size :]
        return text[start : start + size], ""

    def load(self, fm: str) -> dict[str, object]:
        """Return the fields by normalised key."""
        self.keep(self._fields(fm))
        return dict(self.fields)

    def keep(self, fields: Iterable[tuple[str, Field]]) -> None:
        """Take in fields by their keys as written."""
        for name, field in fields:
            key = normal_key(name)
            if key in self.fields:
                message = f'"{key}" stands on line {self.fields[key].line} already'
                self.problems.append(DUPLICATE_KEY.at(self.path, message, line=field.line, field=key))
            self.fields[key] = field

    def _fields(self, fm: str) -> Iterator[tuple[str, Field]]:
        if self.form == "yaml":
            found = read_yaml(fm, self.first_line) if is_tame(fm) else None
            return self._salvage(fm) if found is None else self._checked(found)
        return self._data(fm)

    def _data(self, fm: str) -> Iterator[tuple[str, Field]]:
        if self.form == "other":
            message = "only its own generator can read this front matter; it is skipped"
            self.problems.append(FOREIGN_LANGUAGE.at(self.path, message, line=self.first_line - 1))
            return
        try:
            found = (read_toml if self.form == "toml" else read_json)(fm, self.first_line)
        except DataError as error:
            self.problems.append(LOST_FIELD.at(self.path, str(error)[:300], line=self.first_line))
            return
        yield from self._checked(found)

    def _checked(self, found: Found) -> Iterator[tuple[str, Field]]:
        for key, field, line in found:
            if field is None:
                self.problems.append(TOO_COMPLEX.at(self.path, f'"{key}" is left out', line=line, field=key))
                continue
            if field.is_bare and "#" in field.raw and re.search(r"\s#", field.raw) and field.raw[:1] not in "#|>":
                message = f'"{field.raw[:80]}" was read as "{field.value}"'
                self.problems.append(COMMENT.at(self.path, message, line=line, field=key))
            yield key, field

    def _salvage(self, fm: str) -> Iterator[tuple[str, Field]]:
        for key, lines, number in _blocks(fm, self.first_line):
            chunk = "\n".join(lines)
            found = read_yaml(chunk, number) if is_tame(chunk) else None
            if found and len(found) == 1:
                yield from self._checked(found)
                continue
            raw = behind_key(lines[0])
            if not key:
                message = f'"{lines[0][:80]}" is no field'
                self.problems.append(LOST_FIELD.at(self.path, message, line=number))
                continue
            value = salvage(raw.strip(), [line.strip() for line in lines[1:] if line.strip()])
            if value is None:
                message = f'"{raw[:80]}" cannot be read'
                self.problems.append(LOST_FIELD.at(self.path, message, line=number, field=key))
                continue
            shown = value if isinstance(value, str) else ", ".join(map(str, value))
            message = f'"{raw[:80]}" is not valid YAML; read as: {shown[:80]}'
            fix = f"Write: {key}: {_quoted(value)}"
            self.problems.append(BROKEN.at(self.path, message, line=number, field=key, fix=fix))
            yield key, Field(value=value, line=number, raw=raw)


def _is_header(text: str) -> bool:
    """Tell front matter from a body between two rules.

    Some line has a key, and no paragraph of prose stands behind a blank line.
    """
    lines = text.split("\n")
    if not any(map(KEY_LINE.match, lines)):
        return not text.strip()
    return not any(
        not before.strip() and line.strip() and not KEY_LINE.match(line) and not _MORE_LINE.match(line)
        for before, line in pairwise(lines)
    )


def _salvageable(text: str) -> int:
    """Return how many characters at the head of the text are header lines."""
    size, seen = 0, False
    for line in text.split("\n"):
        is_key = bool(KEY_LINE.match(line))
        if not is_key and not (seen and _MORE_LINE.match(line)):
            break
        seen = seen or is_key
        size += len(line) + 1
    return min(size, len(text)) if seen else 0


def _blocks(text: str, first_line: int) -> Iterator[tuple[str, list[str], int]]:
    """Cut a header into its top-level fields: key, lines, number of the first line.

    A line that belongs to no field comes alone, with "" for its key.
    """
    current: tuple[str, list[str], int] | None = None
    for number, line in enumerate(text.split("\n"), first_line):
        found = KEY_LINE.match(line)
        if found:
            if current:
                yield current
            current = (found[1], [line], number)
        elif current and (not line.strip() or _BELOW_KEY.match(line)):
            current[1].append(line)
        elif line.strip() and not line.startswith("#"):
            yield "", [line], number
    if current:
        yield current


def salvage(raw: str, more: list[str]) -> str | tuple[str, ...] | None:
    """Return what a value that is no YAML says, or None where that would be a guess.

    `raw` stands behind the key, `more` are the lines below it.
    """
    if not raw and more:
        is_list = all(re.match(r"-(?!\s+-(?:\s|$))", line) for line in more)
        return tuple(unquote(line[1:].strip()) for line in more) if is_list else None
    if raw[:1] in ("|", ">", "&", "!", "{") or re.match(r"\[\s*\[|-\s+-\s", raw):
        return None
    text = " ".join([raw, *more]).replace("\t", " ")
    if text.startswith("[") and text.endswith("]"):
        items = (item.strip() for item in text[1:-1].split(","))
        return tuple(unquote(item) for item in items if item)
    return unquote(text)


def _quoted(value: str | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return "[ " + ", ".join(map(_quoted, value)) + " ]"
    return "'" + value.replace("'", "''") + "'"
