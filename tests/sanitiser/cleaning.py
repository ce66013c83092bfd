"""What the tests of the sanitiser share."""

from __future__ import annotations

from feedtool.config import Sanitiser, SiteRules
from feedtool.sanitiser import Cleaned, Context, Rules, clean, load_rules

RULES: Rules = load_rules(Sanitiser())[0]
SOURCE = "https://news.example.org/2024/05/story.html"


def cleaned(html: str, *, url: str = SOURCE, title: str = "", sanitiser: Sanitiser | None = None) -> Cleaned:
    """Return what becomes of a body from that address."""
    rules = load_rules(sanitiser)[0] if sanitiser else RULES
    return clean(html, Context(base_url=url, title=title), rules=rules)


def html_of(html: str, *, url: str = SOURCE, title: str = "", published_ms: int | None = None) -> str:
    """Return the cleaned HTML of a body from that address."""
    return clean(html, Context(base_url=url, title=title, published_ms=published_ms), rules=RULES).html


def user_rules(*, drop: tuple[str, ...] = (), keep: tuple[str, ...] = (), unwrap: tuple[str, ...] = ()) -> Sanitiser:
    """Return a configuration with rules for the source's host."""
    return Sanitiser(sites={"example.org": SiteRules(drop=drop, keep=keep, unwrap=unwrap, why="mine")})
