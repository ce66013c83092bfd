"""A page as it was built -> that page with a script that reloads it. Pure.

The page's policy (Content Security Policy, level 3) is widened for that script only: it is allowed by its digest, and
may connect to where the page came from.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape, unescape

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
