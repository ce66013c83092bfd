"""A request -> the answer: status, headers, bytes (RFC 9110 sections 8.8 and 13).

Served are only ordinary files that are in the output folder and not hidden, also where a path or a symbolic link leads
elsewhere. Media types are those that hosts get (`feedtool.generators`); but browsers always ask again, and
pages of other origins cannot read the answers.

A page gets a script that reloads it. Its policy (Content Security Policy, level 3) is widened for that script only: it
is allowed by its digest, and may connect to where the page came from.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import os
import re
import stat
from dataclasses import dataclass
from email.utils import formatdate
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

from feedtool.generators import media_type as published_type

HTML = published_type("index.html")
#: not the system's list, which differs between machines
_OTHERS = mimetypes.MimeTypes(filenames=())

#: not those of a published site: no other page that the browser has open may read a preview
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}

#: knows whether a file has changed since a time
_CONDITIONS = StaticFiles(check_dir=False)
_MISSING = b"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Not found</title>
<h1>Not found</h1>
<p>The last build wrote no file for this address. This page reloads when one does.</p>
<p><a href="/">All feeds</a></p>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file, as it was when it was read."""

    #: below the output folder, with "/" between folders
    name: str
    content: bytes
    #: time of the last change, in seconds since 1970
    changed: int


def find(root: Path, raw: str) -> Found | str | None:
    """Return the file below `root` that a request's path, as sent, names; None if it names none.

    For a folder without the "/" at its end, return the path on the site with it, percent-encoded.
    """
    steps = steps_of(raw)
    if not steps:
        return None
    top = Path(os.path.realpath(root))
    place = Path(os.path.realpath(top.joinpath(*steps)))
    if not place.is_relative_to(top):
        return None
    try:
        if place.is_dir():
            return "/" + "/".join(map(quote, steps)) + "/"
        return _read(place, "/".join(steps))
    except (OSError, ValueError):
        return None


def steps_of(raw: str) -> tuple[str, ...]:
    """Return the names of the folders and the file in a path; () if it is not allowed.

    A path with "/" at its end names the folder's index.html.
    """
    if not raw.startswith("/"):
        return ()
    *folders, last = map(unquote, raw[1:].split("/"))
    steps = (*folders, last or "index.html")
    if any(not step or step.startswith(".") or set(step) & set("/\\\0") for step in steps):
        return ()
    return steps


def _read(place: Path, name: str) -> Found | None:
    """Return an ordinary file, None for anything else; never waits for the other end of a pipe."""
    handle = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            return None
        return Found(name=name, content=file.read(), changed=found.st_mtime_ns // 1_000_000_000)


def answer(found: Found, request: Request) -> Response:
    """Return the file, or 304 if the browser has it."""
    kind = media_type(found.name)
    content = with_reload(found.content, seen_of(found)) if kind == HTML else found.content
    headers = {
        "Content-Type": kind,
        "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
        "Last-Modified": formatdate(found.changed, usegmt=True),
        **_HEADERS,
    }
    response = Response(content, headers=headers)
    # older releases of starlette do not know "*", and let the time count beside a tag (RFC 9110 section 13.2.2)
    if tags := request.headers.get("if-none-match"):
        is_known = response.headers["etag"] in (tag.strip().removeprefix("W/") for tag in tags.split(","))
        is_known = is_known or tags.strip() == "*"
    else:
        is_known = _CONDITIONS.is_not_modified(response.headers, request.headers)
    return NotModifiedResponse(response.headers) if is_known else response


def missing() -> Response:
    """Return the page "not found", which reloads when there is a file."""
    headers = {"Content-Type": HTML, **_HEADERS}
    return Response(with_reload(_MISSING, seen_of(None)), 404, headers)


def seen_of(found: Found | None) -> str:
    """Return the digest of a file, "" for none."""
    return hashlib.sha256(found.content).hexdigest() if found else ""


def media_type(name: str) -> str:
    """Return the media type of a file by its path below the output folder."""
    if own := published_type(name):
        return own
    kind, encoding = _OTHERS.guess_type(name.rpartition("/")[2])
    if encoding or not kind:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


#: a hidden path, which no file of the output can have
RELOAD = "/.feedtool/reload"

#: A hidden tab closes its connection, since a browser has only six for a host. It connects again when it is shown.
SCRIPT = f"""(() => {{
const seen = document.currentScript.dataset.seen;
const address = "{RELOAD}?" + new URLSearchParams({{page: location.pathname, seen}});
let source = null;
const follow = () => {{
  if (source) source.close();
  source = null;
  if (document.visibilityState !== "visible") return;
  source = new EventSource(address);
  source.onmessage = () => {{ source.close(); location.reload(); }};
}};
document.addEventListener("visibilitychange", follow);
follow();
}})();"""
SCRIPT_SOURCE = f"'sha256-{base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}'"

_META = re.compile(rb"""<meta\b[^>]*\bhttp-equiv\s*=\s*["']?content-security-policy\b[^>]*>""", re.IGNORECASE)
_CONTENT = re.compile(rb"""(\bcontent\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
#: directives that apply; the first that a policy has counts
_SCRIPTS = ("script-src-elem", "script-src", "default-src")
_CONNECTIONS = ("connect-src", "default-src")


def with_reload(content: bytes, seen: str) -> bytes:
    """Return an HTML page that reloads when the file at its address has another digest than `seen`."""
    # a script behind the end of a document counts as one of its body, and every page has an end
    return _META.sub(_widened, content) + f'<script data-seen="{seen}">{SCRIPT}</script>\n'.encode()


def widened(policy: str) -> str:
    """Return the policy, which also allows the script and its connection."""
    directives: dict[str, list[str]] = {}
    for directive in policy.split(";"):
        name, *sources = directive.split() or [""]
        if name:
            directives.setdefault(name.lower(), sources)
    _allow(directives, _SCRIPTS, SCRIPT_SOURCE)
    _allow(directives, _CONNECTIONS, "'self'")
    return "; ".join(" ".join((name, *sources)) for name, sources in directives.items())


def _widened(meta: re.Match[bytes]) -> bytes:
    def replaced(content: re.Match[bytes]) -> bytes:
        policy = unescape(content[2][1:-1].decode("utf-8", "surrogateescape"))
        return content[1] + f'"{escape(widened(policy))}"'.encode("utf-8", "surrogateescape")

    return _CONTENT.sub(replaced, meta[0], count=1)


def _allow(directives: dict[str, list[str]], names: tuple[str, ...], source: str) -> None:
    """Add a source to the directive that applies; if that is default-src, to a directive of its own."""
    ruling = next((name for name in names if name in directives), None)
    if ruling is None:
        return  # nothing forbids it
    sources = [each for each in directives[ruling] if each.lower() != "'none'"]
    if source in sources or (source == SCRIPT_SOURCE and _lets_any_script_run(sources)):
        return
    directives[names[-2] if ruling == names[-1] else ruling] = [*sources, source]


def _lets_any_script_run(sources: list[str]) -> bool:
    """Return whether all inline scripts may run; a digest would forbid all others."""
    words = [source.lower() for source in sources]
    exact = ("'nonce-", "'sha256-", "'sha384-", "'sha512-", "'strict-dynamic'")
    return "'unsafe-inline'" in words and not any(word.startswith(exact) for word in words)
