"""What a site is built with: values that last from build to build, each with its default. Pure.

feedtool.toml -> reading (values, ids: what each key takes; clashes: what goes together; lines: where it stands)
              -> Config, and what is wrong
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from feedtool.model import Format, Host, Kind, Purge, Twin

#: the name that is looked for where the command line names no file
FILE_NAME = "feedtool.toml"

#: what a user's own templates may be called: pages, their parts, and the sheet of feeds that are opened in a browser
TEMPLATE_NAMES = (
    "base.html", "index.html", "feed.html", "style.css", "extra.css", "script.js", "search.js", "feed.css",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is said of the whole site."""

    #: one line, or "" for the name of the folder
    title: str = ""
    #: where the output folder is published: absolute, percent-encoded ASCII, "/" at the end; "" for local use
    url: str = ""
    description: str = ""
    author: str = ""
    #: BCP 47 in its usual case, or ""
    language: str = ""
    #: a name of the tz database
    timezone: str = "UTC"
    #: the address of a WebSub hub, or ""
    hub: str = ""
    #: who serves the output: their own files say how
    host: tuple[Host, ...] = ()
    #: a folder of templates, relative to the configuration file, used if it is there; "" for none
    templates: str = "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What the headers of a folder's posts say where they say nothing themselves."""

    #: folder or file as the posts' paths begin with it, no "/" at the end; "" for all posts
    path: str = ""
    #: header keys as written, each with what TOML makes of its value
    values: Mapping[str, object] = field(default_factory=dict)
    #: of its table in the configuration file
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """Where posts are, and how they are read."""

    dirs: tuple[str, ...] = ("posts",)
    #: template of an entry's address, absolute or relative to the site: see `fill`; "jekyll" or "hugo" for pages where
    #: these put them, by the same settings as ids; "" for no pages of posts
    permalink: str = ""
    #: what stands before it in a post is the summary, beside `<!--more-->`, which is known always; or ""
    excerpt_separator: str = ""
    #: False: a post whose date lies ahead waits for it, and one whose `expiryDate` has passed goes
    future: bool = True
    #: categories and tags that are no topics, such as the names of collections
    ignore_terms: tuple[str, ...] = ()
    #: in the order of the file; the longer path wins, of equal ones the later
    defaults: tuple[Defaults, ...] = ()
    #: how ids are made: as "uuid", "source", "jekyll" or "hugo", or by a template with braces
    ids: str = "uuid"
    #: of the site whose ids are taken over: its address, "" for this site's; Jekyll's `permalink` or a template of
    #: Hugo's `permalinks`; the folder of its sources as the posts' paths begin with it; Hugo's `uglyURLs` and
    #: `defaultContentLanguage`
    ids_url: str = ""
    ids_permalink: str = ""
    ids_root: str = ""
    ids_ugly: bool = False
    ids_language: str = "en"

    def ids_made_as(self) -> str:
        """Return how ids are made, in one line that changes only if somebody wants it otherwise."""
        settings = (self.ids_url, self.ids_permalink, self.ids_root, self.ids_ugly, self.ids_language)
        return self.ids if settings == ("", "", "", False, "en") else f"{self.ids} {settings!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A grouping of entries into feeds: by category, tag or author."""

    enabled: bool
    #: template of a folder below the output folder, with {slug} once and no "/" at its ends: see `fill`
    path: str
    #: template with {term} and {site}: see `fill`
    title: str
    min_entries: int = 1
    #: entries, 0 for all; None for that of all feeds
    limit: int | None = None
    #: None for that of all feeds
    archives: bool | None = None
    complete: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """Which feeds there are, and how large."""

    formats: tuple[Format, ...] = ("atom", "rss", "json")
    #: entries, 0 for all
    limit: int = 50
    #: for each document, 0 for any
    max_bytes: int = 1_000_000
    #: entries that leave a feed go to its archive documents (RFC 5005 section 4)
    archives: bool = False
    #: compressed copies beside each document
    twins: tuple[Twin, ...] = ()
    #: a feed holds all entries, whatever their number, and says so (RFC 5005 section 2)
    complete: bool = False
    category: Group = field(
        default_factory=lambda: Group(enabled=True, path="category/{slug}", title="{term} – {site}")
    )
    tag: Group = field(default_factory=lambda: Group(enabled=True, path="tag/{slug}", title="{term} – {site}"))
    author: Group = field(default_factory=lambda: Group(enabled=False, path="author/{slug}", title="{term} – {site}"))

    @property
    def groups(self) -> dict[Kind, Group]:
        """Return what is said of each kind of terms; the feed of everything has nothing of its own."""
        return {"category": self.category, "tag": self.tag, "author": self.author}

    def kinds(self) -> tuple[Kind, ...]:
        """Return the kinds of feeds that there are."""
        return ("all", *(kind for kind, group in self.groups.items() if group.enabled))


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
    #: by host, in lower case and ASCII
    sites: dict[str, SiteRules] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """What the user's own templates hold."""

    #: where they are, for messages
    folder: str = ""
    #: text by name, sorted; names are of TEMPLATE_NAMES
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Where the output is published, and how."""

    #: address of a bucket or a folder: s3, gs, az or file; "" for none
    target: str = ""
    #: how long an object stays that is no longer made, in minutes, hours or days: see `minutes`
    grace: str = "7d"
    #: requests at once
    concurrency: int = 8
    #: which CDN is told of what changed, "auto" for the one whose token is there, or whether addresses are printed
    purge: Purge = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that lasts from build to build. Defaults need no file."""

    #: the file it was read from, as the user knows it; "" where there is none
    path: str = ""
    site: Site = field(default_factory=Site)
    posts: Posts = field(default_factory=Posts)
    feeds: Feeds = field(default_factory=Feeds)
    sanitiser: Sanitiser = field(default_factory=Sanitiser)
    publish: Publish = field(default_factory=Publish)
    #: what terms were called -> what they are called now; no new name is an old one of another
    aliases: dict[str, str] = field(default_factory=dict)
    output: str = "output"
    #: read before a build: see `feedtool.config.templates`
    templates: Templates = field(default_factory=Templates)


def history_of(group: Group | None, feeds: Feeds) -> tuple[bool, bool]:
    """Return whether the group's feeds, or that of all, have archives, and whether they hold all entries."""
    archives = feeds.archives if group is None or group.archives is None else group.archives
    complete = feeds.complete if group is None or group.complete is None else group.complete
    return archives, complete


def minutes(span: str) -> int:
    """Return how long a span is that `config.values.span` has taken, such as "7d" or "0"."""
    return int(span.rstrip("mhd")) * {"m": 1, "h": 60, "d": 1440}.get(span[-1], 0)


def fill(template: str, /, **places: str) -> str:
    """Return the template with each {name} replaced, once: braces in the values stay as they are."""
    return re.sub(r"\{(\w+)\}", lambda match: places.get(match[1], match[0]), template)
