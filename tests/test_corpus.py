"""Real posts: 1,238 of them, as bots and people wrote them, make valid feeds. Needs the corpus, which is not part of the project."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

import feedparser
import pytest
from heavy import heavy
from runs import SITE_URL, Run, lay, process, tree

from feedtool.build.discovery import Search, find_posts, load
from feedtool.reader import merge, read_post

pytestmark = heavy


@pytest.fixture(scope="module")
def corpus(shared: Path) -> Path:
    """Return the folder of real posts."""
    posts = shared / "corpus" / "posts"
    if not posts.is_dir():
        pytest.skip("no corpus among the samples")
    return posts


@pytest.fixture(scope="module")
def built(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """Build the corpus with defaults, as the README says, and return where and what was said."""
    base = tmp_path_factory.mktemp("corpus")
    done = process("build", "--posts", str(corpus), "--site-url", SITE_URL, "--jobs", "2", cwd=base, timeout=300)
    return base / "output", done


@pytest.fixture(scope="module")
def whole(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the corpus without any limit, and return the output folder."""
    base = tmp_path_factory.mktemp("whole")
    lay(base, {"feedtool.toml": f'[site]\nurl = "{SITE_URL}"\n[feeds]\nformats = ["json"]\nlimit = 0\nmax_bytes = 0\n'})
    done = process("build", "--posts", str(corpus), "--quiet", cwd=base, timeout=300)
    assert done.status == 0
    return base / "output"


@pytest.fixture(scope="module")
def terms(corpus: Path) -> Mapping[tuple[str, str], set[str]]:
    """Return the ids of the stories that carry each category and tag."""
    files, _ = find_posts(Search((str(corpus),)), Path())
    posts = [post for file in files if (post := read_post(load(file.path), file.name).post)]
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for story in merge(posts)[0]:
        for kind, names in (("all", ("",)), ("category", story.categories), ("tag", story.tags)):
            for name in names:
                found[kind, name].add(story.id)
    return found


def manifest(output: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Return the addresses of each feed by kind and term, as programs read them."""
    feeds = json.loads((output / "feeds.json").read_bytes())["feeds"]
    return {(feed["kind"], feed["term"]): feed["urls"] for feed in feeds}


def place(output: Path, url: str) -> Path:
    """Return the file behind an address of the site."""
    return output / unquote(url.removeprefix(SITE_URL))


def test_real_posts_are_built_without_a_fault(built: tuple[Path, Run]) -> None:
    """Exit status 0, no traceback, nothing refused, no mistake of ours."""
    _, done = built
    assert (done.status, "Traceback" in done.err, "internal-error" in done.err, "[verify-" in done.err) == (
        0,
        False,
        False,
        False,
    )


def test_every_unusable_thing_is_told_with_its_place(built: tuple[Path, Run], corpus: Path) -> None:
    """Each problem of a post names the file."""
    _, done = built
    lines = [line for line in done.err.splitlines() if not line.startswith("    ")]
    counted = re.compile(r"and \d+ more kinds: .*|-v lists every occurrence, .*|warning: site.*|note: feeds\.limit: .*")
    assert [line for line in lines if not line.startswith(str(corpus)) and not counted.fullmatch(line)] == []


def test_every_category_and_every_tag_has_its_three_documents(
    built: tuple[Path, Run], terms: Mapping[tuple[str, str], set[str]]
) -> None:
    """Each term of each post has RSS, Atom and JSON, at the addresses that the manifest lists."""
    output, _ = built
    feeds = manifest(output)
    assert feeds.keys() == terms.keys()
    for urls in feeds.values():
        assert [place(output, urls[form]).is_file() for form in ("atom", "rss", "json")] == [True] * 3


def test_every_dated_post_is_in_its_feeds(whole: Path, terms: Mapping[tuple[str, str], set[str]]) -> None:
    """Without limits nothing is missing: not from the feed of all, not from that of any term."""
    feeds = manifest(whole)
    for key, ids in terms.items():
        items = json.loads(place(whole, feeds[key]["json"]).read_bytes())["items"]
        assert {item["id"] for item in items} == ids


def test_feedparser_reads_all_of_it(built: tuple[Path, Run]) -> None:
    """No document is malformed to a reader's eye, and each entry has id, title, link and date."""
    output, _ = built
    documents = {path: text for path, text in tree(output).items() if path.endswith(("atom.xml", "rss.xml"))}
    assert documents
    for path, text in documents.items():
        parsed = feedparser.parse(text, sanitize_html=False, resolve_relative_uris=False)
        assert (path, parsed.bozo) == (path, False)
        assert all(entry.id and entry.title and entry.link and entry.published_parsed for entry in parsed.entries)


def test_another_build_of_real_posts_touches_nothing(built: tuple[Path, Run], corpus: Path) -> None:
    """Not one of thousands of files changes."""
    output, _ = built
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*") if path.is_file()}
    again = process(
        "build", "--posts", str(corpus), "--site-url", SITE_URL, "--jobs", "1", cwd=output.parent, timeout=300
    )
    assert again.status == 0
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*") if path.is_file()} == before


@pytest.mark.skipif("FEEDTOOL_VALIDATE" not in os.environ, reason="takes minutes; set FEEDTOOL_VALIDATE to run it")
def test_the_validators_find_no_error(built: tuple[Path, Run], shared: Path) -> None:
    """W3C, libxml2, jing, feedparser and others agree: every feed is valid."""
    peers = Path(os.environ.get("PEERS") or Path(tempfile.gettempdir()) / "peers")
    if not (peers / "feedvalidator").is_dir():
        pytest.skip("the validators are not set up: run the harness' setup.sh")
    output, _ = built
    validate = [sys.executable, str(shared / "harness" / "validate.py"), str(output), "--base-url", SITE_URL]
    done = subprocess.run(validate, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
