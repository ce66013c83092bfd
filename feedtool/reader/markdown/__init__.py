"""Markdown and reStructuredText -> HTML, not yet cleaned, as the generator of a site reads it. Pure, and total.

kramdown has a parser of its own, Pelican's are Python-Markdown and docutils, if they are installed, and all others are
CommonMark with additions; each is imported when a text needs it. docutils inserts no file and no raw HTML.
"""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from typing import Any

from feedtool.frozen import positional
from feedtool.problems import Code, Problem
from feedtool.syntax import later

NO_LIBRARY = Code.warning("no-python-markdown")(
    'The setting posts.markdown is "python-markdown", but that package is not installed. Posts are read as CommonMark.',
    "pip install 'feedtool[pelican]'",
)
NO_EXTENSION = Code.warning("markdown-extension")(
    "An extension of Python-Markdown is not installed, or its settings are wrong, or it would let posts read files or"
    " run programs. Posts are read without it.",
    "Install its package, or remove it from posts.markdown_settings.",
)

#: extensions that take metadata from the head of a text, which is read already
_NEEDLESS = later(r"(?:.*\.)?(?:meta|full_yaml_metadata)(?::.*)?\Z")
#: extensions that let a text read files, run programs or ask servers: posts come from strangers
_UNSAFE = later(r"snippet|include|b64|base64|exec|command|plantuml|graphviz|diagram|fetch", re.IGNORECASE)
#: of Pelican
_DEFAULT = {"codehilite": {"css_class": "highlight"}, "extra": {}}

#: a directive that shows the time of the build
_CLOCK = later(r"^[ \t]*\.\.[ \t]+(?:\|[^|\n]+\|[ \t]+)?date::[^\n]*\n?", re.MULTILINE)
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
_MESSAGE = later(r":(\d+): \((?:WARNING|ERROR|SEVERE)/\d\) (.*)")


@positional
class Dialect:
    """The Markdown of a site's generator."""

    #: see `config.checks.DIALECTS`; "" for feedtool's own: CommonMark with tables, footnotes and definition lists
    name: str = ""
    #: of the generator, by its names, as sorted JSON
    settings: str = "{}"


def rendered(text: str, dialect: Dialect) -> str:
    """Return a text in a dialect as HTML, which is not safe yet."""
    from feedtool.reader.markdown.additions import joined_lines  # noqa: PLC0415 - takes a tenth of a second
    from feedtool.reader.markdown.commonmark import parser_of  # noqa: PLC0415 - as above

    if dialect.name == "kramdown":
        from feedtool.reader.markdown.kramdown import kramdown  # noqa: PLC0415 - its patterns cost time

        return joined_lines(kramdown(text, json.loads(dialect.settings)))
    if dialect.name == "python-markdown" and has("markdown"):
        made = by_library(text, dialect.settings)
        if made is not None:
            return joined_lines(made)
    html: str = parser_of(dialect).render(text)
    return html


def rendered_line(text: str) -> str:
    """Return a line of Markdown as HTML without a paragraph, as feedtool's own dialect reads it."""
    from feedtool.reader.markdown.commonmark import parser_of  # noqa: PLC0415 - as above

    html: str = parser_of(Dialect()).renderInline(text)
    return html


def has(library: str) -> bool:
    """Return whether a library is installed: "markdown", which is Python-Markdown, or "docutils"."""
    return find_spec(library) is not None


def dialect_problems(dialect: Dialect) -> tuple[Problem, ...]:
    """Return what of a dialect is not there: the library, or extensions that are named and cannot be used."""
    if dialect.name != "python-markdown":
        return ()
    if not has("markdown"):
        return (NO_LIBRARY.at("", '"python-markdown" needs a package that is not installed', field="posts.markdown"),)
    field = "posts.markdown_settings"
    return tuple(
        NO_EXTENSION.at("", f"{name[:80]} is left out", field=field) for name in _converter(dialect.settings)[1]
    )


def by_library(text: str, settings: str) -> str | None:
    """Return the text as HTML; None where the library, or an extension, cannot read it, or not in good time.

    `settings` are Pelican's `MARKDOWN` as JSON, or "{}" for those of Pelican.
    """
    if _is_costly(text):
        return None
    converter = _converter(settings)[0]
    converter.reset()
    try:
        html: str = converter.convert(text)
    except Exception:  # noqa: BLE001 - deep nesting, and some beginnings of HTML, raise; extensions are of others
        return None
    return html


def _is_costly(text: str) -> bool:
    """Return whether the library would take seconds: for a mark it may go through the rest of the block."""
    blocks = re.split(r"\n[ \t]*\n", text)
    brackets = sum(block.count("[") * len(block) for block in blocks)
    marks = sum(sum(map(block.count, "<`*_|~=$")) * len(block) for block in blocks)
    return brackets > 5_000_000 or marks > 100_000_000 or text.count("\n") > 6000


@cache
def _converter(settings: str) -> tuple[Any, tuple[str, ...]]:
    """Return the library's parser, and the names of extensions that it goes without."""
    library = import_module("markdown")
    found = json.loads(settings)
    configs = {
        name: own if isinstance(own, dict) else {} for name, own in (found.get("extension_configs") or {}).items()
    }
    names = [name for name in found.get("extensions") or () if isinstance(name, str)]
    wanted = configs | {name: configs.get(name, {}) for name in names} if found else _DEFAULT
    usable: dict[str, Any] = {}
    without: list[str] = []
    for name, own in wanted.items():
        if _NEEDLESS.match(name):
            continue
        if not _UNSAFE.search(name) and _loads(library, name, own):
            usable[name] = own
        else:
            without.append(name)
    options = {name: found[name] for name in ("tab_length",) if isinstance(found.get(name), int)}
    converter = library.Markdown(extensions=list(usable), extension_configs=usable, **options)
    _keep_formulas(converter)
    return converter, tuple(without)


def _keep_formulas(converter: Any) -> None:  # noqa: ANN401
    """Let the library leave TeX as it is written, as MathJax reads it: behind code, before escapes and emphasis."""
    from feedtool.reader.markdown.additions import formula_end  # noqa: PLC0415 - imports markdown-it

    kind: type[Any] = import_module("markdown.inlinepatterns").InlineProcessor

    class Formulas(kind):  # type: ignore[misc]
        def handleMatch(self, found: re.Match[str], text: str) -> tuple[str | None, int | None, int | None]:  # noqa: N802
            end = formula_end(text, found.start(), len(text))
            formula = text[found.start() : end]
            return (formula, found.start(), end) if formula and "\u0002" not in formula else (None, None, None)

    converter.inlinePatterns.register(Formulas(r"\$|\\[(\[b]", converter), "formulas", 185)


def _loads(library: Any, name: str, own: object) -> bool:  # noqa: ANN401 - a module
    try:
        library.Markdown(extensions=[name], extension_configs={name: own})
    except Exception:  # noqa: BLE001 - an extension may do anything when it is loaded
        return False
    return True


@lru_cache(maxsize=2)  # a body's problems and its HTML are asked for one after the other
def rst_rendered(text: str) -> tuple[str, tuple[str, ...]]:
    """Return reStructuredText as HTML, not yet safe, and what docutils did not understand: each its line and words."""
    from docutils.core import publish_parts  # noqa: PLC0415 - few sites need it
    from docutils.writers.html5_polyglot import Writer  # noqa: PLC0415

    said = StringIO()
    settings = _SETTINGS | {"warning_stream": said}
    parts = publish_parts(_CLOCK.sub("", text), writer=Writer(), settings_overrides=settings)
    html = re.sub(r'(?s)<aside class="system-message">.*?</aside>\n?', "", str(parts["body"]))
    lines = said.getvalue().split("\n")
    return html, tuple(
        f"line {found[1]} below the header: {found[2]}" for line in lines if (found := _MESSAGE.search(line))
    )
