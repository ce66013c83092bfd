"""Digests of all that an entry or a feed is made from: the same key, the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from feedtool.build.context import GENERATOR
from feedtool.cache.entries import KeyOf
from feedtool.config import Config
from feedtool.feeds.custom import own_feed
from feedtool.sanitiser import Rules

if TYPE_CHECKING:
    from feedtool.build.feed_jobs import FeedJob, PageJob

#: the one default of a header that concerns the body
_END = "excerpt_separator"


def entry_key(config: Config, rules: Rules) -> KeyOf:
    """Return a function that makes an entry's key from its story's version and host, and the time of its last change.

    A rule that names a host is part of the keys of that host's entries alone.
    """
    home, own = config.site, config.posts
    everywhere = {name: rule for name, rule in rules.rules.items() if rule.kind != "select"}
    ends = [config.posts.excerpt_separator, *((each.path, each.values.get(_END)) for each in config.posts.defaults)]
    read = [own.markdown, own.markdown_settings]
    made: list[object] = [home.url, own.permalink, own.link, home.timezone, config.feeds.formats, ends, read]
    made += [own.pictures, bool(config.podcast), _code(config, "transform", "readers")]
    common = _digest([*made, rules.trim, rules.trim_by_hand, rules.data_images, rules.keep, everywhere])

    @cache
    def of_host(host: str) -> bytes:
        here = rules.sites_of(host) if host else list(rules.sites)
        return _digest([common, here])

    return lambda version, host, updated_ms: _digest([version, of_host(host), updated_ms])


def short_key(key: bytes) -> bytes:
    """Return the key of the same entry without its text."""
    return _digest([key, "without its text"])


def feed_key(job: FeedJob, config: Config) -> bytes:
    """Return the key of a feed's documents."""
    keys, site, size = [entry.key for entry in job.entries], config.site, job.is_cut or config.feeds.max_bytes
    own = [job.feed, keys, size, site.title, site.url, site.hub]
    pages = [config.pages.entries, config.pages.entry]
    described = own_feed(job.feed, config)
    made = [*_code(config, "formats"), [described.digest, site.timezone] if described and described.has_digests else []]
    return _digest([*own, *pages, *made, config.feeds.twins, job.periods, config.templates.texts, GENERATOR])


def page_key(job: PageJob, config: Config, language: str) -> bytes:
    """Return the key of an entry's page; `language` is that of its frame."""
    site, look = config.site, [config.feeds.twins, config.feeds.formats, config.templates.texts, GENERATOR]
    return _digest([job, site.title, site.url, language, *look])


def _code(config: Config, *keys: str) -> list[list[str]]:
    """Return what tells the plug-ins under some keys from others."""
    return [[code.key, code.file_name, code.target, code.digest] for code in config.plugins.code if code.key in keys]


def _digest(parts: Iterable[object]) -> bytes:
    return hashlib.blake2b(repr(list(parts)).encode("utf-8", "surrogatepass"), digest_size=16).digest()
