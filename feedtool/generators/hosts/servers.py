"""A .htaccess for Apache, and a part of a server's configuration for nginx.

Both say for each kind of file what it is and how long it keeps, and both can say the self link of every feed: they
take it from the request as it was spelled, where that is how we spell addresses. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedtool.generators.hosts.published import CLOSED, FRESH, OPEN, Published, media_types, plain
from feedtool.model import ARCHIVE_ENDINGS, Format

#: an escape that `urllib.parse.quote` writes: of no character that may stand for itself, in capitals
_ESCAPE = "%(?:2[0-9A-C]|3[A-F]|40|5[B-E]|60|7[B-D]|[89A-F][0-9A-F])"
#: where archive documents lie; by the request's path as files are named
_ARCHIVE = "archive/"


def nginx_file(those: Published) -> bytes:
    """Return what to include in the `server` block that serves the site."""
    lines = [
        f"# {those.note}",
        f"# Put it into the server block that serves {those.origin}:  include /where/output/is/feedtool.nginx.conf;",
        "# In these places it replaces the add_header lines of the server block.",
    ]
    for each in those.redirects:
        lines += _nginx_redirect(those, each.old, each.new)
    for name, form, media_type in media_types(those):
        lines += _nginx_location(those, name, form, media_type)
    return ("\n".join(lines) + "\n").encode()


def _nginx_redirect(those: Published, old: str, new: str) -> list[str]:
    # What follows is decoded by then, and could end the header with a line break: so only names such as ours.
    asked = f"^{re.escape(plain(old))}((?:{_ARCHIVE})?[A-Za-z0-9.-]*)$"
    return [
        "",
        f"location ^~ {_quoted(plain(old))} {{",
        "    add_header Access-Control-Allow-Origin *;",
        f"    rewrite {_quoted(asked)} {_quoted(f'{those.origin}{new}$1')} permanent;",
        "    return 404;",
        "}",
    ]


def _nginx_location(those: Published, name: str, form: Format | None, media_type: str) -> list[str]:
    headers = [f"add_header {key} {_quoted(value)};" for key, value in OPEN]
    caching = [f"add_header Cache-Control {_quoted(FRESH)};"]
    links: list[str] = []
    if form and those.hub:
        # a group with a name, because nginx escapes "%" in those that have none; and it sends no header that is empty
        asked = _spelled(those.path, name).replace("^(", "^(?<feedtool_topic>", 1) + r"(?:\?|$)"
        links = [
            'set $feedtool_links "";',
            f"if ($request_uri ~ {_quoted(asked)}) {{",
            f"    set $feedtool_links {_quoted(_links(those, '$feedtool_topic'))};",
            "}",
            "add_header Link $feedtool_links;",
        ]
    if form and those.closed_years:
        caching = [
            f"set $feedtool_cache {_quoted(FRESH)};",
            f"if ($uri ~ {_quoted(_closed(those) + '$')}) {{",
            f"    set $feedtool_cache {_quoted(CLOSED)};",
            "}",
            "add_header Cache-Control $feedtool_cache;",
        ]
    # the type that charset would complete lacks its charset where gzip_static answers
    typed = ["types { }", f"default_type {_quoted(media_type)};", "gzip_types *;"]
    body = [*typed, *headers, *caching, *links, *_nginx_twins(those)]
    return ["", f"location ~ {_quoted(_place(those, name, form))} {{", *(f"    {line}" for line in body), "}"]


def _place(those: Published, name: str, form: Format | None) -> str:
    """Return the expression of paths of a kind of file, archive documents included."""
    base = "^" + re.escape(plain(those.path))
    if form is None:
        return f"{base}{re.escape(name)}$"
    archived = rf"|(?:.+/)?{_ARCHIVE}[^/]+\.{re.escape(ARCHIVE_ENDINGS[form])}" if those.has_archives else ""
    return f"{base}(?:(?:.+/)?{re.escape(name)}{archived})$"


def _nginx_twins(those: Published) -> Iterator[str]:
    if "gz" in those.twins:
        yield "gzip_static on;"
    if "br" in those.twins:
        yield "# brotli_static on;  # if your nginx has ngx_brotli; without, this line would keep it from starting"
    if those.twins:
        yield "gzip_vary on;"


def apache_file(those: Published) -> bytes:
    """Return a .htaccess for the output folder; the server has to allow it (AllowOverride FileInfo)."""
    lines = [f"# {those.note}"]
    lines += [f"Redirect 301 {_quoted(plain(r.old))} {_quoted(those.origin + r.new)}" for r in those.redirects]
    for name, form, media_type in media_types(those):
        lines += _apache_files(those, name, form, media_type)
    if those.twins:
        lines += _apache_twins(those)
    return ("\n".join(lines) + "\n").encode()


def _apache_files(those: Published, name: str, form: Format | None, media_type: str) -> list[str]:
    ending = ARCHIVE_ENDINGS[form] if form and those.has_archives else ""
    archived = rf"|.+\.{re.escape(ending)}" if ending and ending != "json" else r"|\d{4}[0-9-]*\.json" if ending else ""
    pattern = f"^(?:{re.escape(name)}{archived}){_twin(those)}$"
    headers = [f"Header set {key} {_quoted(value)}" for key, value in (*OPEN, ("Cache-Control", FRESH))]
    before: list[str] = []
    if form and those.closed_years:
        before.append(f"SetEnvIf Request_URI {_quoted(_closed(those) + _twin(those) + '$')} feedtool_closed")
        headers.append(f"Header set Cache-Control {_quoted(CLOSED)} env=feedtool_closed")
    if form and those.hub:
        topic = _spelled(those.path, name).replace("^", "^[A-Z]+ ", 1)
        asked = rf"%{{THE_REQUEST}} =~ m#{topic}(?:\?| )#"
        before.append(f"SetEnvIfExpr {_quoted(asked)} feedtool_self=$1")
        links = _links(those, "\0").replace("%", "%%").replace("\0", "%{feedtool_self}e")
        headers.append(f"Header set Link {_quoted(links)} env=feedtool_self")
    lines = [f"ForceType {_quoted(media_type)}", *before]
    lines += ["<IfModule mod_headers.c>", *(f"    {line}" for line in headers), "</IfModule>"]
    return ["", f"<FilesMatch {_quoted(pattern)}>", *(f"    {line}" for line in lines), "</FilesMatch>"]


def _apache_twins(those: Published) -> list[str]:
    """Return how a twin is sent instead of its file to whoever takes its encoding; the smaller kind comes first."""
    kinds = [(twin, name) for twin, name in (("br", "br"), ("gz", "gzip")) if twin in those.twins]
    lines = ["", "<IfModule mod_rewrite.c>", "    RewriteEngine On"]
    for twin, name in kinds:
        lines += [
            f'    RewriteCond "%{{HTTP:Accept-Encoding}}" "(?:^|[, ]){name}(?:$|[, ]|;q=(?:1|0\\.[0-9]*[1-9]))"',
            f'    RewriteCond "%{{REQUEST_FILENAME}}.{twin}" -f',
            f'    RewriteRule "\\.(?:xml|json|opml)$" "%{{REQUEST_URI}}.{twin}" [L]',
        ]
    lines += ["</IfModule>", "<IfModule mod_mime.c>"]
    for twin, name in kinds:
        # Some servers take "br" for Breton.
        lines += [f"    RemoveLanguage .{twin}", f"    AddEncoding {name} .{twin}"]
    lines += ["</IfModule>", "<IfModule mod_headers.c>", "    Header merge Vary Accept-Encoding", "</IfModule>"]
    return lines


def _twin(those: Published) -> str:
    return rf"(?:\.(?:{'|'.join(those.twins)}))?" if those.twins else ""


def _links(those: Published, own: str) -> str:
    """Return what leads to the hub and says the topic, where `own` stands for its path (WebSub section 4)."""
    return f'<{those.hub}>; rel="hub", <{those.origin}{own}>; rel="self"'


def _closed(those: Published) -> str:
    """Return the expression of what paths of closed archive documents end with."""
    endings = "|".join(re.escape(ARCHIVE_ENDINGS[form]) for form in those.formats)
    return rf"/{_ARCHIVE}(?:{'|'.join(those.closed_years)})[0-9-]*\.(?:{endings})"


def _spelled(path: str, name: str) -> str:
    """Return the expression of a feed's address as we spell it, which is its first group.

    Other spellings of the same place, such as with "//" or "%61", would be other topics (WebSub section 4).
    """
    steps = rf"(?:(?:[A-Za-z0-9_~-]|\.(?!\.?/)|{_ESCAPE})+/)*"
    return f"^({re.escape(path)}{steps}{re.escape(name)})"


def _quoted(text: str) -> str:
    """Return the text as one word of a configuration file, which ends neither early nor in another line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    assert not re.search(r"[\x00-\x1f\x7f]", escaped), f"a control character in {text!r}"
    return f'"{escaped}"'
