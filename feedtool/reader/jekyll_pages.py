"""Jekyll's addresses, and the ids of jekyll-feed: the site's address, the folder of the post's own, its slug. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from posixpath import dirname
from urllib.parse import unquote, urlsplit

from feedtool.config.placeholders import JEKYLL_TOKEN, JEKYLL_TOKENS, STYLES
from feedtool.model import Post, utc
from feedtool.reader.dates import DateError, file_name_date, read_date
from feedtool.reader.keys import KEYS, Fields
from feedtool.reader.schemes import DAYS, LONGEST, MONTHS, Scheme, cut, escaped, is_letter, lower, written

_JEKYLL_FILE = re.compile(r"\d{2,4}-\d{1,2}-\d{1,2}-(.*)", re.DOTALL)
#: a time that YAML takes for one in UTC, though it names no zone
_YAML_TIME = re.compile(r"\d{4}-\d\d?-\d\d?(?:[Tt]|\s+)\d\d?:\d\d:\d\d(?:\.\d*)?")
_ELSEWHERE = timezone(timedelta(hours=1))


def jekyll_id(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the id that jekyll-feed gives a post."""
    slug = _jekyll_slug(post, header)
    above = dirname(jekyll_address(scheme, post, header).rstrip("/")).rstrip("/")
    return _home(scheme, above + ("" if slug[:1] == "/" else "/") + slug)


def jekyll_page(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the absolute address of a post's page."""
    return _home(scheme, jekyll_address(scheme, post, header))


def _home(scheme: Scheme, path: str) -> str:
    """Return the path as an address on the site."""
    home = urlsplit(scheme.site_url.removesuffix("/"))
    return f"{home.scheme}://{home.netloc}" + _normal(home.path + path)


def _jekyll_slug(post: Post, header: Fields) -> str:
    slug, stem = written(header, "slug"), cut(post.path)[1]
    named = _JEKYLL_FILE.fullmatch(stem)
    return (named[1] if named else stem).rstrip(".") if slug is None else slug


def jekyll_address(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the address from the site's root that Jekyll gives a post, by its header's `permalink` or the scheme's."""
    folder, stem, ending = cut(post.path, scheme.root)
    slug, categories = _jekyll_slug(post, header), _jekyll_categories(header, folder)
    values = {
        "categories": "/".join(dict.fromkeys(map(lower, categories)))[:LONGEST],
        "slugified_categories": "/".join(dict.fromkeys(lower(_slugified(one)) for one in categories))[:LONGEST],
        "title": _slugified(slug, "._~!$&'()+,;=@"),
        "slug": lower(_slugified(slug)),
        "name": lower(_slugified(stem)),
        "path": f"{folder}/{stem.rstrip('.')}".replace("_posts", "", 1),
        "collection": "posts",
        "output_ext": ending if ending == ".txt" else ".html",
    }
    template = written(header, "permalink")
    if template is None:
        template = STYLES.get(scheme.permalink or "date", scheme.permalink)
    values |= _jekyll_day_values(_jekyll_day(post, header, scheme.zone))
    address = JEKYLL_TOKEN.sub(lambda token: _jekyll_value(token[1], values), template)
    return re.sub("/+", "/", f"/{address}".replace("..", "/").replace("./", ""))


def _jekyll_categories(header: Fields, folder: str) -> list[str]:
    """Return the folders above `_posts`, `categories` and `category`, in this order, as written."""
    found = folder.partition("_posts")[0].split("/") if "/_posts/" in f"/{folder}/" else []
    for key in KEYS["categories"]:
        value = header[key].value if key in header else None
        if isinstance(value, str):
            found += value.split() if key == "categories" else [value]
        elif isinstance(value, tuple):
            found += [item for item in value if isinstance(item, str)]
    return [category for category in found if category]


def _jekyll_value(token: str, values: Mapping[str, str]) -> str:
    name = token if token in JEKYLL_TOKENS else token.removesuffix("_")
    return escaped(values.get(name, f":{name}"), "!$&'()*+,;=:@/?") + token[len(name) :]


def _jekyll_day_values(day: datetime) -> dict[str, str]:
    month, weekday = MONTHS[day.month - 1], DAYS[day.weekday()]
    names = "year month day hour minute second short_year w_year week w_day y_day".split()
    values = dict(zip(names, f"{day:%Y %m %d %H %M %S %y %G %V %u %j}".split(), strict=True))
    values |= {"i_day": str(day.day), "i_month": str(day.month), "short_month": month[:3], "long_month": month}
    return values | {"short_day": weekday[:3], "long_day": weekday}


def _jekyll_day(post: Post, header: Fields, zone: tzinfo) -> datetime:
    """Return the date as Jekyll reads it, in its zone."""
    date = written(header, "date") or file_name_date(cut(post.path)[1])[0]
    try:
        here, there = (read_date(date, each).ms for each in (UTC, _ELSEWHERE))
    except DateError:
        return utc(post.published_ms).astimezone(zone)
    in_utc = "date" in header and header["date"].is_bare and _YAML_TIME.fullmatch(date)
    return utc(here).astimezone(zone) if here == there or in_utc else utc(here)


def _slugified(text: str, keep: str = "") -> str:
    """Return the text with a hyphen for each run of other characters than letters, marks, digits and those kept."""
    runs = re.sub("\0+", "-", "".join(c if is_letter(c) or c in keep else "\0" for c in text))
    return runs.removeprefix("-").removesuffix("-")


def jekyll_slug(text: str) -> str:
    """Return the text as Jekyll's filter `slugify` writes it."""
    return _slugified(text).lower()


def _normal(address: str) -> str:
    """Return path, query and fragment, each in Unicode form NFKC and escaped."""
    address, _, fragment = address.partition("#")
    path, _, query = address.partition("?")
    path = "/".join(_compatible(step, "!$&'()*+,;=:@") for step in path.strip().split("/"))
    query, fragment = _compatible(query, "!$&'()*+,=:@/?"), _compatible(fragment, "!$&'()*+,;=:@/?")
    return path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def _compatible(text: str, safe: str) -> str:
    return escaped(unicodedata.normalize("NFKC", unquote(text)), safe)
