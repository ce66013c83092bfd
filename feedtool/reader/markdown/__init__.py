"""Markdown -> HTML, not yet cleaned, as the generator of a site reads it. Pure, and total: no text raises.

kramdown has blocks and spans of its own (`kramdown/`), Python-Markdown is that library itself (`python_markdown`), and
all others are CommonMark with additions: markdown-it-py with plugins (`dialects`), of which each one of ours is a
construct: `cjk`, `headings`, `tex`, `goldmark`, `vault`.
"""

from __future__ import annotations

import json

from feedtool.reader.markdown.cjk import joined_lines
from feedtool.reader.markdown.dialects import Dialect, parser_of
from feedtool.reader.markdown.python_markdown import by_library, dialect_problems, is_installed

__all__ = ["dialect_problems", "rendered", "rendered_line"]


def rendered(text: str, dialect: Dialect) -> str:
    """Return a text in a dialect as HTML, which is not safe yet."""
    if dialect.name == "kramdown":
        from feedtool.reader.markdown.kramdown import kramdown  # noqa: PLC0415 - its patterns cost time

        return joined_lines(kramdown(text, json.loads(dialect.settings)))
    if dialect.name == "python-markdown" and is_installed():
        made = by_library(text, dialect.settings)
        if made is not None:
            return joined_lines(made)
    html: str = parser_of(dialect).render(text)
    return html


def rendered_line(text: str) -> str:
    """Return a line of Markdown as HTML without a paragraph, as feedtool's own dialect reads it."""
    html: str = parser_of(Dialect()).renderInline(text)
    return html
