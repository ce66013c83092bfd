"""Every key of the configuration, changed between two builds: the cache never keeps what depended on the old value.

The keys come from their declaration. A new key whose example does not change the output of the site below fails here,
until `VALUES` has a value that does, or `SILENT` says why none can.
"""

from __future__ import annotations

import shutil
import sqlite3
import tomllib
from contextlib import closing
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from heavy import sampled
from runs import lay, tree

from feedtool import Config, build
from feedtool.build import jobs, pipeline, plugins
from feedtool.build.context import context_of
from feedtool.build.freshness import reading_of
from feedtool.cache import FILE_NAME
from feedtool.config.reading import parse_config
from feedtool.config.reference import KEYS
from feedtool.output import stamp

#: later than the files below come to be, so that the cache trusts their times
NOW = datetime(2090, 1, 1, tzinfo=UTC)
NEWS = "from: https://news.example.org/"
KINDS = ("language", "category", "tag", "author", "source", "folder")


def post(title: str, *header: str, body: str = "Words.") -> str:
    """Return a post's text."""
    return "\n".join(["---", f"title: {title}", *header, "---", "", body, ""])


SITE = {
    "posts/2024-01-02-tea.md": post("Tea", "date: 2024-01-02 23:30:00", "updated: 2024-06-01", "tags: [Programing, nav]", "author: Ann",
        body=f'Words -- ~~few~~ many. ![A chart](data:image/png;base64,{"iVBORw0KGgoAAAAN" * 20})'),
    "posts/news/boxes.md": post(
        "Boxes", "date: 2024-02-02T03:04:05Z", f"{NEWS}1", "tags: [Programing]", "categories: [Rivers]",
        body='<p class="subscribe-box">Our letter.</p>\n\n<div class="wrapper"><p class="reading-list"><em>Words</em> of it.</p></div>\n\n'
        '<p><a href="https://twitter.com/share?u=x">Pass it on</a></p>\n\nMore words of the text.\n\n<img src="/boxes.jpg">\n\n<p>#Ferry #Mole</p>',
    ),
    "posts/news/german.md": post("Deutsch", "date: 2024-02-03T03:04:05Z", f"{NEWS}2", "tags: [Programing]", "lang: de"),
    "posts/german1.md": post("Eins", "date: 2019-02-03T03:04:05Z", "lang: de", "archived: true"),
    "posts/german2.md": post("Zwei", "date: 2019-02-04T03:04:05Z", "lang: de"),
    "posts/long.md": post("Long", "date: 2024-02-04", "tags: [Programing]", "categories: [Rivers]", "author: Ann", body="Many words. " * 300 + "\n\n[Pass it on](https://twitter.com/share?u=x)"),
    "posts/cut.md": post("Cut", "date: 2023-01-03", "author: Ann", "categories: [Rivers, Hills]", body="Above.\n\n<!--end-of-excerpt-->\n\nBelow."),
    "posts/later.md": post("Later", "date: 2095-07-03T03:04:05Z", "categories: [Rivers]"),
    "posts/over.md": post("Over", "date: 2024-01-03T03:04:05Z", "expiryDate: 2024-05-01", "tags: [Programing]"),
    "archive/old.md": post("Old", "date: 2020-01-03T03:04:05Z", "tags: [Programing]"),
    "posts/outline.org": "Outline",
    "_site/boats.html": '<title>Long</title><link rel="canonical" href="https://example.org/boats"><time datetime="2024-02-04"></time>'
    "<main>" + "Many words. " * 300 + "Pass it on, and more.</main>",
    "design/style.css": "body { color: teal }",
    "my_module.py": "from dataclasses import replace\n\ndef shorten(entry):\n    return replace(entry, title='Short')\n\n"
    "def with_tags(post):\n    return replace(post, tags=('Added',))\n\n"
    "def from_org(content, path):\n    return '---\\ntitle: Org\\ndate: 2024-02-05\\n---\\n\\n' + content.decode()\n\n"
    "def as_text(feed, entries):\n    return feed.title\n",
}  # fmt: skip
#: what both builds have, by the key that is tested: for all keys, and for those that begin so
BOTH: dict[str, dict[str, Any]] = {
    "": {"site.url": "https://example.org/feeds/", "feeds.limit": 2, "feeds.author.enabled": True},
    "posts.ids_": {"posts.ids": "hugo", "posts.ids_url": "https://old.example.org/", "posts.permalink": "hugo"},
    "posts.markdown_settings": {"posts.markdown": "kramdown"},
    "feeds.replaces": {"site.host": "netlify"},
    **{
        f"feeds.{kind}.replaces": {"site.host": "netlify", "site.language": "en", f"feeds.{kind}.enabled": True}
        for kind in KINDS
    },
    "feeds.language": {"feeds.language.enabled": True, "site.language": "en"},
    "posts.keyword_entries": {"posts.keywords": "tags"},
    "posts.bodies": {"posts.rendered": "_site"},
    "posts.link": {"posts.permalink": "/{slug}/"},
    **{f"feeds.{kind}.": {f"feeds.{kind}.enabled": True} for kind in ("source", "folder")},
    **{f"feeds.{kind}.archives": {"feeds.limit": 1} for kind in ("source", "folder")},
    **{f"feeds.{kind}.enabled": {f"feeds.{kind}.enabled": False} for kind in ("source", "folder")},
    **{f"feeds.{kind}.min_entries": {f"feeds.{kind}.min_entries": 9} for kind in KINDS},
}
#: values that change the output where the example of a key would not
VALUES: dict[str, Any] = {
    "site.url": "https://example.net/",
    "posts.ids_root": "posts",
    "posts.keyword_entries": 1,
    "posts.exclude": ["*/news", "cut.md"],
    "feeds.max_bytes": 3_000,
    "feeds.max_files": 3,
    "feeds.complete": True,
    "feeds.language.enabled": False,
    "feeds.category.enabled": False,
    "feeds.tag.enabled": False,
    "feeds.author.enabled": False,
    **{f"feeds.{kind}.{key}": True for kind in KINDS for key in ("archives", "complete")},
    **{f"feeds.{kind}.limit": 1 for kind in KINDS},
    "feeds.source.enabled": True,
    "feeds.language.replaces": ["/old/{language}.xml"],
    "feeds.folder.enabled": True,
    "posts.defaults.ITEM.path": "posts",
    "feeds.custom.ITEM.any": {"categories": ["Rivers"]},
    "feeds.custom.ITEM.all": {"languages": ["de"]},
    "feeds.custom.ITEM.none": {"hosts": ["news.example.org"]},
    "podcast.ITEM.category": "Hills",
    "podcast.ITEM.custom": "",
    "podcast.ITEM.explicit": True,
    "sanitiser.off": ["share-link"],
    "sanitiser.keep": [".subscribe-box"],
    "sanitiser.sites.HOST.drop": [".reading-list"],
    "sanitiser.sites.HOST.keep": [".subscribe-box"],
    "sanitiser.sites.HOST.unwrap": ["em"],
}
#: a table of each array
ITEMS: dict[str, dict[str, Any]] = {
    "posts.defaults": {"path": "posts/news", "values": {"category": "Hills"}},
    "blogroll": {"title": "Theirs", "feed": "https://theirs.example/feed"},
    "feeds.custom": {"name": "Mine", "any": {"tags": ["Programing"]}},
    "podcast": {"category": "Rivers"},
}
#: keys that change no byte of the output here: where it is written, how it is published, what `explain` says
SILENT = {
    "output",
    "feeds.max_files",
    "site.published",
    "podcast.ITEM.custom",
    "sanitiser.sites.HOST.why",
    *(name for name in KEYS if name.startswith("publish.")),
}


TABLES = [list(names) for _, names in groupby(KEYS, lambda name: name.rpartition(".")[0])]
#: every eighth key of each table; tables of kinds have one declaration, so that those of tags stand for all
LIGHT = [
    name
    for names in TABLES
    for name in names[::8]
    if not name.startswith(tuple(f"feeds.{kind}." for kind in KINDS if kind != "tag"))
]


class Built:
    """A site, and what builds of it left, by configuration: most keys are changed from the same one."""

    def __init__(self, folder: Path) -> None:
        self.base = lay(folder / "site", SITE)
        self._built: dict[str, Path] = {}

    def copied(self, config: Config, target: Path) -> dict[str, bytes]:
        """Copy output and cache of a build with that configuration into the folder; return the output."""
        name = repr(config)
        if name not in self._built:
            place = self.base.parent / str(len(self._built))
            build(config, base=self.base, output=place / "output", cache=place / "cache", now=NOW)
            self._built[name] = place
        shutil.copytree(self._built[name], target, dirs_exist_ok=True)
        output = target / "output"
        with closing(sqlite3.connect(target / "cache" / FILE_NAME)) as db:  # copies have other stamps
            db.executemany(
                "UPDATE document SET stamp = ? WHERE path = ?", ((stamp(output / at), at) for at in tree(output))
            )
            db.commit()
        return tree(output)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a site that each configuration builds once."""
    return Built(tmp_path_factory.mktemp("keys"))


def configs(name: str, base: Path) -> tuple[Config, Config]:
    """Return a configuration, and the same but for the value of the key."""
    first = {key: value for above, values in BOTH.items() if name.startswith(above) for key, value in values.items()}
    value = VALUES.get(name, tomllib.loads(f"x = {KEYS[name].example}")["x"])
    if ".ITEM." in name:
        name, _, key = name.partition(".ITEM.")
        first[name] = [ITEMS[name]]
        value = [{**ITEMS[name], key: value}]
    elif ".HOST." in name:
        name, _, key = name.partition(".HOST.")
        value = {"news.example.org": {key: value}}
    found = [
        parse_config("", path=str(base / "feedtool.toml"), overrides=values)
        for values in (first, {**first, name: value})
    ]
    assert [problems for _, problems in found] == [(), ()]
    return found[0][0], found[1][0]


def test_a_copy_stands_for_the_build_that_it_is_of(
    built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing changed there is nothing to do, so that what the builds below do comes from the key alone."""
    config, _ = configs("site.title", built.base)
    first = built.copied(config, tmp_path)
    monkeypatch.setattr(pipeline, "build", None)
    build(config, base=built.base, output=tmp_path / "output", cache=tmp_path / "cache", now=NOW)
    assert tree(tmp_path / "output") == first


@pytest.mark.parametrize("name", sampled(KEYS, *LIGHT))
def test_the_cache_keeps_nothing_of_an_old_value(name: str, built: Built, tmp_path: Path) -> None:
    """With a key changed, a build that remembers the one before gives the bytes and says the words of one that does not."""
    output, again = tmp_path / "output", tmp_path / "again"
    before, after = configs(name, built.base)
    first = built.copied(before, tmp_path)
    shutil.copytree(output, again)
    outcomes = [
        build(after, base=built.base, output=output, cache=tmp_path / "cache", now=NOW),
        build(after, base=built.base, output=again, now=NOW),
    ]
    assert outcomes[0] == outcomes[1]
    assert tree(output) == tree(again)
    assert (tree(again) != first) == (name not in SILENT), "this value changes nothing: give one that does"


def test_posts_are_read_again_where_a_key_changes_what_they_say(built: Built) -> None:
    """Each key of [posts], and each of another table that changes what the cache keeps of any post, is one of these."""
    files = [name for name in SITE if name.startswith("posts/")]

    def said(config: Config) -> list[object]:
        context, _ = context_of(config, built.base)
        return [jobs.read(jobs.Source(name=name, path=str(built.base / name)), context=context) for name in files]

    for name in KEYS:
        before, after = (plugins.load(config)[0] for config in configs(name, built.base))
        if name.startswith("posts.") or said(before) != said(after):
            assert reading_of(before) != reading_of(after), name
