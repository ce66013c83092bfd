"""Post files -> Post -> Story -> Entry.

In: the bytes of post files. Out: typed, validated values, and a problem for everything that is not as it should be.
Never: writing, the network, the current time, a file's own dates.

    bytes -> split (parts) -> front_matter (fields of the header) -> fields, dates (typed values) -> Post: read_post
    Posts -> merging -> Stories;  a Post's body -> bodies -> HTML;  a Story and its clean HTML -> entries -> Entry

Here a file's bytes become a Post, with where each of its values was read. The body stays raw.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from feedtool.config.podcast_table import ROWS, facts_of
from feedtool.disk import stem_and_ending
from feedtool.frozen import frozen
from feedtool.model import WORD_DIGITS, Fact, Post, utc
from feedtool.problems import Code, Problem
from feedtool.reader import fields as read_field
from feedtool.reader import identity
from feedtool.reader.bodies import (
    Body,
    body_of,
    body_problems,
    bounded,
    excerpt_end,
    is_written,
    linked,
    mentioned,
    read_body,
    render,
)
from feedtool.reader.dates import FILE_NAME, STAMP, Moment, file_name_date, moment, published_at
from feedtool.reader.entries import address_of, enter, folder_of, page_of, separate_pages, shorten, with_pages, words_of
from feedtool.reader.fields import RawPost, every, first, type_of
from feedtool.reader.identity import old_names
from feedtool.reader.keys import Field, Origin, Value, kept_out, normal_key, plain
from feedtool.reader.markdown import dialect_problems
from feedtool.reader.merging import (
    MergedPosts,
    Published,
    declared_uri,
    id_origin,
    merge,
    merge_group,
    merged_with,
    separate_ids,
    story_key,
    unpublished,
)
from feedtool.reader.pattern_pages import jekyll_address
from feedtool.reader.schemes import Scheme
from feedtool.reader.split import PLAIN, Conventions, conventions_of, cut, text_of
from feedtool.reader.targets import Targets, names_of, targets_of
from feedtool.reader.template_pages import pelican_name
from feedtool.syntax import later
from feedtool.urls import absolute

__all__ = [
    "Account", "Body", "Conventions", "MergedPosts", "Origin", "Published", "Reading", "Targets", "account",
    "address_of", "body_problems", "bounded", "conventions_of", "declared_uri", "dialect_problems", "enter",
    "folder_of", "id_origin", "is_written", "linked", "mentioned", "merge", "merge_group", "merged_with", "names_of",
    "old_names", "page_of", "read_body", "read_post", "read_with_body", "render", "separate_ids", "separate_pages",
    "shorten", "story_key", "targets_of", "unpublished", "with_pages",
]  # fmt: skip

NO_TITLE = Code.warning("missing-title")(
    "The post has no title. The first heading is used, or else the file name; a note whose file is named by numbers "
    "goes without a title.",
    "Add a title to the front matter.",
)
NO_DATE = Code.error("missing-date")(
    "The post has no date: no millisecond comment, no `date`, no date in the path. It is in no feed.",
    "Add a date to the front matter, or to the file's name.",
)
EXPIRES = Code.note("expiry-date")(
    "The header has a date after which the post should not be shown. It is ignored, because `posts.future` is true.",
    "Remove `future = true` under [posts]: then posts are shown from and until their dates.",
)
BAD_EPISODE = Code.warning("bad-episode")(
    "A header key of an episode has a value that podcast apps do not know. It was left out.",
    "docs/podcasts.md has the keys and their values.",
)

#: origins of a value besides the keys of a header, `STAMP` and `FILE_NAME`
_HEADING, _LINK, _FOLDERS = "from the first heading", "from the heading's link", "from its folders"
_PAGE = "from where the site's generator puts its page"
_TEXT = "from the beginning of the text"
#: the table of a header about an episode
_PODCAST = "podcast"
#: media types that an address of a podcast names by its ending, besides those of enclosures
_OTHER_TYPES = {"html": "text/html", "json": "application/json"}
#: names of files that say when or in which order, not what: numbers, times, UUIDs, ULIDs
_NUMBERED = later(
    r"[\d\W_]*(?:\d{8}[Tt]\d{4,6}[Zz]?)?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-7][0-9a-hjkmnp-tv-z]{25}",
    re.IGNORECASE,
)
#: characters of a title that is the beginning of a text
_LONGEST_BEGINNING = 80
#: in Markdown and in HTML
_HEADINGS = (
    later(r"^(?:#{1,6}[ \t]+(.+?)[ \t#]*|(.+)\n={3,}[ \t]*)$", re.MULTILINE),
    later(r"<h[1-3][^>]*>([^<]+)()</h"),
)

#: the attributes of a heading, such as `{#id}`
_HEADING_LIST = later(r"[ \t]*\{:?[ \t]*[#.][^{}\n]{0,200}\}[ \t]*\Z")


@frozen
class Reading:
    """What became of a file."""

    path: str
    #: None for a draft, and where the file gives no entry (a problem of level "error" says why)
    post: Post | None = None
    problems: tuple[Problem, ...] = ()
    #: what of the header leaves the post out, such as "draft: true"; or ""
    kept_out: str = ""
    #: what else does, as a sentence without its end; or ""
    left_out: str = ""

    @property
    def is_draft(self) -> bool:
        """Return whether the post is left out without a problem."""
        return bool(self.kept_out or self.left_out)


@frozen
class Account:
    """What a file says, whether it gives an entry or not, and where it says so."""

    #: None for an empty file; without an origin its `published_ms` means nothing
    post: Post | None
    #: by the name of a post's field, in the order in which they were read; a value that nobody wrote has none
    origins: dict[str, tuple[Origin, ...]]


def read_post(content: bytes, path: str, conventions: Conventions = PLAIN) -> Reading:
    """Return the post that a file's bytes hold, with every problem met on the way.

    `path` is the file as the user knows it, with "/" between folders. Total: no input raises.
    """
    return read_with_body(content, path, conventions)[0]


def read_with_body(content: bytes, path: str, conventions: Conventions = PLAIN) -> tuple[Reading, Body | None]:
    """Return what `read_post` and `read_body` return for the same bytes; no body without a post."""
    problems: list[Problem] = []
    raw = cut(content, path, conventions, problems.append)
    if raw is None:
        return Reading(path=path, problems=tuple(problems)), None
    body = body_of(raw, conventions)
    reading = _reading(raw, body, problems, conventions)
    return reading, body if reading.post else None


def _reading(raw: RawPost, body: Body, problems: list[Problem], conventions: Conventions) -> Reading:
    path = raw.path
    if hidden := kept_out(raw.fields, map(normal_key, conventions.posts.hidden_by)):
        return Reading(path=path, problems=tuple(problems), kept_out=hidden)
    published = published_at(raw, may_be_change=conventions.ids.pages == "hugo")
    if published is None:
        found = NO_DATE.at(path, "no date can be found")
        is_page = conventions.ids.pages in ("hugo", "jekyll", "zola") or _is_page(raw)
        if conventions.ids.pages != "zola":  # whose feeds have no pages without a date
            problems.append(replace(found, level="note") if is_page else found)
        left_out = "nothing says when it was published" if is_page else ""
        return Reading(path=path, problems=tuple(problems), left_out=left_out)
    post = _post(raw, body, published, conventions)
    if post.expires_ms is not None and conventions.posts.future:
        message = f"{utc(post.expires_ms):%Y-%m-%d %H:%M} UTC is ignored"
        raw.problem(EXPIRES, message, raw.origins["expires_ms"][0], of="expiryDate")
    if raw.origins.get("permalink") == (_PAGE,):
        settled = {read_field.BAD_URL.name, *((read_field.PAGE_ADDRESS.name,) if post.permalink else ())}
        problems = [found for found in problems if found.code not in settled or found.field != "permalink"]
    return Reading(path=path, post=post, problems=tuple(problems))


def _is_page(raw: RawPost) -> bool:
    """Return whether a file is an HTML document without front matter, as the demo of an article is."""
    return not raw.form and raw.body[:200].lstrip().lower().startswith(("<!doctype html", "<html"))


def account(content: bytes, path: str, conventions: Conventions = PLAIN) -> Account:
    """Return what `read_post` reads from the same bytes, drafts and posts without a date too, and where."""
    known: list[Problem] = []  # `read_post` reports the same
    raw = cut(content, path, conventions, known.append)
    if raw is None:
        return Account(post=None, origins={})
    published = published_at(raw, may_be_change=conventions.ids.pages == "hugo")
    post = _post(raw, body_of(raw, conventions), published or Moment(0, 0), conventions)
    lines = text_of(content, path, known.append).split("\n")
    found = {
        name: tuple(_origin(key, raw, post, lines) for key in keys)
        for name, keys in raw.origins.items()
        if getattr(post, name, None) and (published or name != "published_ms")
    }
    if "summary" not in found and (line := _excerpt_line(raw, conventions, lines)):
        found["summary"] = (Origin(whence="from the text before the excerpt's end", path=path, line=line),)
    return Account(post=post, origins=found)


def _origin(key: str, raw: RawPost, post: Post, lines: list[str]) -> Origin:
    """Return where the value of a key, or of another origin, is written; `lines` are those of the file."""
    if field := raw.fields.get(key):
        return field.origin or Origin(whence=f"from the front matter's `{key}`", path=post.path, line=field.line)
    if key == FILE_NAME and raw.name != stem_and_ending(post.path)[0]:
        key = "from the folder's name"
    words = {_HEADING: post.title, _LINK: raw.heading_link}.get(key)
    line = _line_of(lines, words, raw.stamp_line) if words else raw.stamp_line if key == STAMP else 0
    return Origin(whence=key, path=post.path, line=line)


def _excerpt_line(raw: RawPost, conventions: Conventions, lines: list[str]) -> int:
    """Return the line of the mark behind a post's excerpt; 0 without one, and where the excerpt has no words."""
    end, excerpt = excerpt_end(raw.body, raw.fields, conventions.posts.excerpt_separator), body_of(raw, conventions)
    if not end or not words_of(render(replace(excerpt, text=excerpt.excerpt))):
        return 0
    text = "\n".join(lines)
    return text.count("\n", 0, text.rfind(raw.body[end:])) + 1


def _line_of(lines: list[str], words: str, start: int) -> int:
    """Return the first line, from `start` on, that has the words, with markup or without; 0 where none has."""
    for number, line in enumerate(lines[max(0, start - 1) :], max(1, start)):
        if words in line or words in plain(re.sub(r"<[^<>]*>|\\(?=\W)", "", line)):
            return number
    return 0


def _post(raw: RawPost, body: Body, published: Moment, conventions: Conventions) -> Post:
    path, fields, ids, stem = raw.path, raw.fields, conventions.ids, file_name_date(raw.name)[1]
    source = first(raw, "source", read_field.address) or ""
    if not source and "from" not in fields and absolute(raw.heading_link):
        source, raw.origins["source"] = raw.heading_link, (_LINK,)
    updated, expires = first(raw, "updated_ms", moment), first(raw, "expires_ms", moment)
    title, is_untitled = _title(raw, stem, conventions)
    image, image_alt = first(raw, "image", read_field.image) or ("", "")
    post = Post(
        path=path,
        title=title,
        is_untitled=is_untitled,
        published_ms=published.ms,
        identity_ms=published.identity_ms,
        updated_ms=updated.ms if updated else None,
        expires_ms=expires.ms if expires else None,
        source=source,
        permalink=first(raw, "permalink", read_field.permalink) or "",
        slug=read_field.text(raw, "slug") or (pelican_name(ids, "slug", title) if raw.form == "lines" else "") or stem,
        declared_id=read_field.text(raw, "declared_id"),
        authors=every(raw, "authors", read_field.authors),
        categories=_kept(_categories(raw, conventions.roots), conventions.posts.ignore_terms),
        tags=_kept(every(raw, "tags", read_field.terms), conventions.posts.ignore_terms),
        language=read_field.language(raw) or (identity.language_of(ids, path) if ids.settings else ""),
        summary=read_field.text(raw, "summary"),
        image=image,
        image_alt=image_alt,
        enclosures=every(raw, "enclosures", read_field.enclosures),
        podcast=_episode(raw) if conventions.has_podcasts else (),
        body_digest=hashlib.blake2b(raw.body.encode(), digest_size=16).hexdigest() if raw.body else "",
        sketch="" if source else sketch_of(raw.body),
        links=mentioned(body) if raw.body else (),
    )
    return _addressed(post, raw, conventions)


def _addressed(post: Post, raw: RawPost, conventions: Conventions) -> Post:
    """Return a post with the address of its page and the id of its old feeds, where the site's generator gives any."""
    path, fields, ids = raw.path, raw.fields, conventions.ids
    if ":" in post.permalink and read_field.is_pattern(post.permalink):
        scheme = Scheme(name="jekyll", zone=conventions.zone, root=identity.root_of(path, conventions.roots))
        post = replace(post, permalink=jekyll_address(scheme, post, fields))
    if old_id := identity.id_of(ids, post, fields):
        # no generator takes `id: tea` for the id of an entry
        is_uri = declared_uri(post.declared_id) == post.declared_id
        post = replace(post, old_id=old_id, declared_id=post.declared_id if is_uri else "")
    if ids.pages and (conventions.posts.link == "page" or not (post.source or absolute(post.permalink))):
        raw.origins["permalink"] = (_PAGE,)
        post = replace(post, permalink=identity.page_of(ids, post, fields) or post.permalink)
    return post


def _kept(terms: tuple[str, ...], ignored: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(term for term in terms if term not in ignored) if ignored else terms


def _categories(raw: RawPost, roots: Sequence[str]) -> tuple[str, ...]:
    """Return the categories of a header, behind those that a generator takes from folders."""
    found = every(raw, "categories", read_field.terms)
    folders = _folders(raw, roots)
    if not folders:
        return found
    raw.origins["categories"] = (_FOLDERS, *raw.origins.get("categories", ()))
    return tuple(dict.fromkeys((*map(plain, folders), *found)))


def _folders(raw: RawPost, roots: Sequence[str]) -> list[str]:
    """Return Jekyll's folders above `_posts`, or Pelican's folder of a post that names no category."""
    path, root = raw.path, identity.root_of(raw.path, roots)
    if raw.form == "lines":
        folder = path.rpartition("/")[0]
        is_below = root and folder not in roots and "category" not in raw.fields
        return [folder.rpartition("/")[2]] if is_below else []
    above, posts, _ = path[len(root) :].partition("/_posts/")
    return [folder for folder in above.split("/") if folder] if root and posts else []


def _episode(raw: RawPost) -> tuple[Fact, ...]:
    """Return what the header says of an episode, in keys of its own or in its table `podcast`."""
    found: list[Fact] = []
    for key, name, value in _said(raw):
        try:
            facts = facts_of(
                ROWS[key], value, lambda to: type_of(to) or _OTHER_TYPES.get(to.rpartition(".")[2].lower(), "")
            )
        except ValueError as error:
            raw.problem(BAD_EPISODE, str(error), name, of=key)
            continue
        if facts:
            raw.origins[_PODCAST] = tuple(dict.fromkeys((*raw.origins.get(_PODCAST, ()), name)))
            found += facts
    return tuple(found)


def _said(raw: RawPost) -> Iterator[tuple[str, str, Value]]:
    """Yield the row, the header key and the value of each key about an episode."""
    nothing = Field(None, 0, "")
    value = raw.fields.get(_PODCAST, nothing).value
    inner = {normal_key(key): each for key, each in value.items()} if isinstance(value, dict) else {}
    for row in (row for row in ROWS.values() if row.of_episode):
        for name in (row.key, *row.names):
            if inner.get(name) is not None:
                yield row.key, _PODCAST, inner[name]
                break
            # a header's `image` may have another format: it is the picture of the entry
            if row.key != "image" and (given := raw.fields.get(name, nothing).value) is not None:
                yield row.key, name, given
                break


def _title(raw: RawPost, stem: str, conventions: Conventions) -> tuple[str, bool]:
    """Return the title, and whether it is only the beginning of a text without one."""
    if title := read_field.title(raw):
        return title, False
    heading = _first_heading(raw)
    if not heading and raw.body and _NUMBERED.fullmatch(raw.name):
        raw.origins["title"] = (_TEXT,)
        return shorten(words_of(render(body_of(raw, conventions))), _LONGEST_BEGINNING) or raw.name, True
    raw.origins["title"] = (_HEADING if heading else FILE_NAME,)
    is_of_jekyll = raw.generator == "jekyll"
    words = " ".join(map(str.capitalize, stem.split("-"))) if is_of_jekyll else re.sub("[-_]", " ", stem)
    title = heading or plain(words) or raw.path.rstrip("/").rpartition("/")[2]
    message = f'the {"heading" if heading else "file name"} is used: "{title[:80]}"'
    line = raw.fields["title"].line if "title" in raw.fields else 1
    raw.report(NO_TITLE.at(raw.path, message, line=line, field="title"))
    return title, False


def _first_heading(raw: RawPost) -> str:
    if raw.heading:
        return raw.heading
    found = (heading.search(raw.body[:5000]) for heading in _HEADINGS)
    return next(filter(None, (plain(_HEADING_LIST.sub("", one[1] or one[2])) for one in found if one)), "")


#: characters at the beginning of a text, and words of a sketch
_SKETCHED, _KEPT = 400, 6
_TAG = later(r"<[^>]*>")
#: words that tell texts apart, first of scripts that put spaces between them; of others, each two letters
_WORDS = later(r"([^\W\d_\u0e00-\u0eff\u2e80-\U0003ffff]{4,})|([\u0e00-\u0eff\u2e80-\U0003ffff]{2,})")
_ANY_WORD = later(r"\w+")


def sketch_of(text: str) -> str:
    """Return digests of some of the words at the beginning of a text, the same ones wherever they stand; or ""."""
    plain = _TAG.sub(" ", text[:_SKETCHED]).casefold()
    words: set[str] = set()
    for word, run in _WORDS.findall(plain):
        words.update((word,) if word else map("".join, pairwise(run)))
    words = words or set(_ANY_WORD.findall(plain))
    numbers = sorted({zlib.crc32(word.encode("utf-8", "surrogatepass")) & 0xFFFF for word in words})
    return "".join(f"{number:0{WORD_DIGITS}x}" for number in numbers[:_KEPT])
