"""`feedtool init`: a folder of posts, or another program's site, becomes feeds."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from foreign_sites import JEKYLL, KINDS, MANY_FEEDS, SITES, Site, jekyll_config, program, text
from heavy import heavy
from hypothesis import example, given
from hypothesis import strategies as st
from runs import lay, run, tree

from feedtool.config.reading import parse_config
from feedtool.config.reference import KEYS as KNOWN
from feedtool.importers import look
from feedtool.importers.settings import completed, one_line, plain, recognised, settings_text

each_site = pytest.mark.parametrize("site", SITES.values(), ids=SITES)


def dotted(table: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Return the values of a table and its tables by dotted key, but for those whose writing depends on others' keys."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        found |= dotted(value, f"{above}{key}.") if isinstance(value, dict) else {above + key: value}
    found = {key: value for key, value in found.items() if not re.fullmatch(r"feeds\..*(replaces|enabled)", key)}
    later = (
        "posts.link",
        "site.home",
        "posts.future",
        "posts.excerpt_separator",
        "posts.ignore_terms",
        "posts.defaults",
    )
    return {key: value for key, value in found.items() if key not in later}


def entry_ids(folder: Path) -> frozenset[str]:
    """Return the ids of the entries in the Atom feed below a folder."""
    content = (folder / "atom.xml").read_text(encoding="utf-8")
    return frozenset(re.findall(r"<entry\b[^>]*>\s*<id>(.*?)</id>", content))


@each_site
def test_a_site_is_taken_over(site: Site, tmp_path: Path) -> None:
    """What the site's own settings say is written down with its origin, and loads without a problem."""
    lay(tmp_path, site.files)
    before = tree(tmp_path)
    done = run("init", "--yes", cwd=tmp_path)
    assert (done.status, done.err) == (0, "")
    written = (tmp_path / "feedtool.toml").read_text(encoding="utf-8")
    assert parse_config(written)[1] == ()
    assert dotted(tomllib.loads(written)) == site.settings
    assert f"Site generator: {site.tool} (" in done.out
    for note in site.notes:
        assert note in done.out
        assert note in re.sub(r"\n#   ", " ", written)
    for key in site.settings:
        name = re.escape(re.sub(r"(generator|markdown_settings)[.].*", r"\1", key))
        assert re.search(rf"^  {name} .+  \S", done.out, re.MULTILINE)
    after = tree(tmp_path)
    after.pop("feedtool.toml")
    assert after == before


@pytest.mark.parametrize("site", [*SITES.values(), *KINDS, *MANY_FEEDS], ids=lambda site: site.tool)
def test_no_subscriber_sees_an_old_entry_as_new(site: Site, tmp_path: Path) -> None:
    """`feedtool init --yes && feedtool build` gives the ids that the site's own feed had, all of them and no other."""
    lay(tmp_path, site.files)
    assert run("init", "--yes", cwd=tmp_path).status == 0
    run("build", "--jobs", "1", cwd=tmp_path)
    assert entry_ids(tmp_path / str(site.settings["output"])) == site.ids


@heavy
@pytest.mark.parametrize(
    "site", [*(site for site in SITES.values() if site.command), *KINDS, *MANY_FEEDS], ids=lambda site: site.tool
)
def test_the_program_itself_agrees(site: Site, tmp_path: Path) -> None:
    """The ids and feeds that are written down here are those that the program makes of these files today."""
    assert made(site, tmp_path) == site.ids
    if site.feeds:
        assert {path for path in tree(tmp_path / "out") if path.endswith(".xml")} - {"sitemap.xml"} == site.feeds


@pytest.mark.parametrize("site", MANY_FEEDS, ids=lambda site: site.tool)
def test_no_feed_loses_its_subscribers(site: Site, tmp_path: Path) -> None:
    """Each feed of the site is one of ours now, leads to one of ours, or is said to stay as it is."""
    lay(tmp_path, site.files)
    said = run("init", "--yes", cwd=tmp_path).out
    settings = tmp_path / "feedtool.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("[site]\n", '[site]\nhost = "netlify"\n'))
    assert run("build", "--jobs", "1", cwd=tmp_path).status == 0
    output = tmp_path / str(site.settings["output"])
    lines = (output / "_redirects").read_text(encoding="utf-8").splitlines()[1:]
    to_of = {unquote(line.split()[0])[1:]: line.split()[1].removeprefix("/feeds/") for line in lines if line}
    assert all((output / unquote(to)).is_file() for to in to_of.values())
    ours = {f"feeds/{path}" for path in tree(output)}
    assert [path for path in site.feeds - to_of.keys() - ours if f"/{path}" not in said] == []


def made(site: Site, folder: Path) -> frozenset[str]:
    """Return the ids in the feed that a program makes; skip where it is not installed."""
    place, out = lay(folder / "site", site.files), folder / "out"
    command = program(site.command[0])
    if command is None:
        pytest.skip(f"{site.tool} is not installed")
    if site.tool == "Eleventy":
        libraries = next(above for above in Path(command).resolve().parents if above.name == "node_modules")
        (place / "node_modules").symlink_to(libraries)
    arguments = [each.format(site=place, out=out) for each in site.command[1:]]
    variables = {**os.environ, "LANG": "C.UTF-8", "SUBTITLE": "x"}
    done = subprocess.run([command, *arguments], cwd=place, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    return site.made_ids(out)


FIFTY = {
    f"{('', 'news/', 'a/B c/')[n % 3]}_posts/2024-03-{n % 28 + 1:02}-{name}-{n}.md": text(
        f'"Title {n} 標題"',
        *(
            [f"date: 2024-03-{n % 28 + 1:02} 23:30:00 {('+0800', '-0500', '', '+0000')[n % 4]}".rstrip()]
            if n % 2
            else []
        ),
        *(["categories: [Two Words, 分類]"] if n % 4 == 1 else []),
        *(["permalink: /own/:year/:title.html"] if n % 7 == 1 else []),
        *([f"slug: my-{n}"] if n % 11 == 1 else []),
    )
    for n, name in ((n, ("plain", "Mixed-Case", "two words", "茶，雨", "c#")[n % 5]) for n in range(50))
}


@heavy
@pytest.mark.parametrize("permalink", ["", "pretty", "ordinal", "weekdate", "none", "/:categories/:short_year/:title"])
def test_jekyll_agrees_whatever_its_addresses(permalink: str, tmp_path: Path) -> None:
    """Fifty posts in folders, with zones, in any script: jekyll-feed's ids are ours after init and build."""
    files = {"_config.yml": jekyll_config(permalink), "Gemfile": 'gem "jekyll-feed"', **FIFTY}
    site = Site(tool="Jekyll", files=files, settings={}, ids=frozenset(), command=JEKYLL.command, feed=JEKYLL.feed)
    theirs = made(site, tmp_path)
    assert len(theirs) == 50
    for command in (("init", "--yes"), ("build", "--jobs", "1")):
        assert run(*command, cwd=tmp_path / "site").status == 0
    assert entry_ids(tmp_path / "site/feeds") == theirs


@heavy
def test_feeds_go_with_the_pages_of_jekyll(tmp_path: Path) -> None:
    """What init says about the output holds: Jekyll publishes the feeds as they are, at the address that they name."""
    command = program("jekyll") or pytest.skip("Jekyll is not installed")
    lay(tmp_path, JEKYLL.files)
    for arguments in (("init", "--yes"), ("build", "--jobs", "1")):
        run(*arguments, cwd=tmp_path)
    subprocess.run([command, "build", "--quiet"], cwd=tmp_path, env={**os.environ, "LANG": "C.UTF-8"}, check=True)
    assert tree(tmp_path / "_site/feeds") == tree(tmp_path / "feeds")
    assert not (tmp_path / "_site/feedtool.toml").exists()


# What is not taken over, and what decides.


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"_config.yml": "title: '{{ site.name }}'\n"}, "_config.yml: title is filled in elsewhere"),
        ({"_config.yml": "permalink: /:jahr/:title\nurl: https://e.org\n"}, ":jahr is not a known token"),
        ({"_config.yml": "permalink: /fixed\nurl: https://e.org\n"}, "gives all posts one address"),
        ({"_config.yml": "title: a: b\n"}, "_config.yml is not valid YAML"),
        ({"_config.yml": "title: A\n"}, "No url in _config.yml names the site's address"),
        ({"_config.yml": "timezone: Mars/Base\nurl: https://e.org\n"}, '"Mars/Base" is not a time zone'),
        ({"_config.yml": "lang: cn\nurl: https://e.org\n"}, "is a country, not a language"),
        ({"_config.yml": "feed: {collections: [recipes]}\n"}, "they are of collections other than posts: /feed/recipes.xml"),
        ({"_config.yml": "title: A\n", "feed.xml": ""}, "The site writes feed.xml itself"),
        ({"_config.yml": "title: A\n", "Gemfile": "gem 'jekyll'", "_posts/a.md": "", "en/news.rss": ""}, "without jekyll-feed: /en/news.rss"),
        ({"config.toml": "base_url = 'https://e.org'\nignored_content = ['*.{a,b}{c,d}', 'x?.md']\n"}, '["*.ac", "*.bc", "*.ad", "*.bd"]'),
        ({"config.toml": "base_url = 'https://e.org'\nignored_content = ['*.a', 'x?.md']\n"}, "x?.md is not taken over"),
        ({"_config.toml": "title = 1\n", "_posts/a.md": ""}, "_config.toml is not read"),
        ({"hugo.yaml": "baseURL: https://e.org\npermalinks: {posts: '/:jahr/:slug'}\n", "content/posts/a.md": ""}, ":jahr is not a known token"),
        ({"hugo.toml": "title = \n"}, "hugo.toml cannot be read"),
        ({"hugo.toml": "title = 'A'\n"}, "No baseURL in Hugo's configuration names the site's address"),
        ({".eleventy.js": "metadata: { title: name + 1, base: process.env.URL }"}, "metadata.title is filled in elsewhere (${name + 1})"),
        ({"pelicanconf.py": "SITEURL = 'https://e.org'\nARTICLE_URL = '{series}/{slug}'\n"}, "{series} is known only for articles with `series`"),
        ({"pelicanconf.py": "ARTICLE_PATHS = ['x']\n"}, "No article was found in content"),
        ({"hugo.toml": "baseURL = 'https://e.org/'\n[permalinks]\nposts = {a = 1}\n", "content/posts/a.md": "", "content/b/a.md": ""}, "content/b (1), content/posts (1)"),
        ({"pelicanconf.py": "SITENAME = (\n"}, "pelicanconf.py is not valid Python"),
        ({"eleventy.config.js": "", "blog/a.md": "", "blog/blog.11tydata.js": "module.exports = { permalink: f(1) }"}, "permalink is a program"),
        ({"eleventy.config.js": "", "blog/a.md": "", "blog/blog.11tydata.ts": "const data: D = { permalink: (data: P) => { if (data.x) return false; return `/${data.y}/` } }\nexport default data"}, "it returns last, /{{ y }}/"),
        ({"zola.toml": "base_url = '/'\n", "content/b/My Post.md": ""}, "No base_url names the site's address"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_said(files: dict[str, str], words: str, tmp_path: Path) -> None:
    """In the command's output and as a comment in the file, and the file loads all the same."""
    lay(tmp_path, files)
    done = run("init", "--yes", cwd=tmp_path)
    assert done.status == 0
    assert words in done.out
    written = (tmp_path / "feedtool.toml").read_text(encoding="utf-8")
    assert words in re.sub(r"\n#   ", " ", written)
    assert parse_config(written)[1] == ()


@pytest.mark.parametrize(
    ("files", "tool", "other"),
    [
        ({"_config.yml": "title: A", "_posts/2024-01-02-a.md": "", "package.json": '"@11ty/eleventy"'}, "Jekyll", "Eleventy"),
        ({".eleventy.js": "", "package.json": '"@11ty/eleventy"', "_config.yml": "a: b"}, "Eleventy", "Jekyll"),
        ({"package.json": '"@11ty/eleventy"', "src/_posts/2024-01-02-a.md": ""}, "Eleventy", "Jekyll"),
        ({".eleventy.ts": "", "src/_posts/2024-01-02-a.md": ""}, "Eleventy", "Jekyll"),
        ({"config.toml": 'baseURL = "https://e.org/"'}, "Hugo", ""),
        ({"config.toml": 'base_url = "https://e.org/"', "content/_index.md": ""}, "Zola", ""),
        ({"config/_default/hugo.yaml": "title: A"}, "Hugo", ""),
        ({"publishconf.py": "SITEURL = ''"}, "Pelican", ""),
        ({"config.toml": 'name = "a program of another kind"'}, "", ""),
        ({"_config.yml": "title: A", "package.json": '{"dependencies": {"hexo": "1"}}', "source/_posts/a.md": ""}, "Hexo", ""),
    ],
)  # fmt: skip
def test_the_strongest_evidence_decides(files: dict[str, str], tool: str, other: str, tmp_path: Path) -> None:
    """Of two programs the one that more speaks for is taken, and the other one is told with its evidence."""
    best, others = recognised(files)
    assert (best.tool if best else "", "".join(one.tool for one in others)) == (tool, other)
    out = run("init", "--yes", cwd=lay(tmp_path, files)).out
    assert (f"It could also be {other}" in out) == bool(other)


def test_more_of_jekylls_settings() -> None:
    """Source, collections, defaults and their permalink are where Jekyll looks for them."""
    files = {
        "_config.yml": "url: https://e.org\nsource: src\ncollections_dir: all\nname: N\nlocale: en_US.UTF-8\n"
        "collections: {posts: {permalink: '/:title/'}}\n"
        "defaults: [{scope: {path: ''}, values: {permalink: '/d/:title/'}}, {scope: {path: x, type: posts}, values: {permalink: '/y'}}]\n",
        "src/all/_posts/2024-01-02-a.md": "",
        "src/all/news/_posts/2024-01-02-a.md": "",
    }
    best, _ = recognised(files)
    assert best
    values = {key: found.value for key, found in completed(best, folder_name="x").values.items()}
    assert values["posts.dirs"] == ["src/all/_posts", "src/all/news/_posts"]
    assert (values["posts.ids_root"], values["posts.ids_permalink"]) == ("src/all", "/d/:title/")
    assert (values["site.title"], values["site.language"], values["feeds.limit"]) == ("N", "en-US", 10)
    assert values["posts.defaults"][-1] == {"path": "src/all/x", "values": {"permalink": "/y"}}


def test_folders_of_jekyll_have_addresses_of_their_own(tmp_path: Path) -> None:
    """A permalink among the defaults of a folder is that of its posts; files without a day in their names are no posts."""
    config = "url: https://e.org\npermalink: /:title/\ndefaults: [{scope: {path: _posts/en}, values: {permalink: '/en/:year/:title/'}}]\n"
    names = {f"_posts/{folder}/2024-01-{day:02}-tea.md": "Words.\n" for folder in ("en", "de") for day in range(1, 10)}
    lay(tmp_path, {"_config.yml": config, "_posts/en/undated.md": "---\ndate: 2024-01-01\n---\nWords.\n", **names})
    run("init", "--yes", cwd=tmp_path)
    assert run("build", "--jobs", "1", cwd=tmp_path).status == 0
    items = json.loads((tmp_path / "feeds/feed.json").read_text(encoding="utf-8"))["items"]
    assert {item["url"] for item in items} == {"https://e.org/tea/", "https://e.org/en/2024/tea/"}


def test_an_id_in_a_jekyll_post_is_not_that_of_the_entry(tmp_path: Path) -> None:
    """`id: tea` of a theme leaves the id that jekyll-feed gives; an address or a tag: URI is the entry's own."""
    posts = {"_posts/2024-01-02-a.md": "id: tea", "_posts/2024-01-03-b.md": "id: tag:e.org,2024:b"}
    lay(
        tmp_path,
        {"_config.yml": "url: https://e.org\n", **{path: f"---\n{own}\n---\nX\n" for path, own in posts.items()}},
    )
    run("init", "--yes", cwd=tmp_path)
    run("build", "--jobs", "1", cwd=tmp_path)
    assert entry_ids(tmp_path / "feeds") == {"https://e.org/2024/01/02/a", "tag:e.org,2024:b"}


def test_a_hugo_site_of_an_odd_locale_has_its_main_feed(tmp_path: Path) -> None:
    """The main feed has the posts of the default language, whatever `languageCode` names for the site."""
    config = "baseURL: https://e.org/\nlanguageCode: no-nns\ndefaultContentLanguage: nn\nlanguages: {nn: {weight: 1}, en: {weight: 2}}\n"
    head = "---\ntitle: T\ndate: 2024-01-02\n---\nX\n"
    lay(tmp_path, {"hugo.yaml": config, "content/a.md": head, "content/b.en.md": head})
    run("init", "--yes", cwd=tmp_path)
    run("build", "--jobs", "1", cwd=tmp_path)
    items = json.loads((tmp_path / "static/feeds/feed.json").read_text(encoding="utf-8"))["items"]
    assert [item["url"] for item in items] == ["https://e.org/a/"]


def test_data_and_folders_of_eleventy_are_where_its_configuration_says(tmp_path: Path) -> None:
    """Folders set by functions are found; a collection with a feed of its own is not in that of the posts."""
    files = {
        "eleventy.config.js": "export default (c) => { c.setInputDirectory('src'); c.setDataDirectory('data') }",
        "src/data/site.js": "export default { url: 'https://e.org', title: 'T' }",
        "src/feed.njk": "---\npermalink: feed.xml\n---\n<feed>{% for post in collections.posts %}",
        "src/feed-notes.njk": "---\npermalink: notes/feed.xml\n---\n<feed>{% for note in collections.notes %}",
        "src/posts/2024-01-02-a.md": "A\n",
        "src/notes/2024-01-02-n.md": "N\n",
    }
    out = run("init", "--yes", cwd=lay(tmp_path, files)).out
    values = tomllib.loads((tmp_path / "feedtool.toml").read_text(encoding="utf-8"))
    assert (values["site"]["home"], values["posts"]["dirs"]) == ("https://e.org/", ["src/posts"])
    assert values["feeds"]["replaces"] == ["/feed.xml"]
    assert "are left out: src/notes." in out
    assert "/notes/feed.xml" in out


def test_the_address_of_pelicans_site_may_depend_on_a_condition() -> None:
    """Of two addresses between which `SITEURL` chooses, the public one is taken."""
    site, _ = recognised({"pelicanconf.py": "T = False\nSITEURL = 'http://localhost:8000' if T else 'https://e.org'\n"})
    assert site
    assert site.home == "https://e.org/"


@pytest.mark.parametrize(
    "script",
    [
        "HOST = 'https://e.org'\nSITEURL = HOST + '/blog'",
        "HOST = 'e.org'\nSITEURL = f'https://{HOST}/blog'",
        "SITEURL = os.environ.get('SITEURL', 'https://e.org/blog')",
        "SITEURL = os.getenv('SITEURL') or 'https://e.org/blog'",
    ],
)
def test_settings_of_pelican_may_build_upon_each_other(script: str) -> None:
    """Constants that are put together, and defaults of the environment, need no program to run."""
    site, _ = recognised({"pelicanconf.py": script})
    assert site
    assert (site.home, site.notes[:-1]) == ("https://e.org/blog/", [])


def test_a_hidden_source_of_jekyll_is_looked_into(tmp_path: Path) -> None:
    """`source: .src` keeps its dot; other hidden folders stay hidden."""
    files = {
        "_config.yml": "url: https://e.org\nsource: ./.src\n",
        ".src/_posts/2024-01-02-a.md": "---\ntitle: A\n---\nWords.",
        ".old/_posts/2024-01-02-b.md": "",
    }
    assert run("init", "--yes", cwd=lay(tmp_path, files)).status == 0
    posts = tomllib.loads((tmp_path / "feedtool.toml").read_text(encoding="utf-8"))["posts"]
    assert (posts["dirs"], posts["ids_root"]) == ([".src/_posts"], ".src")
    assert run("build", cwd=tmp_path).status == 0
    (entry,) = json.loads((tmp_path / ".src/feeds/feed.json").read_text(encoding="utf-8"))["items"]
    assert entry["url"] == "https://e.org/2024/01/02/a.html"


def test_a_source_that_a_program_makes_is_replaced_by_its_own() -> None:
    """Posts are taken from where they are written; collections that the feed does not hold are named."""
    files = {
        "_config.yml": "url: https://e.org\nsource: .tmp/src\ncollections: {work: {output: true}, faqs: {}}\n",
        "src/_posts/news/2024-01-02-a.md": "",
        "src/_work/a.md": "",
        "src/_faqs/a.md": "",
    }
    best, _ = recognised(files)
    assert best
    values = {key: found.value for key, found in completed(best, folder_name="x").values.items()}
    assert (values["posts.dirs"], values["posts.ids_root"]) == (["src/_posts"], "src")
    assert "posts.defaults" not in values
    notes = " ".join(best.notes)
    assert "a folder without _posts" in notes
    assert "The collection work is left out (pages: 1)" in notes
    assert "faqs" not in notes


@pytest.mark.parametrize(
    "permalink",
    ["({page}) => `/web/${ page.fileSlug }/`", "function({ page }) {\n return `/web/${page.fileSlug}/`; }",
     "function link(data) { return `/web/${data.page.fileSlug}/` }", '"/web/{{ page.fileSlug }}/"'],
)  # fmt: skip
def test_eleventys_posts_may_be_in_a_folder_called_as_jekylls(permalink: str, tmp_path: Path) -> None:
    """A plain function that takes its data apart gives their addresses."""
    files = {
        "eleventy.config.js": 'metadata: { title: "A", base: "https://e.org/" }',
        "_posts/_posts.11tydata.js": f"export default {{ permalink: {permalink} }}",
        "_posts/2024-01-02-tea.md": "---\ntitle: Tea\n---\nWords.",
    }
    assert run("init", "--yes", cwd=lay(tmp_path, files)).status == 0
    assert run("build", cwd=tmp_path).status == 0
    (entry,) = json.loads((tmp_path / "_site/feeds/feed.json").read_text(encoding="utf-8"))["items"]
    assert entry["id"] == entry["url"] == "https://e.org/web/tea/"


def test_more_of_hugos_settings() -> None:
    """Folders of settings, languages, main sections and ugly addresses are read as Hugo does."""
    files = {
        "config/_default/hugo.toml": 'baseurl = "https://e.org"\ndefaultContentLanguage = "de"\nuglyURLs = true\ncontentDir = "inhalt"\n',
        "config/_default/languages.yaml": "de: {title: Titel, languageCode: de-at}\nen: {title: Title}\n",
        "config/_default/params.json": '{"mainSections": ["artikel"], "author": "Ada"}',
        "inhalt/artikel/a.md": "",
        "inhalt/posts/a.md": "",
    }
    best, _ = recognised(files)
    assert best
    values = {key: found.value for key, found in completed(best, folder_name="x").values.items()}
    assert (values["site.title"], values["site.language"], values["site.author"]) == ("Titel", "de-AT", "Ada")
    assert (values["posts.dirs"], values["posts.ids_root"]) == (["inhalt/artikel"], "inhalt")
    assert (values["posts.ids_ugly"], values["posts.ids_language"]) == (True, "de")


def test_the_data_of_eleventys_folders_gives_addresses(tmp_path: Path) -> None:
    """A file of data with the name of its folder, in JSON or as a program, says where the pages of the folder are."""
    files = {
        "eleventy.config.js": 'export default { dir: { input: "src" } }',
        "src/_data/site.json": '{"url": "https://e.org"}',
        "src/posts/posts.json": '{"permalink": "/blog/{{ title | slugify }}/"}',
        "src/notes/notes.js": "module.exports = { permalink: '/n/{{ page.fileSlug }}/' }",
        "src/posts/2024/a.md": text("Tea & rain", "date: 2024-01-02"),
        "src/notes/b.md": text("B", "date: 2024-01-03"),
    }
    assert run("init", "--yes", cwd=lay(tmp_path, files)).status == 0
    assert "permalink" not in run("build", "--jobs", "1", cwd=tmp_path).err
    assert entry_ids(tmp_path / "_site/feeds") == {"https://e.org/blog/tea-and-rain/", "https://e.org/n/b/"}


@each_site
def test_only_keys_that_there_are_are_taken_over(site: Site) -> None:
    """What is found of a site are values of the keys of feedtool.toml."""
    best, _ = recognised(site.files)
    assert best
    assert set(best.values) <= {*KNOWN, "posts.defaults"}


HUGO = {
    "hugo.toml": 'baseURL = "https://e.org/"\n',
    "content/posts/a.md": "",
    "content/talks/a.md": "",
    "content/b/index.md": "",
}
ELEVENTY_FEEDS = """eleventyConfig.addPlugin(feedPlugin, { outputPath: "/docs/feed.xml", collection: { name: "docs", limit: 10 } });
eleventyConfig.addPlugin(feedPlugin, { outputPath: "/blog/feed.xml", collection: { name: "blog", limit: 5 }, metadata: { base: "https://e.org/" } });"""


@pytest.mark.parametrize(
    ("files", "replaced", "left"),
    [
        ({"_config.yml": "url: https://e.org\nbaseurl: /x\nplugins: [jekyll-feed]\nfeed: {path: /all/posts.xml, tags: true, categories: [news], collections: {recipes: {path: /r.xml}, talks: {}}}\n"},
            {"": ["/x/all/posts.xml"], "category": ["/x/feed/{term}.xml"], "tag": ["/x/feed/by_tag/{term}.xml"]}, "/r.xml, /feed/talks.xml"),
        ({"_config.yml": "url: https://e.org\nfeed: {tags: {path: t/, except: [a]}, collections: {posts: {path: p.xml, categories: [b]}}}\n", "Gemfile": "gem 'jekyll-feed'"},
            {"": ["/p.xml"], "category": ["/feed/{term}.xml"], "tag": ["/t/{term}.xml"]}, ""),
        ({"_config.yml": "url: https://e.org\nfeed: {tags: false}\n", "atom.xml": "", "_posts/a.md": ""}, {"": ["/atom.xml"]}, ""),
        (HUGO, {"": ["/index.xml"], "category": ["/categories/{slug}/index.xml"], "tag": ["/tags/{slug}/index.xml"], "folder": ["/{slug}/index.xml"]}, "/tags/index.xml"),
        (HUGO | {"config/_default/outputs.toml": 'home = ["HTML", "RSS", "jsonfeed"]\nsection = ["html"]\nterm = ["html"]\n',
            "config/_default/outputFormats.toml": '[RSS]\nbaseName = "feed"\n[jsonfeed]\nbaseName = "feed"\nmediaType = "application/json"\n'},
            {"": ["/feed.xml", "/feed.json"]}, "/tags/feed.xml, /categories/feed.xml"),
        ({"hugo.yaml": "baseURL: https://e.org/de/\ntaxonomies: {tag: tags, series: series}\npermalinks: {term: {tags: '/t/:slug/'}}\nparams: {mainSections: [posts]}\n", "content/posts/a.md": ""},
            {"": ["/de/index.xml", "/de/posts/index.xml"], "tag": ["/de/t/{slug}/index.xml"]}, "/series/{slug}/index.xml"),
        ({"hugo.toml": 'baseURL = "https://e.org/"\ndisableKinds = ["RSS"]\n', "content/posts/a.md": ""}, {}, ""),
        ({"hugo.toml": 'baseURL = "https://e.org/"\ndefaultContentLanguage = "de"\n[languages.de]\n[languages.fr]\n', "content/posts/a.md": ""},
            {"": ["/index.xml", "/posts/index.xml"], "language": ["/{language}/index.xml"], "category": ["/categories/{slug}/index.xml", "/{language}/categories/{slug}/index.xml"],
             "tag": ["/tags/{slug}/index.xml", "/{language}/tags/{slug}/index.xml"]}, "/tags/index.xml, /categories/index.xml"),
        ({"pelicanconf.py": "SITEURL = 'https://e.org'\nFEED_ALL_ATOM = None\nFEED_RSS = 'rss.xml'\nCATEGORY_FEED_ATOM = 'c/%s.xml'\nAUTHOR_FEED_ATOM = None\n"
            "AUTHOR_FEED_RSS = None\nTRANSLATION_FEED_ATOM = None\nTAG_FEED_RSS = 'tag/{slug}.rss'\n"},
            {"": ["/rss.xml"], "category": ["/c/{slug}.xml"], "tag": ["/tag/{slug}.rss"]}, ""),
        ({"config.toml": 'base_url = "https://e.org"\ngenerate_feeds = true\nfeed_filenames = ["atom.xml", "rss.xml", "list.json"]\n[[taxonomies]]\nname = "tags"\nfeed = true\n[[taxonomies]]\nname = "people"\nfeed = true\n',
            "content/blog/_index.md": "+++\ngenerate_feeds = true\n+++\n"},
            {"": ["/atom.xml", "/rss.xml"], "tag": ["/tags/{slug}/atom.xml", "/tags/{slug}/rss.xml"], "folder": ["/{slug}/atom.xml", "/{slug}/rss.xml"]}, "/people/{slug}/atom.xml"),
        ({"eleventy.config.js": "", "config/feeds.js": ELEVENTY_FEEDS, "src/blog/a.md": ""}, {"": ["/blog/feed.xml"]}, "/docs/feed.xml"),
        ({".eleventy.js": "", "_data/site.json": '{"url": "https://e.org"}', "blog/a.md": "", "feeds/all.njk": "---\npermalink: /all.xml\n---\n<feed>",
            "feeds/links.njk": "---\npermalink: /links.xml\n---\n<feed>", "tag-feed.njk": '---\npermalink: "/tags/{{ tag | slugify }}.xml"\n---\n<feed>'},
            {"": ["/all.xml"], "tag": ["/tags/{slug}.xml"]}, "/links.xml"),
        ({"_config.yml": "url: https://e.org/x\nfeed: {type: [atom, rss2], path: [atom.xml, rss2.xml], limit: 0}\n", "package.json": '{"dependencies": {"hexo": "1"}}', "source/_posts/a.md": ""},
            {"": ["/x/atom.xml", "/x/rss2.xml"]}, ""),
        ({"astro.config.mjs": "export default defineConfig({ site: 'https://e.org' })", "src/pages/rss.xml.js": "", "src/pages/tags/[tag]/rss.xml.ts": "",
            "src/pages/blog/[...slug].astro": "", "src/content/blog/a.md": ""}, {"": ["/rss.xml"], "tag": ["/tags/{slug}/rss.xml"]}, ""),
        ({"next.config.js": "", "app/posts.ts": 'const site_url = "https://e.org/";', "app/[slug]/page.tsx": "", "app/atom.xml/route.ts": "", "posts/a.md": ""}, {"": ["/atom.xml"]}, ""),
    ],
)  # fmt: skip
def test_every_feed_of_a_site_is_taken_over_or_named(
    files: dict[str, str], replaced: dict[str, list[str]], left: str, tmp_path: Path
) -> None:
    """Each address that somebody may be subscribed to is redirected to the feed that replaces it, or is said to stay."""
    done = run("init", "--yes", cwd=lay(tmp_path, files))
    feeds = tomllib.loads((tmp_path / "feedtool.toml").read_text(encoding="utf-8")).get("feeds", {})
    found = {key: value["replaces"] for key, value in feeds.items() if isinstance(value, dict) and "replaces" in value}
    assert found | ({"": feeds["replaces"]} if "replaces" in feeds else {}) == replaced
    assert ("Feeds that stay as they are" in done.out) == bool(left)
    assert left in done.out


def test_old_feeds_are_redirected_by_the_names_of_the_generator(tmp_path: Path) -> None:
    """A term, a section and a language have the names in old addresses that the generator gives them."""
    files = {
        "hugo.toml": 'baseURL = "https://e.org/x/"\ndefaultContentLanguage = "en"\nremovePathAccents = true\n[languages.en]\n[languages.de]\nlocale = "de-AT"\n',
        "content/My Talks/a.md": text("A", "date: 2024-01-02", 'tags: ["Café & Tea", "C#"]'),
        "content/posts/bundle/index.md": text("B", "date: 2024-01-03"),
        "content/posts/c.de.md": text("C", "date: 2024-01-04", "tags: [Tee Kanne]"),
        "netlify.toml": "",
    }
    assert run("init", "--yes", cwd=lay(tmp_path, files)).status == 0
    assert run("build", "--jobs", "1", cwd=tmp_path).status == 0
    lines = (tmp_path / "static/feeds/_redirects").read_text(encoding="utf-8").splitlines()
    assert lines[1:] == [
        "/x/de/index.xml /x/feeds/de-at/rss.xml 301!",
        "/x/de/tags/tee-kanne/index.xml /x/feeds/tag/tee-kanne-de-at/rss.xml 301!",
        "/x/index.xml /x/feeds/rss.xml 301!",
        "/x/my-talks/index.xml /x/feeds/folder/my-talks/rss.xml 301!",
        "/x/posts/index.xml /x/feeds/folder/posts/rss.xml 301!",
        "/x/tags/c%23/index.xml /x/feeds/tag/c/rss.xml 301!",
        "/x/tags/cafe--tea/index.xml /x/feeds/tag/caf%C3%A9-tea/rss.xml 301!",
    ]


# A folder without a site.


def test_an_empty_folder_to_feeds(tmp_path: Path) -> None:
    """What init tells to do next is all there is to do."""
    done = run("init", "--yes", "my blog", cwd=tmp_path)
    assert done.status == 0
    assert "cd 'my blog'" in done.out
    steps = [line.strip() for line in done.out.partition("Next:")[2].splitlines() if line.startswith("  feedtool")]
    assert steps[:2] == ['feedtool new "My first post"', "feedtool build"]
    assert run("new", "My first post", cwd=tmp_path / "my blog").status == 0
    assert run("build", "--jobs", "1", cwd=tmp_path / "my blog").status == 0
    assert "<title>my blog</title>" in (tmp_path / "my blog/output/rss.xml").read_text(encoding="utf-8")


def test_templates_of_the_site_are_not_taken_for_ours(tmp_path: Path) -> None:
    """Zola's `templates/` holds files of our names too: `init` has a build look elsewhere, and says so."""
    lay(tmp_path, {**SITES["Zola"].files, "templates/index.html": "{{ section.title }}", "templates/page.html": "x"})
    told = run("init", "--yes", cwd=tmp_path)
    assert "none: templates/ has those of Zola" in told.out
    built = run("build", "--jobs", "1", cwd=tmp_path)
    assert (built.status, "template" in built.err) == (0, False)


def test_what_zola_ignores_has_no_entry(tmp_path: Path) -> None:
    """Braces in a pattern stand for several; as in globs of Rust."""
    posts = {f"content/{name}.md": text("A", "date: 2024-01-02") for name in ("a", "b.bak", "c.draft")}
    lay(tmp_path, {**posts, "config.toml": 'base_url = "https://e.org"\nignored_content = ["*.{draft,bak}.md"]\n'})
    assert run("init", "--yes", cwd=tmp_path).status == 0
    assert run("build", "--jobs", "1", cwd=tmp_path).status == 0
    (entry,) = json.loads((tmp_path / "static/feeds/feed.json").read_text(encoding="utf-8"))["items"]
    assert entry["url"] == "https://e.org/a/"


def test_jekyll_needs_no_settings(tmp_path: Path) -> None:
    """Posts alone are a site of Jekyll's; what `init` writes names no file that is not there."""
    assert run("init", "--yes", cwd=lay(tmp_path, {"_posts/2024-01-02-tea.md": "Words."})).status == 0
    written = (tmp_path / "feedtool.toml").read_text(encoding="utf-8")
    assert ('ids = "jekyll"' in written, "# :" in written) == (True, False)


def test_posts_that_are_there_are_found(tmp_path: Path) -> None:
    """A folder of Markdown under another name is taken, if there is no posts/; a README is no post."""
    lay(
        tmp_path,
        {"notes/2024/a.md": text("A", "date: 2024-01-02"), "README.md": "x", "docs/b.md": "", "notes/c.md": ""},
    )
    out = run("init", "--yes", cwd=tmp_path).out
    assert '"notes"' in out
    assert "feedtool new" not in out
    lay(tmp_path / "other", {"posts/a.txt": "", "notes/b.md": ""})
    run("init", "--yes", "other", cwd=tmp_path)
    assert 'dirs = ["posts"]' in (tmp_path / "other/feedtool.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("there", ["title = 'mine'", None])
def test_settings_that_are_there_stay(there: str | None, tmp_path: Path) -> None:
    """Init never overwrites a feedtool.toml, nor a link that leads nowhere; it says so, and what it would write, with 1."""
    place = tmp_path / "feedtool.toml"
    place.symlink_to("nowhere") if there is None else place.write_text(there, encoding="utf-8")
    done = run("init", "--yes", cwd=tmp_path)
    assert done.status == 1
    assert "feedtool.toml exists, and was not changed" in done.out
    assert ("-title = 'mine'" in done.out) == (there is not None)
    assert [path.name for path in tmp_path.iterdir()] == ["feedtool.toml"]
    assert there is None or place.read_text(encoding="utf-8") == there


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "output/\n.feedtool/\n"),
        ("*.bak", "*.bak\noutput/\n.feedtool/\n"),
        ("output/\n.feedtool/\n", "output/\n.feedtool/\n"),
    ],
)
def test_git_does_not_see_what_a_build_makes(before: str | None, after: str, tmp_path: Path) -> None:
    """In a repository that is not published as it is; what is there already is not written twice."""
    (tmp_path / ".git").mkdir()
    if before is not None:
        lay(tmp_path, {".gitignore": before})
    assert run("init", "--yes", cwd=tmp_path).status == 0
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == after


def test_nothing_is_asked_where_nobody_is(tmp_path: Path) -> None:
    """Without a terminal it asks nothing, says so, and writes what it found."""
    done = run("init", cwd=lay(tmp_path, SITES["Zola"].files))
    assert done.status == 0
    assert "using defaults without asking" in done.err
    assert (tmp_path / "feedtool.toml").is_file()


def test_three_questions_at_most(tmp_path: Path) -> None:
    """On a terminal it asks for title, address and language, with what was found as answers, until each can be used."""
    answers = ['My "own" title', "example.org/a?b", "example.org/f", "zh_TW", "zh-TW"]
    shown, written = asked(lay(tmp_path, SITES["Zola"].files), answers)
    assert shown.count("Title of the feeds [Notes]:") == 1
    assert shown.count("Address where they will be published") == 2
    assert shown.count("Language, such as") == 2
    assert 'contains "?" or "#"' in shown
    site = tomllib.loads(written)["site"]
    assert [site[key] for key in ("title", "url", "language")] == ['My "own" title', "https://example.org/f", "zh-TW"]
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    assert tomllib.loads(asked(lay(tmp_path, SITES["Zola"].files), ["", "", ""])[1])["site"]["title"] == "Notes"


def asked(folder: Path, answers: list[str]) -> tuple[str, str]:
    """Return what init showed on a terminal where somebody answers, and what it wrote."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "feedtool", "init"]
    running = subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    waiting = list(answers)
    with os.fdopen(ours, "r+b", buffering=0) as stream:
        while True:
            try:
                piece = stream.read(4096)
            except OSError:  # how Linux says that nobody is on the other side any more
                break
            shown += piece or b""
            if not piece:
                break
            if re.search(rb": $", shown) and waiting:
                stream.write(waiting.pop(0).encode() + b"\n")
    assert running.wait(timeout=60) == 0
    return shown.decode(), (folder / "feedtool.toml").read_text(encoding="utf-8")


# Whatever strangers write.

ODD = st.text(alphabet="\"'\\{}[]#:=\n\t\r\0\x1b-,.%/ aé新\u2028\ufeff\u202e$", max_size=30)


@given(title=ODD, name=ODD, language=ODD, url=ODD)
def test_whatever_a_title_holds_the_file_loads(title: str, name: str, language: str, url: str) -> None:
    """Quotes, line breaks, control characters: the written file has no problem, and the title that a reader would show."""
    config = json.dumps(
        {"title": title, "author": name, "lang": language, "url": f"https://{url}", "permalink": f"/{name}"}
    )
    best, _ = recognised({"_config.yml": config, "_posts/2024-01-02-a.md": ""})
    assert best
    written = settings_text(completed(best, folder_name=name))
    settings, problems = parse_config(written)
    assert problems == ()
    if one_line(title) and not re.search(r"\{\{|\{%|\$\{|<%", title):
        assert settings.site.title == one_line(title)


NAMES = [
    "_config.yml", "_config.toml", "hugo.toml", "hugo.yaml", "hugo.json", "config.toml", "config/_default/params.yaml",
    ".eleventy.js", "eleventy.config.mjs", "package.json", "_data/metadata.json", "_data/site.js", "pelicanconf.py",
    "publishconf.py", "zola.toml", "Gemfile", "content/posts/a.md", "_posts/a.md", "blog/\n.md",
]  # fmt: skip
KEYS = st.sampled_from(
    ["title", "name", "url", "baseurl", "baseURL", "base_url", "permalink", "permalinks", "params", "author", "feed", "defaults",
     "collections", "languages", "defaultContentLanguage", "services", "rss", "limit", "posts_limit", "feed_limit", "scope",
     "values", "posts", "page", "mainSections", "contentDir", "source", "timezone", "timeZone", "lang", "uglyURLs", "future",
     "excerpt_separator", "feed_filenames", "path", "en", "taxonomies", "outputs", "outputFormats", "mediaTypes", "suffixes",
     "application/rss+xml", "term", "home"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | ODD | st.sampled_from(["https://e.org/", "en", "posts", "/:title/"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
CONTENTS = ODD | VALUES.map(json.dumps) | st.dictionaries(KEYS, VALUES, max_size=8).map(json.dumps)


@example(files={"config.toml": 'base_url = "https://e.org/"\ntaxonomies = 5\n', "content/posts/a.md": ""}, url="")
@example(
    files={"hugo.json": '{"mediaTypes": {"application/rss+xml": {"suffixes": 5}}}', "content/posts/a.md": ""}, url=""
)
@example(files={"_config.yml": '{"feed": {"collections": 5}}', "_posts/a.md": ""}, url="https://e.org/x")
@example(
    files={"pelicanconf.py": "SITEURL = 'https://e.org'\nTAG_REGEX_SUBSTITUTIONS = (1, 2)\nARTICLE_URL = b'x'\n"},
    url="",
)
@given(
    files=st.dictionaries(st.sampled_from(NAMES), CONTENTS, max_size=6), url=st.sampled_from(["", "https://e.org/x"])
)
def test_no_site_stops_init(files: dict[str, str], url: str) -> None:
    """Settings that say nonsense are read as far as they go: nothing raises, and what is written loads."""
    files = {**files, "_config.yml": json.dumps({"url": url, **_table(files.get("_config.yml", ""))})} if url else files
    best, others = recognised(files)
    for site in filter(None, (best, *others, plain(files))):
        assert parse_config(settings_text(completed(site, folder_name="x")))[1] == ()


def _table(content: str) -> dict[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def test_nothing_of_the_site_is_run(tmp_path: Path) -> None:
    """Settings that are programs are read as text: no line of them comes to run, and no YAML makes an object."""
    mark = tmp_path / "ran"
    script = f"open({str(mark)!r}, 'w')\nSITENAME = 'A'\n"
    lay(
        tmp_path / "site",
        {
            "pelicanconf.py": script,
            "eleventy.config.js": f"require('fs').writeFileSync({str(mark)!r}, '')",
            "_config.yml": f"title: !!python/object/apply:os.system ['touch {mark}']\n",
        },
    )
    assert run("init", "--yes", "site", cwd=tmp_path).status == 0
    assert not mark.exists()


def test_a_large_or_odd_folder_is_looked_at(tmp_path: Path) -> None:
    """Links, pipes, folders of libraries and settings of any size or encoding neither stop nor mislead it."""
    lay(
        tmp_path,
        {"node_modules/x/_posts/a.md": "", ".git/_posts/a.md": "", "_config.yml": b"\xff\xfetitle: \x00", "a/b.md": ""},
    )
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "Gemfile")
    (tmp_path / "hugo.toml").write_bytes(b"#" * 3_000_000)
    files = look(tmp_path)
    assert set(files) == {"_config.yml", "a/b.md", "Gemfile", "hugo.toml"}
    assert len(files["hugo.toml"]) == 200_000
    assert run("init", "--yes", cwd=tmp_path).status == 0


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file in the folder's place is told in words, with 1."""
    lay(tmp_path, {"blog": "a file"})
    done = run("init", "--yes", "blog", cwd=tmp_path)
    assert done.status == 1
    assert "cannot be written" in done.err


@pytest.mark.parametrize(
    ("files", "dirs"),
    [
        ({"README.md": "", "CLAUDE.md": "", "public/a/index.md": "", "public/b/index.md": "", "public/c.css": ""}, ["public"]),
        ({"src/content/posts/a.md": "", "src/content/pages/a.md": "", "docs/a.md": "", "docs/b.md": ""}, ["src/content/posts"]),
        ({"notes/2024/a.md": "", "notes/2025/b.md": "", "other/a.md": ""}, ["notes"]),
        ({"posts/a.md": "", "more/a.md": "", "more/b.md": ""}, ["posts"]),
        ({"content/blog/AGENTS.md": "", "content/blog/a.mdx": "", "content/team/a.md": "", "content/team/b.md": ""}, ["content/blog"]),
    ],
)  # fmt: skip
def test_a_folder_without_a_known_generator(files: dict[str, str], dirs: list[str], tmp_path: Path) -> None:
    """Posts are where their folder's name or most of the Markdown says; notes for people and programs are none."""
    lay(tmp_path, files)
    assert run("init", "--yes", cwd=tmp_path).status == 0
    settings = tomllib.loads((tmp_path / "feedtool.toml").read_text(encoding="utf-8"))
    assert settings["posts"]["dirs"] == dirs
    named = any(name.rpartition("/")[2] in ("README.md", "CLAUDE.md", "AGENTS.md") for name in files)
    assert ("AGENTS.md" in settings["posts"].get("exclude", ())) == named


@pytest.mark.parametrize(
    ("settings", "folder", "found"),
    [
        ({"_config.yml": "url: https://e.org\n"}, "_site", "_site"),
        ({"_config.yml": "url: https://e.org\ndestination: ./docs/\n"}, "docs", "docs"),
        ({"hugo.toml": "baseURL = 'https://e.org/'\n"}, "public", "public"),
        ({"eleventy.config.js": "module.exports = { dir: { output: 'dist' } }"}, "dist", "dist"),
        ({"eleventy.config.js": "module.exports = { dir: { output: out() } }"}, "_site", "_site"),
        ({"pelicanconf.py": "SITEURL = 'https://e.org'\n"}, "output", "output"),
        ({"_config.yml": "url: https://e.org\n", "_site/feeds.json": "{}"}, "_site", ""),
        ({"hugo.toml": "baseURL = 'https://e.org/'\n"}, "static", ""),
    ],
)
def test_a_rendered_site_that_is_there_is_taken(
    settings: dict[str, str], folder: str, found: str, tmp_path: Path
) -> None:
    """Its pages know the addresses; feedtool's own output is none."""
    lay(tmp_path, settings | {f"{folder}/index.html": "Home", f"{folder}/2024/tea.html": "Tea"})
    done = run("init", "--yes", cwd=tmp_path)
    named = re.findall(r'posts.rendered +"(\w+)"', done.out)
    assert named == [found] * bool(found)


@pytest.mark.parametrize(
    ("files", "dirs"),
    [
        ({"content/posts/2024-01-02-a.md": "", "content/posts/2024-01-03-b.md": "", "content/posts/2024-01-04-c.md": ""}, '["content/posts"]'),
        ({"blog/a.md": "", "tests/fixtures/posts/b.md": "", "test/posts/c.md": ""}, '["blog"]'),
    ],
)  # fmt: skip
def test_folders_above_the_posts_and_of_tests_are_not_taken(files: dict[str, str], dirs: str, tmp_path: Path) -> None:
    """Eleventy's posts are in the folder that is called so."""
    lay(tmp_path, {"eleventy.config.js": "", **files})
    assert f"posts.dirs {dirs}" in " ".join(run("init", "--yes", cwd=tmp_path).out.split())


def test_an_address_in_a_program_and_the_page_of_the_posts_are_read(tmp_path: Path) -> None:
    """Of several pages that of the posts' own folder; the site's address in the file that says what the site is."""
    pages = {f"src/pages/{name}/[slug].astro": "" for name in ("notes", "posts")}
    lay(
        tmp_path,
        {"astro.config.ts": "", "src/site.config.ts": "url: 'https://e.org/'", **pages, "content/posts/a.md": ""},
    )
    assert 'posts.permalink "https://e.org/posts/{stem}/"' in " ".join(run("init", "--yes", cwd=tmp_path).out.split())


def test_the_filter_of_a_feed_keeps_its_posts_out(tmp_path: Path) -> None:
    """The flags that the feed's program asks for, wherever it does; not those of pages, and no text."""
    lay(
        tmp_path,
        {
            "astro.config.mjs": "site: 'https://e.org'",
            "src/content.config.ts": "defineCollection({ schema: z.object({\n archived: z.boolean().default(false),\n"
            " unlisted: z.optional(z.boolean()),\n wide: z.boolean(),\n cover: z.string() }) })",
            "src/pages/rss.xml.ts": "const posts = (await listed()).filter(({ data }) => !data.unlisted && !data.cover)",
            "src/utils/posts.ts": "export const listed = () => getCollection('posts', isListed)\n"
            "export function isListed(post: Post): boolean {\n  return post.data.archived !== true\n}\n"
            "export function isNarrow(post) {\n  return !post.data.wide\n}\n",
            "src/content/posts/a.md": "---\ntitle: A\ndate: 2024-01-02\narchived: true\n---\n",
            "src/content/posts/b.md": "---\ntitle: B\ndate: 2024-01-02\n---\n",
        },
    )
    assert 'posts.hidden_by ["archived", "unlisted"]' in " ".join(run("init", "--yes", cwd=tmp_path).out.split())
    assert run("list", "posts", "--json", cwd=tmp_path).out.count('"title"') == 1


_OF_TEMPLATE = "{% for post in collections.posts | reverse | head(10) %}<entry>{% endfor %}"


@pytest.mark.parametrize(
    ("files", "home", "limit"),
    [
        ({"feed.njk": '---json\n{\n"permalink": "feed.xml",\n"metadata": {"title": "A", "url": "https://e.org/"}\n}\n---\n<feed>'}, "https://e.org/", 0),
        ({"feed.njk": f"---\npermalink: /feed.xml\nmetadata:\n  url: https://e.org/\n---\n<feed>{_OF_TEMPLATE}"}, "https://e.org/", 10),
        ({"feed.njk": '---\npermalink: /feed.xml\n---\n<feed><link href="https://e.org/feed.xml" rel="self"/><link href="https://e.org/sub/"/>'}, "https://e.org/sub/", 0),
        ({"feed.njk": "---\npermalink: /feed.xml\n---\n<feed>{{ collections.posts | head(1) | newest }}<id>https://e.org{{ x }}</id>"}, "https://e.org/", 0),
        ({"feed.njk": "---\npermalink: /feed.xml\nlayout: feed\n---\n", "_layouts/feed.njk": "<rss><link>https://e.org/feed.xml</link>"}, "https://e.org/", 0),
        ({"feed.md": "---\npermalink: /feed.xml\n---\n<feed>{% assign some = collections.posts | reverse | slice:0, 5 %}", "_data/site.yaml": "host: https://e.org"}, "https://e.org/", 5),
    ],
)  # fmt: skip
def test_a_template_of_a_feed_says_where_the_site_is(
    files: dict[str, str], home: str, limit: int, tmp_path: Path
) -> None:
    """Its header or its links name the address, its loop the number of posts."""
    lay(tmp_path, {"eleventy.config.js": "", "posts/a.md": text("A", "date: 2024-03-01"), **files})
    run("init", "--yes", cwd=tmp_path)
    config = tomllib.loads((tmp_path / "feedtool.toml").read_text(encoding="utf-8"))
    assert (config["site"]["home"], config["feeds"]["limit"]) == (home, limit)


@pytest.mark.parametrize(
    "scripts",
    [
        {"eleventy.config.js": 'c.addFilter("day", (date) => { return DateTime.fromJSDate(date).toFormat("yyyy/MM/dd") })'},
        {"eleventy.config.js": "c.addFilter('day', dayOf)", "_11ty/dates.js": "export const dayOf = (d) => moment(d).format('YYYY/MM/DD')"},
        {"eleventy.config.js": "", "lib/filters/day.js": "module.exports = (d) => d.toISOString().split('T')[0].split('-').join('/')"},
    ],
)  # fmt: skip
def test_a_filter_of_eleventy_gives_the_days_in_addresses(scripts: dict[str, str], tmp_path: Path) -> None:
    """Its form is read where the filter is defined."""
    data = '{"permalink": "/{{ page.date | day }}/{{ page.fileSlug }}/"}'
    site = {"_data/site.json": '{"url": "https://e.org"}', "posts/posts.json": data}
    lay(tmp_path, {**scripts, **site, "posts/a.md": text("A", "date: 2024-03-01")})
    run("init", "--yes", cwd=tmp_path)
    assert run("build", "--jobs", "1", cwd=tmp_path).err == ""
    assert entry_ids(tmp_path / "_site/feeds") == {"https://e.org/2024/03/01/a/"}


def test_a_layout_and_a_filter_of_eleventy_say_title_and_address(tmp_path: Path) -> None:
    """What the layout shows as the heading is the title, and the site's own `slugify` makes the address."""
    files = {
        "eleventy.config.js": "import { slug } from './src/_config/filters/slug.js'\nconfig.addFilter('slugify', slug)\n"
        'export default { dir: { input: "src" } }',
        "src/_config/filters/slug.js": "import slugify from 'slugify';\nslugify(text, { remove: /[.,:]/g, lower: true })",
        "src/_data/meta.js": "export const url = 'https://e.org';\nexport const links = [{ title: 'Atom' }];\n"
        "export const siteName = 'Tea';",
        "src/_includes/post.njk": "---\ntitle: All news\n---\n<h1 class=a>{{ headline | safe }}</h1>{{ content }}",
        "src/posts/posts.json": '{"layout": "post.njk", "permalink": "/{{ headline | slugify }}/"}',
        "src/posts/a.md": "---\nheadline: Tea 4.0\ndate: 2024-01-02\n---\n\n# Why?\n\nWords.",
        "src/posts/posts.md": "---\nlayout: base.njk\noverride:tags:\n---\nAll of them.",
    }
    assert "Tea" in run("init", "--yes", cwd=lay(tmp_path, files)).out
    assert run("build", "--jobs", "1", cwd=tmp_path).err == ""
    assert entry_ids(tmp_path / "_site/feeds") == {"https://e.org/tea-40/"}
    feed = json.loads((tmp_path / "_site/feeds/feed.json").read_text())
    assert (feed["title"], feed["items"][0]["title"]) == ("Tea", "Tea 4.0")


@pytest.mark.parametrize("config", ["", "hugo.toml"])
def test_posts_in_other_markup_and_templates_of_others_are_said(config: str, tmp_path: Path) -> None:
    """Few notes of a build tell that most posts are missing; a folder `templates` that was there is none of ours."""
    files = {
        "content/a.md": text("A", "date: 2024-03-01"),
        "content/a.org": "",
        **dict.fromkeys(
            ("content/b.org", "content/c.org", "notes/d.org", "content/e.adoc", "templates/index.html"), ""
        ),
        **({config: 'baseURL = "https://e.org/"'} if config else {}),
    }
    said = run("init", "--yes", cwd=lay(tmp_path, files)).out
    assert "2 files in Org are not read." in said
    assert "AsciiDoc" not in said
    assert tomllib.loads((tmp_path / "feedtool.toml").read_text(encoding="utf-8"))["site"]["templates"] == ""


def test_feeds_of_hexo_are_built_before_the_site(tmp_path: Path) -> None:
    """They are in the folder that Hexo copies, so it must not take them for pages of its own."""
    files = {"_config.yml": "title: A", "package.json": '{"dependencies": {"hexo": "1"}}', "source/_posts/a.md": ""}
    said = run("init", "--yes", cwd=lay(tmp_path, files)).out
    assert "Hexo copies source/feeds/ along with its pages: build feeds first" in said
    assert "skip_render" in said


def test_posts_without_a_date_are_said(tmp_path: Path) -> None:
    """That nothing would be published, and what to do; one date is enough to say nothing."""
    lay(tmp_path, {"notes/a.md": "# A\n\nWords.", "notes/b.md": "# B\n\nWords."})
    assert "none of 2 that were looked at has a date" in run("init", "--yes", cwd=tmp_path).out
    (tmp_path / "notes/a.md").write_text(text("A", "date: 2024-01-02"), encoding="utf-8")
    (tmp_path / "feedtool.toml").unlink()
    assert "has a date" not in run("init", "--yes", cwd=tmp_path).out


def test_hugos_pages_without_a_date_are_no_errors(tmp_path: Path) -> None:
    """Manuals beside a blog: they are said once, and the build goes on."""
    files = {
        "hugo.toml": 'baseURL = "https://e.org/"',
        "content/blog/a.md": text("A", "date: 2024-01-02"),
        "content/docs/b.md": "B",
    }
    assert run("init", "--yes", cwd=lay(tmp_path, files)).status == 0
    built = run("build", "--jobs", "1", cwd=tmp_path)
    assert (built.status, "content/docs/b.md: note: no date can be found" in built.err) == (0, True)


def test_a_site_of_lume_is_recognised(tmp_path: Path) -> None:
    """Its pages are at the paths of their files, below its location."""
    config = 'import lume from "lume/mod.ts";\nlume({ location: new URL("https://e.org/b/") }).use(feed({ output: ["/all.xml"] }))'
    lay(tmp_path, {"_config.ts": config, "posts/2024-01-02_tea.md": "# Tea\n\nWords."})
    assert "Lume" in run("init", "--yes", cwd=tmp_path).out
    assert run("build", "--jobs", "1", cwd=tmp_path).status == 0
    assert entry_ids(tmp_path / "_site/feeds") == {"https://e.org/b/posts/tea/"}
    assert 'replaces = ["/b/all.xml"]' in (tmp_path / "feedtool.toml").read_text(encoding="utf-8")


def test_posts_in_folders_keep_these_in_their_addresses(tmp_path: Path) -> None:
    """As in the pages of a route such as `[...slug]`; a page of a folder has the address of that."""
    files = {"astro.config.mjs": "site: 'https://e.org'", "src/pages/blog/[...slug].astro": ""}
    posts = {f"src/content/blog/{name}.md": text(name, "date: 2024-01-02") for name in ("a", "deep/b", "c/index")}
    lay(tmp_path, files | posts)
    assert run("init", "--yes", cwd=tmp_path).status == 0
    assert run("build", "--jobs", "1", cwd=tmp_path).status == 0
    assert entry_ids(tmp_path / "public/feeds") == {f"https://e.org/blog/{name}/" for name in ("a", "deep/b", "c")}
