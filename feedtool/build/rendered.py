"""The site as its generator rendered it -> the addresses of its posts, and their texts.

look      pages that changed -> what they say of themselves, in the cache
recalled  the cache          -> Pages, part of a build's context
settled   a post             -> the post with the address and the text of its page
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote
from zoneinfo import ZoneInfo

from feedtool import reader, sanitiser
from feedtool.build.discovery import LARGEST_PAGE, Beside
from feedtool.cache import Cache
from feedtool.config import Config
from feedtool.disk import read_regular
from feedtool.frozen import frozen
from feedtool.model import Post, utc
from feedtool.problems import Code
from feedtool.syntax import later
from feedtool.urls import absolute, host_of, likely, normalised

if TYPE_CHECKING:
    from feedtool.build.context import Context

NO_PAGE = Code.note("no-page")(
    "The rendered site, `posts.rendered`, has no page that is surely the post's. Its entry has the address and the "
    "text that feedtool makes of the post alone.",
    "Render the site again. If the page is there, write its address into the header: `permalink`.",
)

#: by path: the stamp of a page, and what it says of itself
Rows: TypeAlias = Mapping[str, list[Any]]
#: in the cache: `Rows`
_PAGES = "pages"
#: what servers and generators leave out of an address
_LEFT_OUT = later(r"(?:/index)?\.html?$")
#: pages of one title and day whose texts are compared with a post
_CANDIDATES = 5
#: a date at the beginning of a text, and a longer one
_DAY = later(r"\d{4}-\d\d-\d\d")


@frozen
class Page:
    """A page of the rendered site."""

    #: below the site's folder
    path: str
    stamp: str
    #: absolute
    address: str
    #: whether the page itself names its address
    is_said: bool
    titles: tuple[str, ...]
    #: on which it may have been published
    days: frozenset[str]
    digest: str


@frozen
class Pages:
    """The pages of the rendered site that posts may have."""

    host: str
    #: by address, in the form that `_form` gives
    by_address: Mapping[str, Page]
    by_title: Mapping[str, tuple[Page, ...]]
    #: by the last part of the address
    by_name: Mapping[str, tuple[Page, ...]]


def look(cache: Cache, config: Config, base: Path, stamps: Mapping[str, str]) -> str:
    """Read the pages that changed since the last build; return a digest of all that settles addresses.

    `stamps`: of `discovery.pages`.
    """
    known = cache.recall(_PAGES) or {}
    if not stamps and not known:
        return ""
    root = str(base / config.posts.rendered)
    same = {path: row for path, row in known.items() if row[0] == stamps.get(path)}
    if len(same) < len(stamps) or len(known) > len(stamps):
        same |= read(root, {path: stamp for path, stamp in stamps.items() if path not in same})
        cache.remember(_PAGES, same)
    facts = [(path, same[path][1] and same[path][1][:3]) for path in sorted(same)]
    return hashlib.blake2b(repr([root, facts]).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def read(root: str, stamps: Mapping[str, str]) -> dict[str, list[Any]]:
    """Return what pages below a folder say of themselves, each with its stamp."""
    return {path: [stamp, _read(root, path)] for path, stamp in stamps.items()}


def _read(root: str, path: str) -> list[object] | None:
    """Return what a page says of itself; None where it says nothing."""
    page = sanitiser.site_page(_text(root, path))
    return [page.address, [*page.titles], [*page.dates], page.digest] if page else None


def _text(root: str, path: str) -> str:
    """Return a page; "" for one that cannot be read, or that is elsewhere."""
    real = os.path.realpath(f"{root}/{path}")
    if not real.startswith(os.path.realpath(root) + os.sep):
        return ""
    try:
        return read_regular(Path(root, path), most=LARGEST_PAGE).decode("utf-8", "replace")
    except OSError:
        return ""


def recalled(cache: Cache) -> Rows:
    """Return what `look` left in the cache."""
    return cache.recall(_PAGES) or {}


def pages_of(config: Config, rows: Rows) -> Pages:
    """Return the pages that posts may have."""
    home, zone = config.posts.ids_url or config.site.home or config.site.url, ZoneInfo(config.site.timezone)
    by_address: dict[str, Page] = {}
    elsewhere: dict[str, list[Page]] = defaultdict(list)
    for path, (stamp, facts) in rows.items():
        if not facts:
            continue
        place = home + quote(re.sub(r"(?:^|(?<=/))index\.html?$", "", path))
        said = absolute(facts[0], place)
        said = said if host_of(said) == host_of(home) else ""
        page = Page(
            path=path, stamp=stamp, address=said or place, is_said=bool(said), titles=tuple(facts[1]),
            days=frozenset(_days(facts[2], zone)), digest=facts[3],
        )  # fmt: skip
        if _form(page.address) == _form(place):
            by_address[_form(place)] = page
        else:  # a copy, or a page in another place than `home` lets expect
            elsewhere[_form(page.address)].append(page)
    by_address |= {form: one[0] for form, one in elsewhere.items() if len(one) == 1 and form not in by_address}
    titles, names = defaultdict[str, list[Page]](list), defaultdict[str, list[Page]](list)
    for form, page in by_address.items():
        names[form.rpartition("/")[2].casefold()].append(page)
        for title in page.titles:
            titles[title].append(page)
    return Pages(
        host=host_of(home),
        by_address=by_address,
        by_title={title: tuple(some) for title, some in titles.items()},
        by_name={name: tuple(some) for name, some in names.items()},
    )


def _form(address: str) -> str:
    """Return the form that the addresses of one page have in common."""
    return _LEFT_OUT.sub("", likely(normalised(address).partition("?")[0]))


def _days(dates: Iterable[str], zone: tzinfo) -> Iterable[str]:
    """Yield the days that dates name as written, and in the zone of the site."""
    for date in dates:
        if _DAY.match(date):
            yield date[:10]
        try:
            yield datetime.fromisoformat(date).astimezone(zone).date().isoformat() if "T" in date else ""
        except (ValueError, OverflowError):
            continue


def settled(reading: reader.Reading, content: bytes, context: Context) -> tuple[reader.Reading, Beside]:
    """Return a post with the address of its page, and the files of the pages whose texts that depends on.

    A post that is about another page, and leads there, is left alone.
    """
    conventions, pages = context.conventions, context.pages
    post = reading.post
    if not post or not pages or (post.source and conventions.posts.link != "page"):
        return reading, ()
    story = reader.merge_group([post])[0].story
    own = absolute(post.permalink, conventions.site_url) or reader.page_of(story, conventions)
    own = "" if own == conventions.site_url else own
    if absolute(post.permalink) and host_of(own) != pages.host:
        return reading, ()
    day = utc(post.published_ms).astimezone(conventions.zone).date().isoformat()
    found = _found(pages, post, own, day)
    looked_at: Beside = ()
    if 0 < len(found) <= _CANDIDATES and (len(found) > 1 or _form(found[0].address) != _form(own)):
        looked_at = tuple((f"{context.rendered}/{page.path}", page.stamp) for page in found)
        html = reader.render(reader.read_body(content, post.path, conventions))
        found = tuple(page for page in found if sanitiser.holds(_text(context.rendered, page.path), html))
    if len(found) != 1:
        several = ", ".join(page.path for page in found[:3])
        said = f"{len(found)} pages may be its own: {several}" if found else "no page of the rendered site is its own"
        return replace(reading, problems=(*reading.problems, NO_PAGE.at(post.path, said, field="permalink"))), looked_at
    page = found[0]
    address = page.address if page.is_said or _form(own) != _form(page.address) else own
    if address != own:
        post = replace(post, permalink=address)
    if context.config.posts.bodies == "written":
        return replace(reading, post=post), looked_at
    post = replace(post, rendered=(page.path, page.digest))
    return replace(reading, post=post), looked_at or ((f"{context.rendered}/{page.path}", page.stamp),)


def _found(pages: Pages, post: Post, own: str, day: str) -> tuple[Page, ...]:
    """Return the pages that may be a post's: one that surely is, several, or none."""
    if own and (page := pages.by_address.get(_form(own))):
        return (page,)
    title = sanitiser.words_in(post.title)
    titled = tuple(page for page in pages.by_title.get(title, ()) if day in page.days)
    named = pages.by_name.get(quote(post.slug).casefold(), ())
    # a page of that name alone could be that of a tag
    named = tuple(
        page for page in named if page in titled or (not titled and (day in page.days or title in page.titles))
    )
    return titled if len(titled) == 1 else named or titled


def content(root: str, post: Post) -> str:
    """Return the page that a post has its text from, below the folder of all; or ""."""
    return _text(root, post.rendered[0]) if post.rendered else ""
