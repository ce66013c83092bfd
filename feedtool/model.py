"""The values that travel through a build, in the order in which they are made.

    file -> Post -> Story -> Entry -> Fragment -> Document
                          -> Term  -> Feed  -----/

A *post* is a file that an author wrote; an *entry* is what a subscriber gets. All values are frozen.
Times are whole milliseconds since 1970-01-01T00:00:00 UTC (`*_ms`) in every value.
Pure: no files, no clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Literal

from feedtool.frozen import frozen
from feedtool.syntax import EPOCH

#: What groups entries into a feed: nothing; a language other than the site's; conditions of the site's owner; or a
#: category, a tag, an author, the site that the content was taken from, the folder of the post.
Kind = Literal["all", "language", "custom", "category", "tag", "author", "source", "folder"]

#: The formats of a feed document.
Format = Literal["atom", "rss", "json"]
#: Who may serve the output.
Host = Literal["cloudflare-pages", "netlify", "apache", "nginx", "vercel", "github-pages"]
#: How a document's copy is compressed; also the ending that its name has beside that of its document.
Twin = Literal["gz", "br"]
#: The CDN whose copies are purged.
Purge = Literal["auto", "none", "list", "cloudflare", "fastly"]
#: How the body of a post is written.
Markup = Literal["html", "markdown", "rst", "text"]


def utc(milliseconds: int) -> datetime:
    """Return the instant as an aware UTC datetime, to the millisecond."""
    return EPOCH + timedelta(milliseconds=milliseconds)


@frozen
class Author:
    """A person or organisation (RFC 4287 section 3.2)."""

    #: plain text, not empty
    name: str
    #: one address, or ""
    email: str = ""
    #: absolute and percent-encoded, or ""
    uri: str = ""


@frozen
class Enclosure:
    """A file that goes with an entry, such as a recording (RSS 2.0 enclosure, RFC 4287 section 4.2.7.2)."""

    #: absolute and percent-encoded
    url: str
    #: such as audio/mpeg
    media_type: str
    #: bytes and seconds, or None where nobody knows
    length: int | None = None
    duration: int | None = None
    #: plain text, one line, or ""
    title: str = ""


@frozen
class Fact:
    """A fact about a podcast or an episode: see `feedtool.config.podcast_table`."""

    #: of a row of the table
    key: str
    #: of the element, plain text, one line; or ""
    text: str = ""
    #: of the element: name and value, not empty
    attributes: tuple[tuple[str, str], ...] = ()


@frozen
class Post:
    """What a post file says, typed and validated. Its body stays in the file until it is needed."""

    #: the file as the user knows it, with "/" between folders; unique in a build
    path: str
    #: plain text, one line, not empty
    title: str
    #: when it was first available
    published_ms: int
    #: the same instant as far as identity goes: a time that names no zone counts as UTC here,
    #: so that the configured zone does not change ids
    identity_ms: int
    #: when it last changed in a way that its author calls significant, or None where nothing is said
    updated_ms: int | None = None
    #: from when on it is no longer to be shown, or None
    expires_ms: int | None = None
    #: the address that the content was taken from, exactly as written but for outer white space; "" where none is
    source: str = ""
    #: the entry's own web address, absolute or relative to the site; "" where the post names none
    permalink: str = ""
    #: the file's name for the post, without date and ending, or what the author wrote as `slug`
    slug: str = ""
    #: what the author declared as `id` or `guid`, or ""
    declared_id: str = ""
    #: the id that the site's old feeds gave it, an absolute URI; or ""
    old_id: str = ""
    authors: tuple[Author, ...] = ()
    #: terms: plain text in Unicode form NFC, not empty, no two the same
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    #: those of the tags that only its article names: see `posts.keywords`
    keywords: tuple[str, ...] = ()
    #: BCP 47, or "" where nothing is said
    language: str = ""
    #: plain text, or "" where the author wrote none
    summary: str = ""
    #: the entry's picture, absolute or relative to `source`, and words about it, plain text; or ""
    image: str = ""
    image_alt: str = ""
    #: whether its entry has a picture from its text; known only where a feed asks for pictures
    shows_picture: bool = False
    #: their addresses as written: absolute, or relative to `source` or the post's page
    enclosures: tuple[Enclosure, ...] = ()
    #: about the episode, addresses likewise; empty where the site has no podcast
    podcast: tuple[Fact, ...] = ()
    #: digest of the body as written, "" for an empty one: tells whether two posts say the same
    body_digest: str = ""
    #: digests of some of its words, which two versions of one text have in common; "" for a post with a source
    sketch: str = ""
    #: whether its author gave it no title, as a microblog's note: then the title is the beginning of its text
    is_untitled: bool = False
    #: names of files of other posts that its text may link to: see `feedtool.reader.targets`
    links: tuple[str, ...] = ()
    #: the page of the rendered site that its entry has the text of: the file, and a digest of the article in it
    rendered: tuple[str, ...] = ()


def is_due(published_ms: int, expires_ms: int | None, now_ms: int) -> bool:
    """Return whether a post is published and not expired at a moment; milliseconds since 1970."""
    return published_ms <= now_ms and (expires_ms is None or expires_ms > now_ms)


@frozen
class Story:
    """A future entry: its newest post, after posts that tell the same story were merged."""

    #: permanent and unique; must not change when the post moves (RFC 4287 section 4.2.6)
    id: str
    #: the newest telling, whose title and body are used
    post: Post
    #: the first publication among all tellings
    published_ms: int
    #: the last significant change among all tellings; not before published_ms
    updated_ms: int
    #: terms of all tellings, those of the newest first
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    #: the folder of the page that feedtool makes for it, below the output folder; "" for none
    page: str = ""


@frozen
class Candidate:
    """The part of a story that a feed needs."""

    id: str
    published_ms: int
    updated_ms: int
    #: BCP 47, or ""
    language: str
    #: of its title: see `feedtool.feeds.letters_of`
    letters: bytes


@frozen
class Term:
    """A term that stories share: a category, a tag or an author; for the feed of all, no term."""

    kind: Kind
    name: str
    #: of the stories that carry it
    count: int
    #: when the first of them was published
    first_ms: int
    #: newest first, no more than its feed may hold
    newest: tuple[Candidate, ...]
    #: the posts of the newest and the oldest story
    newest_path: str
    oldest_path: str

    @property
    def first_seen(self) -> tuple[int, str]:
        """Return a sort key: which term was used first."""
        return self.first_ms, self.name


@frozen
class Activity:
    """How many stories each term has, by kind and name, whether or not a feed holds them."""

    #: of all times
    totals: Mapping[tuple[Kind, str], int] = field(default_factory=dict)
    #: the first and the last month that is counted, such as "2022-06" (UTC); empty where there is no story
    months: tuple[str, ...] = ()
    #: by month, oldest first; only of terms that have any story in these months
    counts: Mapping[tuple[Kind, str], tuple[int, ...]] = field(default_factory=dict)


@frozen
class Entry:
    """What a subscriber reads; needs no further repair. Free of characters that XML forbids."""

    #: an absolute URI, the same in every feed and format
    id: str
    #: plain text, one line, not empty; entities are resolved ("A & B", never "A &amp; B")
    title: str
    #: where to read it: absolute, percent-encoded ASCII, http or https (Atom alternate, RSS link)
    url: str
    #: where it was taken from, if that is not `url`: absolute, percent-encoded ASCII; or "" (Atom via)
    source_url: str = ""
    published_ms: int
    updated_ms: int
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    #: BCP 47, only where the post itself says it; or ""
    language: str = ""
    #: plain text, one line; the title where the content has no words
    summary: str = ""
    #: an HTML fragment within the allow-list, every address absolute; "" where the post has no body
    content_html: str = ""
    #: absolute, percent-encoded ASCII, and words about it, plain text; or ""
    image: str = ""
    image_alt: str = ""
    enclosures: tuple[Enclosure, ...] = ()
    #: about the episode, addresses absolute; in the order of the table
    podcast: tuple[Fact, ...] = ()
    #: whether its author gave it no title, as a microblog's note: then the title is the beginning of its text
    is_untitled: bool = False


@frozen
class Alias:
    """The address that a feed had under an earlier name of its term; it keeps the same documents."""

    #: the term's earlier name
    term: str
    slug: str
    #: below the output folder, with "/" at the end
    folder: str


@frozen
class Feed:
    """A feed: which entries in which order at which address, in every format that it has."""

    kind: Kind = "all"
    #: the language, category, tag or author it is about, as written; "" for kind "all"
    term: str = ""
    #: the last part of its folder; "" for kind "all"
    slug: str = ""
    #: its folder below the output folder, with "/" at the end; "" for kind "all"
    folder: str = ""
    #: plain text, not empty
    title: str
    #: plain text, not empty in a document
    description: str = ""
    #: BCP 47, or "" where nobody knows
    language: str = ""
    #: fallback for entries that name no author (RFC 4287 section 4.1.1); not empty in a document
    author: str = ""
    #: the folder's address on the site, absolute, percent-encoded, with "/" at the end; also the feed's id
    url: str
    #: the page that the feed belongs to (alternate), absolute, percent-encoded; not empty in a document
    home_url: str = ""
    formats: tuple[Format, ...] = ("atom", "rss", "json")
    #: the newest `updated_ms` of its entries; of the last build that had any, where it lost them all
    updated_ms: int = 0
    #: a small square picture of the site, and a larger one; absolute and percent-encoded, or ""
    icon: str = ""
    logo: str = ""
    #: about the podcast; empty for other feeds
    podcast: tuple[Fact, ...] = ()
    #: newest first
    entry_ids: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    #: it holds every entry that there is of it (RFC 5005 section 2)
    is_complete: bool = False
    #: entries that leave it go to archive documents (RFC 5005 section 4)
    is_archived: bool = False
    #: the name of the newest document that is closed, or "": see `feeds.archives`
    archived_until: str = ""
    #: the name of this archive document, such as "2023-05-31-24"; "" for the feed that is subscribed to
    period: str = ""
    #: the archive documents before and after this one, or ""; before the feed itself comes the newest
    older: str = ""
    newer: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of its term, the present one first."""
        return (self.term, *(alias.term for alias in self.aliases))

    @property
    def key(self) -> str:
        """Return what names the feed for years: its term may get another name."""
        return key_of(self.kind, self.slug)

    @property
    def stem(self) -> str:
        """Return the path of its documents without their endings: one for each feed and each archive document."""
        return f"{self.folder}{ARCHIVE}{self.period}" if self.period else self.folder

    def file(self, form: Format) -> str:
        """Return the path of its document below the output folder."""
        return self.folder + _file_name(form, self.period)

    def self_url(self, form: Format) -> str:
        """Return the address of its document on the site."""
        return self.url_of(form, self.period)

    def url_of(self, form: Format, period: str) -> str:
        """Return the address of one of its archive documents, or for "" of the subscription document."""
        return self.url + _file_name(form, period)


def key_of(kind: Kind, slug: str) -> str:
    """Return the key of a feed, which its address does not share with another."""
    return f"{kind}/{slug}"


FILE_NAMES: dict[Format, str] = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}

#: the page of all entries, below the output folder
ENTRIES = "entries.html"
#: what browsers show feeds with, below the output folder
SHEET = "feed.css"
#: the icon of the pages, below the output folder
ICON = "feed.svg"

#: the folder of a feed's archive documents, below its own
ARCHIVE = "archive/"
#: what the archive documents of a format are called, behind their period and "."
ARCHIVE_ENDINGS: dict[Format, str] = {"atom": "atom.xml", "rss": "rss.xml", "json": "json"}


def _file_name(form: Format, period: str) -> str:
    return f"{ARCHIVE}{period}.{ARCHIVE_ENDINGS[form]}" if period else FILE_NAMES[form]


def format_of(path: str) -> Format | None:
    """Return the format of a feed or an archive document of the output, by its path; None for all other files."""
    folder, _, name = path.rpartition("/")
    is_below = f"/{folder}/".endswith(f"/{ARCHIVE}")
    for form, own in FILE_NAMES.items():
        if name == own or (is_below and name.endswith(f".{ARCHIVE_ENDINGS[form]}")):
            return form
    return None


def is_feed(path: str) -> bool:
    """Return whether a file of the output is a feed or an archive document, by its path."""
    return format_of(path) is not None


def is_archive(path: str) -> bool:
    """Return whether a file of the output is an archive document, by its path."""
    return is_feed(path) and path.rpartition("/")[2] not in FILE_NAMES.values()


MEDIA_TYPES: dict[Format, str] = {
    "atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json",
}  # fmt: skip


#: how formats write a content without characters that XML forbids: as XML, as CDATA, as JSON. What becomes of what
WAYS = (
    (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")),
    (("]]>", "]]]]><![CDATA[>"),),
    (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")),
)


@frozen
class Part:
    """An entry in one format: what stands before and behind its content."""

    before: str = ""
    behind: str = ""
    #: the number in `WAYS` of the way in which the content is written between them; None where it is not
    way: int | None = None

    def written(self, content: str) -> bytes:
        """Return the entry with its content, in UTF-8."""
        for sign, written in () if self.way is None else WAYS[self.way]:
            content = content.replace(sign, written)
        return (self.before if self.way is None else f"{self.before}{content}{self.behind}").encode()


@frozen
class Fragment:
    """An entry rendered once, to be put into every feed that holds it; empty where a format is not asked for."""

    id: str
    #: the entry's, which is large: once for all formats
    content: str = ""
    atom: Part = Part()
    rss: Part = Part()
    json: Part = Part()

    def part(self, form: Format) -> Part:
        """Return what one format has beside the content."""
        return {"atom": self.atom, "rss": self.rss, "json": self.json}[form]

    def of(self, form: Format) -> bytes:
        """Return the entry in that format, in UTF-8."""
        return self.part(form).written(self.content)


@frozen
class Document:
    """A file of the output: its path and its bytes."""

    #: relative, with "/" between folders
    path: str
    media_type: str
    content: bytes


#: hexadecimal digits of each digest in a mark, and of each word in a sketch; the part of a root that is kept in `told`
MARK_DIGITS, WORD_DIGITS, TOLD = 8, 4, slice(9, 22)
#: the digests in a mark, in their order; a sketch follows
_MARKED = ("source", "title", "body", "stem", "path")


@frozen
class Claim:
    """The id of a story, with what identifies the story if its files change."""

    id: str
    #: the id derived from what never changes
    root: str
    published_ms: int
    #: see `mark_of`
    mark: str
    #: parts of the roots of the other posts that told the story; and digests of its titles, if it had several
    told: tuple[str, ...] = ()

    def digest(self, name: str) -> str:
        """Return the digest of source, title, body, stem or path; "" for a missing or unknown one."""
        begin = _MARKED.index(name) * MARK_DIGITS
        return self.mark[begin : begin + MARK_DIGITS].strip("-")

    @property
    def sketch(self) -> frozenset[str]:
        """Return the digests of some of its words: see `Post.sketch`."""
        words = self.mark[len(_MARKED) * MARK_DIGITS :]
        return frozenset(words[at : at + WORD_DIGITS] for at in range(0, len(words), WORD_DIGITS))


def mark_of(post: Post, stem: str) -> str:
    """Return source, title, body, stem and path of a post as short digests, and its sketch.

    `stem`: the name of its file without date and ending. A digest of "-" stands for what the post does not have.
    """
    parts = (post.source, post.title, post.body_digest, stem, post.path)
    return "".join(_digest(part) if part else "-" * MARK_DIGITS for part in parts) + post.sketch


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=MARK_DIGITS // 2).hexdigest()


def times(published_ms: int, updated_ms: int, known: Claim) -> tuple[int, int]:
    """Return when a story that takes over a claim was published and updated; the same if it was never updated."""
    return known.published_ms, max(known.published_ms, updated_ms if updated_ms != published_ms else 0)
