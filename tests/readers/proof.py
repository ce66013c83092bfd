"""What must hold of every reader: it has each entry of each feed once, as it was written. Pure but for the readers."""

from __future__ import annotations

import html
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from bs4 import BeautifulSoup

from .serving import Serving
from .site import FEEDS, STEPS, Feed, Step, Telling
from .stored import Reader, Stored

#: what a post was up to a step, oldest first, by its name
_Versions = dict[str, list[Telling]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a reader has of a feed after a step."""

    feed: Feed
    step: str
    stored: int
    wanted: int
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What came of a reader."""

    reader: Reader
    version: str
    seconds: float
    #: of the longest poll
    slowest: float
    cells: tuple[Cell, ...]
    #: answers by step: how many, and how many of them were 304
    answers: dict[str, tuple[int, int]] = field(default_factory=dict)

    def faults(self) -> list[str]:
        """Return everything that is not as it should be, in a line each that names reader, feed and step."""
        name = f"{self.reader.name} {self.version}"
        found = [
            f"{name}, {cell.feed.name} ({cell.feed.form}), {cell.step}: {fault}"
            for cell in self.cells
            for fault in cell.faults
        ]
        # newsboat learns what to ask with at its second poll
        asked, known = self.answers["third poll"]
        if self.reader.is_conditional and known < asked:
            found.append(f"{name}: {asked - known} of {asked} answers to its third poll were no 304")
        return found


def prove(reader: Reader, host: Serving, uploads: Sequence[Path], home: Path) -> Proof:
    """Let a reader poll after every step, and compare what it has with what was written."""
    feeds = [feed for feed in FEEDS if _is_for(reader, host, feed)]
    urls = {feed.url(host.site_url, host.plain_url): feed for feed in feeds}
    versions: dict[Feed, _Versions] = {feed: {} for feed in feeds}
    cells: list[Cell] = []
    answers: dict[str, tuple[int, int]] = {}
    spent: list[float] = []
    host.statuses()
    for step, folder in zip(STEPS, uploads, strict=True):
        host.show(folder)
        begun = time.monotonic()
        stored = reader.poll([*urls], home)
        spent.append(time.monotonic() - begun)
        statuses = [status for status in host.statuses() if status < 300 or status == 304]
        answers[step.name] = (len(statuses), statuses.count(304))
        cells += [_cell(reader, feed, step, versions[feed], _of(stored, url)) for url, feed in urls.items()]
    return Proof(
        reader=reader,
        version=reader.version(),
        seconds=sum(spent),
        slowest=max(spent),
        cells=tuple(cells),
        answers=answers,
    )


def _items(upload: Path, site_url: str, url: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads((upload / unquote(url.removeprefix(site_url))).read_bytes())["items"]
    return items


def compare_real(reader: Reader, host: Serving, upload: Path, home: Path) -> list[str]:
    """Let a reader poll feeds of real posts twice; return what it has otherwise than the JSON Feed beside each says."""
    feeds = json.loads((upload / "feeds.json").read_bytes())["feeds"]
    categories = (feed for feed in feeds if feed["kind"] == "category")
    largest = max(categories, key=lambda feed: len(_items(upload, host.site_url, feed["urls"]["json"])))
    assert feeds[0]["kind"] == "all"
    assert len(_items(upload, host.site_url, feeds[0]["urls"]["json"])) > 100, "else it shows little"
    faults: list[str] = []
    for urls in (feeds[0]["urls"], largest["urls"]):
        items = _items(upload, host.site_url, urls["json"])
        for form in sorted(reader.forms):
            for _ in range(2):
                stored = reader.poll([urls[form]], home / quote(urls[form], safe=""))
            is_html = reader.has_html_titles and form == "rss"
            wanted = Counter(_line(_read_as_html(item["title"]) if is_html else item["title"]) for item in items)
            found = Counter(_line(each.title) for each in stored)
            name = f"{reader.name} {reader.version()}, {urls[form]}"
            faults += [f"{name}: lacks {title!r}" for title in wanted - found]
            faults += [f"{name}: has too much: {title!r}" for title in found - wanted]
    return faults


def _is_for(reader: Reader, host: Serving, feed: Feed) -> bool:
    if feed.is_redirected and not (host.redirects and reader.follows_redirects):
        return False
    return feed.form in reader.forms


def _of(stored: Sequence[Stored], url: str) -> list[Stored]:
    return [each for each in stored if each.feed == url]


def _cell(reader: Reader, feed: Feed, step: Step, versions: _Versions, stored: Sequence[Stored]) -> Cell:
    for telling in feed.entries(step):
        known = versions.setdefault(telling.name, [])
        if telling not in known:
            known.append(telling)
    links = {tellings[-1].link for tellings in versions.values()}
    faults = [f"has {each.link} {each.title!r}, which nobody wrote" for each in stored if each.link not in links]
    for name, tellings in versions.items():
        having = [each for each in stored if each.link == tellings[-1].link]
        if reader.doubles_retitled:
            having = [each for each in having if each.title == tellings[-1].title]
        if len(having) != 1:
            faults.append(f"has {name} {len(having)} times")
        faults += [f"{name}: {fault}" for each in having for fault in _wrong(reader, feed, each, tellings)]
    return Cell(feed=feed, step=step.name, stored=len(stored), wanted=len(versions), faults=tuple(faults))


def _wrong(reader: Reader, feed: Feed, stored: Stored, tellings: Sequence[Telling]) -> list[str]:
    """Return what differs from how the post is now; from how it was, where that is nearer and the reader keeps it."""
    ways = [list(_differs(reader, feed, stored, telling)) for telling in tellings]
    return ways[-1] if reader.takes_changes else min(ways, key=len)


def _differs(reader: Reader, feed: Feed, stored: Stored, telling: Telling) -> Iterator[str]:
    title = _read_as_html(telling.title) if reader.has_html_titles and feed.form == "rss" else telling.title
    for name, found, wanted in (
        ("title", _line(stored.title), _line(title)),
        ("author", stored.author, telling.author),
        ("published", stored.published, telling.published),
    ):
        if found != wanted:
            yield f"{name} is {found!r} and not {wanted!r}"
    yield from _lost(stored.content, telling)


def _lost(content: str, telling: Telling) -> Iterator[str]:
    text = _packed(BeautifulSoup(content, "lxml").get_text())
    yield from (f"lost the words {words!r}" for words in telling.words if _packed(words) not in text)
    plain = html.unescape(content)
    yield from (f"lost the address {address}" for address in telling.addresses if address not in plain)


def _line(text: str) -> str:
    return " ".join(text.split())


def _packed(text: str) -> str:
    return "".join(text.split())


def _read_as_html(text: str) -> str:
    return html.unescape(re.sub(r"</?[a-z][^>]*>", "", text))
