"""feed.css: how a browser shows a feed that somebody opened in it. Pure."""

from __future__ import annotations

from feedtool.config import Templates
from feedtool.generators.pages.environment import plain
from feedtool.model import SHEET, Document


def render_sheet(*, generator: str, templates: Templates | None = None) -> Document:
    """Return the sheet that feeds and archive documents in XML name, the user's or ours."""
    content = f"/* Made by {generator}. */\n{plain('feed.css', templates or Templates())}"
    return Document(path=SHEET, media_type="text/css", content=content.encode())
