"""Header and redirect rules for Cloudflare Pages, Netlify and Vercel.

Cloudflare and Netlify read the same files, `_headers` and `_redirects`, with different patterns. Cloudflare allows one
"*" in a rule, which matches any text; on Netlify, a path segment "*" may be empty together with its "/", and ":name"
is a whole segment. Cloudflare accepts 100 rules of headers, and joins the values if two rules match. Netlify does not
document that case. So no two rules that match one file set the same header.

Vercel reads vercel.json, from the root of the deployment. Its patterns are regular expressions between literal text.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from feedtool.generators.formatting import json_text
from feedtool.generators.hosts.published import COMMON_HEADERS, IMMUTABLE, REVALIDATE, PublishedSite
from feedtool.model import ARCHIVE_ENDINGS, Format

#: Cloudflare's limit of rules in _headers
_MOST_RULES = 100
#: Cloudflare's limits in _redirects: rules with a wildcard, rules without, characters of a rule
_MOST_DYNAMIC, _MOST_STATIC, _MOST_CHARACTERS = 100, 2000, 1000
#: Vercel's limit of redirects; a deployment with more fails
MOST_VERCEL_REDIRECTS = 1000

#: the first digits of years, with which the names of archive documents begin
_MILLENNIA = ("2", "1")
#: characters of a line of _redirects beside its two folders, at most
_MARGIN = 40

Header = tuple[str, str]
Rule = tuple[str, tuple[Header, ...]]

#: of closed archive documents
_CLOSED: tuple[Header, ...] = (("Cache-Control", IMMUTABLE),)


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
        ][:MOST_VERCEL_REDIRECTS],
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
