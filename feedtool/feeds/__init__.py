"""Terms -> feeds: which entries each feed holds, in which order, at which address; its ids and archives for years.

Decided by header facts alone; no body is read for it. Pure. The order in which posts were found does not matter.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from posixpath import normpath
from types import MappingProxyType
from typing import get_args
from urllib.parse import quote
from zoneinfo import ZoneInfo

from feedtool import config
from feedtool.feeds import custom
from feedtool.frozen import frozen
from feedtool.model import Alias, Candidate, Entry, Feed, Kind, Story, Term
from feedtool.problems import Code, Problem
from feedtool.syntax import later
from feedtool.urls import host_of, mark, slug

SHARED_SLUG = Code.note("shared-slug")(
    "Two terms would get the same address, because addresses are in lower case and without signs (C, C++ and C#). "
    "The term that was used first keeps the plain address. The others get a suffix that never changes."
)
SIMILAR_TERMS = Code.note("similar-terms")(
    "Two terms differ only by case or by Unicode form. Each has its own feed.",
    "Use one spelling if they mean the same.",
)


@frozen
class Known:
    """A feed that an earlier build published: its address stays, even if it loses all entries."""

    kind: Kind
    term: str
    slug: str
    updated_ms: int


def limit_of(kind: Kind, feeds: config.Feeds) -> int:
    """Return how many entries a feed of the kind may hold; 0 for all."""
    group = feeds.groups.get(kind)
    is_complete = config.history_of(group, feeds)[1]
    return 0 if is_complete else group.limit if group and group.limit is not None else feeds.limit


def reach_of(kind: Kind, feeds: config.Feeds) -> int:
    """Return how many entries a feed of the kind and its archives may hold together; 0 for all."""
    return 0 if config.history_of(feeds.groups.get(kind), feeds)[0] else limit_of(kind, feeds)


def candidate(story: Story) -> Candidate:
    """Return the part of a story that a feed needs."""
    return Candidate(
        id=story.id,
        published_ms=story.published_ms,
        updated_ms=story.updated_ms,
        language=story.post.language,
        letters=letters_of(story.post.title),
    )


def terms_of(story: Story, kinds: Sequence[Kind], settings: config.Config) -> list[tuple[Kind, str]]:
    """Return kind and present name of each term of these kinds that the story carries.

    Where languages have feeds, a story in another language than the site's is in no feed of that one: it carries its
    language instead of "all", and its other terms with its language behind.
    """
    aliases, post = settings.aliases, story.post
    is_foreign = "language" in kinds and post.language and not _is_same(post.language, settings.site.language)
    whole = {"all": () if is_foreign else ("",), "language": (post.language,) if is_foreign else ()}
    found: dict[tuple[Kind, str], None] = {}
    for kind in kinds:
        names = whole[kind] if kind in whole else _NAMES[kind](story, settings)
        is_renamed = kind in ("category", "tag", "author")
        behind = f" ({post.language})" if is_foreign and is_renamed else ""
        found |= {(kind, (aliases.get(name, name) if is_renamed else name) + behind): None for name in names}
    return list(found)


#: a story's terms, as written
_NAMES: dict[Kind, Callable[[Story, config.Config], Iterable[str]]] = {
    "category": lambda story, _: story.categories,
    "tag": lambda story, _: story.tags,
    "author": lambda story, _: [author.name for author in story.post.authors],
    "source": lambda story, _: filter(None, [host_of(story.post.source).removeprefix("www.")]),
    "folder": lambda story, settings: _folders(story.post.path, settings.posts.dirs),
    "custom": lambda story, settings: custom.memberships(story, settings.feeds.custom, settings.aliases),
}


def _is_same(one: str, other: str) -> bool:
    """Return whether two language tags are the same, or one says less than the other: "en" and "en-GB"."""
    one, other = f"{one.lower()}-", f"{other.lower()}-"
    return one.startswith(other) or other.startswith(one)


def _folders(path: str, posts: Sequence[str]) -> list[str]:
    """Return the folders that a post is in, below the folder of posts, the outermost first.

    The folder of a post called index is the post's own, with its pictures.
    """
    below = next((normpath(top) + "/" for top in posts if path.startswith(normpath(top) + "/")), "")
    parts = path.removeprefix(below).split("/")
    parts = parts[: -2 if parts[-1].lower().startswith("index.") and len(parts) > 1 else -1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def select(
    terms: Iterable[Term],
    *,
    feeds: config.Feeds,
    site: config.Site,
    known: Sequence[Known] = (),
    aliases: Mapping[str, str] = MappingProxyType({}),
) -> tuple[tuple[Feed, ...], tuple[Problem, ...]]:
    """Return the feeds of the terms; the feed of all comes first, then by kind and term.

    `site.title` and `site.url` are not empty; `site.url` ends with "/".
    """
    problems: list[Problem] = []
    earlier = {(feed.kind, feed.term): feed for feed in known}
    there = {(term.kind, term.name): term for term in terms}
    taken: dict[str, str] = {}
    found = []
    for kind in _KINDS:
        group = feeds.groups.get(kind)
        if group and not group.enabled:
            continue
        own = [term for _, term in sorted(there.items()) if term.kind == kind]
        slugs = {"": ""}
        past: dict[str, list[Alias]] = {}
        if group:
            problems += _similar(own)
            published = {feed.term: feed.slug for feed in known if feed.kind == kind}
            subscribed = {aliases.get(name, name) for name in published}
            kept = [term for term in own if term.count >= group.min_entries or term.name in subscribed]
            named = {each.name: each.path for each in feeds.custom if kind == "custom" and each.path}
            published |= {name: path for name, path in named.items() if name in {*subscribed, *(t.name for t in kept)}}
            slugs = _slugs(kept, published, group.path, taken, problems)
            remembered = {old: new for old, new in aliases.items() if old in published or not known}
            past = _aliases(slugs, remembered, group.path, taken)
        for name in sorted(slugs):
            term, known_as = there.get((kind, name)), earlier.get((kind, name))
            newest = term.newest if term else ()
            names = tuple(past.get(name, ()))
            found.append(_feed(kind, name, slugs[name], names, newest, feeds=feeds, site=site, known=known_as))
    return tuple(found), tuple(problems)


_KINDS: tuple[Kind, ...] = get_args(Kind)


def _feed(
    kind: Kind, term: str, slug: str, aliases: tuple[Alias, ...], chosen: Sequence[Candidate], *,
    feeds: config.Feeds, site: config.Site, known: Known | None,
) -> Feed:  # fmt: skip
    group = feeds.groups.get(kind)
    folder = config.fill(group.path, slug=slug) + "/" if group else ""
    title = config.fill(group.title, term=term, site=site.title) if group else site.title
    own = next((each for each in feeds.custom if (kind, term) == ("custom", each.name)), None)
    if own:
        title = own.title or title
        if own.has_digests:
            chosen = custom.needed(chosen, own, ZoneInfo(site.timezone), limit_of("custom", feeds))
        elif not own.is_sorted:
            chosen = chosen[: reach_of("custom", feeds) or None]
    url = site.url + quote(folder)
    is_archived, is_complete = config.history_of(group, feeds)
    is_sorted = own is not None and own.is_sorted
    return Feed(
        kind=kind,
        term=term,
        slug=slug,
        aliases=aliases,
        folder=folder,
        title=title,
        description=site.description if site.description and not group else title,
        language=_language(kind, chosen[: limit_of(kind, feeds) or None], feeds=feeds, site=site),
        author=site.author or site.title,
        url=url,
        home_url=site.home if site.home and kind in ("all", "language") else url,
        formats=feeds.formats,
        icon=site.icon,
        logo=site.logo,
        updated_ms=max((s.updated_ms for s in chosen), default=known.updated_ms if known else 0),
        entry_ids=tuple(story.id for story in chosen),
        is_complete=is_complete and not is_sorted,
        is_archived=is_archived and not is_sorted,
    )


def _language(kind: Kind, chosen: Sequence[Candidate], *, feeds: config.Feeds, site: config.Site) -> str:
    """Return the language of a feed: the site's, but for feeds of other languages."""
    own = language_of(chosen) if feeds.language.enabled and kind != "all" and chosen and chosen[0].language else ""
    return own if own and not _is_same(own, site.language) else site.language or own or language_of(chosen)


def _slugs(
    terms: Sequence[Term], known: dict[str, str], path: str, taken: dict[str, str], problems: list[Problem]
) -> dict[str, str]:
    """Return the slug of each term, and of each known one: the term that came first gets it, and keeps it.

    `taken` holds the folders in use, each with its term; those of these terms are added.
    """
    slugs = dict(known)
    taken |= {_place(path, own): name for name, own in known.items()}
    for term in sorted(terms, key=lambda t: t.first_seen):
        if term.name in slugs:
            continue
        own = slug(term.name)
        while _place(path, own) in taken:
            own += f"-{mark(term.name)}"
        slugs[term.name] = own
        taken[_place(path, own)] = term.name
    for term in terms:
        holder = taken.get(_place(path, slug(term.name)), term.name)
        if holder != term.name:
            message = f'"{term.name[:80]}" has the address {slugs[term.name][:80]}: "{holder[:80]}" has the plain one'
            problems.append(SHARED_SLUG.at(term.newest_path, message))
    return slugs


def _aliases(
    slugs: dict[str, str], aliases: Mapping[str, str], path: str, taken: dict[str, str]
) -> dict[str, list[Alias]]:
    """Take earlier names out of the slugs, and return them by their present names.

    Where no manifest tells the address of an earlier name, it gets the address that a new term would get.
    """
    past: dict[str, list[Alias]] = {}
    for old, new in sorted(aliases.items()):
        if new not in slugs:
            continue
        own = slugs.pop(old, "") or slug(old)
        if taken.setdefault(_place(path, own), old) == old:
            folder = config.fill(path, slug=own) + "/"
            past.setdefault(new, []).append(Alias(term=old, slug=own, folder=folder))
    return past


def _place(path: str, slug: str) -> str:
    """Return the folder as a file system that ignores case and Unicode forms sees it."""
    return unicodedata.normalize("NFC", config.fill(path, slug=slug)).casefold()


def _similar(terms: Sequence[Term]) -> list[Problem]:
    by_form: dict[str, list[Term]] = defaultdict(list)
    for term in terms:
        by_form[unicodedata.normalize("NFKC", term.name).casefold()].append(term)
    found = []
    for alike in by_form.values():
        for term in alike[1:]:
            message = f'"{term.name[:80]}" and "{alike[0].name[:80]}" are two feeds'
            found.append(SIMILAR_TERMS.at(term.oldest_path, message))
    return found


#: Scripts that one language, above all others, is written in.
_SCRIPTS = {
    "ja": later("[\u3040-\u30ff]+"),
    "ko": later("[\uac00-\ud7a3]+"),
    "zh": later("[\u4e00-\u9fff]+"),
    "th": later("[\u0e01-\u0e5b]+"),
}


_RARER = later("[\u0e01-\u0e5b\u3040-\u30ff\uac00-\ud7a3]")
_NO_LETTERS = (0,) * len(_SCRIPTS)


# an entry is in several feeds
@lru_cache(maxsize=16_384)
def letters_of(title: str) -> bytes:
    """Return how many letters the beginning of a title has, and how many in each of the scripts."""
    title = title[:255]
    if title.isascii():
        return bytes((sum(map(str.isalpha, title)), *_NO_LETTERS))
    is_rare = _RARER.search(title)
    scripts = (len("".join(script.findall(title))) if is_rare or tag == "zh" else 0 for tag, script in _SCRIPTS.items())
    return bytes((sum(map(str.isalpha, title)), *scripts))


def language_of(chosen: Sequence[Candidate | Entry]) -> str:
    """Return the language that at least half of the entries declare; else one guessed by script; else ""."""
    declared = Counter(each.language for each in chosen if each.language)
    if declared:
        most = min(declared, key=lambda tag: (-declared[tag], tag))
        if declared[most] * 2 >= len(chosen):
            return most
    counted = [letters_of(each.title) if isinstance(each, Entry) else each.letters for each in chosen[:50]]
    letters, *in_scripts = map(sum, zip((0, *_NO_LETTERS), *counted, strict=True))
    shares = dict(zip(_SCRIPTS, in_scripts, strict=True))
    if shares["ja"] * 10 > letters:
        return "ja"
    best = max(shares, key=lambda tag: shares[tag])
    return best if shares[best] * 4 > letters else ""
