"""Publishing into a bucket: what is put, with which headers, in which order, and what is not."""

from __future__ import annotations

import json
from pathlib import Path

import obstore
import pytest
from heavy import heavy
from obstore.store import S3Store, from_url
from runs import SITE_URL, lay, post, run, tree

from publish.servers import SECRET, Rclone, recorder, s3_variables
from publish.sites import DAY_MS, NOON_MS, POSTS, TARGET, assert_whole, in_store, paths, publish_it, put, site, world

ARCHIVES = """
[feeds]
archives = true
limit = 2
twins = ["gz"]
"""


def many(count: int = 12) -> dict[str, str]:
    """Return a post for each of so many years."""
    return {
        f"posts/{year}.md": post(f"Year {year}", date=f"{year}-05-06T07:08:09Z") for year in range(2024 - count, 2024)
    }


def bucket() -> S3Store:
    """Return the store as another program would see it."""
    store = from_url(TARGET)
    assert isinstance(store, S3Store)
    return store


def headers(path: str) -> dict[str, str]:
    """Return the headers that an object comes with."""
    return dict(obstore.get(bucket(), path, options={"head": True}).attributes)


def test_all_that_a_build_made_is_in_the_bucket(tmp_path: Path, s3: Rclone) -> None:
    """Byte for byte, and nothing else; names in any script come out as they went in."""
    folder = site(tmp_path / "site")
    said = publish_it(TARGET, cwd=folder)
    assert said.status == 0, said.err
    assert in_store(s3.folder / "bucket" / "feeds") == tree(folder / "output")
    assert "category/新聞/atom.xml" in in_store(s3.folder / "bucket" / "feeds")
    assert f"objects uploaded  {len(tree(folder / 'output'))}\n" in said.out


def test_every_object_comes_with_its_type_and_for_how_long_it_keeps(tmp_path: Path, s3: Rclone) -> None:
    """A store guesses nothing: feeds in UTF-8, checked again after ten minutes; closed archives for good."""
    del s3
    folder = site(tmp_path / "site", many(), ARCHIVES)
    assert publish_it(TARGET, cwd=folder).status == 0
    feed = headers("atom.xml")
    assert ("application/xml; charset=utf-8", "public, max-age=600, must-revalidate") == (
        feed["Content-Type"],
        feed["Cache-Control"],
    )
    assert "Content-Encoding" not in feed
    assert headers("feed.json")["Content-Type"] == "application/feed+json; charset=utf-8"
    assert headers("feeds.opml")["Content-Type"] == "text/x-opml; charset=utf-8"
    assert headers("feeds.json")["Content-Type"] == "application/json; charset=utf-8"
    assert headers("index.html")["Content-Type"] == "text/html; charset=utf-8"
    documents = sorted(path for path in tree(folder / "output") if path.endswith(".rss.xml"))
    kept = [headers(path)["Cache-Control"] for path in documents]
    assert ["public, max-age=31536000, immutable"] * (len(documents) - 1) == kept[:-1]
    assert kept[-1] == "public, max-age=600, must-revalidate"
    assert headers(documents[0])["Content-Type"] == "application/xml; charset=utf-8"


def test_a_compressed_copy_is_an_object_of_its_own(tmp_path: Path, s3: Rclone) -> None:
    """A store does not negotiate: the plain name is plain for everybody, and the copy says how it is compressed."""
    del s3
    folder = site(tmp_path / "site", many(), ARCHIVES)
    assert publish_it(TARGET, cwd=folder).status == 0
    twin = headers("atom.xml.gz")
    assert ("application/xml; charset=utf-8", "gzip") == (twin["Content-Type"], twin["Content-Encoding"])
    assert bytes(bucket().get("atom.xml").bytes()) == (folder / "output" / "atom.xml").read_bytes()


def test_nothing_changed_puts_nothing(tmp_path: Path, s3: Rclone) -> None:
    """The second run writes no object, not even its own record."""
    folder = site(tmp_path / "site")
    publish_it(TARGET, cwd=folder)
    before = {path: path.stat().st_mtime_ns for path in (s3.folder / "bucket").rglob("*")}
    said = publish_it(TARGET, cwd=folder)
    assert (0, True) == (said.status, "objects uploaded  0\n" in said.out)
    assert {path: path.stat().st_mtime_ns for path in (s3.folder / "bucket").rglob("*")} == before


def test_a_changed_post_puts_its_feeds_alone(tmp_path: Path, s3: Rclone) -> None:
    """What a build changed is what goes over the wire."""
    folder = site(tmp_path / "site")
    put(folder)
    old = tree(folder / "output")
    site(folder, {**POSTS, "posts/tea.md": post("Tea", categories="[tea, 新聞]", body="Better words.")})
    new = tree(folder / "output")
    assert {path for path in new if new[path] != old[path]} == paths(put(folder))
    assert not any("rice" in path for path in new if new[path] != old[path])
    assert in_store(s3.folder / "bucket" / "feeds") == new


@pytest.mark.parametrize("damage", ["gone", "longer", "same length"])
def test_what_somebody_damaged_in_the_store_is_put_again(tmp_path: Path, s3: Rclone, damage: str) -> None:
    """The manifest's word is not enough: an object that is missing, or another, counts as absent."""
    folder = site(tmp_path / "site")
    put(folder)
    content = (folder / "output" / "rss.xml").read_bytes()
    if damage == "gone":
        bucket().delete("rss.xml")
    else:
        bucket().put("rss.xml", content + b" " if damage == "longer" else content[:-1] + b" ")
    assert paths(put(folder)) == {"rss.xml"}
    assert in_store(s3.folder / "bucket" / "feeds") == tree(folder / "output")


def test_what_is_no_longer_made_goes_when_its_time_has_come(tmp_path: Path, s3: Rclone) -> None:
    """It stays for the grace that was asked for, counted from when it was no longer listed, and goes then."""
    folder = site(tmp_path / "site")
    put(folder)
    lay(folder, {"feedtool.toml": '[feeds]\nformats = ["atom", "rss"]\n'})
    assert run("build", "--prune", "--site-url", SITE_URL, "--jobs", "1", cwd=folder).status == 0
    stored = s3.folder / "bucket" / "feeds"
    first = put(folder, place=world(NOON_MS))
    assert (0, True) == (first.removed, (stored / "feed.json").exists())
    assert "obsolete-object" in {problem.code for problem in first.problems}
    later = put(folder, place=world(NOON_MS + 7 * DAY_MS - 1))
    assert (0, 0, True) == (later.put, later.removed, (stored / "feed.json").exists())
    last = put(folder, place=world(NOON_MS + 7 * DAY_MS))
    assert (0, len(first.plan.obsolete), False) == (last.put, last.removed, (stored / "feed.json").exists())
    assert in_store(stored) == tree(folder / "output")
    again = put(folder, place=world(NOON_MS + 8 * DAY_MS))
    assert (0, 0, ()) == (again.put, again.removed, again.changed)


@heavy
def test_what_comes_back_within_its_grace_stays(tmp_path: Path, s3: Rclone) -> None:
    """A feed that is made again is no longer on its way out."""
    folder = site(tmp_path / "site")
    put(folder)
    lay(folder, {"feedtool.toml": '[feeds]\nformats = ["atom", "rss"]\n'})
    run("build", "--prune", "--site-url", SITE_URL, "--jobs", "1", cwd=folder)
    put(folder, place=world(NOON_MS))
    site(folder)
    assert "feed.json" not in paths(put(folder, place=world(NOON_MS + DAY_MS)))
    last = put(folder, place=world(NOON_MS + 30 * DAY_MS))
    assert (0, 0) == (last.put, last.removed)
    assert_whole(in_store(s3.folder / "bucket" / "feeds"))


def test_somebody_elses_objects_are_left_alone(tmp_path: Path, s3: Rclone) -> None:
    """Not removed, and not replaced where they stand in the way; that is said, and --force replaces them."""
    folder = site(tmp_path / "site")
    bucket().put("index.html", b"<h1>My own page</h1>")
    bucket().put("photos/cat.jpg", b"cat")
    said = publish_it(TARGET, "--grace", "0", cwd=folder)
    assert (0, True) == (said.status, "[foreign-object]" in said.err)
    stored = s3.folder / "bucket" / "feeds"
    assert publish_it(TARGET, "--grace", "0", cwd=folder).status == 0
    assert (stored / "index.html").read_bytes() == b"<h1>My own page</h1>"
    assert (stored / "photos" / "cat.jpg").read_bytes() == b"cat"
    assert publish_it(TARGET, "--force", cwd=folder).status == 0
    assert (stored / "index.html").read_bytes() == (folder / "output" / "index.html").read_bytes()


@pytest.mark.parametrize("path", ["feeds.json", "ledger/index.json"])
def test_somebody_elses_manifest_stops_everything(path: str, tmp_path: Path, s3: Rclone) -> None:
    """A feeds.json of another program is not replaced, nor a ledger's index, and nothing is put beside it."""
    folder = site(tmp_path / "site")
    bucket().put(path, b'{"feeds": "mine"}')
    said = publish_it(TARGET, cwd=folder)
    assert (1, True) == (said.status, "was not made by feedtool" in said.err)
    assert set(tree(s3.folder / "bucket")) == {f"feeds/{path}"}


def test_a_dry_run_says_all_and_puts_nothing(tmp_path: Path, s3: Rclone) -> None:
    """Every object that would be put is named, and the bucket stays empty."""
    folder = site(tmp_path / "site", config='[site]\nhub = "https://hub.example.org/"\n')
    said = publish_it(TARGET, "--dry-run", cwd=folder)
    named = {line.removeprefix("would upload ") for line in said.out.splitlines() if line.startswith("would upload ")}
    assert (0, set(tree(folder / "output"))) == (said.status, named)
    assert f"would notify https://hub.example.org/ of {SITE_URL}atom.xml" in said.out
    assert {} == tree(s3.folder / "bucket")
    size = sum(len(content) for content in tree(folder / "output").values())
    assert f"objects to upload  {len(named)}\n" in said.out
    assert f"bytes to upload    {size:,}\n" in said.out


def test_publish_builds_first(tmp_path: Path, s3: Rclone) -> None:
    """One command from posts to bucket; the target may stand in the configuration."""
    folder = lay(tmp_path / "site", {**POSTS, "feedtool.toml": f'[publish]\ntarget = "{TARGET}"\n'})
    said = run("publish", "--site-url", SITE_URL, "--jobs", "1", cwd=folder)
    assert said.status == 0, said.err
    assert in_store(s3.folder / "bucket" / "feeds") == tree(folder / "output")


@heavy
def test_a_fresh_checkout_knows_what_is_published(tmp_path: Path, s3: Rclone) -> None:
    """Ids and addresses stay though nothing but the posts is there: the bucket's manifest tells of them."""
    folder = lay(tmp_path / "site", {"posts/a.md": post("A", date="2024-01-01T00:00:00Z", tags='["C"]')})
    assert run("publish", TARGET, "--site-url", SITE_URL, "--jobs", "1", cwd=folder).status == 0
    fresh = lay(tmp_path / "fresh", {"posts/b.md": post("B", date="2020-01-01T00:00:00Z", tags='["C++"]')})
    lay(fresh, {"posts/a.md": post("A", date="2024-01-01T00:00:00Z", tags='["C"]')})
    assert run("publish", TARGET, "--site-url", SITE_URL, "--jobs", "1", cwd=fresh).status == 0
    feeds = json.loads((s3.folder / "bucket" / "feeds" / "feeds.json").read_text())["feeds"]
    assert {feed["term"]: feed["slug"] for feed in feeds if feed["kind"] == "tag"}["C"] == "c"


def test_a_strict_build_with_problems_publishes_nothing(tmp_path: Path, s3: Rclone) -> None:
    """Nothing goes out that --strict finds fault with."""
    folder = lay(tmp_path / "site", {**POSTS, "posts/bad.md": "---\ntitle: Bad\ndate: 01/02/03\n---\nWords.\n"})
    said = run("publish", TARGET, "--strict", "--site-url", SITE_URL, "--jobs", "1", cwd=folder)
    assert (1, True) == (said.status, "nothing was published" in said.err)
    assert {} == tree(s3.folder / "bucket")


def test_a_build_for_this_machine_is_not_published(tmp_path: Path, s3: Rclone) -> None:
    """Feeds that name localhost are of use to nobody else; the sentence says what to do."""
    folder = lay(tmp_path / "site", POSTS)
    said = run("publish", TARGET, "--jobs", "1", cwd=folder)
    assert (1, True) == (said.status, "--site-url" in said.err.splitlines()[-1])
    other = site(tmp_path / "other")
    said = publish_it(TARGET, "--site-url", "https://elsewhere.example.org/", cwd=other)
    assert (1, True) == (said.status, f"were built for {SITE_URL}" in said.err)
    assert {} == tree(s3.folder / "bucket")


def test_older_posts_do_not_replace_newer_ones(tmp_path: Path, s3: Rclone) -> None:
    """A late run of an old checkout is told so, and --force is for entries that were taken back."""
    newer, older = site(tmp_path / "new"), site(tmp_path / "old", {"posts/tea.md": POSTS["posts/tea.md"]})
    put(newer)
    said = publish_it(TARGET, cwd=older)
    assert (1, True) == (said.status, "2024-02-03" in said.err and "2024-01-02" in said.err)
    assert in_store(s3.folder / "bucket" / "feeds") == tree(newer / "output")
    assert publish_it(TARGET, "--force", cwd=older).status == 0


def test_another_sites_place_is_not_taken(tmp_path: Path, s3: Rclone) -> None:
    """What is published for one address is not replaced by feeds of another in silence."""
    put(site(tmp_path / "site"))
    other = lay(tmp_path / "other", POSTS)
    run("build", "--site-url", "https://staging.example.org/", "--jobs", "1", cwd=other)
    said = publish_it(TARGET, cwd=other)
    assert (1, True) == (said.status, SITE_URL in said.err and "--force" in said.err)
    assert_whole(in_store(s3.folder / "bucket" / "feeds"))


def test_a_file_that_was_changed_after_the_build_is_not_published(tmp_path: Path, s3: Rclone) -> None:
    """The manifest would lie of it: nothing is put, and the sentence names the file."""
    folder = site(tmp_path / "site")
    lay(folder, {"output/rss.xml": "mine"})
    said = publish_it(TARGET, cwd=folder)
    assert (1, True) == (said.status, "rss.xml: was changed after the build" in said.err)
    (folder / "output" / "rss.xml").unlink()
    assert "rss.xml: No such file" in publish_it(TARGET, cwd=folder).err
    assert {} == tree(s3.folder / "bucket")


@pytest.mark.parametrize(
    ("variables", "target", "words"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "ANOTHERSECRETKEY"}, TARGET, "the secret key is wrong"),
        ({"AWS_ACCESS_KEY_ID": "AKIDNOBODY"}, TARGET, "the store does not know these credentials"),
        ({}, "s3://nobucket/feeds", "there is no such bucket"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, TARGET, "the connection was refused"),
        ({"AWS_ALLOW_HTTP": "false"}, TARGET, "AWS_ALLOW_HTTP"),
    ],
    ids=["secret", "key", "bucket", "network", "insecure"],
)
def test_a_store_that_does_not_do_it_is_told_in_a_sentence(
    tmp_path: Path, s3: Rclone, variables: dict[str, str], target: str, words: str
) -> None:
    """What is wrong and what to do about it, in one line, without a key or a traceback."""
    folder = site(tmp_path / "site")
    said = publish_it(target, cwd=folder, env=variables)
    assert (1, True) == (said.status, words in said.err), said.err
    assert 1 == len(said.err.splitlines())
    assert not any(secret in said.err + said.out for secret in (SECRET, "ANOTHERSECRETKEY", "AKID", "Signature"))
    assert {} == tree(s3.folder / "bucket")


@heavy
def test_keys_of_a_profile_are_found(tmp_path: Path, s3: Rclone) -> None:
    """~/.aws serves where the environment holds no keys."""
    folder = site(tmp_path / "site")
    keys = "[other]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = SECRETEXAMPLEKEY\n"
    lay(tmp_path, {"aws/credentials": keys})
    env = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "other"}
    env["AWS_SHARED_CREDENTIALS_FILE"] = str(tmp_path / "aws" / "credentials")
    said = publish_it(TARGET, cwd=folder, env=env)
    assert said.status == 0, said.err
    assert_whole(in_store(s3.folder / "bucket" / "feeds"))
    missing = publish_it(TARGET, cwd=folder, env={**env, "AWS_PROFILE": "nobody"})
    assert (2, True) == (missing.status, "AWS_PROFILE=nobody" in missing.err)


def test_conditions_that_the_user_switched_off_are_not_used(tmp_path: Path, s3: Rclone) -> None:
    """Some stores refuse conditions of a put; their users switch them off, and publish all the same."""
    said = publish_it(TARGET, cwd=site(tmp_path / "site"), env={"AWS_CONDITIONAL_PUT": "disabled"})
    assert said.status == 0, said.err
    assert_whole(in_store(s3.folder / "bucket" / "feeds"))


#: as S3 answers who signs with a wrong secret: it shows what was signed, and with which key
TALKATIVE = """<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>SignatureDoesNotMatch</Code><Message>x-amz-security-token: TOKENSECRET</Message>
<AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256 SECRETEXAMPLEKEY</StringToSign>
<CanonicalRequest>authorization:SECRETEXAMPLEKEY</CanonicalRequest></Error>"""


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (403, TALKATIVE, "the secret key is wrong"),
        (403, TALKATIVE.replace("SignatureDoesNotMatch", "AccessDenied"), "permission denied"),
        (400, TALKATIVE.replace("SignatureDoesNotMatch", "ExpiredToken"), "the credentials have expired"),
        (418, TALKATIVE.replace("SignatureDoesNotMatch", "Teapot"), "the store answers 418 (Teapot)"),
        (401, "SECRETEXAMPLEKEY", "the store does not accept these credentials"),
        (507, "SECRETEXAMPLEKEY", "the store is full"),
        (301, "SECRETEXAMPLEKEY", "cannot be read"),
    ],
)
def test_no_answer_of_a_store_gives_a_secret_away(tmp_path: Path, status: int, body: str, words: str) -> None:
    """A store's answer may repeat keys, tokens and signatures: only what is known to be harmless is passed on."""
    folder = site(tmp_path / "site")
    with recorder(lambda *_: (status, {"x-amz-id-2": "SECRETEXAMPLEKEY"}, body.encode())) as server:
        variables = {**s3_variables(server.address), "AWS_SESSION_TOKEN": "TOKENSECRET"}
        said = publish_it(TARGET, cwd=folder, env=variables)
    assert (1, True) == (said.status, words in said.err), said.err
    assert not any(secret in said.err + said.out for secret in ("SECRET", "AKID", "AWS4", "authorization"))
    assert 1 == len(said.err.splitlines())


@heavy
def test_without_credentials_it_is_said_what_to_set(tmp_path: Path) -> None:
    """Where neither the environment, nor a file, nor the machine's cloud has any; or a secret of the CI is empty."""
    folder = site(tmp_path / "site")
    with recorder(lambda *_: (404, {})) as cloud:
        env = {"AWS_METADATA_ENDPOINT": cloud.address, "AWS_ALLOW_HTTP": "true"}
        said = publish_it(TARGET, cwd=folder, env=env)
    assert (1, True) == (said.status, "Set AWS_ACCESS_KEY_ID" in said.err), said.err
    said = publish_it(TARGET, cwd=folder, env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    assert (2, True) == (said.status, "AWS_ACCESS_KEY_ID is empty" in said.err), said.err


def test_a_damaged_manifest_in_the_store_is_put_anew(tmp_path: Path, s3: Rclone) -> None:
    """It stops nothing and removes nothing, and is told."""
    folder = site(tmp_path / "site")
    put(folder)
    bucket().put("feeds.json", b"{")
    done = put(folder, grace_ms=0)
    assert ({"feeds.json"}, 0, ["bad-published-manifest"]) == (
        paths(done),
        done.removed,
        [problem.code for problem in done.problems],
    )
    assert in_store(s3.folder / "bucket" / "feeds") == tree(folder / "output")
