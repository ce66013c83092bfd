"""The build as its user meets it: what is written, what is left alone, what is said, and how it ends."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import TypeVar

import feedparser
import markdown_it
import pytest
from heavy import first, heavy, sampled
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import SITE_URL, UNPRIVILEGED, Run, build, lay, post, process, run, stamps, tree

from feedtool.build.parallel import Lost, Pools, Workers, serial
from feedtool.build.run import Workspace
from feedtool.build.run import run as run_build
from feedtool.config import Config, Feeds, Site

T = TypeVar("T")
R = TypeVar("R")

GOOD = post("Good", body="Good words, with a [link](https://example.org/a).", tags="[tea]")
GITHUB = {"GITHUB_ACTIONS": "true"}


def archive(count: int) -> dict[str, str]:
    """Return posts with everything that a build has to sort out: ties, duplicates, scripts, zones, bad dates."""
    files = {}
    for n in range(count):
        header = {
            "tags": f"[tag{n % 7}, '茶{n % 3}', C++, C]" if n % 2 else "[C#, News, news]",
            "categories": f"[分類{n % 4}]",
            "from": f"https://news.example.org/{n - n % 5}",
            "author": f"Author {n % 9}",
        }
        day = 1 + n % 28
        date = f"2024-{1 + n // 28 % 12:02}-{day:02}" if n % 3 else f"2024-01-{day:02} 10:00:00 +0800"
        text = post(
            f"標題 {n}",
            date=date,
            body=f"# Part {n}\n\nWords *{n}* of <b>tea</b>.\n\n- a\n- b[^1]\n\n[^1]: Note.",
            **header,
        )
        files[f"posts/{n % 4}/ü{n:03}.md"] = text
    return files


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder with a good post."""
    return lay(tmp_path / "site", {"posts/good.md": GOOD})


def entries(output: Path, entry_title: str = "Good") -> list[str]:
    """Return the entry of that title as it stands in each of the three documents of all posts, byte for byte."""
    atom = re.findall(r"<entry\b.*?</entry>", (output / "atom.xml").read_text(encoding="utf-8"), re.DOTALL)
    rss = re.findall(r"<item\b.*?</item>", (output / "rss.xml").read_text(encoding="utf-8"), re.DOTALL)
    items = [json.dumps(item) for item in json.loads((output / "feed.json").read_bytes())["items"]]
    return [
        entry for entry in [*atom, *rss, *items] if re.search(rf'(?:<title[^>]*>|"title": "){entry_title}["<]', entry)
    ]


# Same posts, same bytes.


def test_a_second_build_touches_nothing(tmp_path: Path) -> None:
    """The same bytes are not written again: every file keeps its time, and the summary says so."""
    lay(tmp_path, archive(30))
    build(cwd=tmp_path)
    before, times = tree(tmp_path / "output"), stamps(tmp_path / "output")
    again = build(cwd=tmp_path)
    assert (tree(tmp_path / "output"), stamps(tmp_path / "output")) == (before, times)
    assert re.search(rf"files +0 written, {len(before)} unchanged, 0 removed", again.out)


def test_the_same_posts_give_the_same_bytes_in_an_empty_folder(tmp_path: Path) -> None:
    """What an earlier build left does not matter where no term came or went."""
    lay(tmp_path, archive(30))
    build(cwd=tmp_path)
    build("--output", "other", cwd=tmp_path)
    assert tree(tmp_path / "output") == tree(tmp_path / "other")


def test_one_process_and_two_give_the_same_bytes(tmp_path: Path) -> None:
    """`--jobs` is a matter of speed."""
    lay(tmp_path, archive(130))
    runs = [
        process("build", "--jobs", jobs, "--site-url", SITE_URL, "--output", jobs, cwd=tmp_path) for jobs in ("1", "2")
    ]
    assert [done.status for done in runs] == [0, 0]
    assert tree(tmp_path / "1") == tree(tmp_path / "2")
    assert runs[0].err == runs[1].err


@pytest.mark.parametrize(
    "env",
    first(
        1,
        [
            {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
            {"TZ": "America/New_York", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "2"},
            {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONHASHSEED": "3"},
            {"LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8", "LC_TIME": "de_DE.UTF-8", "COLUMNS": "20"},
        ],
    ),
)
def test_the_machine_does_not_show_in_the_bytes(tmp_path: Path, env: dict[str, str]) -> None:
    """Another time zone, locale, hash seed or terminal: the same files with the same names."""
    lay(tmp_path, archive(20))
    build(cwd=tmp_path)
    done = process("build", "--jobs", "1", "--site-url", SITE_URL, "--output", "other", cwd=tmp_path, env=env)
    assert (done.status, tree(tmp_path / "other")) == (0, tree(tmp_path / "output"))


@pytest.mark.parametrize("seconds", [1_800_000_000, 3_000_000_000, 4_000_000_000])
def test_the_day_does_not_show_in_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """A build in 2027, 2065 or 2096 gives what today's gives."""
    lay(tmp_path, {**archive(20), "feedtool.toml": "[posts]\nfuture = true\n"})
    build(cwd=tmp_path)
    monkeypatch.setattr(time, "time_ns", lambda: seconds * 1_000_000_000)
    monkeypatch.setattr(time, "time", lambda: float(seconds))
    build("--output", "other", cwd=tmp_path)
    assert tree(tmp_path / "other") == tree(tmp_path / "output")


@pytest.mark.parametrize("is_cached", [True, False])
def test_the_parts_of_a_day_come_in_their_order(tmp_path: Path, is_cached: bool) -> None:  # noqa: FBT001
    """In every format, and a limit keeps the last of them; so does a part that is written later."""
    cache = [] if is_cached else ["--no-cache"]
    lay(tmp_path, {f"posts/2024-03-01-part-{n}.md": post(f"Part {n}", date="2024-03-01") for n in range(1, 13)})
    lay(tmp_path, {"feedtool.toml": "[feeds]\nlimit = 3\n"})
    for last in (12, 13):
        lay(tmp_path, {f"posts/2024-03-01-part-{last}.md": post(f"Part {last}", date="2024-03-01")})
        build(*cache, cwd=tmp_path)
        parts = [str(last), str(last - 1), str(last - 2)]
        for path in ("atom.xml", "rss.xml", "feed.json"):
            text = (tmp_path / "output" / path).read_text(encoding="utf-8")
            assert re.findall(r"""(?:<title[^>]*>|"title": ?")Part (\d+)""", text) == parts


def test_the_order_in_which_files_were_made_does_not_matter(tmp_path: Path) -> None:
    """Nor do their times: posts laid out backwards a century ago give the same bytes."""
    files = archive(30)
    lay(tmp_path / "a", files)
    lay(tmp_path / "b", dict(reversed(files.items())))
    for path in (tmp_path / "b").rglob("*.md"):
        os.utime(path, (0, 0))
    for name in "ab":
        build(cwd=tmp_path / name, env={})
    one, two = (tree(tmp_path / name / "output") for name in "ab")
    assert {path: content.replace(b">b<", b">a<") for path, content in two.items()}.keys() == one.keys()


def test_the_folder_of_the_site_may_move(tmp_path: Path) -> None:
    """With a title in the configuration, the place on the disk does not show."""
    for name in ("here", "there/deeper"):
        lay(tmp_path / name, {**archive(20), "feedtool.toml": '[site]\ntitle = "Notes"\n'})
        build(cwd=tmp_path / name)
    assert tree(tmp_path / "here" / "output") == tree(tmp_path / "there/deeper" / "output")


def backwards(
    function: Callable[[T], R], values: Iterable[T], /, *, chunk: int = 16, apart: Callable[[T], bool] | None = None
) -> Generator[tuple[T, R | Lost], None, None]:
    """Work from the last value to the first, as a pool of processes might."""
    del chunk, apart
    yield from reversed([(value, function(value)) for value in reversed(list(values))])


@heavy
@settings(max_examples=12)
@given(st.permutations(range(8)))
def test_shuffled_posts_give_the_same_documents(tmp_path_factory: pytest.TempPathFactory, order: list[int]) -> None:
    """Posts that move to other folders and are worked on in another order: byte for byte the same documents."""
    texts = [text for _, text in sorted(archive(40).items())][::5]
    config = Config(site=Site(title="Notes", url=SITE_URL), feeds=Feeds(limit=5))
    results = []
    for places, mapper in ((range(8), serial), (order, backwards)):
        base = tmp_path_factory.mktemp("site")
        lay(base, {f"posts/{place}/same.md": text for place, text in zip(places, texts, strict=True)})
        workers = Workers(posts=mapper, feeds=mapper, progress=lambda *_: None)
        place = Workspace(base=base, output=base / "out", cache=None, engine="", secret=b"own")
        run_build(config, place, Pools(readers=mapper, workers=lambda w=workers: w), now_ns=0)  # type: ignore[misc]
        results.append(tree(base / "out"))
    assert results[0] == results[1]


# Hostile posts beside a good one.

LONG = "長" * 400
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{b}: &{b} [{','.join(['*' + a] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE: dict[str, tuple[str, str | bytes, str]] = {
    "byte-order-mark": ("x.md", b"\xef\xbb\xbf" + post("X").encode(), "byte-order-mark"),
    "crlf": ("x.md", post("X").replace("\n", "\r\n"), "carriage-returns"),
    "big5": ("x.md", post("茶館", body="春天的早晨，老街的茶館開門了。").encode("big5"), "not-utf8"),
    "gb18030": ("x.md", post("茶馆", body="春天的早晨，老街的茶馆开门了。").encode("gb18030"), "not-utf8"),
    "utf-16": ("x.md", post("茶館", body="春天的早晨").encode("utf-16"), "not-utf8"),
    "utf-16-bare": ("x.md", post("茶館", body="春天的早晨").encode("utf-16-le"), "not-utf8"),
    "latin-1": ("x.md", post("Café", body="Déjà vu à l'été, près de la fenêtre.").encode("latin-1"), "not-utf8"),
    "empty": ("x.md", b"", "empty-file"),
    "nul": ("x.md", post("X\0Y", body="A\0B"), "forbidden-characters"),
    "controls": ("x.md", post("X\x0bY", body="A\x08\x1b\uffffB\ufffe"), "forbidden-characters"),
    "control-references": ("x.md", post("X&#11;&#0;Y", body="A&#8;&#x1F;B&#xFFFF;&#xD800;"), ""),
    "surrogate": ("x.md", post("X").encode() + b"\xed\xa0\x80", "not-utf8"),
    "alias-bomb": ("x.md", f"---\ntitle: X\ndate: 2024-01-01\n{BOMB}\ntags: *i\n---\nx", "header-too-complex"),
    "nested-tags": ("x.md", post("X", body="<div>" * 20_000 + "x"), ""),
    "nested-quotes": ("x.md", post("X", body=">" * 20_000 + "x"), ""),
    "nested-inline": ("x.html", post("X", body="<b><i>" * 10_000 + "x"), ""),
    "unclosed": ("x.md", "---\ntitle: X\ndate: 2024-01-01\n\nWords.\n", "unclosed-front-matter"),
    "content-key": ("x.md", post("X", content="[a]", handler="b", text="c"), ""),
    "duplicate-keys": ("x.md", "---\ntitle: X\ntitle: Y\ndate: 2024-01-01\n---\nx", "duplicate-key"),
    "number-title": ("x.md", "---\ntitle: 2023\ndate: 2024-01-01\n---\nx", "bare-title"),
    "boolean-title": ("x.md", "---\ntitle: yes\ndate: 2024-01-01\n---\nx", "bare-title"),
    "missing-title": ("x.md", "---\ndate: 2024-01-01\n---\nx", "missing-title"),
    "missing-everything": ("x.md", "x", "missing-date"),
    "tags-null": ("x.md", post("X", tags="null"), "no-terms"),
    "tags-number": ("x.md", post("X", tags="42"), ""),
    "tags-nested": ("x.md", post("X", tags="[a, [b, [c]]]"), "nested-terms"),
    "tags-string": ("x.md", post("X", tags="a b"), "terms-as-text"),
    "folder": ("x.md/y.md", post("X"), "not-a-file"),
    "stamp-nan": ("x.md", post("X", body="<!--NaN-->\nx"), "bad-timestamp"),
    "stamp-negative": ("x.md", post("X", body="<!---1704153600000-->\nx"), "bad-timestamp"),
    "stamp-seconds": ("x.md", post("X", body="<!--1704153600-->\nx"), "timestamp-unit"),
    "stamp-microseconds": ("x.md", post("X", body="<!--1704153600000000-->\nx"), "timestamp-unit"),
    "stamp-30": ("x.md", post("X", body=f"<!--{'1' * 30}-->\nx"), "bad-timestamp"),
    "bad-date": ("2024-01-01-x.md", post("X", date="2023-02-30"), "bad-date"),
    "invalid-date": ("x.md", post("X", date="Invalid Date"), "missing-date"),
    "old-file-name": ("1066-10-14-x.md", "x", "missing-date"),
    "source-script": ("x.md", post("X", **{"from": "javascript:alert(1)"}), "bad-url"),
    "source-broken": ("x.md", post("X", **{"from": "'http://[::1'"}, body="[a](http://[x) <a href='http://[y'>z</a>"), "bad-url"),
    "script": ("x.md", post("X", body="<script>alert(1)</script><a href='javascript:x' onclick='y'>z</a>"), ""),
    "cdata": ("x.md", post("X ]]> Y", body="]]> <![CDATA[ ]]&gt; &lt;/content&gt;</content></entry></feed>"), ""),
    "entities": ("x.md", post("X &lt;/title&gt; &amp;amp; &nosuch;", body="&nosuch; &amp;lt; & &#99999999;"), ""),
    "terms": ("x.md", post("X", tags="[../../etc/passwd, ., .., CON, '', '🐉', שלום, '\u202eabc', a/b, 'a\\b', '%00', '?', 'x:y']"), "empty-term"),
    "long-term": ("x.md", post("X", tags=f"[{LONG}, {LONG}b]"), "long-term"),
    "like-terms": ("x.md", post("X", tags='[Tea, TEA, "caf\\u00e9", "\\uff43afe\\u0301"]'), "similar-terms"),
    "term-template": ("x.md", post("X", tags="['{slug}', '{site}', '{{x}}', '{% x %}', '<b>', 'a\"b', \"it's\", '&amp;']"), ""),
    "liquid": ("x.md", post("X", body="{{ x }} {% nosuch %} {{< y >}} {% raw %}"), ""),
    "author-odd": ("x.md", "---\ntitle: X\ndate: 2024-01-01\nauthor: @x: y\n---\nx", "broken-header"),
    "language-odd": ("x.md", post("X", lang="'\"><x'"), "bad-language"),
    "enclosure-odd": ("x.md", post("X", enclosure="{url: 'javascript:x', type: a/b}"), "bad-enclosure"),
    "same-id": ("x.md", post("X", id="urn:x:1") + "", ""),
    "year-3000": ("x.md", post("X", date="3000-01-01"), "bad-date"),
    "year-1200": ("x.md", post("X", date="1200-01-01"), ""),
    "far-future": ("x.md", post("X", date="2150-01-01"), "waiting"),
    "toml": ("x.md", "+++\ntitle = [\n+++\nx", "unreadable-field"),
    "huge": ("x.md", post("X").encode() + b"word \n" * 1_700_000, "too-large"),
    "large": ("x.md", post("X").encode() + b"word " * 216_000, "entry-too-long"),
    "large-title": ("x.md", post("X" * 2_000_000), "header-too-large"),
    "large-terms": ("x.md", post("X", tags="[" + ", ".join(f"t{n}" for n in range(2500)) + "]"), "header-too-complex"),
}  # fmt: skip


#: one of each kind; all of them are built together below
LIGHT = "big5 alias-bomb unclosed folder terms".split()


@pytest.fixture(scope="module")
def good_entries(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the good post's entry of each format, built alone."""
    alone = lay(tmp_path_factory.mktemp("good") / "site", {"posts/good.md": GOOD})
    build(cwd=alone)
    return entries(alone / "output")


@pytest.mark.parametrize("name", sampled(HOSTILE, *LIGHT))
def test_a_hostile_post_harms_no_other(site: Path, good_entries: list[str], name: str) -> None:
    """The good post's entry is byte for byte what it is alone; the build ends well, and the file is named."""
    path, content, code = HOSTILE[name]
    lay(site / "posts", {path: content})
    before = tree(site.parent)
    done = build(cwd=site)
    output = site / "output"
    assert (done.status, "Traceback" in done.err, "internal-error" in done.err) == (0, False, False)
    assert (len(good_entries), entries(output)) == (3, good_entries)
    if code:
        assert re.search(rf"^posts/{re.escape(path.split('/')[0])}.*\[{code}\]", done.err, re.MULTILINE)
    after = tree(site.parent)
    assert {path: text for path, text in after.items() if not path.startswith("site/output/")} == before


@pytest.mark.parametrize("name", sampled(HOSTILE, *LIGHT))
def test_what_a_hostile_post_becomes_is_a_valid_feed(site: Path, name: str) -> None:
    """Every document is read without complaint by a program that nobody here wrote, and none is refused."""
    path, content, _ = HOSTILE[name]
    lay(site / "posts", {path: content})
    done = build("--limit", "3", cwd=site)
    assert "[verify-" not in done.err
    feeds = [text for place, text in tree(site / "output").items() if place.endswith(("s.xml", "m.xml"))]
    for text in feeds[:40]:
        parsed = feedparser.parse(text)
        assert (parsed.bozo, parsed.get("bozo_exception")) == (False, None)


def test_all_hostile_posts_together_harm_nobody(site: Path, good_entries: list[str]) -> None:
    """Sixty of them in one build, over two processes: the good post is as it was, in its feed of one tag too."""
    small = {name: case for name, case in HOSTILE.items() if not name.startswith("large")}
    lay(site / "posts", {f"{name}/{path}": content for name, (path, content, _) in small.items()})
    lay(site / "posts", {f"more/{n}.md": post(str(n), date="2023-01-01") for n in range(60)})
    done = process("build", "--jobs", "2", "--limit", "200", "--site-url", SITE_URL, cwd=site)
    assert (done.status, "Traceback" in done.err, "internal-error" in done.err) == (0, False, False)
    assert entries(site / "output") == good_entries
    feeds = json.loads((site / "output" / "feeds.json").read_bytes())["feeds"]
    (slug,) = [feed["slug"] for feed in feeds if (feed["kind"], feed["term"]) == ("tag", "tea")]
    assert b">Good<" in (site / "output" / "tag" / slug / "atom.xml").read_bytes()


def test_links_pipes_and_locked_files_harm_nobody(site: Path, good_entries: list[str]) -> None:
    """A symlink loop, a pipe and a file that may not be read: each is named, and the rest is built."""
    posts = site / "posts"
    lay(site, {"secret.md": post("Secret"), "posts/locked.md": post("Locked"), "posts/closed/a.md": post("Closed")})
    (posts / "loop").symlink_to(posts)
    (posts / "self.md").symlink_to("self.md")
    (posts / "secret.md").symlink_to(site / "secret.md")
    os.mkfifo(posts / "pipe.md")
    (posts / "locked.md").chmod(0)
    (posts / "closed").chmod(0)
    done = process("build", "--jobs", "1", "--site-url", SITE_URL, cwd=site, before=UNPRIVILEGED)
    (posts / "closed").chmod(0o755)
    assert (done.status, entries(site / "output")) == (0, good_entries)
    assert sorted(re.findall(r"^posts/(\S+?): .*\[([\w-]+)\]$", done.err, re.MULTILINE)) == [
        ("closed", "no-folder"),
        ("locked.md", "unreadable-file"),
        ("loop", "symbolic-link"),
        ("pipe.md", "not-a-file"),
        ("secret.md", "symbolic-link"),
        ("self.md", "symbolic-link"),
    ]
    assert b"Secret" not in b"".join(tree(site / "output").values())


def test_a_mistake_of_ours_costs_one_post(site: Path, good_entries: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a library fails on a body, that post is left out and named, and the good one is as it was."""
    lay(site / "posts", {"bad.md": post("Bad", body="BOOM")})
    render = markdown_it.MarkdownIt.render

    def failing(self: markdown_it.MarkdownIt, src: str, env: None = None) -> str:
        if "BOOM" in src:
            raise RecursionError("too deep")
        return str(render(self, src, env))

    monkeypatch.setattr(markdown_it.MarkdownIt, "render", failing)
    done = build(cwd=site)
    assert (done.status, entries(site / "output")) == (0, good_entries)
    assert "posts/bad.md: error: RecursionError: too deep  [internal-error]" in done.err


def test_a_file_that_shares_anothers_shown_name_keeps_its_text(site: Path) -> None:
    """Two names that look alike once escaped are two posts with two texts."""
    lay(site / "posts", {"a\x01.md": post("One", body="First."), "a\\x01.md": post("Two", body="Second.")})
    build(cwd=site)
    assert [re.findall("First|Second", entry)[0] for entry in entries(site / "output", "One")] == ["First"] * 3
    assert [re.findall("First|Second", entry)[0] for entry in entries(site / "output", "Two")] == ["Second"] * 3


# The output folder.


def test_nothing_is_written_outside_the_output_folder(tmp_path: Path) -> None:
    """Not beside it, not above it, whatever the posts are called."""
    site = lay(tmp_path / "site", archive(20))
    before = tree(tmp_path)
    build("--output", "public/feeds", cwd=site)
    written = {path: text for path, text in tree(tmp_path).items() if not path.startswith("site/public/feeds/")}
    assert written == before


def test_only_files_of_ours_are_removed(site: Path) -> None:
    """A format that is no longer asked for goes when it may; what somebody else put there stays."""
    build(cwd=site)
    lay(site / "output", {"CNAME": "feeds.example.org", "tag/tea/own.txt": "mine"})
    before = tree(site / "output")
    done = build("--format", "atom", cwd=site)
    assert before.keys() == tree(site / "output").keys()
    assert "tag/tea: note: 2 files that are no longer made: feed.json, rss.xml  [left-over]" in done.err
    done = build("--format", "atom", "--prune", cwd=site)
    left = tree(site / "output")
    assert ("CNAME" in left, "tag/tea/own.txt" in left) == (True, True)
    assert not [path for path in left if path.endswith(("rss.xml", "feed.json"))]
    assert re.search(r"files .* 4 removed", done.out)


def test_what_misleads_is_removed_at_once(site: Path) -> None:
    """Compressed copies that would grow old beside their feed, and the files of a host that is not ours any more."""
    lay(site, {"feedtool.toml": '[site]\nhost = ["apache", "netlify"]\n[feeds]\ntwins = ["gz"]\n'})
    build(cwd=site)
    before = tree(site / "output")
    assert {".htaccess", "_headers", "atom.xml.gz", "tag/tea/index.html.gz", "feeds.opml.gz"} <= before.keys()
    assert gzip.decompress(before["tag/tea/rss.xml.gz"]) == before["tag/tea/rss.xml"]
    lay(site, {"feedtool.toml": '[site]\nhost = "netlify"\n'})
    assert build("--strict", cwd=site).status == 0
    after = tree(site / "output")
    assert "_headers" in after
    assert ".htaccess" not in after
    assert not [path for path in after if path.endswith(".gz")]


def test_compressed_copies_are_known_for_ours_without_a_manifest(site: Path) -> None:
    """After a lost feeds.json they are written anew with their feeds, instead of growing old beside them."""
    lay(site, {"feedtool.toml": '[feeds]\ntwins = ["gz"]\n'})
    build(cwd=site)
    (site / "output/feeds.json").unlink()
    lay(site, {"posts/new.md": post("New", tags="[tea]", date="2030-01-01")})
    build(cwd=site)
    after = tree(site / "output")
    for name in ("atom.xml", "tag/tea/rss.xml", "tag/tea/index.html", "feeds.opml"):
        assert gzip.decompress(after[f"{name}.gz"]) == after[name]


def test_compressed_copies_cost_a_build_nothing(site: Path) -> None:
    """Neither they nor their feeds are touched where nothing changed; a lost one is made again."""
    lay(site, {"feedtool.toml": '[feeds]\ntwins = ["gz", "br"]\n'})
    build(cwd=site)
    before = stamps(site / "output")
    lay(site, {"posts/other.md": post("Other", tags="[coffee]", date="2001-01-01")})
    build(cwd=site)
    after = stamps(site / "output")
    assert {path for path in before if "tag/tea" in path} <= {path for path in after if after[path] == before.get(path)}
    (site / "output/tag/tea/rss.xml.gz").unlink()
    build(cwd=site)
    assert tree(site / "output").keys() == after.keys()


def test_a_feed_that_lost_its_last_entry_stays_valid_and_empty(site: Path) -> None:
    """Subscribers of a tag that nobody uses any more get no error."""
    lay(site / "posts", {"other.md": post("Other", tags="[coffee]")})
    build(cwd=site)
    (site / "posts" / "other.md").unlink()
    build(cwd=site)
    for name in ("atom.xml", "rss.xml"):
        parsed = feedparser.parse((site / "output" / "tag" / "coffee" / name).read_bytes())
        assert (parsed.bozo, parsed.entries, bool(parsed.feed.title)) == (False, [], True)
    again = stamps(site / "output")
    build(cwd=site)
    assert stamps(site / "output") == again


def test_an_address_survives_an_older_post(site: Path) -> None:
    """C++ was first; an older post about C that turns up later does not take its address away."""
    lay(site / "posts", {"cpp.md": post("Cpp", tags="[C++]")})
    build(cwd=site)
    lay(site / "posts", {"c.md": post("C", date="2001-01-01", tags="[C]")})
    build(cwd=site)
    assert ">Cpp<" in (site / "output" / "tag" / "c" / "atom.xml").read_text(encoding="utf-8")


def test_one_changed_post_touches_only_its_feeds(tmp_path: Path) -> None:
    """A feed that does not hold the post keeps its bytes and its time."""
    lay(tmp_path, {"posts/a.md": post("A", tags="[x]"), "posts/b.md": post("B", tags="[y]")})
    build(cwd=tmp_path)
    before = stamps(tmp_path / "output")
    lay(tmp_path, {"posts/b.md": post("B", tags="[y]", body="Other words.")})
    build(cwd=tmp_path)
    touched = {path for path, when in stamps(tmp_path / "output").items() if before[path] != when}
    assert {"atom.xml", "rss.xml", "feed.json", "tag/y/atom.xml"} <= touched
    assert not [path for path in touched if path.startswith("tag/x/")]


@pytest.mark.parametrize(
    "manifest", ["", "{", "[]", "null", '{"version": 99}', "[" * 100_000, "\ud7ff\x00", '{"feeds": {}}']
)
def test_a_damaged_manifest_ends_in_plain_words(site: Path, manifest: str) -> None:
    """It is named, and no file that it does not list is removed."""
    build(cwd=site)
    lay(site / "output", {"feeds.json": manifest, "own.txt": "mine"})
    done = build(cwd=site)
    assert "feeds.json" in done.err
    assert done.status in (0, 1)
    assert (site / "output" / "own.txt").exists()


def crafted(site: Path, name: str, change: Callable[[dict[str, object]], object]) -> None:
    """Change the manifest of the last build, or a part of its ledger."""
    manifest = json.loads((site / "output" / name).read_bytes())
    change(manifest)
    (site / "output" / name).write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    "path", ["../posts/good.md", "/etc/hostname", "..", "tag/../../posts/good.md", "C:\\x", "a\\..\\b", "", "a//b"]
)
def test_a_crafted_manifest_removes_nothing_elsewhere(site: Path, path: str) -> None:
    """A path that leads out of the output folder is refused."""
    build(cwd=site)
    crafted(site, "ledger/files.json", lambda part: part["files"].update({path: "0" * 64}))  # type: ignore[attr-defined]
    before = tree(site / "posts")
    done = build(cwd=site)
    assert (tree(site / "posts"), "Traceback" in done.err, done.status in (0, 1)) == (before, False, True)
    assert done.err


@pytest.mark.parametrize("slug", ["../x", "..", "/x", "a/b", "", "\\x", "atom.xml"])
def test_a_crafted_slug_leads_nowhere_else(site: Path, slug: str) -> None:
    """An address that the manifest claims is used only if it is the name of a folder."""
    build(cwd=site)
    before = {path for path in tree(site.parent) if not path.startswith("site/output/")}

    def change(manifest: dict[str, object]) -> None:
        manifest["feeds"][-1]["slug"] = slug  # type: ignore[index]

    crafted(site, "feeds.json", change)
    done = build(cwd=site)
    assert {path for path in tree(site.parent) if not path.startswith("site/output/")} == before
    assert ("Traceback" in done.err, done.status in (0, 1)) == (False, True)


def test_an_output_folder_that_is_a_file_is_told(site: Path) -> None:
    """Exit status 1, a clear word, and the file is as it was."""
    lay(site, {"taken": "mine"})
    for output in ("taken", "taken/feeds"):
        done = build("--output", output, cwd=site)
        assert (done.status, (site / "taken").read_text()) == (1, "mine")
        assert "taken" in done.err


def whole(site: Path, *, before: str) -> Run:
    """Build, change everything, build again where that must fail; the previous output is whole."""
    build(cwd=site)
    old, times = tree(site / "output"), stamps(site / "output")
    lay(site / "posts", {f"{n}.md": post(str(n), tags=f"[tag{n}, tea]", body="Words. " * 400) for n in range(30)})
    done = process("build", "--jobs", "1", "--site-url", SITE_URL, cwd=site, before=before)
    assert (tree(site / "output"), stamps(site / "output")) == (old, times)
    assert (done.status, "Traceback" in done.err) == (1, False)
    return done


def test_an_output_folder_that_may_not_be_written_is_told(site: Path) -> None:
    """Exit status 1, a clear word, and the previous output whole."""
    build(cwd=site)
    (site / "output").chmod(0o555)
    done = whole(site, before=UNPRIVILEGED)
    assert re.search(r"^feedtool: .*output: permission denied\. ", done.err, re.MULTILINE)


def test_a_disk_that_takes_no_more_leaves_the_previous_output_whole(site: Path) -> None:
    """A limit on the size of files stands for a disk that fills up in the middle of a build."""
    limit = "import resource, signal; resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))"
    done = whole(site, before=limit)
    assert re.search(r"^feedtool: .*(output|cache).*: .+", done.err, re.MULTILINE)


FULL_DISK = """
import atexit, ctypes, os, shutil
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x20000) or libc.mount(b"none", b"/", None, 0x44000, None):
    sys.exit(77)
shutil.move("output", "previous")
os.mkdir("output")
if libc.mount(b"none", b"output", b"tmpfs", 0, b"size=256k"):
    sys.exit(77)
shutil.copytree("previous", "output", dirs_exist_ok=True)
atexit.register(shutil.copytree, "output", "after")
"""


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root of Linux can mount a small disk")
def test_a_full_disk_leaves_the_previous_output_whole(site: Path) -> None:
    """No space left on the device: exit status 1, a clear word, and not a byte of the old output lost."""
    build(cwd=site)
    old = tree(site / "output")
    lay(site / "posts", {f"{n}.md": post(str(n), tags=f"[tag{n}, tea]", body="Words. " * 400) for n in range(60)})
    done = process("build", "--jobs", "1", "--site-url", SITE_URL, cwd=site, before=FULL_DISK)
    if done.status == 77:
        pytest.skip("this machine lets nobody mount a small disk")
    assert (done.status, tree(site / "after")) == (1, old)
    assert "the disk is full" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_something_in_the_place_of_a_feed_is_told(site: Path, jobs: str) -> None:
    """Also where a worker meets it; nothing has changed then."""
    lay(site / "posts", {f"{n}.md": post(str(n), tags=f"[tag{n}]") for n in range(20)})
    (site / "output/tag/tag7/atom.xml/mine").mkdir(parents=True)
    before = tree(site / "output")
    done = build("--jobs", jobs, cwd=site)
    assert (done.status, tree(site / "output")) == (1, before)
    assert "tag7/atom.xml: something that is not a file is where a file must be" in done.err


# How it ends, and what it says.


def test_a_build_without_problems_ends_with_0(site: Path) -> None:
    """And says nothing but its summary, where the page is, and what to do next."""
    done = build(cwd=site)
    assert (done.status, done.err) == (0, "")
    labels = [line.split("  ")[0] for line in done.out.splitlines()]
    numbers = ["posts read", "entries", "files", "bytes written", "problems", "seconds"]
    assert labels == [*numbers, "page", "next"]
    assert f"output/index.html, for {SITE_URL}" in done.out
    assert "feedtool publish" in done.out


def test_the_summary_counts(tmp_path: Path) -> None:
    """Posts, drafts, entries, feeds, duplicates, files and problems."""
    source = {"from": "https://example.org/1"}
    lay(
        tmp_path / "posts",
        {
            "a.md": post("A", tags="[x]", **source),
            "b.md": post("B", tags="[x]", **source),
            "c.md": post("C", lang="Klingon"),
            "d.md": post("D", draft="true"),
            "e.md": "",
        },
    )
    rows = dict(re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in build(cwd=tmp_path).out.splitlines())
    assert rows["posts read"] == "5 (1 post left out: draft, scheduled, expired or undated)"
    assert rows["entries"] == "2 in 2 feeds"
    assert rows["duplicates merged"] == "1"
    assert rows["problems"] == "1 error, 1 warning, 1 note"
    assert rows["bytes written"] == f"{sum(map(len, tree(tmp_path / 'output').values())):,}"


def test_quiet_says_only_what_is_wrong(site: Path) -> None:
    """No summary and no notes; warnings and errors stay."""
    assert build("--quiet", cwd=site) == Run(status=0, out="", err="")
    lay(site / "posts", {"x.md": post("X", lang="Klingon", tags="a b")})
    done = build("-q", cwd=site)
    assert (done.out, "bad-language" in done.err, "terms-as-text" in done.err) == ("", True, False)


@pytest.mark.parametrize(
    ("header", "status"), [({}, 0), ({"tags": "a b"}, 0), ({"lang": "Klingon"}, 1), ({"date": "soon"}, 1)]
)
def test_strict_fails_on_warnings_and_errors(site: Path, header: dict[str, str], status: int) -> None:
    """Notes are no reason to fail; what is good is written all the same."""
    lay(site / "posts", {"x.md": post("X", **header)})
    assert build("--strict", cwd=site).status == status
    assert build(cwd=site).status == 0
    assert (site / "output" / "atom.xml").exists()


@pytest.mark.parametrize(
    "files",
    [{"posts/a.md": ""}, {"posts/a.md": "No date."}, {"posts/a.md": post(draft="true")}, {"posts/a.png": ""}],
)
def test_nothing_to_build_ends_with_1_and_leaves_the_output(tmp_path: Path, files: dict[str, str]) -> None:
    """An empty posts folder is a mistake more often than a wish: nothing that is published goes."""
    lay(tmp_path, {"output/atom.xml": "previous", **files})
    done = build(cwd=tmp_path)
    assert (done.status, tree(tmp_path / "output")) == (1, {"atom.xml": b"previous"})
    assert "[nothing-to-build]" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nosuch",), ("--limit", "many"), ("--limit", "-1"), ("--jobs", "-1"), ("--format", "xml"), ("--site-url", "nowhere"),
        ("--config", "nowhere.toml"), ("--posts", ""), ("--output", ""), ("--output", "posts"), ("--output", "posts/x"), ("extra",),
        ("--site-url", "https://user:secret@example.org/"), ("--format", "atom", "--format", "atom"), ("--config", "posts"),
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_writes_nothing(site: Path, arguments: tuple[str, ...]) -> None:
    """The reason is told in plain words."""
    before = tree(site.parent)
    done = run("build", "--jobs", "1", *arguments, cwd=site)
    assert (done.status, tree(site.parent)) == (2, before)
    assert done.err


def test_unknown_commands_end_with_2(site: Path) -> None:
    """So does none at all, with a list of what there is."""
    assert run("nosuch", cwd=site).status == 2
    assert run(cwd=site).status == 2
    assert "build" in run("--help", cwd=site).out


def test_the_version_is_told(site: Path) -> None:
    """`--version` names the tool and its release."""
    assert re.fullmatch(r"feedtool \d+\.\d+\.\d+\S*\n", run("--version", cwd=site).out)


def test_the_module_is_the_command(site: Path) -> None:
    """`python -m feedtool` is the same as `feedtool`."""
    done = process(
        "build",
        "--quiet",
        "--site-url",
        SITE_URL,
        cwd=site,
        before="import runpy; runpy.run_module('feedtool', run_name='__main__')",
    )
    assert (done.status, (site / "output" / "atom.xml").exists()) == (0, True)


def test_a_flag_beats_the_file(site: Path) -> None:
    """And the file beats the default."""
    lay(
        site,
        {
            "feedtool.toml": '[site]\nurl = "https://file.example/"\n[feeds]\nformats = ["json"]\n[feeds.tag]\nlimit = 1\n',
            "posts/b.md": post("B", tags="[tea]"),
        },
    )
    run("build", "--jobs", "1", cwd=site)
    assert sorted(path for path in tree(site / "output") if "/" not in path) == [
        "entries.html",
        "feed.css",
        "feed.json",
        "feed.svg",
        "feeds.json",
        "feeds.opml",
        "index.html",
        *(path.name for path in (site / "output").glob("style-*.css")),
    ]
    tag = json.loads((site / "output/tag/tea/feed.json").read_bytes())
    assert (tag["feed_url"], len(tag["items"])) == ("https://file.example/tag/tea/feed.json", 1)
    build("--format", "rss", "--limit", "2", "--prune", cwd=site)
    parsed = feedparser.parse((site / "output/tag/tea/rss.xml").read_bytes())
    assert (len(parsed.entries), (site / "output/feed.json").exists()) == (2, False)


def test_paths_of_a_configuration_are_relative_to_it(tmp_path: Path) -> None:
    """A build from elsewhere reads and writes beside the file."""
    lay(
        tmp_path / "site",
        {"feedtool.toml": 'output = "public"\n[posts]\ndirs = ["entries"]\n', "entries/a.md": post("A")},
    )
    done = build("--config", "site/feedtool.toml", cwd=tmp_path)
    assert (done.status, (tmp_path / "site" / "public" / "atom.xml").exists()) == (0, True)


def test_several_posts_folders_are_one_site(tmp_path: Path) -> None:
    """`--posts` may be repeated."""
    lay(tmp_path, {"one/a.md": post("A"), "two/b.md": post("B")})
    build("--posts", "one", "--posts", "two", cwd=tmp_path)
    assert len(feedparser.parse((tmp_path / "output/atom.xml").read_bytes()).entries) == 2


def test_without_an_address_the_feeds_are_valid_for_local_use(site: Path) -> None:
    """One warning says what they lack."""
    done = run("build", "--jobs", "1", cwd=site)
    assert (done.status, done.err.count("[no-site-url]")) == (0, 1)
    assert feedparser.parse((site / "output/atom.xml").read_bytes()).feed.links[0].href.startswith("http://localhost")


def test_in_github_actions_problems_are_annotations(site: Path) -> None:
    """One line for each, with file and line, and nothing that could be taken for another command."""
    lay(
        site / "posts",
        {"x.md": '---\ntitle: "100%"\ndate: 2024-01-02\nlang: "a,b::c\\nd"\ntags: a b\n---\nx', "y.md": ""},
    )
    done = build(cwd=site, env=GITHUB)
    told = [line for line in done.err.splitlines() if line.startswith("::")]
    assert [re.sub(r"::.*", "", line[2:]) for line in told] == [
        "warning file=posts/x.md,line=4,title=bad-language",
        "notice file=posts/x.md,line=5,title=terms-as-text",
        "error file=posts/y.md,title=empty-file",
    ]
    assert not re.search("^::", build("--output", "other", cwd=site).err, re.MULTILINE)


def test_in_github_actions_the_summary_goes_to_its_page(site: Path) -> None:
    """A Markdown table is added behind what stands there."""
    lay(site, {"summary.md": "Before.\n"})
    build("--quiet", cwd=site, env={**GITHUB, "GITHUB_STEP_SUMMARY": str(site / "summary.md")})
    page = (site / "summary.md").read_text(encoding="utf-8")
    assert page.startswith("Before.\n")
    assert re.search(r"^\| posts read \| 1 \|$", page, re.MULTILINE)


def test_a_summary_page_that_cannot_be_written_is_told(site: Path) -> None:
    """The build is done; the page is a courtesy."""
    done = build(cwd=site, env={**GITHUB, "GITHUB_STEP_SUMMARY": str(site)})
    assert (done.status, "summary page" in done.err) == (0, True)


def test_problems_come_sorted_by_place(site: Path) -> None:
    """File by file, line by line, so that two runs can be compared."""
    lay(site / "posts", {f"{name}.md": post(name, lang="Klingon", author="{email: x}", tags="a b") for name in "cab"})
    places = re.findall(r"^(\S+\.md):(\d+)", build("-v", cwd=site).err, re.MULTILINE)
    assert places == sorted(places, key=lambda place: (place[0], int(place[1])))
    assert len(places) == 9


def test_no_title_steers_a_terminal(site: Path) -> None:
    """Escape sequences in names and values are shown, not sent."""
    lay(site / "posts", {"x\x1b]0;owned\x07.md": post("X", lang="'\u202eabc'"), "y.md": post("Y", tags="\u202ea b")})
    done = build(cwd=site)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", done.err + done.out)


def test_a_closed_pipe_is_no_error_of_ours(site: Path) -> None:
    """`feedtool build | head` ends without a traceback."""
    done = process(
        "build",
        "--site-url",
        SITE_URL,
        cwd=site,
        before="import os; os.close(1); r, w = os.pipe(); os.close(r); os.dup2(w, 1)",
    )
    assert "Traceback" not in done.err
