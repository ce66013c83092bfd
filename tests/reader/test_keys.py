"""Header keys that mean the same: one list of them, and no default that beats what a post says under another."""

from __future__ import annotations

import tomllib

import pytest
from readings import codes

from feedtool.config import Config, Defaults, Posts
from feedtool.model import Post, utc
from feedtool.reader import Reading, conventions_of, read_post
from feedtool.reader.keys import KEYS

#: for each field of a post two values of a header, in TOML, that give two different posts
VALUES = {
    "title": ('"Tea"', '"Coffee"'),
    "publish_date": ('"2023-06-06"', '"2020-01-01"'),
    "date": ('"2023-06-06"', '"2020-01-01"'),
    "created": ('"2023-06-06"', '"2020-01-01"'),
    "updated_ms": ('"2030-06-06"', '"2031-01-01"'),
    "expires_ms": ('"2030-01-01"', '"2024-01-01"'),
    "source": ('"https://example.org/own"', '"https://example.org/default"'),
    "permalink": ('"https://example.org/own/"', '"https://example.org/default/"'),
    "slug": ('"own"', '"default"'),
    "declared_id": ('"urn:x:own"', '"urn:x:default"'),
    "authors": ('"Ann"', '"Desk"'),
    "categories": ('["Own"]', '["News"]'),
    "tags": ('["own"]', '["news"]'),
    "language": ('"fr"', '"de"'),
    "summary": ('"Own words."', '"The same words each time."'),
    "image": ('"/own.png"', '"/default.png"'),
    "enclosures": ('"https://example.org/own.mp3"', '"https://example.org/default.mp3"'),
}
#: values that Zola and Hugo take for a path on the site
PATHS = {'"https://example.org/own/"': '"/own/"', '"https://example.org/default/"': '"/default/"'}
PAIRS = [(name, own, given) for name in VALUES for own in KEYS[name] for given in KEYS[name]]

#: what a post says under each key that shows it, and that hides it
SHOWN = {"draft": "false", "published": "true", "status": '"published"'}
HIDDEN = {"draft": "true", "published": "false", "status": '"draft"'}


def reading(*lines: str, **defaults: object) -> Reading:
    """Return what became of a post with these lines of TOML, in a site with these defaults."""
    posts = Posts(defaults=(Defaults(values=defaults),), future=False)
    text = "\n".join(["+++", *lines, "+++", "Words."])
    # when a post was written counts only where nothing says when it was published
    path = "posts/a.md" if any(key in text or key in defaults for key in KEYS["created"]) else "posts/2024-01-02-a.md"
    return read_post(text.encode(), path, conventions_of(Config(posts=posts)))


def posted(*lines: str, **defaults: object) -> Post:
    """Return the post of such a text; there is one."""
    post = reading(*lines, **defaults).post
    assert post
    return post


def written(key: str, value: str) -> str:
    """Return a value as it is written behind a key."""
    return PATHS.get(value, value) if key in ("url", "path") else value


def default(key: str, value: str) -> dict[str, object]:
    """Return the table of one default."""
    return tomllib.loads(f"{key} = {written(key, value)}")


@pytest.mark.parametrize(("name", "own", "given"), PAIRS)
def test_a_default_never_beats_what_the_post_says(name: str, own: str, given: str) -> None:
    """A post that says something under one key of a field takes no default under another key of the same field."""
    line = f"{own} = {written(own, VALUES[name][0])}"
    assert posted(line, **default(given, VALUES[name][1])) == posted(line)


@pytest.mark.parametrize(("name", "key"), [(name, key) for name in VALUES for key in KEYS[name]])
def test_a_default_is_read_as_if_the_post_said_it(name: str, key: str) -> None:
    """Under each key of each field, where the post says nothing."""
    value = VALUES[name][1]
    said = posted(f"{key} = {written(key, value)}")
    assert posted(**default(key, value)) == said
    assert said != posted()


@pytest.mark.parametrize("own", KEYS["is_draft"])
@pytest.mark.parametrize("given", KEYS["is_draft"])
def test_a_post_that_says_whether_it_is_a_draft_takes_no_default_for_it(own: str, given: str) -> None:
    """In Hugo's, Jekyll's and Pelican's words, in both directions."""
    hidden, shown = (tomllib.loads(f"it = {said[given]}")["it"] for said in (HIDDEN, SHOWN))
    assert reading(f"{own} = {SHOWN[own]}", **{given: hidden}).post
    assert reading(f"{own} = {HIDDEN[own]}", **{given: shown}).kept_out
    assert reading(**{given: hidden}).kept_out


@pytest.mark.parametrize(
    "line", ['status = "evergreen"', 'draft = "perhaps"', 'published = "2023-06-06"', "title = 'Tea'"]
)
def test_a_word_that_says_nothing_of_drafts_shows_no_draft(line: str) -> None:
    """A post is published against a default only if its header says so."""
    for hidden in ({"draft": True}, {"published": False}, {"status": "draft"}):
        if line.partition(" ")[0] not in hidden:
            assert reading(line, **hidden).kept_out


def test_a_site_has_flags_of_its_own() -> None:
    """The keys of `posts.hidden_by` leave a post out where they say yes; others say nothing."""
    site = conventions_of(Config(posts=Posts(hidden_by=("Not-listed",))))
    for line, shown in (("not_listed: true", ""), ("not-listed: no", "a"), ("archived: true", "a")):
        found = read_post(f"---\ntitle: a\ndate: 2024-01-02\n{line}\n---\n".encode(), "posts/a.md", site)
        assert (found.post.title if found.post else "") == shown
        assert found.kept_out == ("" if shown else line)


def test_a_flag_is_not_a_date() -> None:
    """`published: true` says nothing of the day, and a day in `published` nothing of a draft."""
    assert posted("published = true", date="2020-01-01").published_ms == posted('date = "2020-01-01"').published_ms
    assert reading('published = "2023-06-06"', draft=True).kept_out
    assert reading('date = "2023-06-06"', published=False).kept_out
    assert posted('published = "2023-06-06"', published=False) == posted('published = "2023-06-06"')


def test_hugos_two_dates_are_two_fields() -> None:
    """A default `publishDate` is used beside the post's own `date`, as in Hugo."""
    post = posted('date = "2023-06-06"', publishDate="2023-07-07")
    assert (post.published_ms, post.identity_ms) == (
        posted('date = "2023-07-07"').published_ms,
        posted('date = "2023-06-06"').identity_ms,
    )


@pytest.mark.parametrize(
    ("header", "generator", "day"),
    [
        ("created: 2024-05-06", "", "2024-05-06"),
        ("created: 2024-05-06\npubDatetime: 2024-01-02", "", "2024-01-02"),
        ("lastmod: 2024-05-06", "hugo", "2024-05-06"),
        ("lastmod: 2024-05-06", "", ""),
    ],
)
def test_a_post_without_a_date_has_the_day_it_was_written(header: str, generator: str, day: str) -> None:
    """As notes have it; in Hugo also the day it changed, as Hugo has it."""
    conventions = conventions_of(Config(posts=Posts(permalink=generator, ids_url="https://example.org/")))
    post = read_post(f"---\n{header}\n---\nTea.".encode(), "posts/tea.md", conventions).post
    assert (utc(post.published_ms).date().isoformat() if post else "") == day


def test_a_default_for_a_folder_beats_one_for_all_under_any_key() -> None:
    """The longer path wins, whichever of two keys of one meaning either table has."""
    defaults = (
        Defaults(path="posts", values={"Author": "Desk", "expiry_date": "2031-01-01"}),
        Defaults(values={"authors": ["All"], "unpublishDate": "2024-01-01", "lang": "fr"}),
    )
    conventions = conventions_of(Config(posts=Posts(defaults=defaults, future=False)))
    post = read_post(b"---\ntitle: Tea\n---\nWords.", "posts/2024-01-02-a.md", conventions).post
    assert post
    assert ([author.name for author in post.authors], post.language) == (["Desk"], "fr")
    assert post.expires_ms == posted('expiryDate = "2031-01-01"').expires_ms


def test_an_empty_key_says_nothing() -> None:
    """`author:` without a value leaves the default in place."""
    conventions = conventions_of(Config(posts=Posts(defaults=(Defaults(values={"authors": ["Desk"]}),))))
    reading = read_post(b"---\ntitle: Tea\nauthor:\n---\nWords.", "posts/2024-01-02-a.md", conventions)
    assert reading.post
    assert ([author.name for author in reading.post.authors], codes(reading)) == (["Desk"], [])
