"""What hosts need: files that configure them.

The files set media types, caching, links to the hub, and redirects. In: the hosts, the published site. Out: documents
for the root of the output folder. The paths in them start at the root of the site, so that a site with other pages can
copy the files into its own root. Pure: no files, no clock.

Cloudflare and Netlify read the same files, `_headers` and `_redirects`, with different patterns. Cloudflare allows one
"*" in a rule, which matches any text; on Netlify, a path segment "*" may be empty together with its "/", and ":name"
is a whole segment. Cloudflare accepts 100 rules of headers, and joins the values if two rules match. Netlify does not
document that case. So no two rules that match one file set the same header.

Vercel reads vercel.json, from the root of the deployment. Its patterns are regular expressions between literal text.

Apache and nginx set the media type and the caching of each kind of file, and the self link of every feed: they copy it
from the request if that spells the address as feedtool does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, unquote

from feedtool.generators.published import COMMON_HEADERS, IMMUTABLE, REVALIDATE, PublishedSite
from feedtool.generators.rendering import json_text
from feedtool.model import ARCHIVE, ARCHIVE_ENDINGS, Document, Format, Host
from feedtool.problems import Code, Problem

TOO_MANY_REDIRECTS = Code.warning("too-many-redirects")(
    "The site has more old addresses than the host accepts redirects, or they are too long for it. "
    "The file lacks some redirects, so these old addresses return 404.",
    "Remove those that nobody requests any more (`aliases`, `replaces` under [feeds]), or publish the feeds under the "
    "old addresses too.",
)
#: Cloudflare's limit of rules in _headers
_MOST_RULES = 100
#: Cloudflare's limits in _redirects: rules with a wildcard, rules without, characters of a rule
_MOST_DYNAMIC, _MOST_STATIC, _MOST_CHARACTERS = 100, 2000, 1000
#: Vercel's limit of redirects; a deployment with more fails
_MOST_VERCEL_REDIRECTS = 1000

#: the first digits of years, with which the names of archive documents begin
_MILLENNIA = ("2", "1")
#: characters of a line of _redirects beside its two folders, at most
_MARGIN = 40

#: an escape as `urllib.parse.quote` writes it: in capitals, and only of characters that need one
_ESCAPE = "%(?:2[0-9A-C]|3[A-F]|40|5[B-E]|60|7[B-D]|[89A-F][0-9A-F])"

Header = tuple[str, str]
Rule = tuple[str, tuple[Header, ...]]

#: of closed archive documents
_CLOSED: tuple[Header, ...] = (("Cache-Control", IMMUTABLE),)


def render_host_files(hosts: Sequence[Host], site: PublishedSite) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """Return the files of the hosts, each once, sorted by path; and a problem for each that lacks redirects."""
    documents = tuple(
        Document(path=path, media_type="application/json" if path.endswith(".json") else "text/plain", content=content)
        for path, content in sorted(_files(hosts, site).items())
    )
    every = len(site.redirects) + len(site.moved)
    missing = {
        "_redirects": count_without_redirect(site) if "cloudflare-pages" in hosts else 0,
        "vercel.json": every - _MOST_VERCEL_REDIRECTS if "vercel" in hosts else 0,
    }
    problems = tuple(
        TOO_MANY_REDIRECTS.at(path, f"{count:,} of {every:,} old addresses have no redirect", field="aliases")
        for path, count in missing.items()
        if count > 0
    )
    return documents, problems


def _files(hosts: Sequence[Host], site: PublishedSite) -> dict[str, bytes]:
    """Return the content of each file by path."""
    cloudflare, netlify = "cloudflare-pages" in hosts, "netlify" in hosts
    files: dict[str, bytes] = {}
    if cloudflare or netlify:
        files["_headers"] = headers_file(site, cloudflare=cloudflare, netlify=netlify)
        if site.redirects or site.moved:
            files["_redirects"] = redirects_file(site, cloudflare=cloudflare)
    if "apache" in hosts:
        files[".htaccess"] = apache_file(site)
    if "nginx" in hosts:
        files["feedtool.nginx.conf"] = nginx_file(site)
    if "vercel" in hosts:
        files["vercel.json"] = vercel_file(site)
    if "github-pages" in hosts:
        # without it, GitHub Pages runs the output through Jekyll, which drops some of its files
        files[".nojekyll"] = f"{site.note}\n".encode()
    return files


def headers_file(site: PublishedSite, *, cloudflare: bool, netlify: bool) -> bytes:
    """Return the _headers file for one of the two, or one that both read alike."""
    if cloudflare and netlify:
        rules = _rules_for_both(site)
    else:
        rules = _cloudflare_rules(site) if cloudflare else _netlify_rules(site)
    lines = [f"# {site.note}"]
    for pattern, headers in rules:
        lines += ["", pattern, *(f"  {name}: {value}" for name, value in headers)]
    return ("\n".join(lines) + "\n").encode()


def redirects_file(site: PublishedSite, *, cloudflare: bool) -> bytes:
    """Return the _redirects file: within Cloudflare's limits, or with "!", so that Netlify redirects existing files."""
    lines = [f"{each.old} {each.new} 301!" for each in site.moved]
    lines += [f"{each.old}* {each.new}:splat 301!" for each in site.redirects]
    lines = _cloudflare_redirects(site) if cloudflare else lines
    return ("\n".join([f"# {site.note}", *lines]) + "\n").encode()


def count_without_redirect(site: PublishedSite) -> int:
    """Return how many old addresses exceed the limits of Cloudflare's _redirects file."""
    written = {line.split(" ", 1)[0].removesuffix("*") for line in _cloudflare_redirects(site)}
    return sum(old not in written for old in [*(r.old for r in site.redirects), *(m.old for m in site.moved)])


def vercel_file(site: PublishedSite) -> bytes:
    """Return vercel.json. It has no note of its origin, because Vercel rejects unknown keys."""
    config = {
        "$schema": "https://openapi.vercel.sh/vercel.json",
        "headers": [
            {"source": source, "headers": [{"key": key, "value": value} for key, value in headers]}
            for source, headers in _vercel_rules(site)
        ],
        "redirects": [
            {"source": source, "destination": f"{site.origin}{new}", "statusCode": 301}
            for source, new in (
                *((_escaped(each.old), each.new) for each in site.moved),
                *((f"{_escaped(each.old)}(.*)", f"{each.new}$1") for each in site.redirects),
            )
        ][:_MOST_VERCEL_REDIRECTS],
    }
    return (json_text(config) + "\n").encode()


def _cloudflare_redirects(site: PublishedSite) -> list[str]:
    """Return the lines of _redirects; aliases beyond the limit of wildcards get a line for each file."""
    short = [each for each in site.redirects if len(each.old + each.new) + _MARGIN <= _MOST_CHARACTERS]
    moved = [f"{each.old} {each.new} 301" for each in site.moved]
    static = [line for line in moved if len(line) <= _MOST_CHARACTERS][:_MOST_STATIC]
    for each in short[_MOST_DYNAMIC:]:
        if len(static) + len(each.files) <= _MOST_STATIC:
            static += [f"{each.old}{name} {each.new}{name} 301" for name in each.files]
    # rules without a wildcard come first: after one with a wildcard, Cloudflare counts them as such
    return static + [f"{each.old}* {each.new}:splat 301" for each in short[:_MOST_DYNAMIC]]


def _cloudflare_rules(site: PublishedSite) -> Iterable[Rule]:
    """Return at most 100 rules; the oldest of too many years have none, and get the host's own caching."""
    base = _without_wildcards(site.path)
    rules: list[Rule] = []
    for name, form, media_type in site.kinds:
        rules.append((base + name, _headers(site, form, media_type, site.path + name)))
        if form is None:
            continue
        # Cloudflare replaces ":splat" by what "*" matched, so the self link is exact for every feed
        rules.append((f"{base}*/{name}", _headers(site, form, media_type, f"{site.path}:splat/{name}")))
        if site.has_archives:
            # ":period.json" would also match the feed.json of a category "archive"
            rules += [(f"{base}*archive/{m}:rest.{ARCHIVE_ENDINGS[form]}", _typed(media_type)) for m in _MILLENNIA]
    # a placeholder matches one character or more, but no "/"
    endings = [":rest.xml"] if {"atom", "rss"} & {*site.formats} else []
    endings += [".json", "-:rest.json"] if "json" in site.formats else []
    for year in site.closed_years[: (_MOST_RULES - len(rules)) // max(1, len(endings))]:
        rules += [(f"{base}*archive/{year}{ending}", _CLOSED) for ending in endings]
    return rules


def _netlify_rules(site: PublishedSite) -> Iterable[Rule]:
    """Yield rules without self links: WebSub needs the exact address, and Netlify cannot repeat what "*" matched.

    The document has both links, too.
    """
    base = _without_wildcards(site.path)
    for name, form, media_type in site.kinds:
        yield f"{base}*/{name}" if form else base + name, _headers(site, form, media_type)
        # "*" matches "/" too
        if form and site.has_archives and not site.has_feeds_like_archives:
            for millennium in _MILLENNIA:
                yield f"{base}*/archive/{millennium}*.{ARCHIVE_ENDINGS[form]}", _typed(media_type)
            for year in site.closed_years:
                yield f"{base}*/archive/{year}*.{ARCHIVE_ENDINGS[form]}", _CLOSED


def _rules_for_both(site: PublishedSite) -> Iterable[Rule]:
    """Yield rules that mean the same to both; archive documents are served like feeds."""
    base = _without_wildcards(site.path)
    for name, form, media_type in site.kinds:
        yield f"{base}{'*' if form else ''}{name}", _headers(site, form, media_type)


def _vercel_rules(site: PublishedSite) -> Iterable[Rule]:
    """Yield rules; feeds in folders have no self link, as Vercel may re-encode what a group matched."""
    base, years = _escaped(site.path), "|".join(site.closed_years)
    for name, form, media_type in site.kinds:
        yield base + _escaped(name), _headers(site, form, media_type, site.path + name)
        if form is None:
            continue
        yield f"{base}(.*)/{_escaped(name)}", _headers(site, form, media_type)
        if not site.has_archives:
            continue
        ending = _escaped("." + ARCHIVE_ENDINGS[form])
        for folders in ("", "(.*)/"):
            yield f"{base}{folders}archive/([0-9][^/]*){ending}", _typed(media_type)
            if years:
                yield f"{base}{folders}archive/((?:{years})[0-9-]*){ending}", _CLOSED


def _headers(site: PublishedSite, form: Format | None, media_type: str, own: str = "") -> tuple[Header, ...]:
    """Return the headers of a feed or a list; a feed has links to the hub and to `own`, its path if that is known."""
    link = site.link(own) if form else ""
    return (*_typed(media_type), ("Cache-Control", REVALIDATE), *((("Link", link),) if link else ()))


def _typed(media_type: str) -> tuple[Header, ...]:
    return (("Content-Type", media_type), *COMMON_HEADERS)


def _without_wildcards(path: str) -> str:
    """Return the path with the wildcards of Cloudflare and Netlify percent-encoded."""
    return path.replace("*", "%2A").replace(":", "%3A")


def _escaped(path: str) -> str:
    r"""Return the path with a "\" before each character that has a meaning in Vercel's patterns."""
    return re.sub(r"[:()*+?{}!\\]", r"\\\g<0>", path)


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
