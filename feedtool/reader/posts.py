"""A post file's bytes -> Post. What the header says, typed and validated; the body stays raw. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import tzinfo

from feedtool.addresses import absolute
from feedtool.files import LARGEST_POST
from feedtool.model import Body, Markup, Post, utc
from feedtool.problems import Code, Problem
from feedtool.reader import fields as read_field
from feedtool.reader.dates import DateError, Moment, file_name_date, read_count, read_date
from feedtool.reader.fields import Fields, Report
from feedtool.reader.header import read_header, without_blank_lines
from feedtool.reader.identity import UUID, Scheme
from feedtool.reader.liquid import left_out
from feedtool.reader.markup import is_html
from feedtool.reader.text import FORBIDDEN, decode, may_be_forbidden, plain

NOT_UTF8 = Code(
    "not-utf8",
    "warning",
    "The file is not UTF-8. Its encoding was guessed from its bytes; a byte that fits nowhere becomes \ufffd.",
    "Save the file as UTF-8.",
)
BYTE_ORDER_MARK = Code(
    "byte-order-mark",
    "note",
    "A byte-order mark stands before the text. feedtool skips it; other tools lose the front matter to it.",
    "Save the file as UTF-8 without a byte-order mark.",
)
CARRIAGE_RETURNS = Code(
    "carriage-returns",
    "note",
    "Lines end with a carriage return, as on Windows. They are read as line ends.",
    "Nothing needs to be done; `git config core.autocrlf input` keeps them out of the repository.",
)
FORBIDDEN_CHARACTERS = Code(
    "forbidden-characters",
    "warning",
    "The file has characters that no XML document may have, such as NUL or other controls. They are removed.",
    "Remove them; the line is that of the first one.",
)
EMPTY_FILE = Code("empty-file", "error", "The file is empty. It gives no entry.", "Fill it, or delete it.")
TOO_LARGE = Code(
    "too-large",
    "warning",
    "The file is larger than any feed can be. Its header is used and its body is left out, so that subscribers "
    "get title and link.",
    "Check what the body holds, such as images written as data.",
)
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
    "Correct the one that is wrong.",
)
CONTENT_KEY = Code(
    "content-key",
    "note",
    "The header has a key `content`, which some tools take for the body. feedtool takes what stands below it.",
    "Rename the key, or move its text below the header.",
)
TOO_DEEP = Code(
    "nested-too-deep",
    "warning",
    "Elements of the body are nested deeper than any reader would show. The nesting is flattened, the text stays.",
    "Look for elements that are never closed.",
)
UNKNOWN_LIQUID = Code(
    "liquid-tag",
    "note",
    "The text has a Liquid tag that only a site generator can fill in. It is left out of the entry.",
)

_STAMP = re.compile(r"[ \t]*<!--[ \t]*(-?\d+|NaN|null|undefined|Invalid [Dd]ate)[ \t]*-->\s*")
_HEADING = re.compile(r"\[(?P<title>.*)\]\((?P<link>.*)\)[^\S\n]*\n")
_RULE = re.compile(r"-{3,}[ \t]*(?:\n|\Z)")
_ESCAPE = re.compile(r"\\([][()*_`\\])")
_REFERENCE = re.compile(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF]));")
_DEEPEST = 500
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a file."""

    path: str
    #: None for a draft, and where the file gives no entry (a problem of level "error" says why)
    post: Post | None = None
    problems: tuple[Problem, ...] = ()
    is_draft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """A post's text, cut up."""

    fields: Fields
    stamp: str
    stamp_line: int
    heading: str
    heading_link: str
    body: str


def read_post(content: bytes, path: str, *, zone: tzinfo, ids: Scheme = UUID) -> Reading:
    """Return the post that a file's bytes hold, with every problem met on the way.

    `path` is the file as the user knows it, with "/" between folders; `zone` is that of dates without one; `ids` is
    how the site's old feeds made theirs.
    Total: no input raises.
    """
    problems: list[Problem] = []
    parts = _parse(content, path, problems.append)
    if parts is None:
        return Reading(path=path, problems=tuple(problems))
    fields = parts.fields
    if read_field.flag(fields, "draft") is True or read_field.flag(fields, "published") is False:
        return Reading(path=path, problems=tuple(problems), is_draft=True)
    published = _published(parts, path, zone, problems.append)
    if published is None:
        problems.append(NO_DATE.at(path, "no date can be found"))
        return Reading(path=path, problems=tuple(problems))
    post = _post(parts, path, published, zone, problems.append)
    if ids.name != "uuid":
        post = replace(post, old_id=ids.id_of(post, fields))
    if ids.pages and not post.source and not absolute(post.permalink):
        post = replace(post, permalink=ids.page_of(post, fields) or post.permalink)
        problems = [found for found in problems if (found.code, found.field) != (read_field.BAD_URL.name, "permalink")]
    return Reading(path=path, post=post, problems=tuple(problems))


def read_body(content: bytes, path: str) -> Body:
    """Return the body of the post that `read_post` reads from the same bytes, without the title's copy."""
    parts = _parse(content, path, lambda _: None)
    text = parts.body if parts else ""
    return Body(text=text, markup=_markup(path))


def body_problems(body: Body, path: str) -> tuple[Problem, ...]:
    """Return what there is to say about a body that is about to be rendered."""
    if body.text.count("<") > _DEEPEST and _depth(body.text) > _DEEPEST:
        return (TOO_DEEP.at(path, f"more than {_DEEPEST} levels"),)
    if body.markup != "markdown" or is_html(body.text):
        return ()
    return tuple(UNKNOWN_LIQUID.at(path, tag[:120]) for tag in dict.fromkeys(left_out(body.text)))


def _depth(html: str) -> int:
    """Return how many elements more are opened than closed at the deepest place, those without an end not counted."""
    deepest = depth = 0
    for closes, name in re.findall(r"<(/?)([A-Za-z][A-Za-z0-9]*)", html):
        if name.lower() not in ("br", "img", "hr", "p", "li", "input", "meta", "link", "source", "td", "tr", "wbr"):
            depth += -1 if closes else 1
            deepest = max(deepest, depth)
    return deepest


def _markup(path: str) -> Markup:
    endings: dict[str, Markup] = {".html": "html", ".txt": "text"}
    return endings.get(_stem_and_ending(path)[1].lower(), "markdown")


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _stem_and_ending(path: str) -> tuple[str, str]:
    """Return a file's name without its ending, and the ending with its dot; a dot at either end is no ending's."""
    name = _name(path)
    dot = name.rfind(".")
    return (name[:dot], name[dot:]) if 0 < dot < len(name) - 1 else (name, "")


def _parse(content: bytes, path: str, report: Report) -> _Parts | None:
    size = len(content)
    if size > LARGEST_POST:
        report(TOO_LARGE.at(path, f"more than {LARGEST_POST // 1_000_000} MB; the body is left out"))
        content = content[:200_000].rpartition(b"\n")[0] or content[:200_000]
    text = _text(content, path, report)
    if not text or text.isspace():
        report(EMPTY_FILE.at(path, "there is nothing in it"))
        return None
    header, body = read_header(text, path)
    for problem in header.problems:
        report(problem)
    if "content" in header.fields:
        report(CONTENT_KEY.at(path, "the key is not used", line=header.fields["content"].line, field="content"))
    # The body is the end of the text, but for blank lines.
    line = text.count("\n", 0, len(text.rstrip()) - len(body)) + 1 if body else 0
    stamp = _STAMP.match(body)
    if stamp:
        body = body[stamp.end() :]
    heading, link, body = _cut_heading(body, header.fields)
    return _Parts(
        fields=header.fields,
        stamp=stamp[1] if stamp else "",
        stamp_line=line,
        heading=heading,
        heading_link=link,
        body="" if size > LARGEST_POST else without_blank_lines(body),
    )


def _cut_heading(body: str, fields: Fields) -> tuple[str, str, str]:
    """Return title and link of the heading that repeats the header's, and the body without it.

    A heading that says something else is part of the article, and stays.
    """
    found = _HEADING.match(body) if 0 < body.find("\n") < 4000 else None
    rule = found and _RULE.match(body, found.end())
    if not found or not rule:
        return "", "", body
    written, link = found["title"], found["link"].strip()
    heading = plain(_ESCAPE.sub(r"\1", written))
    title = read_field.text(fields, "title")[0]
    source = fields["from"].value if "from" in fields else ""
    if title in ("", heading) or link in (source, "") or title == plain(written):
        return heading, link, body[rule.end() :]
    return "", "", body


def _text(content: bytes, path: str, report: Report) -> str:
    text, encoding, marked = decode(content)
    if marked:
        report(BYTE_ORDER_MARK.at(path, f"the file opens with a byte-order mark ({encoding})", line=1))
    if encoding != "utf-8":
        report(NOT_UTF8.at(path, f"read as {encoding.rstrip('?')}", line=_first_line(text, "\ufffd")))
    if "\r" in text:
        report(CARRIAGE_RETURNS.at(path, "lines end with CR", line=1))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = FORBIDDEN.search(text) if encoding != "utf-8" or may_be_forbidden(text, content) else None
    if found:
        names = sorted({f"U+{ord(c):04X}" for c in FORBIDDEN.findall(text)})
        message = f"removed: {', '.join(names[:5])}"
        report(FORBIDDEN_CHARACTERS.at(path, message, line=text.count("\n", 0, found.start()) + 1))
        text = FORBIDDEN.sub("", text)
    written = _REFERENCE.search(text) if "&" in text else None
    if written:
        line = text.count("\n", 0, written.start()) + 1
        report(FORBIDDEN_CHARACTERS.at(path, f"written as {written[0]}", line=line))
    return text


def _first_line(text: str, mark: str) -> int:
    at = text.find(mark)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1


def _post(parts: _Parts, path: str, published: Moment, zone: tzinfo, report: Report) -> Post:
    fields = parts.fields
    _, stem = file_name_date(_stem_and_ending(path)[0])
    source = read_field.address(fields, ("from", "source"), path, report)
    if not source and "from" not in fields and absolute(parts.heading_link):
        source = parts.heading_link
    updated = _updated(fields, path, zone, report)
    return Post(
        path=path,
        title=_title(parts, stem, path, report),
        published_ms=published.ms,
        identity_ms=published.identity_ms,
        updated_ms=updated,
        source=source,
        permalink=read_field.permalink(fields, path, report),
        slug=read_field.text(fields, "slug")[0] or stem,
        declared_id=read_field.text(fields, "id", "guid")[0],
        authors=read_field.authors(fields, path, report),
        categories=read_field.terms(fields, ("categories", "category"), path, report),
        tags=read_field.terms(fields, ("tags", "tag"), path, report),
        language=read_field.language(fields, path, report),
        summary=read_field.text(fields, "summary", "description", "excerpt")[0],
        image=read_field.image(fields),
        enclosure=read_field.enclosure(fields, source, path, report),
        body_digest=hashlib.blake2b(parts.body.encode(), digest_size=16).hexdigest() if parts.body else "",
    )


def _title(parts: _Parts, stem: str, path: str, report: Report) -> str:
    title = read_field.title(parts.fields, path, report)
    if title:
        return title
    heading = _heading(parts)
    title = heading or plain(stem.replace("-", " ").replace("_", " ")) or _name(path)
    whence = "heading" if heading else "file name"
    line = parts.fields["title"].line if "title" in parts.fields else 1
    report(NO_TITLE.at(path, f'the {whence} serves: "{title[:80]}"', line=line, field="title"))
    return title


def _heading(parts: _Parts) -> str:
    """Return the first heading of the text, or ""."""
    found = re.search(r"^(?:#{1,6}[ \t]+(.+?)[ \t#]*|(.+)\n={3,}[ \t]*)$", parts.body[:5000], re.MULTILINE)
    html_heading = re.search(r"<h[1-3][^>]*>([^<]+)</h", parts.body[:5000])
    heading = parts.heading or (plain(found[1] or found[2]) if found else "")
    return heading or (plain(html_heading[1]) if html_heading else "")


def _published(parts: _Parts, path: str, zone: tzinfo, report: Report) -> Moment | None:
    """Return the first moment that can be had: the timestamp comment, `date`, the file name."""
    stamped = _stamped(parts, path, report)
    dated = _dated(parts.fields, "date", path, zone, report)
    if dated is None and read_field.flag(parts.fields, "published") is None:
        dated = _dated(parts.fields, "published", path, zone, report)
    if stamped and dated and abs(stamped.ms - dated.ms) > _DAY_MS:
        message = f"{utc(stamped.ms):%Y-%m-%d %H:%M} UTC in the comment, {utc(dated.ms):%Y-%m-%d %H:%M} in the header"
        report(DATES_DIFFER.at(path, message, line=parts.stamp_line, field="date"))
    return stamped or dated or _named(path, zone, report)


def _named(path: str, zone: tzinfo, report: Report) -> Moment | None:
    name, _ = file_name_date(_stem_and_ending(path)[0])
    try:
        return read_date(name, zone) if name else None
    except DateError as error:
        report(BAD_DATE.at(path, f"in the file name: {error}"))
        return None


def _stamped(parts: _Parts, path: str, report: Report) -> Moment | None:
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


def _dated(fields: Fields, name: str, path: str, zone: tzinfo, report: Report) -> Moment | None:
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
        report(BAD_DATE.at(path, str(error), line=field.line, field=name))
        return None


def _updated(fields: Fields, path: str, zone: tzinfo, report: Report) -> int | None:
    for name in ("updated", "last_modified_at", "lastmod"):
        found = _dated(fields, name, path, zone, report)
        if found:
            return found.ms
    return None
