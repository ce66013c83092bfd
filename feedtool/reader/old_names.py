"""The names that terms have in the addresses of a generator's feeds. Pure."""

from __future__ import annotations

from collections.abc import Callable

from feedtool.config import Config
from feedtool.model import Kind
from feedtool.reader.hugo_pages import hugo_name
from feedtool.reader.identity import scheme_of
from feedtool.reader.jekyll_pages import jekyll_slug
from feedtool.reader.pelican_pages import pelican_name
from feedtool.reader.schemes import Scheme, lower
from feedtool.reader.slugs import eleventy_slug, zola_slug


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
            return slug or "", lower(name)
    return slug or "", lower(language)


_TERMS: dict[str, Callable[[Scheme, Kind, str], str | None]] = {
    "jekyll": lambda _, __, term: jekyll_slug(term),
    "hugo": lambda scheme, _, term: hugo_name(scheme, term),
    "eleventy": lambda _, __, term: eleventy_slug(term),
    "pelican": pelican_name,
    "zola": lambda scheme, _, term: zola_slug(term, str(scheme.table("slugify").get("taxonomies", "on"))),
}
