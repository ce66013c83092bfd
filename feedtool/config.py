"""feedtool.toml -> Config. Placeholder of shape; the loader follows."""

from __future__ import annotations

from dataclasses import dataclass, field

from feedtool.model import Format


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is said of the whole site."""

    title: str = ""
    url: str = ""
    description: str = ""
    author: str = ""
    language: str = ""
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """Where posts are, and how they are read."""

    dirs: tuple[str, ...] = ("posts",)
    permalink: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A grouping of entries into feeds: by category, tag or author."""

    enabled: bool
    path: str
    title: str
    min_entries: int = 1
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """Which feeds there are, and how large."""

    formats: tuple[Format, ...] = ("atom", "rss", "json")
    limit: int = 50
    max_bytes: int = 1_000_000
    category: Group = field(
        default_factory=lambda: Group(enabled=True, path="category/{slug}", title="{term} – {site}")
    )
    tag: Group = field(default_factory=lambda: Group(enabled=True, path="tag/{slug}", title="{term} – {site}"))
    author: Group = field(
        default_factory=lambda: Group(enabled=False, path="author/{slug}", title="{term} – {site}")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRules:
    """The user's own trimming rules for a host and its subdomains; values are CSS selectors."""

    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    unwrap: tuple[str, ...] = ()
    why: str = ""
    #: the line of its table in the configuration file, for messages
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanitiser:
    """How content is cleaned."""

    #: False: only repair and safety
    trim: bool = True
    #: names of built-in rules that are switched off
    off: tuple[str, ...] = ()
    #: CSS selectors of elements that no rule may remove, whatever the host
    keep: tuple[str, ...] = ()
    #: by host
    sites: dict[str, SiteRules] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that lasts from build to build. Defaults need no file."""

    #: the file it was read from, as the user knows it; "" where there is none
    path: str = ""
    site: Site = field(default_factory=Site)
    posts: Posts = field(default_factory=Posts)
    feeds: Feeds = field(default_factory=Feeds)
    sanitiser: Sanitiser = field(default_factory=Sanitiser)
    output: str = "output"
