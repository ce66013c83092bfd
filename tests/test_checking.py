"""`feedtool check`: what a build would publish, what is wrong with it, and what subscribers would see; nothing is written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from runs import SITE_URL, Run, build, lay, post, run, tree

from feedtool.check.site import published


def check(*arguments: str, cwd: Path) -> Run:
    """Run `feedtool check` on a site."""
    return run("check", "--jobs", "1", "--site-url", SITE_URL, *arguments, cwd=cwd)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a site of three posts that was published."""
    for number in (1, 2, 3):
        text = f"---\ntitle: Number {number}\ndate: 2024-05-0{number}\ncategories: [C++]\nfrom: https://n.example/{number}\n"
        lay(tmp_path, {f"posts/{number}.md": f"{text}---\nWords of {number}.\n"})
    assert build(cwd=tmp_path).status == 0
    return tmp_path


def test_nothing_is_written(site: Path) -> None:
    """Neither feeds nor cache: a check may run anywhere."""
    lay(site, {"posts/4.md": post("New", date="2025-01-01")})
    shutil.rmtree(site / ".feedtool")
    before = tree(site)
    found = check(cwd=site)
    assert found.status == 0
    assert (
        "subscribers would see: 1 new entry, 0 existing entries that would appear as new, 0 gone, 0 duplicates"
        in found.out
    )
    assert tree(site) == before
    assert not (site / ".feedtool").exists()


def test_changed_ids_are_counted_before_they_are_published(site: Path) -> None:
    """Other ids, where nothing knows the published ones, are told; above the number allowed the check fails."""
    lay(site, {"feedtool.toml": '[posts]\nids = "source"\n', "old.xml": (site / "output/atom.xml").read_bytes()})
    shutil.rmtree(site / "output")
    shutil.rmtree(site / ".feedtool")
    found = check("--against", "old.xml", "--max-new", "2", cwd=site)
    assert found.status == 1
    assert "3 existing entries would appear as new or duplicated; --max-new allows 2" in found.err
    told = json.loads(check("--against", "old.xml", "--format", "json", cwd=site).out)
    assert told["subscribers"] == {"new": 0, "anew": 0, "gone": 3, "doubled": 3, "doubtful": 0}
    assert "all: warning: 3 of 3 entries: https://n.example/1  [doubled]" in found.out
    assert "0 new entries, 0 existing entries that would appear as new, 3 gone, 3 duplicates" in found.out
    assert check("--against", "old.xml", "--max-new", "3", cwd=site).status == 0
    assert check("--against", "old.xml", "--strict", cwd=site).status == 1


def test_a_guard_without_anything_to_guard_fails(site: Path) -> None:
    """With --max-new, a check that knows nothing of what is published does not pass for one that found nothing."""
    shutil.rmtree(site / "output")
    shutil.rmtree(site / ".feedtool")
    found = check("--max-new", "0", cwd=site)
    assert found.status == 1
    assert "name the published feeds with --against" in found.err
    assert check(cwd=site).status == 0


@pytest.mark.parametrize("option", [("--max-new", "0"), ("--against", "old.xml")], ids=" ".join)
def test_files_are_not_compared_in_silence(option: tuple[str, str], site: Path) -> None:
    """A comparison is of one's own feeds; with files, it is refused and not left out."""
    found = run("check", *option, "posts", cwd=site)
    assert (found.status, found.out) == (2, "")
    assert "name no files" in found.err


def test_a_folder_without_feeds_is_said(site: Path) -> None:
    """A mistyped folder is no clean one; an address is not fetched."""
    for name in ("posts", "https://example.org/feed.xml"):
        found = run("check", name, cwd=site)
        assert found.status == 1
    assert "nothing was checked  [no-feeds]" in run("check", "posts", cwd=site).out


def test_deleted_and_backdated_posts_are_told_apart_from_new_ones(site: Path) -> None:
    """One goes, one comes that is older than the rest, one comes on top."""
    (site / "posts/2.md").unlink()
    old = "---\ntitle: Old\ndate: 2020-01-01\n---\nWords.\n"
    lay(site, {"posts/old.md": old, "posts/new.md": old.replace("2020", "2025")})
    found = check("--max-new", "0", cwd=site)
    assert found.status == 1
    assert "1 new entry, 1 existing entry that would appear as new, 1 gone, 0 duplicates" in found.out


def test_a_renamed_category_loses_nobody(site: Path) -> None:
    """With an alias the feed of the old name goes on as that of the new one."""
    lay(site, {"feedtool.toml": '[aliases]\n"C++" = "Programs"\n'})
    found = check("--max-new", "0", "--strict", cwd=site)
    assert (found.status, found.err) == (0, "")
    assert "0 new entries, 0 existing entries that would appear as new, 0 gone, 0 duplicates" in found.out


def test_an_old_feed_serves_for_comparison(site: Path) -> None:
    """Before moving here, the feed that people have: any Atom, RSS or JSON feed."""
    for name in ("atom.xml", "rss.xml", "feed.json"):
        lay(site, {f"old/{name}": (site / "output" / name).read_bytes()})
        same = check("--against", f"old/{name}", "--max-new", "0", cwd=site)
        assert same.status == 0, same.out
        assert "0 new entries, 0 existing entries that would appear as new, 0 gone, 0 duplicates" in same.out
    other = (site / "old/atom.xml").read_text().replace("urn:uuid:", "tag:old.example,2020:")
    lay(site, {"old/atom.xml": other})
    assert "3 gone, 3 duplicates" in check("--against", "old/atom.xml", cwd=site).out


@pytest.mark.parametrize(
    ("date", "milliseconds"),
    [
        ("Thu, 29 Feb 2024 12:30:00 GMT", 1_709_209_800_000),
        ("2024-02-29T12:30:00.25Z", 1_709_209_800_250),
        ("2024-02-29T20:30:00+0800", 1_709_209_800_000),
        ("2024-02-29 12:30:00", 1_709_209_800_000),
        ("29 Feb 2024 12:30:00 -0000", 1_709_209_800_000),
        ("soon", 0),
    ],
)
def test_dates_of_an_old_feed_mean_the_same_on_every_machine(date: str, milliseconds: int) -> None:
    """Old feeds write dates in many forms; one without a zone counts as UTC, wherever the check runs."""
    feed = f"<rss><channel><item><guid>1</guid><pubDate>{date}</pubDate></item></channel></rss>"
    feeds = published({"feeds.json": feed.encode()})
    assert feeds
    assert feeds["all", ""]["1"].published_ms == milliseconds


@pytest.mark.parametrize(
    "content", [b"", b"<html/>", b"{}", b'{"items": 1}', b"\xff\xfe", b'{"version": 1, "files": []}']
)
def test_what_is_no_feed_serves_for_nothing(site: Path, content: bytes) -> None:
    """It is said, and the check fails."""
    lay(site, {"old": content})
    found = check("--against", "old", cwd=site)
    assert found.status == (0 if content == b"<html/>" else 1) or "nothing-known" in found.out
    assert "Traceback" not in found.out + found.err


def test_a_lost_output_keeps_its_addresses(site: Path, tmp_path: Path) -> None:
    """In CI the output starts empty: what was published elsewhere says who has which address and which id."""
    lay(site, {"posts/0.md": "---\ntitle: C\ndate: 2001-01-01\ncategories: [C]\n---\nWords.\n"})
    build(cwd=site)
    before = tree(site / "output")
    (site / "output").rename(tmp_path / "published")
    build("--against", str(tmp_path / "published/feeds.json"), cwd=site)
    assert tree(site / "output") == before
    shutil.rmtree(site / "output")
    shutil.rmtree(site / ".feedtool")
    build(cwd=site)
    assert tree(site / "output").keys() != before.keys()  # C came first now, and took what was C++'s


def test_a_lost_output_is_remembered_beside_the_cache(site: Path) -> None:
    """Ids and addresses outlive the output while the cache is there, of any release, and the build says what it did."""
    (site / "posts/1.md").rename(site / "posts/renamed.md")
    lay(site, {"posts/renamed.md": (site / "posts/renamed.md").read_text().replace("05-01", "05-04")})
    build(cwd=site)
    before = tree(site / "output")
    shutil.rmtree(site / "output")
    (site / ".feedtool/cache.sqlite").write_bytes(b"of another release")
    found = build(cwd=site)
    assert "feeds.json: warning: the output folder does not have it  [lost-manifest]" in found.err
    assert tree(site / "output") == before
    assert "lost-manifest" not in build("--no-cache", cwd=site).err
    shutil.rmtree(site / "output")
    assert check("--max-new", "0", cwd=site).status == 0


@pytest.mark.parametrize("damage", ["a link", "words", "another program's"])
def test_a_copy_that_is_not_ours_is_not_used(damage: str, site: Path) -> None:
    """A folder of the cache may come from strangers: what is no manifest there counts as nothing."""
    (copy,) = (site / ".feedtool").glob("published-*/feeds.json")
    lay(site, {"other.json": copy.read_bytes()})
    shutil.rmtree(site / "output")
    copy.unlink()
    if damage == "a link":
        copy.symlink_to(site / "other.json")
    else:
        copy.write_text("words" if damage == "words" else '{"mine": 1}')
    found = build(cwd=site)
    assert (found.status, "lost-manifest" in found.err) == (0, False)
    assert json.loads((site / "other.json").read_text())["feeds"]


@pytest.mark.parametrize("answer", [b"", b"<html>Not here</html>", b'{"version": 1, "feeds": [', b"\x1f\x8b no"])
def test_a_bad_answer_publishes_nothing(site: Path, answer: bytes) -> None:
    """What is no manifest does not pass for an empty one, for then every id and address would be made anew."""
    lay(site, {"answer": answer})
    shutil.rmtree(site / "output")
    found = build("--against", "answer", cwd=site)
    assert found.status == 1
    assert "--against answer" in found.err
    assert not (site / "output").exists()


@pytest.fixture
def server(site: Path) -> Iterator[str]:
    """Serve the site's folder on loopback, and give its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as http:
        thread = Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}"
        http.shutdown()
        thread.join()


def test_the_published_manifest_may_lie_on_the_web(site: Path, server: str) -> None:
    """`--against URL` reads it there; where nothing was published yet a build goes on, and says so."""
    found = check("--against", f"{server}/output/feeds.json", "--max-new", "0", cwd=site)
    assert found.status == 0, found.err
    shutil.copytree(site / "posts", site / "other/posts")
    first = build("--against", f"{server}/nothing.json", cwd=site / "other")
    assert first.status == 0
    assert "nothing.json: the server answered 404" in first.err
    assert check("--against", f"{server}/nothing.json", cwd=site).status == 1
    gone = build("--against", "http://127.0.0.1:9/feeds.json", "--output", "fresh", cwd=site)
    assert gone.status == 1
    assert not (site / "fresh").exists()


def test_a_published_feed_is_checked_at_its_address(site: Path, server: str) -> None:
    """It is fetched, and what is not there is one line; no file of that name is looked for."""
    found = run("check", f"{server}/output/rss.xml", cwd=site)
    assert found.status == 0, found.out
    assert "[check-self-link]" in found.out or "0 errors" in found.out
    gone = run("check", f"{server}/nothing.xml", cwd=site)
    assert (gone.status, gone.out, gone.err.count("\n")) == (1, "", 1)
    assert "the server answered 404" in gone.err


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_finding_is_said_once_for_a_post(tmp_path: Path, count: int) -> None:
    """However many feeds and formats hold its entry; and what feedtool has cured is not said at all."""
    lay(tmp_path, {"feedtool.toml": '[site]\nlanguage = "en"\ntitle = "T"\n[posts]\nfuture = true\n'})
    player = '<iframe src="https://www.youtube.com/embed/abc"></iframe>'
    for number in range(count):
        lay(
            tmp_path,
            {f"posts/{number}.md": post(f"P{number}", date="2095-01-01", tags="[a, b, c]", body=f"{player} {number}")},
        )
    found = json.loads(check("--format", "json", cwd=tmp_path).out)["problems"]
    told = [(each["path"], each["code"]) for each in found if each["code"].startswith("check-")]
    ahead = [each for each in found if each["code"] == "check-date-doubtful" and each["path"].startswith("posts/")]
    assert sorted(f"posts/{number}.md" for number in range(count)) == [each["path"] for each in ahead]
    assert len(told) == len(set(told))
    assert "check-html-frame" not in {code for _, code in told}
    assert all("(in 12 files)" in each["message"] for each in ahead)


def test_the_address_may_stand_in_the_configuration(site: Path, server: str) -> None:
    """`site.published` serves a fresh checkout like --against, for builds and checks."""
    title = f'[site]\ntitle = "{site.name}"\n'
    lay(site, {"posts/0.md": "---\ntitle: C\ndate: 2001-01-01\ncategories: [C]\n---\nWords.\n", "feedtool.toml": title})
    build(cwd=site)
    there = site / "fresh"
    shutil.copytree(site / "posts", there / "posts")
    lay(there, {"feedtool.toml": f'{title}published = "{server}/output/feeds.json"\n'})
    looked = check("--max-new", "0", cwd=there)
    assert (looked.status, "0 new entries" in looked.out) == (0, True)
    assert build("--no-cache", cwd=there).status == 0
    assert tree(there / "output") == tree(site / "output")


@pytest.mark.parametrize("place", ["web", "file"])
@pytest.mark.parametrize("damage", ["missing", "words"])
def test_a_ledger_is_read_whole_or_not_at_all(place: str, damage: str, site: Path, server: str) -> None:
    """Where a part of it cannot be read, nothing is built: else the entries in it would get other ids."""
    (part,) = (site / "output/ledger").glob("2*.json")
    part.unlink()
    if damage == "words":
        part.write_text("words")
    against = f"{server}/output/feeds.json" if place == "web" else "output/feeds.json"
    found = build("--against", against, "--output", "fresh", "--no-cache", cwd=site)
    assert (found.status, f"ledger/{part.name}" in found.err, (site / "fresh").exists()) == (1, True, False)


@pytest.mark.parametrize("page", ["<!DOCTYPE html><p>Not here.", "\n<html><body>Welcome</body></html>"])
def test_a_page_in_the_place_of_the_manifest_is_a_first_publication(page: str, site: Path, server: str) -> None:
    """Some hosts answer with their front page and status 200 for what does not exist."""
    lay(site, {"nothing.json": page})
    found = build("--against", f"{server}/nothing.json", "--output", "fresh", "--no-cache", cwd=site)
    assert (found.status, "answers with a page; nothing is published there yet" in found.err) == (0, True)
    for is_local in (True, False):  # what was built here says nothing of that address
        found = check("--against", f"{server}/nothing.json", cwd=site)
        assert (found.status, "answers with a page" in found.err, "for the first time" in found.out) == (0, True, True)
        assert check("--max-new", "0", "--against", f"{server}/nothing.json", cwd=site).status == 1
        if is_local:
            shutil.rmtree(site / "output")
            shutil.rmtree(site / ".feedtool")


def test_any_feed_can_be_checked(site: Path) -> None:
    """Files and folders by name, with line, code and cure; an error is an exit status of 1."""
    assert check_files("output", cwd=site).status == 0
    broken = (site / "output/rss.xml").read_text().replace("<guid", "<guide").replace("</guid", "</guide")
    lay(site, {"broken.xml": broken.replace("<pubDate>", "<pubDate>no ")})
    found = check_files("broken.xml", cwd=site)
    assert found.status == 1
    assert "broken.xml:" in found.out
    assert check_files("missing.xml", cwd=site).status == 1


def check_files(*arguments: str, cwd: Path) -> Run:
    """Run `feedtool check` on files."""
    return run("check", *arguments, cwd=cwd)


def test_findings_come_as_programs_want_them(site: Path) -> None:
    """JSON, SARIF 2.1.0, annotations of GitHub Actions."""
    lay(site, {"broken.xml": "<rss version='2.0'><channel><title>T</title></channel></rss>"})
    found = json.loads(check_files("broken.xml", "--format", "json", cwd=site).out)
    assert "subscribers" not in found
    assert found["counts"]["error"] == len([one for one in found["problems"] if one["level"] == "error"]) > 0
    sarif = json.loads(check_files("broken.xml", "--format", "sarif", cwd=site).out)
    assert sarif["version"] == "2.1.0"
    assert sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "broken.xml"
    assert (
        "::error file=broken.xml,line=1,title=check-" in check_files("broken.xml", "--format", "github", cwd=site).out
    )
    assert check_files("broken.xml", "--format", "yaml", cwd=site).status == 2
