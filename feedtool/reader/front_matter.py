"""Front matter: the text of a post -> its fields, each with its line, and the body.

A header that is not valid YAML is read field by field. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from textwrap import dedent
from typing import Any, Literal

import frontmatter

from feedtool.problems import Code, Problem
from feedtool.reader import header_formats
from feedtool.reader.header_formats import (
    KEY_LINE,
    LONGEST,
    MOST_KEYS,
    Found,
    read_lines,
    read_rst,
    read_simple,
    read_yaml,
    unquote,
)
from feedtool.reader.keys import Field, Fields, field_of, normal_key
from feedtool.syntax import later

#: how a header is written
Form = Literal["yaml", "toml", "json", "lines", "other"]

UNCLOSED = Code.warning("unclosed-front-matter")(
    "The front matter opens with --- and no line --- closes it. It was taken to end before the first line that is not "
    '"key: value"; the rest is the body.',
    "Put a line with three dashes after the last header line.",
)
BROKEN = Code.warning("broken-header")("A header line is not valid YAML. feedtool read the line as plain text instead.")
LOST_FIELD = Code.warning("unreadable-field")(
    "A header field is not valid YAML and cannot be read as plain text without guessing. Only this field was left out.",
    "Put the value into quotes, or write a list with one item a line.",
)
DUPLICATE_KEY = Code.warning("duplicate-key")(
    "The front matter has a key twice. The last one is used, as in Jekyll and Hugo.", "Remove one of the two lines."
)
TOO_COMPLEX = Code.warning("header-too-complex")(
    "A header field is nested too deep or, by YAML aliases, expands to too many values. It was left out.",
    "Write the value out, as text or as a simple list.",
)
TOO_LARGE = Code.warning("header-too-large")(
    f"The front matter has more than {LONGEST // 1024} KB or {MOST_KEYS} keys, which no post needs. Of YAML the short "
    "fields at its head are used, of TOML and JSON nothing. The post is published if these, its body and its "
    "file name say enough.",
    "Move long texts into the body, below the front matter; close the front matter with a line ---.",
)
COMMENT = Code.note("comment-in-value")(
    'An unquoted value has " #" in it. In YAML the text behind it is a comment, not part of the value.',
    "Put the value into quotes if the # belongs to it.",
)
FOREIGN_LANGUAGE = Code.warning("header-language")(
    "The front matter is in a language that only its own generator can run, such as JavaScript. It was skipped.",
    "Write it in YAML between lines of ---, or at least give the file's name a date: 2024-01-02-name.md.",
)

#: fields in which a # can be meant
_TEXTS = frozenset({"title", "source", "permalink", "slug", "authors", "categories", "tags", "summary"})
#: characters of a field
_SHORT = 2000
#: a line that continues a field that is not valid YAML
_BELOW_KEY = later(r"[ \t]+\S|-[ \t]|-$|[#\]}]")
#: a line of a header without a key: indented, an item of a list, a comment, a closing bracket
_MORE_LINE = later(r"[ \t]+\S|-[ \t]|-$|[#\]}?:\"']")
_CLOSING = later(r"^(?:-{3}|\.{3})[ \t]*$", re.MULTILINE)
_FORMS: dict[str, Form] = {
    "-": "yaml", "yaml": "yaml", "yml": "yaml", "+": "toml", "toml": "toml", "json": "json",
}  # fmt: skip
_OPENING = later(r"(?:-{3}|\+{3})[ \t]*(?:\w+[ \t]*)?\n")
_CLOSING_TOML = later(r"^\+{3}[ \t]*$", re.MULTILINE)


def read_header(text: str, path: str) -> FrontMatter:
    """Return the front matter of a post's text, and its body without outer blank lines.

    `text` has no byte-order mark and ends its lines with a line feed. Total: bad syntax is a problem.
    """
    lead = len(text) - len(text.lstrip())
    header = FrontMatter(path=path, first_line=text.count("\n", 0, lead) + 1, body=text)
    is_rst = path.lower().endswith(".rst") and not _OPENING.match(text, lead)
    if text[lead : lead + 1] in ("-", "+") and not is_rst:
        header.first_line += 1
        handler: Any = header
        if not header.read_simple(text.strip()):
            frontmatter.parse(text, handler=handler)
    elif end := header_formats.json_end(text, lead):
        header.form, header.body = "json", text[end:]
        header.load(text[lead:end])
    elif dotted := header_formats.read_dotted(text[lead:], header.first_line):
        header.form, header.body = "lines", dotted[1]
        header.keep(dotted[0])
    elif not path.lower().endswith((".html", ".txt")):
        fields, rest = (read_rst if is_rst else read_lines)(text[lead:], header.first_line)
        if fields:
            header.form, header.body = "lines", rest
        if len(text) - lead - len(rest) > LONGEST:
            header.report(TOO_LARGE, f"more than {LONGEST:,} characters", header.first_line)
        else:
            header.keep(fields)
    header.body = without_blank_lines(header.body)
    return header


def without_blank_lines(text: str) -> str:
    """Return the text without blank lines and spaces at its ends; the first line keeps its indent."""
    lead = len(text) - len(text.lstrip())
    return text[text.rfind("\n", 0, lead) + 1 :].rstrip()


class FrontMatter:
    """The front matter of a post: a handler for python-frontmatter, which finds the end of the header, and reads it."""

    FM_BOUNDARY = later(
        r"^(?:-{3}(?P<language>json|ya?ml|toml|js|javascript|jsonc|json5|ts|coffee|cson|lua)?|\+{3})[ \t]*$",
        re.MULTILINE,
    )

    def __init__(self, *, path: str, first_line: int, body: str) -> None:
        self.path = path
        self.first_line = first_line
        #: None without front matter
        self.form: Form | None = None
        self.is_unclosed = False
        self.problems: list[Problem] = []
        self.fields: Fields = {}
        #: with the indent of its first line, which frontmatter.parse removes
        self.body = body

    def split(self, text: str) -> tuple[str, str]:
        """Return the header, and "" for the body, which is kept here. Raises ValueError for a text without a header."""
        opening = self.FM_BOUNDARY.match(text)
        if not opening:
            raise ValueError("no front matter")
        form = _FORMS.get(opening["language"] or text[0], "other")
        start = opening.end() + 1
        closing = (_CLOSING_TOML if text[0] == "+" else _CLOSING).search(text, start)
        if closing and (form != "yaml" or _is_header(text[start : min(closing.start(), start + LONGEST)])):
            end, below = closing.span()
        elif form in ("yaml", "toml") and (size := _salvageable(text[start : start + LONGEST + 1])):
            end = below = start + size
            if size > LONGEST:  # nobody knows where it ends: the body begins below a blank line
                below = text.find("\n\n", end) + 1 or len(text)
            self.is_unclosed = True
        else:
            raise ValueError("no front matter")
        self.form, self.body = form, text[below:]
        return text[start:end], ""

    def read_simple(self, text: str) -> bool:
        """Read a header for which no library has to be imported, as almost all are; return whether it was one."""
        try:
            fm, _ = self.split(text)
        except ValueError:
            return True
        found = None if self.form != "yaml" or _excess(fm) else read_simple(fm, self.first_line)
        if found is not None:
            self.keep(self._checked(found))
            self._ended()
        return found is not None

    def load(self, fm: str) -> dict[str, object]:
        """Keep the fields of a header. What frontmatter.parse makes of them is not used."""
        try:
            self.keep(self._read(fm))
        except OverflowError as error:
            self.report(TOO_LARGE, str(error), self.first_line - 1)
        self._ended()
        return {}

    def _ended(self) -> None:
        if self.is_unclosed and self.fields:
            self.report(UNCLOSED, "the front matter is not closed", self.first_line - 1)

    def report(self, code: Code, message: str, line: int, key: str = "", fix: str = "") -> None:
        """Keep a problem of the header."""
        self.problems.append(code.at(self.path, message, line=line, field=key, fix=fix))

    def keep(self, fields: Iterable[tuple[str, Field]]) -> None:
        """Take in fields by their keys as written."""
        known = self.fields
        for name, field in fields:
            key = normal_key(name)
            if key in known:
                self.report(DUPLICATE_KEY, f'line {known[key].line} already has "{key}"', field.line, key)
            known[key] = field

    def _read(self, fm: str) -> Iterator[tuple[str, Field]]:
        if self.form == "other":
            message = "only its own generator can read this front matter; it is skipped"
            self.report(FOREIGN_LANGUAGE, message, self.first_line - 1)
            return iter(())
        if self.form == "yaml" and (size := _excess(fm)):
            self.report(TOO_LARGE, size, self.first_line - 1)
            return self._short_ones(fm)
        if self.form == "yaml":
            found = read_yaml(fm, self.first_line)
            return self._salvaged(fm) if found is None else self._checked(found)
        if len(fm) > LONGEST:
            raise OverflowError(f"{len(fm):,} characters")
        try:
            return self._checked(header_formats.read_table(fm, self.first_line, is_toml=self.form == "toml"))
        except ValueError as error:
            self.report(LOST_FIELD, str(error)[:300], self.first_line)
            return iter(())

    def _checked(self, found: Found) -> Iterator[tuple[str, Field]]:
        for key, field, line in found:
            if field is None:
                self.report(TOO_COMPLEX, f'"{key}" is left out', line, key)
                continue
            may_be_meant = field.is_bare and "#" in field.raw and field_of(normal_key(key), field) in _TEXTS
            if may_be_meant and re.search(r"\s#", field.raw) and field.raw[:1] not in "#|>":
                self.report(COMMENT, f'"{field.raw[:80]}" was read as "{field.value}"', line, key)
            yield key, field

    def _short_ones(self, fm: str) -> Iterator[tuple[str, Field]]:
        """Yield the short fields at the head of a header in YAML that is too large."""
        head = fm[: 4 * LONGEST].rpartition("\n")[0]
        blocks = (block for block in _blocks(head, self.first_line) if block[0])
        for _, lines, number in islice(blocks, MOST_KEYS):
            text = "\n".join(lines).rstrip()
            if len(text) <= _SHORT and (found := read_yaml(text, number)):
                yield from self._checked(found)

    def _salvaged(self, fm: str) -> Iterator[tuple[str, Field]]:
        for key, lines, number in islice(_blocks(fm, self.first_line), MOST_KEYS):
            found = read_yaml("\n".join(lines), number)
            if found and len(found) == 1:
                yield from self._checked(found)
                continue
            raw = header_formats.behind_key(lines[0])
            value = salvage(raw.strip(), [line.strip() for line in lines[1:] if line.strip()]) if key else None
            if value is None:
                message = f'"{raw[:80]}" cannot be read' if key else f'"{lines[0][:80]}" is not a field'
                self.report(LOST_FIELD, message, number, key)
                continue
            shown = value if isinstance(value, str) else ", ".join(map(str, value))
            message = f'"{raw[:80]}" is not valid YAML; it was read as: {shown[:80]}'
            self.report(BROKEN, message, number, key, f"Write: {key}: {_quoted(value)}")
            yield key, Field(value, number, raw)


def _excess(fm: str) -> str:
    """Return the size of a header in YAML that is too large, or ""."""
    if len(fm) > LONGEST:
        return f"{len(fm):,} characters"
    # most headers have fewer lines
    count = sum(map(bool, map(KEY_LINE.match, fm.split("\n")))) if fm.count("\n") >= MOST_KEYS else 0
    return f"{count:,} keys" if count > MOST_KEYS else ""


def _is_header(text: str) -> bool:
    """Return whether this is front matter, not a body between two rules: it has a key, and no paragraph of prose."""
    lines = text.split("\n")
    if not any(map(KEY_LINE.match, lines)):
        flush = dedent(text)  # YAML allows a header that is indented as a whole
        return _is_header(flush) if flush != text else not text.strip()
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
    """Yield the key, lines and first line's number of each top-level field; "" is the key of a line without a field."""
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
    """Return the value of a field that is not YAML, given the text behind its key and the lines below, or None."""
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
