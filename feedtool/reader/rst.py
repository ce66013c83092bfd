"""reStructuredText, as Pelican's articles are written in: header and body. Pure.

The header needs no library: a title with its line, and fields such as `:date: 2024-01-02` before or behind it. The body
needs docutils, which is set to insert no file and no raw HTML, and never shows the time.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec

from feedtool.reader.keys import Field

_RULE = re.compile(r"([!-/:-@\[-`{-~])\1*[ \t]*")
_FIELD = re.compile(r":([\w][\w .-]{0,60}):(?:[ \t]+(.*))?")
_LISTS = frozenset({"tags", "authors", "keywords"})
#: a directive that shows the time of the build
_CLOCK = re.compile(r"^[ \t]*\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?date::[^\n]*\n?", re.MULTILINE)
_SETTINGS = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "doctitle_xform": False,
    "initial_header_level": 2,
    "syntax_highlight": "none",
    "math_output": "LaTeX",
    "report_level": 2,
    "halt_level": 5,
    "input_encoding": "unicode",
    "smart_quotes": False,
    "traceback": False,
    "line_length_limit": 1_000_000,
}
#: where docutils says what it does not know
_MESSAGE = re.compile(r":(\d+): \((?:WARNING|ERROR|SEVERE)/\d\) (.*)")


def is_known() -> bool:
    """Return whether docutils is installed."""
    return find_spec("docutils") is not None


def read_rst(text: str, first_line: int) -> tuple[list[tuple[str, Field]], str]:
    """Return the fields of a text, with that of its title, and the text below them."""
    lines = text.split("\n")
    found: list[tuple[str, Field]] = []
    at, title = _header(lines, 0, first_line, found), ""
    if title_end := _title_end(lines, at):
        title = lines[title_end - 2].strip()
        found.insert(0, ("title", Field(_plain(title), first_line + title_end - 2, title)))
        at = _header(lines, title_end, first_line, found)
    return found, "\n".join(lines[at:])


def _title_end(lines: list[str], at: int) -> int:
    """Return the number of lines up to the end of a title with its line; 0 without one."""
    over = at < len(lines) and _RULE.fullmatch(lines[at])
    under = at + (2 if over else 1)
    if under >= len(lines) or not _RULE.fullmatch(lines[under]):
        return 0
    title = lines[under - 1].strip()
    return under + 1 if title and len(lines[under].rstrip()) >= min(len(title), 4) else 0


def _header(lines: list[str], at: int, first_line: int, found: list[tuple[str, Field]]) -> int:
    """Add the fields from a line on, and return the line below them."""
    end = at
    while end < len(lines):
        line = lines[end]
        if key := _FIELD.fullmatch(line):
            written = [key[2] or ""]
            start, end = end, end + 1
            while end < len(lines) and lines[end][:1] in (" ", "\t") and lines[end].strip():
                written.append(lines[end].strip())
                end += 1
            found.append((key[1], _field(key[1], " ".join(filter(None, written)).strip(), first_line + start)))
        elif not line.strip():
            end += 1
        else:
            break
    return end


def _field(name: str, written: str, line: int) -> Field:
    value = listed(written) if name.lower() in _LISTS and written else _plain(written) or None
    return Field(value, line, written)


def listed(written: str) -> tuple[str, ...]:
    """Return the parts of a list, which Pelican splits at semicolons if there are any, else at commas."""
    parts = written.split(";" if ";" in written else ",")
    return tuple(part.strip() for part in parts if part.strip())


def _plain(written: str) -> str:
    """Return a line without the markup of literals, emphasis and links."""
    bare = re.sub(r"``(.+?)``|\*\*(.+?)\*\*|\*(.+?)\*", lambda found: found[1] or found[2] or found[3], written)
    return re.sub(r"`([^`<]+?)(?:\s*<[^<>`]*>)?`_{0,2}", r"\1", bare).replace("\\", "")


@lru_cache(maxsize=2)  # a body's problems and its HTML are asked for one after the other
def rendered(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a body as HTML, not yet safe, and what docutils did not understand, each as a line and its words."""
    from docutils.core import publish_parts  # noqa: PLC0415 - few sites need it
    from docutils.utils import Reporter  # noqa: PLC0415
    from docutils.writers.html5_polyglot import Writer  # noqa: PLC0415

    said: list[str] = []

    class Stream:
        """Takes what docutils says."""

        def write(self, words: str) -> None:
            """Keep it."""
            said.append(words)

    settings = {**_SETTINGS, "warning_stream": Stream(), "report_level": Reporter.WARNING_LEVEL}
    parts = publish_parts(_CLOCK.sub("", text), writer=Writer(), settings_overrides=settings)
    html = re.sub(r'(?s)<aside class="system-message">.*?</aside>\n?', "", str(parts["body"]))
    lines = "".join(said).split("\n")
    return html, tuple(
        f"line {found[1]} below the header: {found[2]}" for line in lines if (found := _MESSAGE.search(line))
    )
