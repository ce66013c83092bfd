"""What an entry and a feed are made from, as digests: the same key, the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache

from feedtool.build.jobs import GENERATOR, FeedJob
from feedtool.config import Config
from feedtool.sanitiser import Rules

#: the one default of a header that is about the body
_END = "excerpt_separator"


def entry_key(config: Config, rules: Rules) -> Callable[[bytes, str], bytes]:
    """Return what makes an entry's key of its story's version and host.

    A rule that names a host is part of the keys of that host's entries alone.
    """
    home, own = config.site, config.posts.permalink
    everywhere = {name: rule for name, rule in rules.rules.items() if rule.kind != "select"}
    ends = [config.posts.excerpt_separator, *((each.path, each.values.get(_END)) for each in config.posts.defaults)]
    made = [home.url, own, home.timezone, config.feeds.formats, ends]
    common = _digest([*made, rules.trim, rules.keep, everywhere])

    @cache
    def of_host(host: str) -> bytes:
        here = rules.sites_of(host) if host else list(rules.sites)
        return _digest([common, here])

    return lambda version, host: _digest([version, of_host(host)])


def short_key(key: bytes) -> bytes:
    """Return the key of an entry without its text, of that with it."""
    return _digest([key, "without its text"])


def feed_key(job: FeedJob, config: Config) -> bytes:
    """Return the key of a feed's documents."""
    keys = [entry.key for entry in job.entries]
    site = config.site
    return _digest(
        [
            job.feed,
            keys,
            job.is_cut or config.feeds.max_bytes,
            site.title,
            site.url,
            site.hub,
            config.feeds.twins,
            job.periods,
            config.templates.texts,
            GENERATOR,
        ]
    )


def _digest(parts: Iterable[object]) -> bytes:
    return hashlib.blake2b(repr(list(parts)).encode("utf-8", "surrogatepass"), digest_size=16).digest()
