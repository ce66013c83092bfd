"""An entry's content as its own page shows it. Pure."""

from __future__ import annotations

import re

from markupsafe import Markup

#: tags of clean HTML, in which attributes have double quotes
_TAG = re.compile(r'<(/?)(h(?=[1-6][ >])|img\b|iframe\b)([1-6]?)((?:\s+[^\s"=<>]+(?:="[^"]*")?)*)')
_HOST = re.compile(r' src="(?:https?:)?//(?:www\.)?([^/"?#]+)')


def prose(content: str) -> Markup:
    """Return clean HTML as a part of a page that has a heading of its own.

    Headings begin at the second level and skip none (WCAG 2.2, 1.3.1); a picture that nothing is said of has an empty
    `alt` (HTML, 4.8.4.4), so that nobody is read its address; a frame has a title (WCAG 2.2, 4.1.2).
    """
    above: list[str] = []

    def fitted(tag: re.Match[str]) -> str:
        end, name, level, attributes = tag.groups()
        if name == "img" and ' alt="' not in attributes:
            return f'<img alt=""{attributes}'
        if name == "iframe" and not end and ' title="' not in attributes:
            host = _HOST.search(attributes)
            return f'<iframe title="{host[1] if host else "…"}"{attributes}'
        if not level:
            return tag[0]
        if not end:
            above[:] = [each for each in above if each < level] + [level]
        return f"<{end}h{min(len(above) + 1, 6)}{attributes}"

    return Markup(_TAG.sub(fitted, content))  # noqa: S704 - clean, and no text of it became a tag
