"""Stories -> feeds: which entries stand in which feed, in which order, at which address.

Decided by header facts alone; no body is read for it. Pure. The order in which posts were found does not matter.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from feedtool import config
from feedtool.model import Feed, Kind, Story
from feedtool.problems import Code, Problem

SHARED_SLUG = Code(
    "shared-slug",
    "note",
    "Two terms would have the same address once written in lower case and without signs, as C, C++ and C# do. "
    "The one seen first in time has the plain address, the others have a suffix that never changes.",
)
SIMILAR_TERMS = Code(
    "similar-terms",
    "note",
    "Two terms differ only by case or by Unicode form. They are two feeds, as they are written.",
    "Write both alike if they mean the same.",
)

#: bytes of UTF-8; file systems allow 255, and a suffix must fit
_LONGEST_SLUG = 120
#: names that Windows keeps for devices
_RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A feed that an earlier build published: its address stays, whatever happens to its entries."""

    kind: Kind
    term: str
    slug: str
    updated_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    """A category, tag or author with the stories that carry it, newest first."""

    name: str
    stories: tuple[Story, ...]

    @property
    def first_seen(self) -> tuple[int, str]:
        return min((story.published_ms, self.name) for story in self.stories)


def select(
    stories: Sequence[Story], *, feeds: config.Feeds, site: config.Site, known: Sequence[Known] = ()
) -> tuple[tuple[Feed, ...], tuple[Problem, ...]]:
    """Return the feeds of the stories, which are newest first; the feed of all comes first, then by kind and term.

    `site.title` and `site.url` are not empty; `site.url` ends with "/".
    """
    problems: list[Problem] = []
    earlier = {(feed.kind, feed.term): feed for feed in known}
    found = [_feed("all", "", "", stories, feeds=feeds, site=site, known=earlier.get(("all", "")))]
    groups: tuple[tuple[Kind, config.Group], ...] = (
        ("category", feeds.category),
        ("tag", feeds.tag),
        ("author", feeds.author),
    )
    taken: dict[str, str] = {}
    for kind, group in groups:
        if not group.enabled:
            continue
        terms = _terms(kind, stories)
        problems += _similar(terms)
        kept = [t for t in terms if len(t.stories) >= group.min_entries or (kind, t.name) in earlier]
        own = {feed.term: feed.slug for feed in known if feed.kind == kind}
        slugs = _slugs(kept, own, group.path, taken, problems)
        by_name = {term.name: term.stories for term in kept}
        found += [
            _feed(
                kind,
                name,
                slugs[name],
                by_name.get(name, ()),
                feeds=feeds,
                site=site,
                known=earlier.get((kind, name)),
            )
            for name in sorted(slugs)
        ]
    return tuple(found), tuple(problems)


def _terms(kind: Kind, stories: Iterable[Story]) -> list[_Term]:
    found: dict[str, list[Story]] = defaultdict(list)
    for story in stories:
        names = {
            "category": story.categories,
            "tag": story.tags,
            "author": tuple(dict.fromkeys(author.name for author in story.post.authors)),
        }
        for name in names[kind]:
            found[name].append(story)
    return [_Term(name=name, stories=tuple(carriers)) for name, carriers in sorted(found.items())]


def _feed(
    kind: Kind, term: str, slug: str, stories: Sequence[Story], *,
    feeds: config.Feeds, site: config.Site, known: Known | None,
) -> Feed:  # fmt: skip
    group = {"category": feeds.category, "tag": feeds.tag, "author": feeds.author}.get(kind)
    folder = config.fill(group.path, slug=slug) + "/" if group else ""
    title = config.fill(group.title, term=term, site=site.title) if group else site.title
    limit = group.limit if group and group.limit is not None else feeds.limit
    chosen = stories[: limit or None]
    url = site.url + quote(folder)
    return Feed(
        kind=kind,
        term=term,
        slug=slug,
        folder=folder,
        title=title,
        description=site.description if site.description and not group else title,
        language=site.language or _language(chosen),
        author=site.author or site.title,
        url=url,
        home_url=url,
        formats=feeds.formats,
        updated_ms=max((s.updated_ms for s in chosen), default=known.updated_ms if known else 0),
        entry_ids=tuple(story.id for story in chosen),
    )


def slug(term: str) -> str:
    """Return a term as the last part of an address: letters, marks and numbers of every script, joined by "-".

    NFKC, case-folded, free of anything that a file system or an address could stumble over. A term without
    a letter is spelled by its code points. Not empty for a non-empty term.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", term).casefold())
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else "-" for c in folded)
    plain = re.sub(r"-+", "-", kept).strip("-")
    if not any(unicodedata.category(c)[0] in "LN" for c in plain):
        plain = "-".join(f"u{ord(c):x}" for c in term[:12])
    if len(plain.encode()) > _LONGEST_SLUG:
        head = plain.encode()[:_LONGEST_SLUG].decode(errors="ignore").rstrip("-")
        return f"{head}-{_mark(term)}"
    return f"{plain}-{_mark(term)}" if _RESERVED.fullmatch(plain) else plain


def _mark(term: str) -> str:
    """Return six characters that tell this term from every other, whatever else there is."""
    return hashlib.sha256(unicodedata.normalize("NFC", term).encode()).hexdigest()[:6]


def _slugs(
    terms: Iterable[_Term], known: dict[str, str], path: str, taken: dict[str, str], problems: list[Problem]
) -> dict[str, str]:
    """Return the slug of each term, and of each known one: first come, first served, and then for ever.

    `taken` holds the folders that are in use, by whom, and gains those of these terms.
    """
    slugs = dict(known)
    taken |= {_place(path, own): name for name, own in known.items()}
    for term in sorted(terms, key=lambda t: t.first_seen):
        if term.name in slugs:
            continue
        wanted = own = slug(term.name)
        while _place(path, own) in taken:
            own += f"-{_mark(term.name)}"
        if own != wanted:
            holder = taken[_place(path, wanted)]
            message = f'"{term.name[:80]}" lies at {own[:80]}, for "{holder[:80]}" has the plain address'
            problems.append(SHARED_SLUG.at(term.stories[0].post.path, message))
        slugs[term.name] = own
        taken[_place(path, own)] = term.name
    return slugs


def _place(path: str, slug: str) -> str:
    """Return what a file system that ignores case and Unicode forms takes for the folder."""
    return unicodedata.normalize("NFC", config.fill(path, slug=slug)).casefold()


def _similar(terms: Sequence[_Term]) -> list[Problem]:
    by_form: dict[str, list[_Term]] = defaultdict(list)
    for term in terms:
        by_form[unicodedata.normalize("NFKC", term.name).casefold()].append(term)
    found = []
    for alike in by_form.values():
        for term in alike[1:]:
            message = f'"{term.name[:80]}" and "{alike[0].name[:80]}" are two feeds'
            found.append(SIMILAR_TERMS.at(term.stories[-1].post.path, message))
    return found


#: Scripts that one language, above all others, is written in.
_SCRIPTS = (
    ("ja", "\u3040", "\u30ff"),
    ("ko", "\uac00", "\ud7a3"),
    ("zh", "\u4e00", "\u9fff"),
    ("th", "\u0e01", "\u0e5b"),
)


def _language(stories: Sequence[Story]) -> str:
    """Return the language that at least half of the posts declare; else what their script tells; else "und"."""
    declared = Counter(story.post.language for story in stories if story.post.language)
    if declared:
        most = min(declared, key=lambda tag: (-declared[tag], tag))
        if declared[most] * 2 >= len(stories):
            return most
    titles = "".join(story.post.title for story in stories[:50])
    letters = sum(c.isalpha() for c in titles)
    shares = {tag: sum(low <= c <= high for c in titles) for tag, low, high in _SCRIPTS}
    if shares["ja"] * 10 > letters:
        return "ja"
    best = max(shares, key=lambda tag: shares[tag])
    return best if shares[best] * 4 > letters else "und"
