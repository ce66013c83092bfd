"""Renders the built-in templates and the user's, and reports the faults of the user's.

A user's template replaces the built-in one of the same name; `{% extends "builtin/index.html" %}` changes only blocks
of it. A user's template may come from a stranger: it runs in a sandbox, reads no file, and reaches only its own values.
It may still be slow or large: the loops of a template have no limit.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo
from functools import cache, lru_cache, partial
from importlib.util import cache_from_source
from pathlib import Path
from traceback import walk_tb
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined, compiler, nodes
from jinja2.bccache import Bucket, FileSystemBytecodeCache
from jinja2.exceptions import SecurityError, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from feedtool.config import TEMPLATE_NAMES, Templates
from feedtool.generators.xml import rfc3339
from feedtool.model import ENTRIES, FILE_NAMES, ICON, MEDIA_TYPES, Format, utc
from feedtool.problems import Code, Problem
from feedtool.syntax import later

BAD_TEMPLATE = Code.error("bad-template")(
    "A template of the site cannot be used: it is not valid Jinja, it uses a value that does not exist, or it does "
    "something that the sandbox forbids. The built-in template is used instead.",
    'Correct the line; {% extends "builtin/index.html" %} takes the built-in template and changes single blocks.',
)

#: of the built-in templates
_FOLDER = Path(__file__).with_name("templates")
#: the prefix that names a built-in template, even where the user has one of the same name
_BUILT_IN = "builtin/"
_FORMAT_NAMES: dict[Format, str] = {"atom": "Atom", "rss": "RSS", "json": "JSON"}

#: text that ends a style or script element early, or makes a browser read on beyond its end
_BREAKING = {".css": later(r"</style", re.IGNORECASE), ".js": later(r"</script|<!--", re.IGNORECASE)}
#: the pages' style, or a compressed copy
_STYLE = later(r"style-[0-9a-f]{12}\.css(\.[a-z]+)?")
#: style and script elements of a template
_INLINE = later(r"<(style|script)\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
#: primary languages, and scripts, that are written from right to left (BCP 47)
_RIGHT_TO_LEFT = frozenset("ar arc ckb dv fa he iw ks nqo ps sd syr ug ur yi".split())
_RIGHT_TO_LEFT_SCRIPTS = frozenset("adlm arab hebr nkoo syrc thaa".split())
#: the sign of a feed, in a square of 24 units
ICON_SHAPES = (
    '<rect width="24" height="24" rx="5.5"/><path d="M6 11.4a6.6 6.6 0 0 1 6.6 6.6M6 6.2A11.8 11.8 0 0 1 17.8 18"/>'
    '<circle cx="7.2" cy="16.8" r="1.7"/>'
)
#: feed readers on the web, in the order in which they are offered, with the address where somebody subscribes
_READERS = {
    "Feedly": "https://feedly.com/i/subscription/feed%2F{address}",
    "Inoreader": "https://www.inoreader.com/?add_feed={address}",
    "NewsBlur": "https://www.newsblur.com/?url={address}",
    "Feedbin": "https://feedbin.com/?subscribe={address}",
    "The Old Reader": "https://theoldreader.com/feeds/subscribe?url={address}",
    "BazQux": "https://bazqux.com/add?url={address}",
    "Miniflux": "https://reader.miniflux.app/bookmarklet?uri={address}",
}
#: tags of clean HTML, in which attributes have double quotes
_TAG = later(r'<(/?)(h(?=[1-6][ >])|img\b|iframe\b)([1-6]?)((?:\s+[^\s"=<>]+(?:="[^"]*")?)*)')
_HOST = later(r' src="(?:https?:)?//(?:www\.)?([^/"?#]+)')
#: width of a line on the index, in columns: East Asian letters take two
_COLUMNS = 46


class BrokenTemplateError(Exception):
    """A user's template failed; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Compiled(FileSystemBytecodeCache):
    """Compiled templates, beside the compiled modules of a folder: to compile them takes longer than a post.

    Who can write there can change this program too. Where nobody can write, or Python is told to keep nothing, they
    are compiled in each process.
    """

    def __init__(self, folder: Path, *sources: str) -> None:
        """`sources` are the files of ours that decide how templates are compiled."""
        place = Path(cache_from_source(str(folder / "%s.py")))
        super().__init__(str(place.parent), place.name)
        self._made_by = str([os.stat(file).st_mtime_ns for file in (*sources, compiler.__file__)])  # noqa: PTH116 - texts

    def get_source_checksum(self, source: str) -> str:
        """Return what a template that is kept has to name: its text, and what compiled it."""
        return super().get_source_checksum(source + self._made_by)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a template that was compiled by this release."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                Path(self.directory).mkdir(parents=True, exist_ok=True)
                super().dump_bytecode(bucket)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Lets a template read its values and change nothing; and stops short expressions that would fill the memory."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:  # noqa: ARG002
        """Multiply two numbers. Raises SecurityError for other values, and for `**`."""
        if operator == "*" and isinstance(left, int | float) and isinstance(right, int | float):
            return left * right
        raise SecurityError("* takes only numbers here" if operator == "*" else f"{operator} is not allowed here")


def valid_templates(templates: Templates) -> tuple[Templates, tuple[Problem, ...]]:
    """Return the templates that compile, and a problem for each of the others."""
    faults = {name: fault for name, text in templates.texts if (fault := _fault(templates, name, text))}
    texts = tuple(each for each in templates.texts if each[0] not in faults)
    return replace(templates, texts=texts), tuple(faults.values())


def _fault(templates: Templates, name: str, text: str) -> Problem | None:
    """Return why a template does not compile, or None."""
    path = f"{templates.folder}/{name}"
    breaking = _BREAKING.get(name[name.rindex(".") :])
    if breaking:
        if found := breaking.search(text):
            line = text.count("\n", 0, found.start()) + 1
            return BAD_TEMPLATE.at(path, f'"{found[0]}" ends the element early', line=line, fix="Remove it.")
        return None
    try:
        _environment(templates).compile(text, name, path)
    except TemplateSyntaxError as error:
        return BAD_TEMPLATE.at(path, _message(error), line=error.lineno)
    except RecursionError:
        return BAD_TEMPLATE.at(path, "its blocks are nested too deeply")
    return None


def render(
    name: str, templates: Templates, values: Mapping[str, object], *, pictures: str = "", has_media: bool = False
) -> bytes:
    """Return a page in UTF-8, rendered with the user's template of that name or with the built-in one.

    `pictures` are further sources of pictures for the page's policy, such as "https:"; with `has_media`, recordings may
    come from there too, and players. Raises BrokenTemplateError if a user's template fails.
    """
    environment = _environment(templates)
    try:
        text = environment.get_template(name).render(values, policy=_policy(templates, pictures, has_media))
    except MemoryError:
        raise  # the template is not at fault
    except Exception as error:
        if not templates.texts:
            raise
        raise BrokenTemplateError(_failure(templates, name, error)) from error
    return text.encode("utf-8", "replace")


def source_of(name: str, templates: Templates) -> str:
    """Return a style sheet or script, the user's or the built-in one, as a browser reads it from a page."""
    text = dict(templates.texts).get(name)
    if text is None:
        text = "" if name == "extra.css" else _compact(name)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


@cache
def _built_in(name: str) -> str:
    """Return the text of a built-in template."""
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")


@cache
def _compact(name: str) -> str:
    """Return a built-in style sheet or script without comments and indentation."""
    text = re.sub(r"\n\s+", "\n", _built_in(name))
    if name.endswith(".js"):
        text = re.sub(r"^//.*\n", "", text, flags=re.MULTILINE)
    if name.endswith(".css"):
        text = re.sub(r"/\*.*?\*/\s*", "", text, flags=re.DOTALL)
        text = re.sub(r'("[^"]*")|\s*([{};,])\s*|(:) ', r"\1\2\3", text)  # strings stay
    return text


def style_of(templates: Templates) -> tuple[str, str]:
    """Return the style of the pages, and the name of its file: another style has another name."""
    text = source_of("style.css", templates) + source_of("extra.css", templates)
    return text, f"style-{hashlib.sha256(text.encode()).hexdigest()[:12]}.css"


def is_style(path: str) -> bool:
    """Return whether a file of the output is a style of the pages, or a copy of one, by its path."""
    return _STYLE.fullmatch(path) is not None


@lru_cache(maxsize=4)
def _environment(templates: Templates) -> Environment:
    # the sandbox checks every step and takes twice as long; the built-in templates are trusted
    kind = _Sandbox if templates.texts else Environment
    environment = kind(
        loader=FunctionLoader(partial(_load, templates)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=None if templates.texts else Compiled(_FOLDER.parent, __file__),
    )
    environment.filters |= {"rfc3339": rfc3339, "direction": _direction, "clip": _clip, "path": href, "prose": _prose}
    style, style_name = style_of(templates)
    environment.globals |= {
        "style_name": style_name,
        # whole files, whose digests are in the policy: escaping would change them
        "style": Markup(style),  # noqa: S704
        "script": Markup(source_of("script.js", templates)),  # noqa: S704
        "search": Markup(source_of("search.js", templates)),  # noqa: S704
        "format_names": _FORMAT_NAMES,
        "file_names": FILE_NAMES,
        "media_types": MEDIA_TYPES,
        "everything": ENTRIES,
        "readers": [{"name": name, "subscribe": address} for name, address in _READERS.items()],
        "icon_name": ICON,
        "icon_shapes": Markup(ICON_SHAPES),  # noqa: S704 - our own
    }
    return environment


def _load(templates: Templates, name: str) -> tuple[str, str, Callable[[], bool]] | None:
    """Return a template's text, the file name for messages, and whether it stays as it is; None for an unknown one."""
    plain_name = name.removeprefix(_BUILT_IN)
    if plain_name not in TEMPLATE_NAMES or not plain_name.endswith(".html"):
        return None
    own = dict(templates.texts)
    if name in own:
        return own[name], f"{templates.folder}/{name}", lambda: True
    return _built_in(plain_name), _BUILT_IN + plain_name, lambda: True


@lru_cache(maxsize=8)
def _policy(templates: Templates, pictures: str, has_media: bool) -> Markup:  # noqa: FBT001 - lru_cache
    """Return a Content Security Policy (level 3) that allows only the styles and scripts of the templates.

    Scripts are allowed by digest: an entry's has none here, so it does not run even where a template forgets to escape
    it. The style is a file of the site.
    """
    styles, scripts = [style_of(templates)[0]], [source_of(name, templates) for name in ("script.js", "search.js")]
    for kind, text in _inline(templates):
        (styles if kind == "style" else scripts).append(text)
    policy = (
        "default-src 'none'",
        f"style-src 'self' {digests(styles)}",
        f"script-src {digests(scripts)}",
        # 'self' is for the pages' icon
        f"img-src 'self' {pictures}".strip(),
        *((f"media-src {pictures}", "frame-src https:") if has_media else ()),
        "base-uri 'none'",
        "form-action 'none'",
    )
    return Markup("; ".join(policy))  # noqa: S704 - keywords and digests


def digests(texts: Iterable[str]) -> str:
    """Return the sources of a Content Security Policy that allow these styles or scripts, and no other."""
    found = dict.fromkeys(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts if text)
    return " ".join(f"'sha256-{digest}'" for digest in found) or "'none'"


def _inline(templates: Templates) -> Iterator[tuple[str, str]]:
    """Yield the style and script elements of the user's templates, as name and text."""
    environment = _environment(templates)
    for name, text in templates.texts:
        if name.endswith(".html"):
            for data in environment.parse(text).find_all(nodes.TemplateData):
                yield from ((found[1].lower(), found[2]) for found in _INLINE.finditer(data.data))


def _failure(templates: Templates, name: str, error: Exception) -> Problem:
    """Return the problem at the line of the user's template that failed; without a line where none is known."""
    own = {f"{templates.folder}/{each}" for each, _ in templates.texts}
    path = f"{templates.folder}/{name}"
    places = [(path if path in own else min(own), 0)]
    places += [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    path, line = [place for place in places if place[0] in own][-1]
    return BAD_TEMPLATE.at(path, _message(error), line=line)


def _message(error: Exception) -> str:
    """Return the message of an error in one line."""
    message: object = error
    if isinstance(error, TemplateNotFound):
        known = ", ".join(name for name in TEMPLATE_NAMES if name.endswith(".html"))
        message = f'template "{error.name}" does not exist; known: {known}'
    elif isinstance(error, RecursionError):
        message = f'it extends or includes itself; begin the name with "{_BUILT_IN}" for the built-in template'
    elif not isinstance(error, TemplateError):
        message = f"{type(error).__name__}: {error}"
    return " ".join(str(message).split())[:300]


def href(path: str) -> str:
    """Return a path as an address in HTML: only ASCII is percent-encoded, since other letters take a third that way."""
    return re.sub(r"[\x00-\x7f]+", lambda found: quote(found[0]), path)


def day_of(milliseconds: int, *, zone: tzinfo) -> str:
    """Return the day in the zone as year-month-day; in UTC for a time at the very end of the calendar."""
    try:
        return utc(milliseconds).astimezone(zone).date().isoformat()
    except OverflowError:
        return rfc3339(milliseconds)[:10]


def _prose(content: str) -> Markup:
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


def _clip(text: str) -> str:
    """Return as much of a text as one line of the index shows, with "…" if it is cut."""
    room = _COLUMNS
    for at, character in enumerate(text):
        room -= 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if room < 0:
            return text[:at].rstrip() + "…"
    return text


def _direction(language: str) -> str:
    """Return "rtl" or "ltr" for a BCP 47 tag."""
    primary, *rest = language.lower().split("-")
    scripts = [part for part in rest if len(part) == 4 and part.isalpha()]
    right_to_left = scripts[0] in _RIGHT_TO_LEFT_SCRIPTS if scripts else primary in _RIGHT_TO_LEFT
    return "rtl" if right_to_left else "ltr"
