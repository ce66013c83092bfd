"""docs/start.md and the pages for each kind of site: their lines work as they are printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from foreign_sites import SITES
from runs import lay, post, run

DOCS = Path(__file__).parents[1] / "docs"


def lines(name: str) -> list[list[str]]:
    """Return the commands of feedtool that stand in lines of their own on a page, but for the one that does not end."""
    return [shlex.split(line) for line in re.findall(r"^    feedtool ((?!serve).*)$", page(name), re.MULTILINE)]


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def old_feed(ids: frozenset[str]) -> str:
    """Return an Atom feed with entries of these ids."""
    entries = "".join(f"<entry><id>{one}</id><title>x</title></entry>" for one in sorted(ids))
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><title>x</title>{entries}</feed>'


def test_an_empty_folder_becomes_a_feed_whose_links_lead_somewhere(tmp_path: Path) -> None:
    """In the commands of the page, and without a warning."""
    commands = lines("start.md")
    assert [each[0] for each in commands] == ["init", "new", "build"]
    for command in commands:
        done = run(*command, cwd=tmp_path)
        assert done.status == 0
        assert ("warning" in done.err, "error" in done.err) == (False, False)
    feed = (tmp_path / "output/rss.xml").read_text(encoding="utf-8")
    link = re.findall(r"<link>https://example.org/feeds/(.+)</link>", feed)[-1]
    assert "First snow" in (tmp_path / "output" / link / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SITES)
def test_a_site_of_each_generator_has_a_page_whose_lines_work(name: str, tmp_path: Path) -> None:
    """Feeds are built without a problem, and no subscriber of the old feed sees an entry again."""
    lay(tmp_path, SITES[name].files)
    commands = lines(f"{name.lower()}.md")
    assert [each[0] for each in commands] == ["init", "build", "check"]
    against = commands[-1][commands[-1].index("--against") + 1]
    lay(tmp_path, {against: old_feed(SITES[name].ids)})
    for command in commands:
        done = run(*command, cwd=tmp_path)
        assert (done.status, done.err if command[0] != "check" else "") == (0, "")
    assert "0 existing entries that would appear as new" in done.out


ASTRO = {
    "astro.config.mjs": 'export default defineConfig({ site: "https://example.org" });',
    "src/pages/blog/[...slug].astro": "",
    "src/pages/rss.xml.js": "",
    "src/content/blog/first.md": "---\ntitle: A\npubDate: 2024-01-02\ntags: [a]\n---\nWords.\n",
    "src/content/blog/two.mdx": "---\ntitle: B\npubDate: Jul 08 2022\n---\nMore words.\n",
    "dist/rss.xml": old_feed(frozenset(f"https://example.org/blog/{each}/" for each in ("first", "two"))),
}
BOTS = {f"posts/{n}.md": post(f"Post {n}", tags="[a]", **{"from": f"https://n.example/{n % 3}"}) for n in range(9)}


@pytest.mark.parametrize(
    ("name", "files", "is_set", "entries"),
    [("astro.md", ASTRO, False, 2), ("astro.md", ASTRO, True, 2), ("archive.md", BOTS, True, 3)],
)
def test_settings_and_lines_of_a_page_work_together(
    name: str, files: dict[str, str], *, is_set: bool, entries: int, tmp_path: Path
) -> None:
    """The settings are taken as they stand, or those of `init`, and no command has a problem with them."""
    (settings,) = re.findall(r"^```toml\n(.*?)^```$", page(name), re.MULTILINE | re.DOTALL)
    lay(tmp_path, {**files, **({"feedtool.toml": settings} if is_set else {})})
    for command in lines(name):
        if command[0] == "init" and is_set:
            continue
        done = run(*command, cwd=tmp_path)
        assert done.status == 0
        assert not re.search(r"\b(warning|error):", done.err + done.out)
        if command[0] == "build":
            assert f"{entries} in" in done.out
