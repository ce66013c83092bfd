"""A .htaccess file for Apache, and a configuration file for nginx to include.

Both set the media type and the caching of each kind of file, and the self link of every feed: they copy it from the
request if that spells the address as feedtool does. Pure.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from feedtool.generators.hosts.published import COMMON_HEADERS, IMMUTABLE, REVALIDATE, PublishedSite
from feedtool.model import ARCHIVE, ARCHIVE_ENDINGS, Format

#: an escape as `urllib.parse.quote` writes it: in capitals, and only of characters that need one
_ESCAPE = "%(?:2[0-9A-C]|3[A-F]|40|5[B-E]|60|7[B-D]|[89A-F][0-9A-F])"


def nginx_file(site: PublishedSite) -> bytes:
    """Return the file to include in the `server` block of the site."""
    lines = [
        f"# {site.note}",
        f"# Put it into the server block that serves {site.origin}:  include /where/output/is/feedtool.nginx.conf;",
        "# In these places it replaces the add_header lines of the server block.",
    ]
    for one in site.moved:
        to = _quoted(f"{site.origin}{one.new}")
        lines += ["", f"location = {_quoted(_decoded(one.old))} {{", f"    return 301 {to};", "}"]
    for each in site.redirects:
        lines += _nginx_redirect(site, each.old, each.new)
    for name, form, media_type in site.kinds:
        lines += _nginx_location(site, name, form, media_type)
    return ("\n".join(lines) + "\n").encode()


def _nginx_redirect(site: PublishedSite, old: str, new: str) -> list[str]:
    # nginx has decoded the path by then, and a line break in it would end the header: so only our own file names
    pattern = f"^{re.escape(_decoded(old))}((?:{ARCHIVE})?[A-Za-z0-9.-]*)$"
    return [
        "",
        f"location ^~ {_quoted(_decoded(old))} {{",
        "    add_header Access-Control-Allow-Origin *;",
        f"    rewrite {_quoted(pattern)} {_quoted(f'{site.origin}{new}$1')} permanent;",
        "    return 404;",
        "}",
    ]


def _nginx_location(site: PublishedSite, name: str, form: Format | None, media_type: str) -> list[str]:
    # `types` would add the charset by itself, but not to the answers of gzip_static
    lines = ["types { }", f"default_type {_quoted(media_type)};", "gzip_types *;"]
    lines += [f"add_header {key} {_quoted(value)};" for key, value in COMMON_HEADERS]
    if form and site.closed_years:
        closed = _quoted(_closed_path(site) + "$")
        lines += _nginx_choice("$feedtool_cache", REVALIDATE, f"$uri ~ {closed}", IMMUTABLE)
        lines.append("add_header Cache-Control $feedtool_cache;")
    else:
        lines.append(f"add_header Cache-Control {_quoted(REVALIDATE)};")
    if form and site.hub:
        # a named group, because nginx escapes "%" in numbered ones; and nginx sends no empty header
        topic = _feed_address(site.path, name).replace("^(", "^(?<feedtool_topic>", 1) + r"(?:\?|$)"
        links = site.link("$feedtool_topic")
        lines += _nginx_choice("$feedtool_links", "", f"$request_uri ~ {_quoted(topic)}", links)
        lines.append("add_header Link $feedtool_links;")
    if "gz" in site.twins:
        lines.append("gzip_static on;")
    if "br" in site.twins:
        lines.append(
            "# brotli_static on;  # if your nginx has ngx_brotli; without, this line would keep it from starting"
        )
    if site.twins:
        lines.append("gzip_vary on;")
    path = f"^{re.escape(_decoded(site.path))}"
    archived = rf"|(?:.+/)?{ARCHIVE}[^/]+\.{re.escape(ARCHIVE_ENDINGS[form])}" if form and site.has_archives else ""
    path += f"(?:(?:.+/)?{re.escape(name)}{archived})$" if form else f"{re.escape(name)}$"
    return ["", f"location ~ {_quoted(path)} {{", *(f"    {line}" for line in lines), "}"]


def _nginx_choice(variable: str, usual: str, condition: str, other: str) -> list[str]:
    """Return lines that set a variable, and set it to another value if the condition holds."""
    return [
        f"set {variable} {_quoted(usual)};",
        f"if ({condition}) {{",
        f"    set {variable} {_quoted(other)};",
        "}",
    ]


def apache_file(site: PublishedSite) -> bytes:
    """Return a .htaccess file for the output folder; the server has to allow it (AllowOverride FileInfo)."""
    lines = [f"# {site.note}"]
    lines += [
        f"RedirectMatch 301 {_quoted(f'^{re.escape(_decoded(m.old))}$')} {_quoted(site.origin + m.new)}"
        for m in site.moved
    ]
    lines += [f"Redirect 301 {_quoted(_decoded(r.old))} {_quoted(site.origin + r.new)}" for r in site.redirects]
    for name, form, media_type in site.kinds:
        lines += _apache_files(site, name, form, media_type)
    if site.twins:
        lines += _apache_twins(site)
    return ("\n".join(lines) + "\n").encode()


def _apache_files(site: PublishedSite, name: str, form: Format | None, media_type: str) -> list[str]:
    twin = rf"(?:\.(?:{'|'.join(site.twins)}))?" if site.twins else ""
    archived = ""
    if form and site.has_archives:
        archived = r"|\d{4}[0-9-]*\.json" if form == "json" else rf"|.+\.{re.escape(ARCHIVE_ENDINGS[form])}"
    headers = [f"Header set {key} {_quoted(value)}" for key, value in (*COMMON_HEADERS, ("Cache-Control", REVALIDATE))]
    lines = [f"ForceType {_quoted(media_type)}"]
    if form and site.closed_years:
        lines.append(f"SetEnvIf Request_URI {_quoted(_closed_path(site) + twin + '$')} feedtool_closed")
        headers.append(f"Header set Cache-Control {_quoted(IMMUTABLE)} env=feedtool_closed")
    if form and site.hub:
        topic = _feed_address(site.path, name).replace("^", "^[A-Z]+ ", 1)
        request = rf"%{{THE_REQUEST}} =~ m#{topic}(?:\?| )#"
        lines.append(f"SetEnvIfExpr {_quoted(request)} feedtool_self=$1")
        links = site.link("\0").replace("%", "%%").replace("\0", "%{feedtool_self}e")
        headers.append(f"Header set Link {_quoted(links)} env=feedtool_self")
    lines += ["<IfModule mod_headers.c>", *(f"    {line}" for line in headers), "</IfModule>"]
    pattern = _quoted(f"^(?:{re.escape(name)}{archived}){twin}$")
    return ["", f"<FilesMatch {pattern}>", *(f"    {line}" for line in lines), "</FilesMatch>"]


def _apache_twins(site: PublishedSite) -> list[str]:
    """Return lines that send a compressed copy to clients that accept its encoding; the smaller kind comes first."""
    kinds = [(twin, name) for twin, name in (("br", "br"), ("gz", "gzip")) if twin in site.twins]
    lines = ["", "<IfModule mod_rewrite.c>", "    RewriteEngine On"]
    for twin, name in kinds:
        lines += [
            f'    RewriteCond "%{{HTTP:Accept-Encoding}}" "(?:^|[, ]){name}(?:$|[, ]|;q=(?:1|0\\.[0-9]*[1-9]))"',
            f'    RewriteCond "%{{REQUEST_FILENAME}}.{twin}" -f',
            f'    RewriteRule "\\.(?:xml|json|opml)$" "%{{REQUEST_URI}}.{twin}" [L]',
        ]
    lines += ["</IfModule>", "<IfModule mod_mime.c>"]
    for twin, name in kinds:
        # some servers map "br" to the Breton language
        lines += [f"    RemoveLanguage .{twin}", f"    AddEncoding {name} .{twin}"]
    lines += ["</IfModule>", "<IfModule mod_headers.c>", "    Header merge Vary Accept-Encoding", "</IfModule>"]
    return lines


def _closed_path(site: PublishedSite) -> str:
    """Return a regular expression for the end of the paths of closed archive documents."""
    endings = "|".join(re.escape(ARCHIVE_ENDINGS[form]) for form in site.formats)
    return rf"/{ARCHIVE}(?:{'|'.join(site.closed_years)})[0-9-]*\.(?:{endings})"


def _feed_address(path: str, name: str) -> str:
    """Return a regular expression for a feed's path as feedtool spells it; its first group is the path.

    Another spelling, such as with "//" or "%61", would be another topic (WebSub section 4).
    """
    folders = rf"(?:(?:[A-Za-z0-9_~-]|\.(?!\.?/)|{_ESCAPE})+/)*"
    return f"^({re.escape(path)}{folders}{re.escape(name)})"


def _decoded(path: str) -> str:
    """Return a path as files are named; control characters, which no file name holds, stay encoded."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: quote(found[0]), unquote(path))


def _quoted(text: str) -> str:
    """Return the text as one quoted word of a configuration file."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    assert not re.search(r"[\x00-\x1f\x7f]", escaped), f"a control character in {text!r}"
    return f'"{escaped}"'
