"""Templates of ids, and of the addresses that Jekyll and Hugo give pages: their placeholders and mistakes. Pure."""

from __future__ import annotations

import re
from typing import Literal

Name = Literal["uuid", "source", "jekyll", "hugo", "template"]

#: generators whose addresses of pages feedtool can compute
GENERATORS = ("jekyll", "hugo")
#: placeholders of ids
PLACEHOLDERS = ("site", "year", "month", "day", "slug", "category", "source", "stem", "ms")
#: those of them that differ from post to post
DISTINCT = ("slug", "source", "stem", "ms")
#: RFC 3986 section 4.3
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
#: a placeholder
PLACE = re.compile(r"\{([^{}]*)\}")

#: Jekyll's own permalinks
STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
JEKYLL_TOKEN = re.compile(r":([a-z_]+)")
JEKYLL_DAYS = (
    "year", "month", "day", "hour", "minute", "second", "i_day", "i_month", "short_month", "long_month", "short_year",
    "w_year", "week", "w_day", "short_day", "long_day", "y_day",
)  # fmt: skip
JEKYLL_TOKENS = (
    "categories", "slugified_categories", "title", "slug", "name", "path", "collection", "output_ext", *JEKYLL_DAYS,
)  # fmt: skip
HUGO_TOKEN = re.compile(r":(\w+)", re.ASCII)
HUGO_DAYS = ("year", "month", "monthname", "day", "weekday", "weekdayname", "yearday")
#: without :sections and the like, which depend on files other than posts
HUGO_TOKENS = (
    "section", "title", "slug", "slugorfilename", "filename", "contentbasename", "slugorcontentbasename", *HUGO_DAYS,
)  # fmt: skip


def template_error(template: str) -> str | None:
    """Return what is wrong with a template of ids, in one line, or None."""
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    found = PLACE.findall(template)
    for name in found:
        if name not in PLACEHOLDERS:
            return f"{{{name}}} is not a known placeholder. Placeholders: {known}."
    if re.search(r"[{}]", PLACE.sub("", template)):
        return f"A brace has no partner. Placeholders: {known}."
    if not set(found) & set(DISTINCT):
        return f"Several posts would get the same id. Add one of {', '.join(f'{{{name}}}' for name in DISTINCT)}."
    values = dict.fromkeys(PLACEHOLDERS, "1") | {"site": "https://example.org/", "source": "https://example.org/1"}
    if not URI.fullmatch(PLACE.sub(lambda place: values[place[1]], template)):
        return "The result is not an absolute URI. Write e.g. tag:example.org,{year}:{slug} or {site}{year}/{slug}."
    return None


def permalink_error(name: Name, permalink: str) -> str | None:
    """Return what is wrong with Jekyll's or Hugo's template of addresses, in one line, or None."""
    known, pattern = (JEKYLL_TOKENS, JEKYLL_TOKEN) if name == "jekyll" else (HUGO_TOKENS, HUGO_TOKEN)
    for token in pattern.findall(permalink):
        if token not in known and not (name == "jekyll" and token.removesuffix("_") in known):
            return f":{token} is not a known token. Tokens: {', '.join(f':{one}' for one in known)}."
    if ":" in permalink or permalink in ("", *(STYLES if name == "jekyll" else ())):
        return None
    return (
        f"It is not a template. Styles of Jekyll: {', '.join(STYLES)}." if name == "jekyll" else "It is not a template."
    )
