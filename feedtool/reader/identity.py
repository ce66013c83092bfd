"""A post -> the id that its old feeds gave it, and the address of its page on that site. Pure.

With these ids nobody who subscribed to the old feeds gets an entry twice. Each generator makes ids of a file's path,
its header and the site's settings; the same is done here, letter by letter. A post that a scheme has no id for gets
one that is derived from what never changes: see `merging`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import tzinfo
from zoneinfo import ZoneInfo

from feedtool import config
from feedtool.config import Config, fill
from feedtool.config.placeholders import GENERATORS, PLACE, URI
from feedtool.disk import is_bundle, stem_and_ending
from feedtool.model import Kind, Post, utc
from feedtool.reader.keys import Fields
from feedtool.reader.pattern_pages import (
    hugo_address,
    hugo_name,
    jekyll_id,
    jekyll_page,
    jekyll_slug,
    zola_address,
    zola_slug,
)
from feedtool.reader.schemes import LONGEST, Scheme, escaped, lowered, named_language, place_of
from feedtool.reader.template_pages import eleventy_address, eleventy_slug, pelican_address, pelican_id, pelican_name
from feedtool.syntax import later
from feedtool.urls import absolute, with_path

#: see `address_in_ids`
_WHOLE = later(r"\W*https?://[^/]", re.IGNORECASE)


def id_of(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the id of the post that has this header, an absolute URI; or ""."""
    make = _IDS.get(scheme.name)
    return _sound(make(scheme, post, header)) if make else ""


def page_of(scheme: Scheme, post: Post, header: Fields) -> str:
    """Return the absolute address of the post's page on the site; "" if none is known."""
    make = _PAGES.get(scheme.pages)
    return _sound(make(scheme, post, header)) if make and scheme.site_url else ""


def language_of(scheme: Scheme, path: str) -> str:
    """Return the language of a post by its path, BCP 47; "" where it says nothing."""
    name = scheme.pages or scheme.name
    if name == "jekyll" and scheme.settings.get("lang_from_path") is True:
        return named_language(scheme, *re.split(r"[./]", path))
    return place_of(scheme, path, scheme.language).tag if name in ("hugo", "zola") and scheme.settings else ""


def _sound(made: str) -> str:
    return made if len(made) <= LONGEST and URI.fullmatch(made) else ""


def scheme_of(posts: config.Posts, site: config.Site) -> Scheme:
    """Return how a configuration wants ids to be made."""
    is_template, settings = "{" in posts.ids, lowered(posts.generator)
    if isinstance(languages := posts.generator.get("languages"), dict):  # Zola has their names in addresses as written
        settings["languages"] = {str(name): lowered({"": own})[""] for name, own in languages.items()}
    return Scheme(
        name="template" if is_template else posts.ids,
        template=posts.ids if is_template else "",
        permalink=posts.ids_permalink,
        site_url=posts.ids_url or site.url,
        root=posts.ids_root.strip("/"),
        is_ugly=posts.ids_ugly,
        language=posts.ids_language,
        settings=settings,
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
        "slug": escaped(post.slug, ""),
        "stem": escaped(own_name(post.path), ""),
        "category": escaped(categories[0], "") if categories else "",
    }


def root_of(path: str, roots: Sequence[str]) -> str:
    """Return the first of the posts folders that has the file, or ""."""
    return next((root for root in roots if path.startswith(root + "/")), "")


def own_name(path: str, roots: Sequence[str] = ()) -> str:
    """Return the name of a post's file without its ending, or that of its own folder, as in Hugo and Zola; in NFC.

    `roots` are the posts folders, which no post has for itself.
    """
    stem, folder = stem_and_ending(path)[0], path.rpartition("/")[0]
    is_named_so = stem[:5].lower() == "index" and is_bundle(path) and folder not in roots
    return unicodedata.normalize("NFC", folder.rpartition("/")[2] if is_named_so else stem)


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


_PAGES: dict[str, Callable[[Scheme, Post, Fields], str]] = {
    "jekyll": jekyll_page,
    "hugo": hugo_address,
    "zola": zola_address,
    "pelican": pelican_address,
    "eleventy": eleventy_address,
}
_IDS: dict[str, Callable[[Scheme, Post, Fields], str]] = _PAGES | {
    "source": lambda _, post, __: address_in_ids(post.source),
    "jekyll": jekyll_id,
    "pelican": pelican_id,
    "template": _template_id,
}


def old_names(config: Config, kind: Kind, term: str, language: str) -> tuple[str, str]:
    """Return a term and a language (BCP 47), as the generator of the site's pages has them in addresses.

    A term whose name there is not known is "".
    """
    scheme = scheme_of(config.posts, config.site)
    make = _TERMS.get(scheme.pages)
    slug = make(scheme, kind, term) if make else None
    for name, table in scheme.table("languages").items():
        own = table if isinstance(table, dict) else {}
        if language in (own.get("locale"), own.get("languagecode")):
            return slug or "", scheme.part_of(name)
    return slug or "", scheme.part_of(language)


_TERMS: dict[str, Callable[[Scheme, Kind, str], str | None]] = {
    "jekyll": lambda _, __, term: jekyll_slug(term),
    "hugo": lambda scheme, _, term: hugo_name(scheme, term),
    "eleventy": lambda scheme, _, term: eleventy_slug(scheme, term),
    "pelican": pelican_name,
    "zola": lambda scheme, _, term: zola_slug(term, str(scheme.table("slugify").get("taxonomies", "on"))),
}
