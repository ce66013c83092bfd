"""Posts -> two sites with the same content, one for feedtool and one for Hugo; and what either built, read back."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree as ET

from .synthetic import Post

#: of each feed
ENTRIES = 100
_URL = "https://feeds.example.org/"

_FEEDTOOL = f"""\
[site]
title = "Benchmark"
url = "{_URL}"

[feeds]
max_bytes = 0
"""

#: RSS for the home page, each category and each tag, and nothing else
_HUGO = f"""\
baseURL = "{_URL}"
title = "Benchmark"
disableKinds = ["404", "robotstxt", "section", "sitemap", "taxonomy"]
disableAliases = true

[taxonomies]
category = "categories"
tag = "tags"

[outputs]
home = ["rss"]
term = ["rss"]
page = []

[services.rss]
limit = {ENTRIES}

[markup.goldmark.renderer]
unsafe = true
"""

#: Hugo's own template has summaries; this one has the whole content, and the source as the link, as feedtool has
_TEMPLATE = """\
{{- $pages := .Pages }}{{ if .IsHome }}{{ $pages = site.RegularPages }}{{ end -}}
{{- printf "<?xml version=\\"1.0\\" encoding=\\"utf-8\\"?>" | safeHTML }}
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel>
<title>{{ or .Data.Term site.Title }}</title>
<link>{{ .Permalink }}</link>
<description>{{ or .Data.Term site.Title }}</description>
<generator>Hugo</generator>
<language>en</language>
{{ with .OutputFormats.Get "RSS" -}}
<atom:link href="{{ .Permalink }}" rel="self" {{ printf "type=%q" .MediaType | safeHTMLAttr }}/>
{{- end }}
{{ range first site.Config.Services.RSS.Limit $pages }}
<item>
<title>{{ .Title }}</title>
<link>{{ .Params.from }}</link>
<pubDate>{{ .PublishDate.Format "Mon, 02 Jan 2006 15:04:05 -0700" | safeHTML }}</pubDate>
<guid isPermaLink="false">{{ .Params.from }}</guid>
{{ range .Params.categories }}<category>{{ . }}</category>{{ end }}
{{ range .Params.tags }}<category>{{ . }}</category>{{ end }}
<content:encoded>{{ .Content | transform.XMLEscape | safeHTML }}</content:encoded>
</item>
{{ end }}
</channel>
</rss>
"""

#: (kind, term) -> where its RSS lies
Feeds: TypeAlias = dict[tuple[str, str], Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A folder that a tool builds."""

    folder: Path
    #: below the folder
    posts: str
    output: str
    #: what stands in the folder before the first build
    files: dict[str, str]
    has_day: bool

    def create(self) -> None:
        """Write everything but the posts."""
        for name, text in self.files.items():
            place = self.folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")

    def put(self, post: Post) -> None:
        """Add a post, or replace it."""
        place = self._place(post)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(post.text, encoding="utf-8")

    def delete(self, post: Post) -> None:
        """Remove a post."""
        self._place(post).unlink()

    def forget(self) -> None:
        """Remove what builds left: output, caches, all but posts and configuration."""
        keep = {self.posts, *(name.partition("/")[0] for name in self.files)}
        for place in list(self.folder.iterdir()):
            if place.name in keep:
                continue
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink()

    def check_out(self) -> None:
        """Make every post a new file of the same bytes: let git check it out, or copy it where there is no git."""
        old, new = self.folder / self.posts, self.folder / "clone"
        if git := shutil.which("git"):
            own = (git, "-C", self.folder, "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "gc.auto=0")
            subprocess.run((*own, "init", "--quiet"), check=True)
            subprocess.run((*own, "add", "--all", self.posts), check=True)
            subprocess.run((*own, "commit", "--quiet", "--allow-empty", "--message", "All"), check=True)
            shutil.rmtree(old)
            subprocess.run((*own, "checkout", "--quiet", "--", "."), check=True)
            return
        shutil.copytree(old, new, copy_function=shutil.copyfile)
        shutil.rmtree(old)
        new.rename(old)

    def _place(self, post: Post) -> Path:
        name = f"{post.day}-{post.stem}.md" if self.has_day else f"{post.stem}.md"
        return self.folder / self.posts / post.year / name


def feedtool_site(folder: Path) -> Site:
    """Return a site in Jekyll's layout."""
    return Site(folder=folder, posts="posts", output="output", files={"feedtool.toml": _FEEDTOOL}, has_day=True)


def hugo_site(folder: Path) -> Site:
    """Return a site in Hugo's layout, which builds feeds only."""
    files = {"hugo.toml": _HUGO, "layouts/_default/rss.xml": _TEMPLATE}
    return Site(folder=folder, posts="content", output="public", files=files, has_day=False)


def feedtool_feeds(site: Site) -> Feeds:
    """Return the feeds that feedtool wrote."""
    output = site.folder / site.output
    listed = json.loads((output / "feeds.json").read_bytes())["feeds"]
    return {
        (feed["kind"], feed["term"]): output
        / ("" if feed["kind"] == "all" else f"{feed['kind']}/{feed['slug']}")
        / "rss.xml"
        for feed in listed
    }


def hugo_feeds(site: Site) -> Feeds:
    """Return the feeds that Hugo wrote."""
    output = site.folder / site.output
    kinds = {"categories": "category", "tags": "tag"}
    found: Feeds = {}
    for place in output.rglob("*.xml"):
        top, *_ = place.relative_to(output).parts
        found[kinds.get(top, "all"), _title(place) if top in kinds else ""] = place
    return found


def links(place: Path) -> list[str]:
    """Return where the entries of an RSS document lead, in their order."""
    return [item.findtext("link") or "" for item in ET.parse(place).iter("item")]


def _title(place: Path) -> str:
    for _, element in ET.iterparse(place):
        if element.tag == "title":
            return element.text or ""
    return ""
