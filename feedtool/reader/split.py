"""A post file's bytes -> its parts: header, timestamp comment, heading, body; and a site's conventions. Pure."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from feedtool.config import Config, Defaults, Pages, Posts
from feedtool.config.placeholders import path_pattern
from feedtool.disk import LARGEST_POST
from feedtool.frozen import frozen
from feedtool.problems import Code, printable_path
from feedtool.reader.fields import RawPost, Report
from feedtool.reader.front_matter import read_header, without_blank_lines
from feedtool.reader.identity import own_name, root_of, scheme_of
from feedtool.reader.keys import Field, Fields, Origin, normal_key, plain, typed, with_defaults, with_tables
from feedtool.reader.markdown import Dialect
from feedtool.reader.schemes import Scheme
from feedtool.reader.template_pages import path_fields
from feedtool.syntax import FORBIDDEN, later

NOT_UTF8 = Code.warning("not-utf8")(
    "The file is not UTF-8. Its encoding was guessed; a byte that is not of that encoding becomes \ufffd.",
    "Save the file as UTF-8.",
)
BYTE_ORDER_MARK = Code.note("byte-order-mark")(
    "The text begins with a byte-order mark. feedtool skips it; other tools miss the front matter behind it.",
    "Save the file as UTF-8 without a byte-order mark.",
)
CARRIAGE_RETURNS = Code.note("carriage-returns")(
    "Lines end with a carriage return, as on Windows. They are read as line ends.",
    "No action is needed; `git config core.autocrlf input` keeps them out of the repository.",
)
FORBIDDEN_CHARACTERS = Code.warning("forbidden-characters")(
    "The file has characters that are not allowed in XML, such as NUL or other controls. They were removed.",
    "Remove them; the line is that of the first one.",
)
EMPTY_FILE = Code.error("empty-file")("The file is empty. It gives no entry.", "Fill it, or delete it.")
TOO_LARGE = Code.warning("too-large")(
    "The file is larger than any feed can be, in bytes or in elements. Its body was left out; subscribers get title "
    "and link.",
    "Check the body for images written as data, and the like.",
)
CONTENT_KEY = Code.note("content-key")(
    "The header has a key `content`, which some tools take for the body. feedtool uses the text below the header.",
    "Rename the key, or move its text below the header.",
)

_STAMP = later(r"[ \t]*<!--[ \t]*(-?\d+|NaN|null|undefined|Invalid [Dd]ate)[ \t]*-->\s*")
_HEADING = later(r"\[(?P<title>.*)\]\((?P<link>.*)\)[^\S\n]*\n")
_RULE = later(r"-{3,}[ \t]*(?:\n|\Z)")
_ESCAPE = later(r"\\([][()*_`\\])")
_REFERENCE = later(r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF]));")

_CONTROL_BYTES = bytes(byte for byte in range(0x80) if FORBIDDEN.match(chr(byte)))
_C1_BYTES = later(b"\xc2[\x80-\x9f]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: The encodings that posts were seen in, besides UTF-8.
_ENCODINGS = [
    "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "koi8_r", "cp1252", "cp1256", "cp1253",
]  # fmt: skip


@frozen
class Conventions:
    """How the posts of a site are read."""

    #: of dates that name none
    zone: tzinfo = UTC
    #: absolute, "/" at the end
    site_url: str = ""
    posts: Posts = field(default_factory=Posts)
    pages: Pages = field(default_factory=lambda: Pages(entries=False))
    #: how ids are made
    ids: Scheme = field(default_factory=Scheme)
    #: a pattern of paths, and what headers say there where they say nothing themselves; the shortest pattern first
    defaults: tuple[tuple[str, Mapping[str, Field]], ...] = ()
    #: the posts folders as the posts' paths begin with them, the shortest first
    roots: tuple[str, ...] = ()
    #: whether a feed of the site is a podcast
    has_podcasts: bool = False
    #: how Markdown is read
    dialect: Dialect = field(default_factory=Dialect)


#: of a site without a configuration
PLAIN = Conventions()


def conventions_of(config: Config) -> Conventions:
    """Return the conventions that a configuration sets."""
    posts = config.posts
    roots = {printable_path(folder).rstrip("/") for folder in posts.dirs}
    return Conventions(
        zone=ZoneInfo(config.site.timezone),
        site_url=config.site.url,
        posts=posts,
        pages=config.pages,
        ids=scheme_of(posts, config.site),
        defaults=tuple(
            (each.path, _default_fields(each, config.path))
            for each in sorted(posts.defaults, key=lambda each: len(each.path))
        ),
        roots=tuple(sorted(roots, key=lambda root: (len(root), root))),
        dialect=Dialect(posts.markdown, json.dumps(posts.markdown_settings, sort_keys=True, default=str)),
        has_podcasts=bool(config.podcast),
    )


#: a default that is the value of another key
_NAMED = later(r"\{\{\s*([\w-]+)\s*\}\}")


def _default_fields(defaults: Defaults, path: str) -> Fields:
    fields: Fields = {}
    for name, value in defaults.values.items():
        origin = Origin(whence=f"from `{name}` under [[posts.defaults]]", path=path, line=defaults.line)
        try:
            fields[normal_key(name)] = Field(typed(value), 0, str(value)[:200], origin=origin)
        except OverflowError:
            continue  # no value that is read is nested so deep
    return fields


def _completed(fields: Fields, path: str, conventions: Conventions) -> Fields:
    """Return a header's fields with those of its own tables and of the configuration."""
    if "taxonomies" in fields or "params" in fields:
        fields = with_tables(fields, path)
    name = path.removeprefix("./")
    for folder, defaults in reversed(conventions.defaults):
        if not folder or path_pattern(folder).fullmatch(name):
            fields = with_defaults(fields, defaults)
    if "title" in fields and (other := _NAMED.fullmatch(str(fields["title"].value))) and fields["title"].origin:
        own = fields.pop("title")
        fields["title"] = fields.get(normal_key(other[1]), own._replace(value=None))
    return with_defaults(fields, path_fields(conventions.ids, path)) if conventions.ids.settings else fields


def cut(content: bytes, path: str, conventions: Conventions, report: Report) -> RawPost | None:
    """Return the parts of a post's text; None for an empty file."""
    size = len(content)
    if size > LARGEST_POST:
        report(TOO_LARGE.at(path, f"more than {LARGEST_POST // 1_000_000} MB; the body is left out"))
        content = content[:200_000].rpartition(b"\n")[0] or content[:200_000]
    text = text_of(content, path, report)
    if not text or text.isspace():
        report(EMPTY_FILE.at(path, "it has no text"))
        return None
    header = read_header(text, path)
    body = header.body
    for problem in header.problems:
        report(problem)
    if "content" in header.fields:
        report(CONTENT_KEY.at(path, "the key is not used", line=header.fields["content"].line, field="content"))
    # The body is the end of the text, but for blank lines.
    line = text.count("\n", 0, len(text.rstrip()) - len(body)) + 1 if body else 0
    stamp = _STAMP.match(body)
    if stamp:
        body = body[stamp.end() :]
    fields = _completed(header.fields, path, conventions)
    heading, link, body = _cut_heading(body, fields)
    return RawPost(
        path=path,
        name=own_name(path, conventions.roots),
        folders=path.removeprefix(root_of(path, conventions.roots)).rpartition("/")[0],
        fields=fields,
        form=header.form,
        stamp=stamp[1] if stamp else "",
        stamp_line=line,
        heading=heading,
        heading_link=link,
        body="" if size > LARGEST_POST else without_blank_lines(body),
        zone=conventions.zone,
        generator=conventions.ids.pages,
        report=report,
    )


def _cut_heading(body: str, fields: Fields) -> tuple[str, str, str]:
    """Return title and link of a heading that repeats the header's, and the body without it; others stay."""
    found = _HEADING.match(body) if 0 < body.find("\n") < 4000 else None
    rule = found and _RULE.match(body, found.end())
    if not found or not rule:
        return "", "", body
    written, link = found["title"], found["link"].strip()
    heading = plain(_ESCAPE.sub(r"\1", written))
    named, source = (fields[key].value if key in fields else "" for key in ("title", "from"))
    title = plain(named) if isinstance(named, str) else ""
    if title in ("", heading) or link in (source, "") or title == plain(written):
        return heading, link, body[rule.end() :]
    return "", "", body


def text_of(content: bytes, path: str, report: Report) -> str:
    """Return the text of a file, with lines that end with a line feed, and no character that XML forbids."""
    text, encoding, marked = decode(content)
    if marked:
        report(BYTE_ORDER_MARK.at(path, f"the file opens with a byte-order mark ({encoding})", line=1))
    if encoding != "utf-8":
        line = text.count("\n", 0, max(0, text.find("\ufffd"))) + 1
        report(NOT_UTF8.at(path, f"read as {encoding.rstrip('?')}", line=line))
    if "\r" in text:
        report(CARRIAGE_RETURNS.at(path, "lines end with CR", line=1))
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = FORBIDDEN.search(text) if encoding != "utf-8" or may_be_forbidden(text, content) else None
    if found:
        names = sorted({f"U+{ord(c):04X}" for c in FORBIDDEN.findall(text)})
        message = f"removed: {', '.join(names[:5])}"
        report(FORBIDDEN_CHARACTERS.at(path, message, line=text.count("\n", 0, found.start()) + 1))
        text = FORBIDDEN.sub("", text)
    # One character is looked for much faster than two.
    written = _REFERENCE.search(text) if "#" in text and "&" in text and "&#" in text else None
    if written:
        line = text.count("\n", 0, written.start()) + 1
        report(FORBIDDEN_CHARACTERS.at(path, f"written as {written[0]}", line=line))
    return text


def decode(content: bytes) -> tuple[str, str, bool]:
    """Return the text, its encoding, and whether it had a byte-order mark.

    Total: a byte that is not of the encoding becomes U+FFFD, and the encoding's name ends in "?".
    """
    for mark, encoding in _MARKS if content[:1] in b"\xef\xff\xfe\x00" else ():
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace"), encoding, True
    wide = _utf16_without_mark(content)
    if wide:
        return content.decode(wide, "replace"), wide, False
    try:
        return content.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError:
        pass
    text = content.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    # far more sequences are good than bad: a file that is cut off, not another encoding
    is_damaged = sum(c > "\x7f" for c in text) - bad > 4 * bad
    return (text, "utf-8?", False) if is_damaged else (*_guess(content), False)


def _utf16_without_mark(content: bytes) -> str:
    """Return the name of UTF-16, if the zero bytes of ASCII letters, which headers are full of, show it; or ""."""
    head = content[:400]
    if 0 not in head:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 5 <= len(head) or min(even, odd) * 8 > max(even, odd):
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _guess(content: bytes) -> tuple[str, str]:
    if _has_kana(content):
        return content.decode("euc_jp"), "euc_jp"
    import charset_normalizer  # noqa: PLC0415 - takes as long as ten posts, and few need it

    best = charset_normalizer.from_bytes(content[:200_000], cp_isolation=_ENCODINGS).best()
    encoding = best.encoding if best else "cp1252"
    try:
        return content.decode(encoding), encoding
    except UnicodeDecodeError:
        return content.decode(encoding, "replace"), encoding + "?"


def _has_kana(content: bytes) -> bool:
    """Return whether this is EUC-JP: its kana have the bytes of rare characters in Korean and Chinese encodings."""
    try:
        text = content.decode("euc_jp")
    except UnicodeDecodeError:
        return False
    wide = sum(c > "\x7f" for c in text)
    return sum("\u3041" <= c <= "\u30fe" for c in text) * 5 > wide


def may_be_forbidden(text: str, utf8: bytes) -> bool:
    """Return whether FORBIDDEN may match in a text, by its bytes, which are searched faster; False is certain."""
    if len(utf8.translate(None, _CONTROL_BYTES)) < len(utf8) or "\ufffe" in text or "\uffff" in text:
        return True
    return b"\xc2" in utf8 and bool(_C1_BYTES.search(utf8))
