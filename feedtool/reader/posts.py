"""A post file's bytes -> Post. What the header says, typed and validated; the body stays raw. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import tzinfo

from feedtool.model import Post, utc
from feedtool.problems import Code, Problem
from feedtool.reader import fields as read_field
from feedtool.reader.dates import DateError, Moment, file_name_date, read_count, read_date
from feedtool.reader.decoding import plain
from feedtool.reader.defaults import PLAIN, Customs
from feedtool.reader.fields import Fields, Report
from feedtool.reader.identity import UUID, Scheme, jekyll_address
from feedtool.reader.paths import folder_categories, folder_name, own_name, root_of
from feedtool.reader.pelican import slug_of
from feedtool.reader.split import Parts, cut
from feedtool.urls import absolute

NO_TITLE = Code(
    "missing-title",
    "warning",
    "The post has no title. The first heading serves, or else the file name.",
    "Add a title to the front matter.",
)
NO_DATE = Code(
    "missing-date",
    "error",
    "Nothing says when the post was published: no millisecond comment, no `date`, no date in the file name. "
    "Feeds cannot hold it, and feedtool does not make dates up.",
    "Add a date to the front matter, or to the file name.",
)
BAD_DATE = Code(
    "bad-date",
    "warning",
    "A date cannot be read, or could be more than one day. The next source of a date serves.",
    "Write year-month-day: 2023-02-01, or 2023-02-01T09:30:00+08:00.",
)
BAD_STAMP = Code(
    "bad-timestamp",
    "warning",
    "The timestamp comment is no number of milliseconds since 1970 between 1990 and 2099. The front matter's "
    "date serves, or else the file name's.",
    "Write the milliseconds, 13 digits today: <!--1675164846000-->.",
)
STAMP_UNIT = Code(
    "timestamp-unit",
    "warning",
    "The timestamp comment counts seconds or microseconds, by its number of digits, not milliseconds. It was "
    "converted.",
    "Write the milliseconds, 13 digits today: <!--1675164846000-->.",
)
DATES_DIFFER = Code(
    "dates-differ",
    "warning",
    "The timestamp comment and the front matter's date are more than a day apart. The comment counts.",
    "The comment counts. Correct it, or delete it to let the header's date count.",
)

EXPIRES = Code(
    "expiry-date",
    "note",
    "The header has a date from which the post is no longer to be shown. feedtool does not act on it, since a build "
    "does not depend on the day that it runs on.",
    "Write `future = false` under [posts]: then posts come and go by their dates.",
)

_DAY_MS = 86_400_000
#: keys of the time from which a post is to be seen, of that from which it is no longer, and of its last change
PUBLISH_KEYS = ("publishdate", "publish_date", "pubdate")
EXPIRY_KEYS = ("expirydate", "expiry_date", "unpublishdate")
UPDATED_KEYS = ("updated", "last_modified_at", "lastmod", "modified")
#: what Eleventy fills in from the file system or from git
_OWN_TIMES = re.compile(r"(?:git\s+)?(?:created|last\s+modified)", re.IGNORECASE)
#: key and flag that keep a post out of feeds, and the key as its generator writes it
_KEPT_OUT = (
    ("draft", True, "draft: true"),
    ("published", False, "published: false"),
    ("eleventyexcludefromcollections", True, "eleventyExcludeFromCollections: true"),
)
_KEEPING_OUT = ("draft", "published", "eleventyexcludefromcollections", "status")
_HIDDEN = frozenset({"draft", "hidden", "skip"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a file."""

    path: str
    #: None for a draft, and where the file gives no entry (a problem of level "error" says why)
    post: Post | None = None
    problems: tuple[Problem, ...] = ()
    #: what in the header leaves the post out, such as "draft: true"; or ""
    kept_out: str = ""

    @property
    def is_draft(self) -> bool:
        """Return whether the post's own header leaves it out."""
        return bool(self.kept_out)


def read_post(content: bytes, path: str, *, zone: tzinfo, ids: Scheme = UUID, customs: Customs = PLAIN) -> Reading:
    """Return the post that a file's bytes hold, with every problem met on the way.

    `path` is the file as the user knows it, with "/" between folders; `zone` is that of dates without one; `ids` is
    how the site's old feeds made theirs; `customs` is what its configuration says of posts.
    Total: no input raises.
    """
    problems: list[Problem] = []
    parts = cut(content, path, customs, problems.append)
    if parts is None:
        return Reading(path=path, problems=tuple(problems))
    if kept_out := _kept_out(parts.fields):
        return Reading(path=path, problems=tuple(problems), kept_out=kept_out)
    published = published_at(parts, path, zone, problems.append, customs)
    if published is None:
        problems.append(NO_DATE.at(path, "no date can be found"))
        return Reading(path=path, problems=tuple(problems))
    post = post_of(parts, path, published, zone, problems.append, customs)
    if post.expires_ms is not None and not customs.is_timed:
        message = f"{utc(post.expires_ms):%Y-%m-%d %H:%M} UTC is not acted on"
        field = next(parts.fields[key] for key in EXPIRY_KEYS if key in parts.fields)
        problems.append(EXPIRES.at(path, message, line=field.line, field="expiryDate"))
    if ids.name != "uuid":
        post = replace(post, old_id=ids.id_of(post, parts.fields))
    if ids.pages and not post.source and not absolute(post.permalink):
        post = replace(post, permalink=ids.page_of(post, parts.fields) or post.permalink)
        problems = [found for found in problems if (found.code, found.field) != (read_field.BAD_URL.name, "permalink")]
    return Reading(path=path, post=post, problems=tuple(problems))


def _kept_out(fields: Fields) -> str:
    """Return what in a header keeps the post out of feeds, or ""."""
    if fields.keys().isdisjoint(_KEEPING_OUT):
        return ""
    for key, value, written in _KEPT_OUT:
        if key in fields and read_field.flag(fields, key) is value:
            return written
    status = fields["status"].value if "status" in fields else None
    return f"status: {status}" if isinstance(status, str) and status.lower() in _HIDDEN else ""


def post_of(parts: Parts, path: str, published: Moment, zone: tzinfo, report: Report, customs: Customs = PLAIN) -> Post:
    """Return the post of a text's parts, which was published then."""
    fields = parts.fields
    _, stem = file_name_date(own_name(path, customs.roots))
    source = read_field.address(fields, ("from", "source"), path, report)
    if not source and "from" not in fields and absolute(parts.heading_link):
        source = parts.heading_link
    updated = _first(fields, UPDATED_KEYS, path, zone, report)
    expires = _first(fields, EXPIRY_KEYS, path, zone, report)
    title = _title(parts, stem, path, report)
    tags = read_field.terms(fields, ("tags", "tag"), path, report)
    post = Post(
        path=path,
        title=title,
        published_ms=published.ms,
        identity_ms=published.identity_ms,
        updated_ms=updated.ms if updated else None,
        expires_ms=expires.ms if expires else None,
        source=source,
        permalink=read_field.permalink(fields, path, report, is_toml=parts.form == "toml"),
        slug=read_field.text(fields, "slug")[0] or (slug_of(title) if parts.form == "lines" else "") or stem,
        declared_id=read_field.text(fields, "id", "guid")[0],
        authors=read_field.authors(fields, path, report),
        categories=categories_of(parts, path, report, customs),
        tags=_topics(tags, customs) if customs.ignored else tags,
        language=read_field.language(fields, path, report),
        summary=read_field.text(fields, "summary", "description", "excerpt")[0],
        image=read_field.image(fields),
        enclosure=read_field.enclosure(fields, source, path, report),
        body_digest=hashlib.blake2b(parts.body.encode(), digest_size=16).hexdigest() if parts.body else "",
    )
    if "permalink" in fields and read_field.is_pattern(fields["permalink"].value):
        root = root_of(path, customs.roots)
        return replace(post, permalink=jekyll_address(Scheme(name="jekyll", zone=zone, root=root), post, fields))
    return post


def categories_of(parts: Parts, path: str, report: Report, customs: Customs) -> tuple[str, ...]:
    """Return the categories of a header, behind those that a generator takes from folders."""
    found = read_field.terms(parts.fields, ("categories", "category"), path, report)
    if folders := categories_by_place(parts, path, customs):
        found = tuple(dict.fromkeys((*map(plain, folders), *found)))
    return _topics(found, customs) if customs.ignored else found


def categories_by_place(parts: Parts, path: str, customs: Customs) -> tuple[str, ...]:
    """Return Jekyll's folders above `_posts`, and Pelican's folder of a post that names no category."""
    if parts.form == "lines":
        folder = "" if "category" in parts.fields else folder_name(path, customs.roots)
        return (folder,) if folder else ()
    return folder_categories(path, customs.roots) if "/_posts/" in path else ()


def _topics(terms: tuple[str, ...], customs: Customs) -> tuple[str, ...]:
    return tuple(term for term in terms if term not in customs.ignored)


def _title(parts: Parts, stem: str, path: str, report: Report) -> str:
    title = read_field.title(parts.fields, path, report)
    if title:
        return title
    heading = first_heading(parts)
    title = heading or plain(stem.replace("-", " ").replace("_", " ")) or path.rstrip("/").rpartition("/")[2]
    whence = "heading" if heading else "file name"
    line = parts.fields["title"].line if "title" in parts.fields else 1
    report(NO_TITLE.at(path, f'the {whence} serves: "{title[:80]}"', line=line, field="title"))
    return title


def first_heading(parts: Parts) -> str:
    """Return the first heading of the text, or ""."""
    found = re.search(r"^(?:#{1,6}[ \t]+(.+?)[ \t#]*|(.+)\n={3,}[ \t]*)$", parts.body[:5000], re.MULTILINE)
    html_heading = re.search(r"<h[1-3][^>]*>([^<]+)</h", parts.body[:5000])
    heading = parts.heading or (plain(found[1] or found[2]) if found else "")
    return heading or (plain(html_heading[1]) if html_heading else "")


def published_at(parts: Parts, path: str, zone: tzinfo, report: Report, customs: Customs = PLAIN) -> Moment | None:
    """Return the first moment that can be had: the timestamp comment, Hugo's `publishDate`, `date`, the file name.

    A `publishDate` may be set anew, so that identity comes from what else there is.
    """
    stamped = stamp_of(parts, path, report)
    dated = date_of(parts.fields, "date", path, zone, report)
    if dated is None and read_field.flag(parts.fields, "published") is None:
        dated = date_of(parts.fields, "published", path, zone, report)
    if stamped and dated and abs(stamped.ms - dated.ms) > _DAY_MS:
        message = f"{utc(stamped.ms):%Y-%m-%d %H:%M} UTC in the comment, {utc(dated.ms):%Y-%m-%d %H:%M} in the header"
        report(DATES_DIFFER.at(path, message, line=parts.stamp_line, field="date"))
    given = _first(parts.fields, PUBLISH_KEYS, path, zone, report)
    lasting = stamped or dated or _named(path, zone, report, customs)
    if given and not stamped:
        return Moment(ms=given.ms, identity_ms=(lasting or given).identity_ms)
    return lasting


def _named(path: str, zone: tzinfo, report: Report, customs: Customs) -> Moment | None:
    name, _ = file_name_date(own_name(path, customs.roots))
    try:
        return read_date(name, zone) if name else None
    except DateError as error:
        report(BAD_DATE.at(path, f"in the file name: {error}"))
        return None


def stamp_of(parts: Parts, path: str, report: Report) -> Moment | None:
    """Return the moment of the timestamp comment."""
    if not parts.stamp:
        return None
    found = read_count(parts.stamp)
    if not found:
        report(BAD_STAMP.at(path, f"<!--{parts.stamp[:40]}-->", line=parts.stamp_line))
        return None
    milliseconds, unit = found
    if unit != "milliseconds":
        message = f"<!--{parts.stamp}--> was read as {unit}: {utc(milliseconds):%Y-%m-%d %H:%M:%S} UTC"
        report(STAMP_UNIT.at(path, message, line=parts.stamp_line))
    return Moment(ms=milliseconds, identity_ms=milliseconds)


def date_of(fields: Fields, name: str, path: str, zone: tzinfo, report: Report) -> Moment | None:
    """Return the moment that a field of a header names."""
    field = fields.get(name)
    if not field or field.value is None:
        return None
    value = field.value.strip() if isinstance(field.value, str) else field.raw
    counted = read_count(value) if len(value) > 8 else None
    if counted:
        return Moment(ms=counted[0], identity_ms=counted[0])
    try:
        return read_date(value, zone)
    except DateError as error:
        message, fix = str(error), ""
        if _OWN_TIMES.fullmatch(value):
            message = f'"{value}" stands for a time of the file, which is another on each machine'
            fix = "Write the date itself, or give the file's name one: 2024-01-02-name.md."
        report(BAD_DATE.at(path, message, line=field.line, field=name, fix=fix))
        return None


def _first(fields: Fields, names: tuple[str, ...], path: str, zone: tzinfo, report: Report) -> Moment | None:
    if fields.keys().isdisjoint(names):
        return None
    for name in names:
        if name in fields and (found := date_of(fields, name, path, zone, report)):
            return found
    return None
