"""Sites in several languages: each language has feeds of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from runs import lay, run


def post(title: str, *header: str) -> str:
    """Return a post's text."""
    return "\n".join(["---", f"title: {title}", "date: 2024-01-02", *header, "---", "", "Words.", ""])


def titles(feed: Path) -> set[str]:
    """Return the titles of a feed's entries."""
    return {item["title"] for item in json.loads(feed.read_text(encoding="utf-8"))["items"]}


CONFIG = '[site]\nurl = "https://e.org/"\nlanguage = "en"\n[feeds.language]\nenabled = true\n'
POSTS = {
    "posts/a.md": post("English", "tags: [Tea]"),
    "posts/b.md": post("British", "lang: en-GB", "tags: [Tea]"),
    "posts/c.md": post("Deutsch", "lang: de", "tags: [Tea]"),
    "posts/d.md": post("正體", "lang: zh-Hant", "categories: [茶]"),
}


def test_each_language_has_feeds_of_its_own(tmp_path: Path) -> None:
    """The feed of all has the site's language, another has each other language; the same holds for tags."""
    lay(tmp_path, POSTS | {"feedtool.toml": CONFIG})
    assert run("build", "--jobs", "1", cwd=tmp_path).status == 0
    output = tmp_path / "output"
    assert titles(output / "feed.json") == {"English", "British"} == titles(output / "tag/tea/feed.json")
    assert titles(output / "de/feed.json") == {"Deutsch"} == titles(output / "tag/tea-de/feed.json")
    assert titles(output / "zh-hant/feed.json") == {"正體"} == titles(output / "category/茶-zh-hant/feed.json")
    for feed, tag in (("", "en"), ("de/", "de"), ("tag/tea-de/", "de"), ("zh-hant/", "zh-Hant")):
        assert json.loads((output / f"{feed}feed.json").read_text(encoding="utf-8"))["language"] == tag


def test_without_the_setting_all_languages_are_in_one_feed(tmp_path: Path) -> None:
    """Nothing changes for those who do not ask for it."""
    lay(tmp_path, POSTS | {"feedtool.toml": CONFIG.replace("true", "false")})
    run("build", "--jobs", "1", cwd=tmp_path)
    assert len(titles(tmp_path / "output/feed.json")) == 4
    assert not (tmp_path / "output/de").exists()


@pytest.mark.parametrize("ids", ["uuid", "hugo"])
def test_translations_are_entries_of_their_own(ids: str, tmp_path: Path) -> None:
    """A text and its translation have one name and one date, and are no duplicates."""
    config = f'{CONFIG}[posts]\nids = "{ids}"\ndirs = ["content/de", "content/en"]\n'
    files = {f"content/{tag}/tea.md": post(f"Tea {tag}", f"lang: {tag}") for tag in ("de", "en")}
    lay(tmp_path, {**files, "feedtool.toml": config})
    run("build", "--jobs", "1", cwd=tmp_path)
    assert titles(tmp_path / "output/feed.json") == {"Tea en"}
    assert titles(tmp_path / "output/de/feed.json") == {"Tea de"}


HUGO = {
    "hugo.toml": """
baseURL = "https://e.org/sub/"
defaultContentLanguage = "en"
[permalinks]
posts = "/:year/:slugorcontentbasename/"
[permalinks.page]
notes = "/n/:sections/:slug/"
[languages.en]
weight = 1
[languages.de]
weight = 2
languageCode = "de-AT"
[languages.fr]
contentDir = "content.fr"
weight = 3
""",
    "content/posts/a.md": post("A"),
    "content/posts/a.de.md": post("A auf Deutsch"),
    "content/posts/b.fr.md": post("French in the folder of English"),
    "content.fr/posts/c.md": post("C"),
    "content.fr/posts/d.en.md": post("English in the folder of French"),
    "content/posts/bundle/index.md": post("Bundle"),
    "content/posts/bundle/index.de.md": post("Bundle auf Deutsch"),
    "content/posts/bundle/part.md": post("A part"),
    "content/notes/x/e.md": post("Note E"),
    "content/misc/u.md": post("U", "url: rel/u"),
    "content/misc/u.de.md": post("U auf Deutsch", "url: rel/u"),
    "content/misc/own.de.md": post("Own", "url: /abs/own.html"),
    "content/misc/hidden.md": post("Hidden", "build: {list: never}"),
    "content/misc/unseen.md": post("Unseen", "headless: true"),
}
HUGO_IDS = {
    "": {"2024/a/", "2024/bundle/", "2024/d/", "n/notes/note-e/", "rel/u/"},
    "de-at/": {"de/2024/a/", "de/2024/bundle/", "de/rel/u/", "abs/own.html"},
    "fr/": {"fr/2024/b/", "fr/2024/c/"},
}


def test_hugo_in_three_languages_is_taken_over(tmp_path: Path) -> None:
    """By the file's name or by its folder: ids, addresses, languages and feeds are Hugo's (checked with Hugo 0.168)."""
    lay(tmp_path, HUGO)
    run("init", "--yes", cwd=tmp_path)
    assert run("build", "--jobs", "1", cwd=tmp_path).status == 0
    for folder, ids in HUGO_IDS.items():
        feed = json.loads((tmp_path / f"static/feeds/{folder}feed.json").read_text(encoding="utf-8"))
        assert {item["id"].removeprefix("https://e.org/sub/") for item in feed["items"]} == ids
        assert {item["url"] for item in feed["items"]} == {item["id"] for item in feed["items"]}
        assert feed["language"] == (folder.strip("/").replace("at", "AT") or "en")


def test_the_website_of_a_feed_is_the_blog(tmp_path: Path) -> None:
    """`site.home` is where readers lead to from the feeds of all entries; a tag's feed leads to its own page."""
    config = CONFIG.replace('language = "en"', 'language = "en"\nhome = "https://blog.e.org/"')
    lay(tmp_path, POSTS | {"feedtool.toml": config})
    assert run("build", "--jobs", "1", cwd=tmp_path).status == 0
    output = tmp_path / "output"
    homes = [json.loads((output / f"{at}feed.json").read_text(encoding="utf-8"))["home_page_url"] for at in ("", "de/")]
    assert homes == ["https://blog.e.org/"] * 2
    assert "https://e.org/tag/tea/" in (output / "tag/tea/feed.json").read_text(encoding="utf-8")
    assert '<a href="https://blog.e.org/"' in (output / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("is_of_path", [True, False])
def test_languages_of_jekylls_plugin_have_folders_of_their_own(tmp_path: Path, *, is_of_path: bool) -> None:
    """A translation has the name, day and title of its original: it stands below its language, in feeds of its own."""
    tag = "" if is_of_path else "lang: pt-BR"
    files = {
        "_config.yml": "url: https://e.org\nplugins: [jekyll-polyglot, jekyll-feed]\nlanguages: [en, pt-BR]\n"
        f"default_lang: en\nlang_from_path: {str(is_of_path).lower()}\npermalink: pretty\n",
        "_posts/2024-01-02-tea.md": post("Tea"),
        "_posts/pt-br/2024-01-02-tea.md": post("Tea", tag),
    }
    assert run("init", "--yes", cwd=lay(tmp_path, files)).status == 0
    assert run("build", "--jobs", "1", cwd=tmp_path).err == ""
    for folder, home in (("", ""), ("pt-br/", "pt-BR/")):
        (item,) = json.loads((tmp_path / f"feeds/{folder}feed.json").read_text(encoding="utf-8"))["items"]
        assert (item["id"], item["url"]) == (
            f"https://e.org/{home}2024/01/02/tea",
            f"https://e.org/{home}2024/01/02/tea/",
        )
