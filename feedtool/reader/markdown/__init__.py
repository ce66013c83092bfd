"""Markdown -> HTML, not yet cleaned, as the generator of a site reads it. Pure, and total: no text raises.

kramdown has blocks and spans of its own (`kramdown/`), Python-Markdown is that library itself (`libraries`), and all
others are CommonMark with additions (`commonmark`). Each is imported when a text needs it: HTML needs none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from feedtool.reader.markdown.libraries import by_library, dialect_problems, has_python_markdown

__all__ = ["Dialect", "dialect_problems", "rendered", "rendered_line"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """The Markdown of a site's generator."""

    #: see `config.checks.DIALECTS`; "" for feedtool's own: CommonMark with tables, footnotes and definition lists
    name: str = ""
    #: of the generator, by its names, as sorted JSON
    settings: str = "{}"


def rendered(text: str, dialect: Dialect) -> str:
    """Return a text in a dialect as HTML, which is not safe yet."""
    from feedtool.reader.markdown.commonmark import joined_lines, parser_of  # noqa: PLC0415 - takes a tenth of a second

    if dialect.name == "kramdown":
        from feedtool.reader.markdown.kramdown import kramdown  # noqa: PLC0415 - its patterns cost time

        return joined_lines(kramdown(text, json.loads(dialect.settings)))
    if dialect.name == "python-markdown" and has_python_markdown():
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
