"""Templates, ours and the user's -> what renders pages; and what is wrong with templates.

The user's may come from a stranger: they are rendered in a sandbox, read no file, and reach nothing but what they are
given. They may still be slow or long: nothing bounds the loops of a template.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from types import TracebackType
from typing import Any

from jinja2 import (
    Environment,
    FunctionLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
)
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from feedtool.config import TEMPLATE_NAMES, Templates
from feedtool.generators.formatting import rfc3339
from feedtool.generators.pages.languages import clip, direction
from feedtool.model import FILE_NAMES, MEDIA_TYPES, Format
from feedtool.problems import Code, Problem

BAD_TEMPLATE = Code(
    "bad-template",
    "error",
    "A template of yours cannot be used: it is not written as Jinja templates are, asks for something that it is not "
    "given, or does what templates may not. The built-in one serves in its place.",
    'Mend the line; {% extends "builtin/index.html" %} takes the built-in template and changes single blocks.',
)

#: ours, whatever the user's are called
BUILT_IN = "builtin/"
FORMAT_NAMES: dict[Format, str] = {"atom": "Atom", "rss": "RSS", "json": "JSON"}

#: what ends an element of this name early, or makes a browser read on beyond its end
_BREAKING = {".css": re.compile(r"</style", re.IGNORECASE), ".js": re.compile(r"</script|<!--", re.IGNORECASE)}
#: elements whose text is written into a template word by word
_INLINE = re.compile(r"<(style|script)\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)


class BrokenTemplateError(Exception):
    """A template of the user's failed; says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Sandbox(ImmutableSandboxedEnvironment):
    """Lets a template see what it is given and change nothing; nor can a few characters of it fill the memory."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:  # noqa: ARG002
        """Multiply numbers. Raises SecurityError for all else."""
        if operator == "*" and isinstance(left, int | float) and isinstance(right, int | float):
            return left * right
        message = f"{operator} is for numbers alone here" if operator == "*" else f"{operator} is not to be had here"
        raise SecurityError(message)


def sound_templates(templates: Templates) -> tuple[Templates, tuple[Problem, ...]]:
    """Return the templates without those that cannot be read as such, and what is wrong with these."""
    found = [(name, text, _flaw(templates, name, text)) for name, text in templates.texts]
    sound = Templates(folder=templates.folder, texts=tuple((name, text) for name, text, flaw in found if not flaw))
    return sound, tuple(flaw for _, _, flaw in found if flaw)


def _flaw(templates: Templates, name: str, text: str) -> Problem | None:
    """Return what is wrong with a template before it is used."""
    path = f"{templates.folder}/{name}"
    breaking = _BREAKING.get(name[name.rindex(".") :])
    if breaking:
        if found := breaking.search(text):
            line = text.count("\n", 0, found.start()) + 1
            return BAD_TEMPLATE.at(path, f'"{found[0]}" would end it early', line=line, fix="Leave it out.")
        return None
    try:
        _environment(templates).compile(text, name, path)
    except TemplateSyntaxError as error:
        return BAD_TEMPLATE.at(path, _said(error), line=error.lineno)
    except RecursionError:
        return BAD_TEMPLATE.at(path, "nests too deeply")
    return None


def render(name: str, templates: Templates, *, pictures: str = "", **values: object) -> bytes:
    """Return a page in UTF-8, made by the user's template of that name, or by ours where there is none.

    `pictures` says where the page's pictures may come from, beside the page itself, such as "https:". Raises
    BrokenTemplateError where a template of the user's fails.
    """
    environment = _environment(templates)
    try:
        text = environment.get_template(name).render(values, policy=_policy(templates, pictures))
    except MemoryError:
        raise  # the machine's affair
    except Exception as error:
        if not templates.texts:
            raise
        raise BrokenTemplateError(_failure(templates, name, error)) from error
    return text.encode("utf-8", "replace")


def plain(name: str, templates: Templates) -> str:
    """Return a sheet or a script, the user's or ours, as a browser will read it from a page."""
    text = dict(templates.texts).get(name)
    if text is None:
        text = "" if name == "extra.css" else _compact(name)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


@cache
def built_in(name: str) -> str:
    """Return the text of our own template."""
    place = files("feedtool.generators.pages") / "templates" / name
    return place.read_text(encoding="utf-8")


@cache
def _compact(name: str) -> str:
    """Return our own sheet or script without white space that only helps who reads it."""
    text = re.sub(r"\n\s+", "\n", built_in(name))
    if name.endswith(".css"):
        text = re.sub(r"/\*.*?\*/\s*", "", text, flags=re.DOTALL)
        text = re.sub(r'("[^"]*")|\s*([{};,])\s*|(:) ', r"\1\2\3", text)  # what stands in quotes is text
    return text


def _style(templates: Templates) -> str:
    return plain("style.css", templates) + plain("extra.css", templates)


@lru_cache(maxsize=4)
def _environment(templates: Templates) -> Environment:
    # the sandbox asks before every step, which takes twice as long; our own templates are trusted
    kind = _Sandbox if templates.texts else Environment
    environment = kind(
        loader=FunctionLoader(_loader(templates)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters |= {"rfc3339": rfc3339, "direction": direction, "clip": clip}
    environment.globals |= {
        # whole files, whose digests are in the policy: nothing in them may be escaped
        "style": Markup(_style(templates)),  # noqa: S704
        "script": Markup(plain("script.js", templates)),  # noqa: S704
        "search": Markup(plain("search.js", templates)),  # noqa: S704
        "format_names": FORMAT_NAMES,
        "file_names": FILE_NAMES,
        "media_types": MEDIA_TYPES,
    }
    return environment


def _loader(templates: Templates) -> Callable[[str], tuple[str, str, Callable[[], bool]] | None]:
    """Return what finds a template by name, with the file that messages name."""
    own = dict(templates.texts)

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        plain_name = name.removeprefix(BUILT_IN)
        if plain_name not in TEMPLATE_NAMES or not plain_name.endswith(".html"):
            return None
        is_own = name in own
        text = own[name] if is_own else built_in(plain_name)
        return text, f"{templates.folder}/{name}" if is_own else BUILT_IN + plain_name, lambda: True

    return load


@lru_cache(maxsize=8)
def _policy(templates: Templates, pictures: str) -> Markup:
    """Return a Content Security Policy (level 3): nothing but what our files and the user's say word by word.

    Text that a template only passes on has no digest here, so that an entry's script does not run even where a
    template forgets to escape it.
    """
    styles, scripts = [_style(templates)], [plain(name, templates) for name in ("script.js", "search.js")]
    for kind, text in _inline(templates):
        (styles if kind == "style" else scripts).append(text)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src {_digests(styles)}",
            f"script-src {_digests(scripts)}",
            # the site's own icon, which browsers and readers find by themselves
            f"img-src 'self' {pictures}".strip(),
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return Markup(policy)  # noqa: S704 - words and digests of ours


def _digests(texts: Iterable[str]) -> str:
    found = dict.fromkeys(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts if text)
    return " ".join(f"'sha256-{digest}'" for digest in found) or "'none'"


def _inline(templates: Templates) -> Iterator[tuple[str, str]]:
    """Yield the styles and scripts that stand in the user's templates themselves, each with what it is."""
    environment = _environment(templates)
    for name, text in templates.texts:
        if name.endswith(".html"):
            for data in environment.parse(text).find_all(nodes.TemplateData):
                yield from ((found[1].lower(), found[2]) for found in _INLINE.finditer(data.data))


def _failure(templates: Templates, name: str, error: Exception) -> Problem:
    """Return what went wrong at which line of the user's templates; that of the page where none is named."""
    own = {f"{templates.folder}/{each}" for each, _ in templates.texts}
    path, line = next(
        (place for place in reversed(list(_places(error.__traceback__))) if place[0] in own),
        (f"{templates.folder}/{name}" if f"{templates.folder}/{name}" in own else min(own), 0),
    )
    return BAD_TEMPLATE.at(path, _said(error), line=line)


def _places(trace: TracebackType | None) -> Iterator[tuple[str, int]]:
    while trace:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


def _said(error: Exception) -> str:
    """Return what an error says, in one line."""
    said: Any = str(error)
    if isinstance(error, TemplateNotFound):
        said = f'there is no template "{error.name}"; there are {", ".join(n for n in TEMPLATE_NAMES if ".html" in n)}'
    elif isinstance(error, RecursionError):
        said = f'extends or includes itself; begin it with "{BUILT_IN}"'
    elif not isinstance(error, TemplateError):
        said = f"{type(error).__name__}: {error}"
    return " ".join(str(said).split())[:300]
