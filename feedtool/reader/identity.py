"""A post -> the id that its old feeds gave it, and the address of its page on that site. Pure.

With these ids nobody who subscribed to the old feeds gets an entry twice. Each generator makes ids of a file's path,
its header and the site's settings; the same is done here, letter by letter. A post that a scheme has no id for gets
one that is derived from what never changes: see `merging`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from posixpath import dirname, normpath
from urllib.parse import quote, unquote, unquote_plus, urlsplit
from zoneinfo import ZoneInfo

from feedtool import config
from feedtool.config import fill
from feedtool.config.placeholders import GENERATORS, HUGO_TOKEN, JEKYLL_TOKEN, JEKYLL_TOKENS, PLACE, STYLES, URI
from feedtool.model import Post, utc
from feedtool.reader.dates import DateError, file_name_date, read_date
from feedtool.reader.keys import KEYS, Fields
from feedtool.urls import absolute, with_path

#: characters of an id, and of the parts that a header adds to it, since a few tokens could make a very long one
_LONGEST = 4000
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
#: the page of a folder, perhaps in one of its languages
_INDEX = re.compile(r"index(?:\.[a-z]{2,3}(?:-[a-z0-9]{2,8})*)?", re.IGNORECASE)
#: see `address_in_ids`
_WHOLE = re.compile(r"\W*https?://[^/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How a site's old feeds made their ids."""

    name: str = "uuid"
    #: for the name "template": see `config.permalink_styles`
    template: str = ""
    #: Jekyll's `permalink`, a style or a template; or the template of Hugo's `permalinks`; "" for the default
    permalink: str = ""
    #: of the old site: absolute, percent-encoded, "/" at the end; or ""
    site_url: str = ""
    #: Jekyll's source folder or Hugo's content folder, as the posts' paths begin with it; or ""
    root: str = ""
    #: Hugo's `uglyURLs`
    is_ugly: bool = False
    #: Hugo's `defaultContentLanguage`
    language: str = "en"
    #: Jekyll's `timezone`, and that of a template's days
    zone: tzinfo = UTC
    #: the generator of the posts' pages, "jekyll" or "hugo", or ""
    pages: str = ""

    def id_of(self, post: Post, header: Fields) -> str:
        """Return the id of the post that has this header, an absolute URI; or ""."""
        make = _MAKERS.get(self.name)
        return _sound(make(self, post, header)) if make else ""

    def page_of(self, post: Post, header: Fields) -> str:
        """Return the absolute address of the post's page on the site; "" if none is known."""
        if not self.pages or not self.site_url:
            return ""
        if self.pages == "hugo":
            return _sound(_hugo_id(self, post, header))
        return _sound(_jekyll_home(self, jekyll_address(self, post, header)))


def _sound(made: str) -> str:
    return made if len(made) <= _LONGEST and URI.fullmatch(made) else ""


def scheme_of(posts: config.Posts, site: config.Site) -> Scheme:
    """Return how a configuration wants ids to be made."""
    is_template = "{" in posts.ids
    return Scheme(
        name="template" if is_template else posts.ids,
        template=posts.ids if is_template else "",
        permalink=posts.ids_permalink,
        site_url=posts.ids_url or site.url,
        root=posts.ids_root.strip("/"),
        is_ugly=posts.ids_ugly,
        language=posts.ids_language,
        zone=ZoneInfo(site.timezone),
        pages=posts.permalink if posts.permalink in GENERATORS else "",
    )


def placeholder_values(post: Post, published_ms: int, categories: Sequence[str], zone: tzinfo) -> dict[str, str]:
    """Return the values of the placeholders that templates of ids and of addresses share."""
    day = utc(published_ms).astimezone(zone)
    return {
        "year": f"{day:%Y}",
        "month": f"{day:%m}",
        "day": f"{day:%d}",
        "slug": _escaped(post.slug, ""),
        "stem": _escaped(own_name(post.path), ""),
        "category": _escaped(categories[0], "") if categories else "",
    }


def stem_and_ending(path: str) -> tuple[str, str]:
    """Return a file's name without its ending, and the ending with its dot; a first or last dot has no ending."""
    name = path.rstrip("/").rpartition("/")[2]
    dot = name.rfind(".")
    return (name[:dot], name[dot:]) if 0 < dot < len(name) - 1 else (name, "")


def root_of(path: str, roots: Sequence[str]) -> str:
    """Return the first of the posts folders that has the file, or ""."""
    return next((root for root in roots if path.startswith(root + "/")), "")


def own_name(path: str, roots: Sequence[str] = ()) -> str:
    """Return the name of a post's file without its ending, or that of its own folder, as in Hugo and Zola.

    `roots` are the posts folders, which no post has for itself.
    """
    stem = stem_and_ending(path)[0]
    if stem[:5].lower() != "index":
        return stem
    folder = path.rpartition("/")[0]
    return folder.rpartition("/")[2] if is_bundle(path) and folder not in roots else stem


def is_bundle(path: str) -> bool:
    """Return whether a page has a folder of its own, with files that are published beside it: `tea/index.md`."""
    return "/" in path and bool(_INDEX.fullmatch(stem_and_ending(path)[0]))


def address_in_ids(address: str) -> str:
    """Return a web address as ids hold it: absolute, with a path; "" where it was written without "https://".

    Such an address was not read when the first ids were published, and a published id never changes.
    """
    return with_path(absolute(address)) if _WHOLE.match(address) else ""


def _template_id(scheme: Scheme, post: Post, _: Fields) -> str:
    places = placeholder_values(post, post.published_ms, post.categories, scheme.zone)
    places |= {"site": scheme.site_url, "source": address_in_ids(post.source), "ms": str(post.identity_ms)}
    lacks = any(name != "category" and not places.get(name) for name in PLACE.findall(scheme.template))
    return "" if lacks else fill(scheme.template, **places)


def _cut(path: str, root: str = "") -> tuple[str, str, str]:
    """Return a file's folder below the root, its name without ending, and the ending with its dot."""
    folder, _, name = path.removeprefix("./").removeprefix(f"{root}/" if root else "").rpartition("/")
    stem, dot, ending = name.rpartition(".")
    return (folder, stem, dot + ending) if stem else (folder, name, "")


def _written(header: Fields, key: str) -> str | None:
    """Return the text of a key letter by letter; None without one."""
    value = header[key].value if key in header else None
    return value[:_LONGEST] if isinstance(value, str) else None


def _lower(text: str) -> str:
    """Return the text in lower case, letter by letter: neither generator knows the final sigma."""
    return "".join(map(str.lower, text))


def _is_letter(character: str) -> bool:
    """Return whether it is a letter, a mark or a decimal digit."""
    kind = unicodedata.category(character)
    return kind[0] in "LM" or kind == "Nd"


def _escaped(text: str, safe: str) -> str:
    return quote(text, safe=safe, errors="ignore")


# Jekyll, with jekyll-feed: the site's address, the folder of the post's own address, and its slug.

_JEKYLL_FILE = re.compile(r"\d{2,4}-\d{1,2}-\d{1,2}-(.*)", re.DOTALL)
#: a time that YAML takes for one in UTC, though it names no zone
_YAML_TIME = re.compile(r"\d{4}-\d\d?-\d\d?(?:[Tt]|\s+)\d\d?:\d\d:\d\d(?:\.\d*)?")
_ELSEWHERE = timezone(timedelta(hours=1))


def _jekyll_id(scheme: Scheme, post: Post, header: Fields) -> str:
    slug = _jekyll_slug(post, header)
    above = dirname(jekyll_address(scheme, post, header).rstrip("/")).rstrip("/")
    return _jekyll_home(scheme, above + ("" if slug[:1] == "/" else "/") + slug)


def _jekyll_home(scheme: Scheme, path: str) -> str:
    """Return the path as an address on the site."""
    home = urlsplit(scheme.site_url.removesuffix("/"))
    return f"{home.scheme}://{home.netloc}" + _normal(home.path + path)


def _jekyll_slug(post: Post, header: Fields) -> str:
    slug, stem = _written(header, "slug"), _cut(post.path)[1]
    named = _JEKYLL_FILE.fullmatch(stem)
    return (named[1] if named else stem).rstrip(".") if slug is None else slug


def jekyll_address(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the address from the site's root that Jekyll gives a post, by its header's `permalink` or the scheme's."""
    folder, stem, ending = _cut(post.path, scheme.root)
    slug, categories = _jekyll_slug(post, header), _jekyll_categories(header, folder)
    values = {
        "categories": "/".join(dict.fromkeys(map(_lower, categories)))[:_LONGEST],
        "slugified_categories": "/".join(dict.fromkeys(_lower(_slugified(one)) for one in categories))[:_LONGEST],
        "title": _slugified(slug, "._~!$&'()+,;=@"),
        "slug": _lower(_slugified(slug)),
        "name": _lower(_slugified(stem)),
        "path": f"{folder}/{stem.rstrip('.')}".replace("_posts", "", 1),
        "collection": "posts",
        "output_ext": ending if ending == ".txt" else ".html",
    }
    template = _written(header, "permalink")
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
    return _escaped(values.get(name, f":{name}"), "!$&'()*+,;=:@/?") + token[len(name) :]


def _jekyll_day_values(day: datetime) -> dict[str, str]:
    month, weekday = _MONTHS[day.month - 1], _DAYS[day.weekday()]
    names = "year month day hour minute second short_year w_year week w_day y_day".split()
    values = dict(zip(names, f"{day:%Y %m %d %H %M %S %y %G %V %u %j}".split(), strict=True))
    values |= {"i_day": str(day.day), "i_month": str(day.month), "short_month": month[:3], "long_month": month}
    return values | {"short_day": weekday[:3], "long_day": weekday}


def _jekyll_day(post: Post, header: Fields, zone: tzinfo) -> datetime:
    """Return the date as Jekyll reads it, in its zone."""
    written = _written(header, "date") or file_name_date(_cut(post.path)[1])[0]
    try:
        here, there = (read_date(written, each).ms for each in (UTC, _ELSEWHERE))
    except DateError:
        return utc(post.published_ms).astimezone(zone)
    in_utc = "date" in header and header["date"].is_bare and _YAML_TIME.fullmatch(written)
    return utc(here).astimezone(zone) if here == there or in_utc else utc(here)


def _slugified(text: str, keep: str = "") -> str:
    """Return the text with a hyphen for each run of other characters than letters, marks, digits and those kept."""
    runs = re.sub("\0+", "-", "".join(c if _is_letter(c) or c in keep else "\0" for c in text))
    return runs.removeprefix("-").removesuffix("-")


def _normal(address: str) -> str:
    """Return path, query and fragment, each in Unicode form NFKC and escaped."""
    address, _, fragment = address.partition("#")
    path, _, query = address.partition("?")
    path = "/".join(_compatible(step, "!$&'()*+,;=:@") for step in path.strip().split("/"))
    query, fragment = _compatible(query, "!$&'()*+,=:@/?"), _compatible(fragment, "!$&'()*+,;=:@/?")
    return path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def _compatible(text: str, safe: str) -> str:
    return _escaped(unicodedata.normalize("NFKC", unquote(text)), safe)


# Hugo's own RSS: <guid> is the page's address.


def _hugo_id(scheme: Scheme, post: Post, header: Fields) -> str:
    folder, stem, ending = _cut(post.path, scheme.root)
    if ending.lower() not in (".md", ".markdown", ".html") or not scheme.site_url:
        return ""
    folders, stem = folder.split("/") if folder else [], stem.removesuffix(f".{scheme.language}")
    if stem.lower() == "index" and folders:
        stem = folders.pop()
    slug = (_written(header, "slug") or "").strip("-")
    values = {
        "section": _hugo_folder(folders[0]) if folders else "",
        "title": _sanitised(post.title),
        "slug": _sanitised(slug or post.title),
        "filename": _sanitised(stem),
        "slugorfilename": _sanitised(slug or stem),
    }
    values |= {"contentbasename": values["filename"], "slugorcontentbasename": values["slugorfilename"]}
    day = _hugo_day(post, header, scheme.zone)
    values |= {"month": f"{day:%m}", "monthname": _MONTHS[day.month - 1], "day": f"{day:%d}", "year": str(day.year)}
    values |= {"weekday": f"{day:%w}", "weekdayname": _DAYS[day.weekday()], "yearday": str(day.timetuple().tm_yday)}
    address = _written(header, "url")
    if address:
        link = _hugo_url(_hugo_filled(address, values) if ":" in address else address)
    elif scheme.permalink and folders:
        link = _hugo_link(scheme, normpath(_hugo_filled(scheme.permalink, values)).strip("/"))
    else:
        link = _hugo_link(scheme, _hugo_folder("/".join(folders)), slug or _hugo_folder(stem))
    path, ask, query = link.replace("#", "%23").partition("?")
    return scheme.site_url.removesuffix("/") + _go_escaped(path) + ask + query


def _hugo_link(scheme: Scheme, *written: str) -> str:
    parts = [part for part in written if part]
    if scheme.is_ugly and parts:
        parts[-1] += ".html"
    link = "".join("/" + _sanitised(part).removeprefix("/") for part in parts)
    return link if scheme.is_ugly else link.rstrip("/") + "/"


def _hugo_url(address: str) -> str:
    """Return the address of a header's `url`: as written, but for slashes."""
    address = normpath(f"/{address.lstrip('/')}") if ".." in address else address
    steps = [step for step in address.split("/") if step]
    if steps[-1:] == ["index.html"]:
        steps, address = steps[:-1], "/"
    is_file = "." in address and not address.endswith("/")
    return "/".join(["", *steps]) + ("" if is_file else "/")


def _hugo_filled(template: str, values: Mapping[str, str]) -> str:
    return unquote_plus(HUGO_TOKEN.sub(lambda token: values.get(token[1], token[0]), template))


def _hugo_day(post: Post, header: Fields, zone: tzinfo) -> datetime:
    """Return the day of the date as written, in no zone."""
    digits = re.match(r"(\d{4})-(\d\d?)-(\d\d?)", _written(header, "date") or "", re.ASCII)
    try:
        year, month, day = map(int, digits.groups() if digits else ())
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return utc(post.published_ms).astimezone(zone)


def _hugo_folder(path: str) -> str:
    return _hugo_lower(path).replace(" ", "-")


def _hugo_lower(text: str) -> str:
    return _lower(text.replace("\u0130", "i"))


def _sanitised(text: str) -> str:
    """Return the text in lower case, without characters that Hugo removes from addresses, a hyphen for blanks."""
    kept: list[str] = []
    had_hyphen = had_blank = False
    for at, character in enumerate(text):
        is_escape = character == "%" and re.fullmatch("[0-9A-Fa-f]{2}", text[at + 1 : at + 3])
        if is_escape or character in "./\\_#+~-@" or _is_letter(character):
            had_hyphen = character == "-"
            kept.append("-" + character if had_blank and not had_hyphen else character)
            had_blank = False
        elif kept and not had_hyphen and character.isspace():
            had_blank = True
    return _hugo_lower("".join(kept))


def _go_escaped(path: str) -> str:
    """Return the path unchanged if it needs no escapes, else with those of Go's library."""
    is_good = re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/\[\]-]|%[0-9A-Fa-f]{2})*", path)
    return path if is_good else _escaped(unquote(path), "$&+,/:;=@")


_MAKERS: dict[str, Callable[[Scheme, Post, Fields], str]] = {
    "source": lambda _, post, __: address_in_ids(post.source),
    "jekyll": _jekyll_id,
    "hugo": _hugo_id,
    "template": _template_id,
}
