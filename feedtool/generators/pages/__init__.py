"""The pages for people: index.html for all feeds, a page for each feed, and the style sheet of opened feeds.

In: feeds, their entries, how many entries each has by month, and the user's templates as text. Out: documents. The
HTML loads nothing from other hosts but pictures of entries, and works without its scripts. docs/templates.md lists
the templates and their values. Pure, but for the built-in templates, which are read once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from functools import partial
from html import escape
from itertools import groupby
from typing import TypeAlias
from urllib.parse import quote

from feedtool.config import Blog, Templates
from feedtool.frozen import frozen, positional
from feedtool.generators.pages.environment import ICON_SHAPES, day_of, href, render, source_of, style_of
from feedtool.generators.rendering import GROUPS
from feedtool.model import ENTRIES, ICON, SHEET, Activity, Document, Entry, Feed, Format, Kind

#: sections with more feeds are divided by first letter
_DIVIDE_ABOVE = 60
#: sections with more feeds are folded at first
_OPEN_UP_TO = 400
#: how pages of feeds are called
_KIND_NAMES: dict[Kind, str] = {
    "all": "All entries", "custom": "Feed", "category": "Category", "tag": "Tag", "author": "Author",
    "source": "Source", "folder": "Folder", "language": "Language",
}  # fmt: skip
#: of the pages' own words
_OWN_LANGUAGE = "en"
#: entries may show pictures from any host
_PICTURES = "https: http:"
#: height of the chart in units of the SVG; a month is one unit wide
_CHART_HEIGHT = 9
#: group names of scripts that readers know by another name than Unicode's
_SCRIPTS = {"CJK": "漢字", "HIRAGANA": "かな", "KATAKANA": "かな", "HANGUL": "한글"}

#: what a template gets by name
_Values: TypeAlias = dict[str, object]


@frozen
class Frame:
    """What all pages of a site have in common."""

    site_title: str
    #: of the output folder, with "/" at the end
    site_url: str
    generator: str
    #: in which days are counted
    zone: tzinfo = UTC
    #: the beginning of the folders of entries' pages; None for no such pages
    pages: str | None = None

    def page(
        self, name: str, path: str, templates: Templates | None, language: str, *, pictures: str = "",
        has_media: bool = False, **values: object,
    ) -> Document:  # fmt: skip
        """Return a page with the values that its template needs beside those of all. Raises BrokenTemplateError."""
        index = "../" * path.count("/")
        common: _Values = {
            "site_title": self.site_title, "site_url": self.site_url, "generator": self.generator, "index": index,
            "link": partial(self._link, index), "day_of": partial(day_of, zone=self.zone),
            "language": language or _OWN_LANGUAGE,
        }  # fmt: skip
        content = render(name, templates or Templates(), common | values, pictures=pictures, has_media=has_media)
        return Document(path=path, media_type="text/html", content=content)

    def _link(self, index: str, entry: Entry) -> str:
        """Return what leads from a page to an entry: a relative link to a page that feedtool made."""
        own = None if self.pages is None else self.site_url + quote(self.pages)
        is_own = own is not None and entry.url.startswith(own) and entry.url.endswith("/")
        return index + entry.url.removeprefix(self.site_url) if is_own else entry.url


@frozen
class PageLink:
    """A link from one page of the output to another."""

    #: of the page, plain text
    title: str
    #: of the page, below the output folder, with "/" at the end; "" where there is no page
    folder: str


@positional
class _Row:
    """A feed as the index shows it; `newest` is None where the feed is empty."""

    feed: Feed
    name: str
    href: str
    newest: Entry | None
    #: all its entries, including those that left the feed
    total: int
    #: the `d` attribute of an SVG path that shows its entries by month, or ""
    chart: str


def render_index(
    feeds: Sequence[Feed], entries: Mapping[str, Entry], *, frame: Frame, language: str = "",
    activity: Activity | None = None, templates: Templates | None = None, blogroll: Sequence[Blog] = (),
) -> Document:  # fmt: skip
    """Return the page of all feeds, sorted by kind and name.

    `entries` holds at least the newest entry of each feed, by id. Raises BrokenTemplateError.
    """
    activity = activity or Activity()
    rows = [_row(feed, entries, activity) for feed in feeds]
    return frame.page(
        "index.html",
        "index.html",
        templates,
        language,
        main=[row for row in rows if row.feed.kind == "all"],
        sections=_sections([row for row in rows if row.feed.kind != "all"]),
        months=activity.months,
        blogroll=blogroll,
        home_url=next((feed.home_url for feed in feeds if feed.kind == "all"), frame.site_url),
    )


def render_feed_page(
    feed: Feed, entries: Sequence[Entry], *, frame: Frame, language: str = "", archives: Sequence[str] = (),
    templates: Templates | None = None,
) -> Document:  # fmt: skip
    """Return the page of a feed with these entries, in the order given.

    `archives` are the periods of its archive documents, newest first. `language` is for a feed that has none. Raises
    BrokenTemplateError.
    """
    return frame.page(
        "feed.html",
        feed.folder + "index.html" if feed.folder else ENTRIES,
        templates,
        language or feed.language,
        pictures=_PICTURES,
        feed=feed,
        entries=entries,
        kind_name=_KIND_NAMES[feed.kind],
        url=feed.url if feed.folder else frame.site_url + ENTRIES,
        periods=_periods(feed, archives),
    )


def render_entry_page(
    entry: Entry, *, folder: str, newer: PageLink | None, older: PageLink | None, terms: Sequence[PageLink],
    formats: Sequence[Format], frame: Frame, language: str, templates: Templates | None = None,
) -> Document:  # fmt: skip
    """Return the page of an entry, which has its content.

    `folder` is the page's, below the output folder, with "/" at the end; `newer` and `older` are the pages before and
    after it; `terms` its categories and tags, each with the folder of its feed or "". Raises BrokenTemplateError.
    """
    return frame.page(
        "entry.html",
        folder + "index.html",
        templates,
        language,
        pictures=_PICTURES,
        has_media=True,
        entry=entry,
        url=frame.site_url + quote(folder),
        shown_image=entry.image if entry.image and escape(entry.image) not in entry.content_html else "",
        # unless its content shows it
        file=next((file for file in entry.enclosures[:1] if escape(file.url) not in entry.content_html), None),
        after=newer,
        before=older,
        terms=terms,
        formats=formats,
    )


def render_looks(*, generator: str, templates: Templates | None = None) -> tuple[Document, Document, Document]:
    """Return the files that others name: the style of all pages, feed.css for feeds opened in a browser, the icon.

    Another style has another name, so that an old page keeps its own.
    """
    templates = templates or Templates()
    style, name = style_of(templates)
    mark = f"/* Made by {generator}. */\n"
    colours = "rect{fill:#d9570c}path{fill:none;stroke:#fff;stroke-width:2.4;stroke-linecap:round}circle{fill:#fff}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><!-- Made by {generator}. -->'
    icon = f"{head}<style>{colours}</style>{ICON_SHAPES}</svg>\n"
    return (
        Document(path=name, media_type="text/css", content=f"{mark}{style}".encode()),
        Document(path=SHEET, media_type="text/css", content=f"{mark}{source_of('feed.css', templates)}".encode()),
        Document(path=ICON, media_type="image/svg+xml", content=icon.encode()),
    )


def _row(feed: Feed, entries: Mapping[str, Entry], activity: Activity) -> _Row:
    return _Row(
        feed=feed,
        name=feed.term or feed.title,
        href=href(feed.folder),
        newest=entries.get(feed.entry_ids[0]) if feed.entry_ids else None,
        total=max(activity.totals.get((feed.kind, feed.term), 0), len(feed.entry_ids)),
        chart=_chart(activity.counts.get((feed.kind, feed.term), ())),
    )


def _periods(feed: Feed, names: Iterable[str]) -> list[_Values]:
    """Return the archive documents of these periods: name, and format and address relative to the feed's page."""
    archives = (replace(feed, period=name) for name in names)
    return [
        {
            "name": each.period[:10],
            "files": [(form, quote(each.file(form).removeprefix(feed.folder))) for form in feed.formats],
        }
        for each in archives
    ]


def _chart(counts: Sequence[int]) -> str:
    """Return the `d` attribute of an SVG path with a step for each count, at least 1 above 0; "" if all are 0."""
    most, tallest = max(counts, default=0), _CHART_HEIGHT - 1
    if not most:
        return ""
    path, at = f"M0 {_CHART_HEIGHT}", 0
    for level, run in groupby(max(1, round(tallest * count / most)) if count else 0 for count in counts):
        path += f"v{at - level}h{len(list(run))}"
        at = level
    return f"{path}V{_CHART_HEIGHT}z"


def _sections(rows: Iterable[_Row]) -> list[_Values]:
    """Return the rows by kind."""
    ordered = sorted(rows, key=lambda row: (_initial(row.name), row.name.casefold(), row.feed.slug))
    members = {kind: [row for row in ordered if row.feed.kind == kind] for kind in GROUPS}
    return [
        {
            "kind": kind,
            "name": GROUPS[kind],
            "size": len(rows),
            "groups": _groups(rows),
            "is_many": len(rows) > _DIVIDE_ABOVE,
            "is_open": len(rows) <= _OPEN_UP_TO,
        }
        for kind, rows in members.items()
        if rows
    ]


def _groups(rows: Sequence[_Row]) -> list[_Values]:
    """Return the rows by first letter, or together under the name "" if they are few."""
    if len(rows) <= _DIVIDE_ABOVE:
        return [{"name": "", "rows": rows}]
    by_initial = groupby(rows, key=lambda row: _initial(row.name)[1])
    return [{"name": name, "rows": list(members)} for name, members in by_initial]


def _initial(name: str) -> tuple[int, str]:
    """Return a name's group and the rank of that: letters A to Z, then digits, other scripts, signs."""
    first = unicodedata.normalize("NFKD", name.casefold())[:1].upper()
    if "A" <= first <= "Z":
        return 0, first
    if first.isdigit():
        return 1, "0–9"
    if first.isalpha():
        script = unicodedata.name(first, "OTHER").split()[0]
        return 2, _SCRIPTS.get(script, script.capitalize())
    return 3, "#"
