"""Small sites of other programs, each with what `feedtool init` takes over and the ids that its own feed gives.

The ids were copied from what Jekyll 4.3.1 with jekyll-feed 0.17, Hugo 0.168, Eleventy 3.1.8 with its RSS plugin 3.0,
and Pelican 4.12 made of these very files; tests do that again where the program is installed.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def text(title: str, *lines: str) -> str:
    """Return a post's text."""
    return "\n".join(["---", f"title: {title}", *lines, "---", "", "Words.", ""])


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site of another program."""

    tool: str
    files: dict[str, str]
    #: what stands in feedtool.toml, by dotted key
    settings: dict[str, Any]
    #: words of what is said not to be taken over
    notes: tuple[str, ...] = ()
    #: of the entries in the site's own feed
    ids: frozenset[str]
    #: paths of all feeds that the program writes; empty where tests do not look at them
    feeds: frozenset[str] = frozenset()
    #: how the site is made, "{out}" for where; and where the feed lies there
    command: tuple[str, ...] = ()
    feed: str = ""
    #: what stands round an id in it
    element: str = "id"

    def made_ids(self, folder: Path) -> frozenset[str]:
        """Return the ids in the feed that the program made; a feed's own is none of an entry's."""
        content = (folder / self.feed).read_text(encoding="utf-8")
        entries = re.findall(r"<(?:entry|item)\b.*?</(?:entry|item)>", content, re.DOTALL)
        return frozenset(re.search(rf"<{self.element}[^>]*>(.*?)</", entry)[1] for entry in entries)  # type: ignore[index]


_JEKYLL_POSTS = {
    "_posts/2024-03-01-plain.md": text("Plain", "date: 2024-03-01 23:30:00 +0800"),
    "_posts/2024-03-02-Mixed-Case_Name.md": text("標題 & <b>", "date: 2024-03-02 23:30:00 -0500"),
    "_posts/2024-03-03-two words.html": text(
        '"Quoted: title"', "categories: [Two Words, 分類]", "date: 2024-03-03 20:00:00"
    ),
    "_posts/2024-03-04-茶，雨.md": text("茶，雨"),
    "_posts/2024-03-05-own.md": text("Own", "permalink: /own/:title.html"),
    "_posts/2024-03-06-slug.md": text("Slug", "slug: my own"),
    "news/deep/_posts/2024-03-07-c#.md": text("In folders", "category: More Words"),
    "_drafts/draft.md": text("A draft"),
    "about.md": text("About", "permalink: /about/"),
    "Gemfile": 'gem "jekyll"\ngem "jekyll-feed"\n',
}


def jekyll_config(permalink: str = "") -> str:
    """Return Jekyll's settings, with a style or template of addresses."""
    return (
        "title: 'A \"quoted\" 新聞 blog'\ndescription: >\n  Of tea\n  and rain\n"
        "url: https://example.org\nbaseurl: /blog\nlang: zh_TW\ntimezone: Asia/Taipei\nauthor: {name: Ada, email: a@example.org}\n"
        "plugins: [jekyll-feed]\nfeed: {posts_limit: 100, path: feed/all.xml}\nexclude: [feedtool.toml, Gemfile]\n"
        + (f'permalink: "{permalink}"\n' if permalink else "")
    )


_BLOG = "https://example.org/blog"
_TEA, _KIND = "%E8%8C%B6,%E9%9B%A8", "%E5%88%86%E9%A1%9E"
JEKYLL = Site(
    tool="Jekyll",
    files={"_config.yml": jekyll_config("pretty"), **_JEKYLL_POSTS},
    settings={
        "output": "feeds",
        "site.title": 'A "quoted" 新聞 blog',
        "site.description": "Of tea and rain",
        "site.author": "Ada",
        "site.url": f"{_BLOG}/feeds/",
        "site.language": "zh-TW",
        "site.timezone": "Asia/Taipei",
        "posts.dirs": ["_posts", "news/deep/_posts"],
        "posts.permalink": "jekyll",
        "posts.ids": "jekyll",
        "posts.markdown": "kramdown",
        "posts.markdown_settings.input": "GFM",
        "posts.ids_url": f"{_BLOG}/",
        "posts.ids_permalink": "pretty",
        "feeds.limit": 100,
    },
    ids=frozenset(
        f"{_BLOG}/{path}"
        for path in (
            "2024/03/01/plain",
            "2024/03/03/Mixed-Case_Name",
            f"two%20words/{_KIND}/2024/03/04/two%20words",
            f"2024/03/04/{_TEA}",
            "own/own",
            "2024/03/06/my%20own",
            "news/deep/more%20words/2024/03/07/c",
        )
    ),
    command=("jekyll", "build", "--quiet", "--future", "--source", "{site}", "--destination", "{out}"),
    feed="feed/all.xml",
)

HUGO = Site(
    tool="Hugo",
    files={
        "hugo.toml": 'baseURL = "https://example.org/"\nlanguageCode = "en-gb"\ntitle = "Notes \\u2764"\n'
        'timeZone = "Asia/Taipei"\nbuildFuture = true\n'
        '[params]\ndescription = "Of tea"\n[params.author]\nname = "Ada"\n'
        '[permalinks.page]\nposts = "/:year/:month/:slug/"\n[services.rss]\nlimit = 20\n',
        **{f"layouts/{name}.html": "-" for name in ("all", "index", "page", "section")},
        "content/posts/plain.md": text("Plain", "date: 2024-03-01T23:30:00+08:00"),
        "content/posts/Mixed Case.md": text("標題", "date: 2024-03-02T23:30:00-05:00"),
        "content/posts/own.md": text("Own", "date: 2024-03-03T10:00:00Z", "url: /own/page/"),
        "content/posts/slug.md": text("Slug", "date: 2024-03-04", "slug: my own"),
        "content/posts/Big Bundle/index.md": text("Bundle", "date: 2024-03-05"),
    },
    settings={
        "output": "static/feeds",
        "site.title": "Notes \u2764",
        "site.description": "Of tea",
        "site.author": "Ada",
        "site.url": "https://example.org/feeds/",
        "site.language": "en-GB",
        "site.timezone": "Asia/Taipei",
        "posts.dirs": ["content"],
        "posts.permalink": "hugo",
        "posts.ids": "hugo",
        "posts.markdown": "goldmark",
        "posts.ids_url": "https://example.org/",
        "posts.generator.permalinks.posts": "/:year/:month/:slug/",
        "posts.ids_root": "content",
        "feeds.limit": 20,
    },
    ids=frozenset(
        f"https://example.org/{path}"
        for path in (
            "2024/03/plain/",
            "2024/03/%E6%A8%99%E9%A1%8C/",
            "own/page/",
            "2024/03/my-own/",
            "2024/03/bundle/",
        )
    ),
    command=("hugo", "--quiet", "--source", "{site}", "--destination", "{out}"),
    feed="index.xml",
    element="guid",
)

ELEVENTY = Site(
    tool="Eleventy",
    files={
        "package.json": '{"type": "module", "devDependencies": {"@11ty/eleventy": "^3.0.0"}}',
        "eleventy.config.js": """import { feedPlugin } from "@11ty/eleventy-plugin-rss";
export default function (eleventyConfig) {
  /* metadata: { title: "Not this" } */
  // metadata: { title: "Nor this" }
  eleventyConfig.addPlugin(feedPlugin, {
    type: "atom", // or "rss"
    outputPath: "/feed/all.xml",
    collection: { name: "posts", limit: 10 },
    metadata: {
      language: "zh_TW", title: "It's a \\"blog\\"", subtitle: 'It\\'s long',
      base: "https://example.org/sub/",
      author: { name: "Ada", email: process.env.EMAIL },
    },
  });
}
export const config = { dir: { input: "content", output: "out" } };
""",
        "content/blog/blog.json": '{"tags": ["posts"]}',
        "content/blog/first.md": text("First", "date: 2024-03-01", "tags: [Tea]"),
        "content/blog/2024-05-06-dated.md": text("Dated"),
        "content/blog/茶.md": text("茶", "date: 2024-03-03"),
        "content/blog/Mixed Case.md": text("Mixed", "date: 2024-03-04"),
        "content/blog/deep/deep.md": text("Deep", "date: 2024-03-05"),
        "content/index.md": "Home",
    },
    settings={
        "output": "out/feeds",
        "site.title": 'It\'s a "blog"',
        "site.description": "It's long",
        "site.author": "Ada",
        "site.url": "https://example.org/sub/feeds/",
        "site.language": "zh-TW",
        "posts.dirs": ["content/blog"],
        "posts.permalink": "eleventy",
        "posts.ids": "eleventy",
        "posts.markdown": "markdown-it",
        "posts.ids_url": "https://example.org/sub/",
        "posts.ids_root": "content",
        "feeds.limit": 10,
    },
    ids=frozenset(
        f"https://example.org/sub/blog/{name}/"
        for name in ("first", "2024-05-06-dated", "%E8%8C%B6", "Mixed%20Case", "deep")
    ),
    command=("eleventy", "--quiet", "--pathprefix=/sub/", "--output={out}"),
    feed="feed/all.xml",
)

PELICAN = Site(
    tool="Pelican",
    files={
        "pelicanconf.py": "import os\nAUTHOR = 'Ada'\nSITENAME = 'Notes \"x\"'\nSITEURL = ''\nPATH = 'content'\n"
        "TIMEZONE = 'Asia/Taipei'\nDEFAULT_LANG = 'zh'\nSITESUBTITLE = os.environ['SUBTITLE']\n"
        "ARTICLE_URL = '{date:%Y}/{date:%m}/{slug}/'\nARTICLE_SAVE_AS = ARTICLE_URL + 'index.html'\n"
        "FEED_ALL_ATOM = None\nSLUGIFY_SOURCE = 'basename'\n",
        "publishconf.py": "import os, sys\nsys.path.append(os.curdir)\nfrom pelicanconf import *\n"
        "SITEURL = 'https://Example.org/sub'\nFEED_ALL_ATOM = 'feeds/all.atom.xml'\n",
        "content/first.md": text("First", "date: 2024-03-01 23:30", "category: Two Words"),
        "content/second-one.md": text("Some title", "date: 2024-03-02T01:00:00+08:00"),
        "content/own.md": text("Own", "date: 2024-03-03", "slug: my-own"),
    },
    settings={
        "output": "output/feeds",
        "site.title": 'Notes "x"',
        "site.author": "Ada",
        "site.url": "https://example.org/sub/feeds/",
        "site.language": "zh",
        "site.timezone": "Asia/Taipei",
        "posts.dirs": ["content"],
        "posts.permalink": "pelican",
        "posts.ids": "pelican",
        "posts.markdown": "python-markdown",
        "posts.ids_url": "https://example.org/sub/",
        "posts.ids_root": "content",
        "posts.generator.ARTICLE_URL": "{date:%Y}/{date:%m}/{slug}/",
        "posts.generator.SLUGIFY_SOURCE": "basename",
        "posts.generator.DEFAULT_LANG": "zh",
        "posts.generator.AUTHOR": "Ada",
        "feeds.limit": 100,
    },
    notes=("SITESUBTITLE is worked out when the site is made",),
    ids=frozenset(
        f"tag:example.org,2024-03-{day}:/sub/2024/03/{slug}/"
        for day, slug in (("01", "first"), ("02", "second-one"), ("03", "my-own"))
    ),
    command=("pelican", "{site}/content", "--settings", "{site}/publishconf.py", "--quiet", "--output", "{out}"),
    feed="feeds/all.atom.xml",
)

#: Zola is not to be had as a package; its ids are those that its Atom template and its rules of addresses say
ZOLA = Site(
    tool="Zola",
    files={
        "config.toml": 'base_url = "https://example.org"\ntitle = "Notes"\ndescription = "Of tea"\n'
        'default_language = "fr"\nauthor = "Ada"\ngenerate_feeds = true\nfeed_filenames = ["rss.xml"]\nfeed_limit = 30\n'
        'ignored_content = ["*/README.md"]\n',
        "content/_index.md": "+++\n+++\n",
        "content/blog/_index.md": '+++\ntitle = "Blog"\n+++\n',
        "content/blog/first.md": '+++\ntitle = "First"\ndate = 2024-03-01\n+++\nWords.\n',
        "content/blog/2024-03-02-dated.md": '+++\ntitle = "Dated"\n+++\nWords.\n',
        "content/blog/own.md": '+++\ntitle = "Own"\ndate = 2024-03-03\nslug = "my-own"\n+++\nWords.\n',
        "content/about.md": '+++\ntitle = "About"\n+++\nWithout a date, a page is in no feed.\n',
        "content/blog/notes.txt": "Not a page.\n",
    },
    settings={
        "output": "static/feeds",
        "site.title": "Notes",
        "site.description": "Of tea",
        "site.author": "Ada",
        "site.url": "https://example.org/feeds/",
        "site.language": "fr",
        "posts.dirs": ["content"],
        "posts.exclude": ["*/README.md", "*.txt"],
        "posts.permalink": "zola",
        "posts.ids": "zola",
        "posts.ids_url": "https://example.org/",
        "posts.ids_root": "content",
        "posts.ids_language": "fr",
        "feeds.limit": 30,
    },
    ids=frozenset(f"https://example.org/blog/{slug}/" for slug in ("first", "dated", "my-own")),
)

#: kinds of sites beside these: languages with folders of their own, collections in a hidden source, addresses of layouts
#: and programs, other formats with links between them; what each leaves out is in no feed
KINDS = (
    Site(
        tool="Hugo",
        files={
            "hugo.toml": 'baseURL = "https://example.org/"\ntitle = "Tee"\ndefaultContentLanguage = "de"\n'
            '[permalinks.page]\nblog = "/:year/:slug/"\n'
            '[languages.de]\ncontentDir = "content/deutsch"\n[languages.en]\ncontentDir = "content/english"\n',
            **{f"layouts/{name}.html": "-" for name in ("all", "index", "page", "section")},
            "content/deutsch/blog/_index.md": "---\ntitle: Alles\n---\n",
            "content/deutsch/blog/erster.md": text("Erster", "date: 2024-03-01", "aliases: [/alt/]"),
            "content/deutsch/blog/Zweite Kanne/index.md": text("Kanne", "date: 2024-03-02", "slug: Grüner Tee"),
            "content/deutsch/blog/entwurf.md": text("Entwurf", "date: 2024-03-02", "draft: true"),
            "content/deutsch/notizen/Über Wasser.md": '---\ntitle: W\ndate: 2024-03-03\n---\n[a]({{< relref "erster" >}})\n',
            "content/english/blog/first.md": text("First", "date: 2024-03-04"),
        },
        settings={"output": "static/feeds"},
        ids=frozenset(
            f"https://example.org/{path}"
            for path in ("2024/erster/", "2024/gr%C3%BCner-tee/", "notizen/%C3%BCber-wasser/")
        ),
        command=HUGO.command,
        feed="index.xml",
        element="guid",
    ),
    Site(
        tool="Jekyll",
        files={
            "_config.yml": "url: https://example.org\nbaseurl: /tea\nsource: .src\nplugins: [jekyll-feed]\n"
            "collections:\n  posts:\n    permalink: /:year/:slug/\n  pots:\n    output: true\n",
            "Gemfile": 'gem "jekyll-feed"\n',
            ".src/_posts/2024-03-01-first.md": text("First", "redirect_from: /old/"),
            ".src/black/_posts/2024-03-02-привет мир.md": text("Second"),
            ".src/_posts/readme.md": text("For authors"),
            ".src/_pots/clay.md": text("Clay", "date: 2024-03-04"),
        },
        settings={"output": ".src/feeds"},
        ids=frozenset(
            f"https://example.org/{path}"
            for path in ("tea/2024/first", "tea/2024/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82%20%D0%BC%D0%B8%D1%80")
        ),
        command=(
            "jekyll",
            "build",
            "--quiet",
            "--source",
            "{site}/.src",
            "--config",
            "{site}/_config.yml",
            "--destination",
            "{out}",
        ),
        feed="feed.xml",
    ),
    Site(
        tool="Eleventy",
        files={
            "package.json": '{"type": "module", "devDependencies": {"@11ty/eleventy": "^3.0.0"}}',
            "eleventy.config.js": 'import { feedPlugin } from "@11ty/eleventy-plugin-rss";\n'
            'import slugify from "slugify";\nexport default function (config) {\n'
            '  config.addFilter("slugify", (text) => slugify(text, { remove: /[.,:]/g, lower: true }));\n'
            '  config.addPlugin(feedPlugin, { outputPath: "/feed.xml", collection: { name: "posts", limit: 0 },\n'
            '    metadata: { title: "Tea", base: "https://example.org/" } });\n}\n'
            'export const config = { dir: { input: "src" } };\n',
            "src/_includes/post.njk": '---\npermalink: "/{{ headline | slugify }}/"\n---\n<h1>{{ headline }}</h1>{{ content }}',
            "src/posts/posts.11tydata.js": 'export default { tags: ["posts"], layout: "post.njk" };\n',
            "src/posts/a.md": "---\nheadline: Tea 4.0\ndate: 2024-03-01\n---\nWords.\n",
            "src/posts/b.md": '---\nheadline: "Ærø: so, what"\ndate: 2024-03-02\n---\nWords.\n',
            "src/posts/hidden.md": "---\nheadline: X\ndate: 2024-03-03\neleventyExcludeFromCollections: true\n---\nWords.\n",
        },
        settings={"output": "_site/feeds"},
        ids=frozenset(f"https://example.org/{path}" for path in ("aero-so-what/", "tea-40/")),
        command=("eleventy", "--quiet", "--output={out}"),
        feed="feed.xml",
    ),
    Site(
        tool="Pelican",
        files={
            "pelicanconf.py": "SITENAME = 'Tea'\nSITEURL = 'https://example.org'\nPATH = 'content'\nTIMEZONE = 'UTC'\n"
            "FILENAME_METADATA = r'(?P<date>\\d{4}-\\d{2}-\\d{2})_(?P<slug>.*)'\nARTICLE_URL = '{category}/{slug}.html'\n"
            "ARTICLE_SAVE_AS = ARTICLE_URL\nSLUG_REGEX_SUBSTITUTIONS = [(r'[^\\w\\s-]', ''), (r'[-\\s]+', '_')]\n",
            "content/Green Tea/2024-03-01_first.rst": "First\n=====\n\n:tags: a, b\n\nSee `it <{filename}2024-03-02_second.md>`_.\n",
            "content/Green Tea/2024-03-02_second.md": "Title: Second\n---\nWords.\n",
            "content/third.md": "Title: A third one\nDate: 2024-03-03\nCategory: C, D\n\nWords.\n",
            "content/pages/about.md": "Title: About\nDate: 2024-03-03\n\nWords.\n",
            "content/draft.md": "Title: Draft\nDate: 2024-03-03\nStatus: draft\n\nWords.\n",
        },
        settings={"output": "output/feeds"},
        ids=frozenset(
            f"tag:example.org,2024-03-{path}"
            for path in ("01:/green_tea/first.html", "02:/green_tea/second.html", "03:/c_d/a_third_one.html")
        ),
        command=("pelican", "{site}/content", "--settings", "{site}/pelicanconf.py", "--quiet", "--output", "{out}"),
        feed="feeds/all.atom.xml",
    ),
)

#: sites of which each feed may have subscribers: of sections, terms and authors, under names of their own
MANY_FEEDS = (
    Site(
        tool="Hugo",
        files={
            "hugo.toml": 'baseURL = "https://example.org/"\ntitle = "Tea"\n[outputFormats.RSS]\nbaseName = "feed"\n',
            **{f"layouts/{name}.html": "-" for name in ("all", "index", "page", "section", "taxonomy", "term")},
            "content/posts/a.md": text("A", "date: 2024-03-01", "tags: [Green Tea, 茶]", "categories: [Drinks]"),
            "content/notes/b.md": text("B", "date: 2024-03-02", "tags: [Green Tea]"),
        },
        settings={"output": "static/feeds"},
        ids=frozenset(f"https://example.org/{path}/" for path in ("posts/a", "notes/b")),
        feeds=frozenset(
            f"{path}feed.xml"
            for path in (
                "",
                "posts/",
                "notes/",
                "categories/",
                "categories/drinks/",
                "tags/",
                "tags/green-tea/",
                "tags/茶/",
            )
        ),
        command=HUGO.command,
        feed="feed.xml",
        element="guid",
    ),
    Site(
        tool="Jekyll",
        files={
            "_config.yml": "url: https://example.org\nplugins: [jekyll-feed]\n"
            "feed: {categories: [Green Tea], tags: {path: tag/}, path: atom.xml}\n",
            "Gemfile": 'gem "jekyll-feed"\n',
            "_posts/2024-03-01-a.md": text("A", "categories: [Green Tea]", "tags: [pots]"),
            "_posts/2024-03-02-b.md": text("B", "tags: [pots]"),
        },
        settings={"output": "feeds"},
        ids=frozenset(f"https://example.org/{path}" for path in ("2024/03/02/b", "green%20tea/2024/03/01/a")),
        feeds=frozenset(("atom.xml", "feed/Green Tea.xml", "tag/pots.xml")),
        command=JEKYLL.command,
        feed="atom.xml",
    ),
    Site(
        tool="Pelican",
        files={
            "pelicanconf.py": "AUTHOR = 'Ada'\nSITENAME = 'Tea'\nSITEURL = 'https://example.org'\nPATH = 'content'\n"
            "TIMEZONE = 'UTC'\nFEED_RSS = 'feeds/rss.xml'\nTAG_FEED_RSS = 'feeds/tag/{slug}.rss.xml'\n"
            "FEED_ALL_ATOM = 'feeds/all.atom.xml'\nCATEGORY_FEED_ATOM = 'feeds/{slug}.atom.xml'\n"
            "AUTHOR_FEED_ATOM = None\nTRANSLATION_FEED_ATOM = None\n",
            "content/a.md": "Title: A\nDate: 2024-03-01\nCategory: Green Tea\nTags: pots, C++\n\nWords.\n",
            "content/b.md": "Title: B\nDate: 2024-03-02\nAuthor: Bo\nTags: pots\n\nWords.\n",
        },
        settings={"output": "output/feeds"},
        ids=frozenset(f"tag:example.org,2024-03-{path}.html" for path in ("01:/a", "02:/b")),
        feeds=frozenset(
            f"feeds/{name}.xml"
            for name in (
                "all.atom",
                "rss",
                "ada.rss",
                "bo.rss",
                "green-tea.atom",
                "misc.atom",
                "tag/pots.rss",
                "tag/c.rss",
            )
        ),
        command=KINDS[3].command,
        feed="feeds/all.atom.xml",
    ),
)

SITES = {site.tool: site for site in (JEKYLL, HUGO, ELEVENTY, PELICAN, ZOLA)}


def program(name: str) -> str | None:
    """Return where a program is, or None."""
    return shutil.which(name)
