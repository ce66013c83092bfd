"""Podcasts: what listeners' apps and directories find in a feed, by the words of configuration and headers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from heavy import heavy
from lxml import etree
from runs import SITE_URL, build, lay, post, run, tree

from feedtool.build import discovery
from feedtool.check.document import check_document
from feedtool.config.podcast_table import CATEGORIES, NAMESPACES, ROWS, facts_of, guid_of, seconds
from feedtool.config.reading import parse_config

SITE = Path(__file__).parent / "sites" / "podcast"
RSS = SITE / "expected" / "tides" / "rss.xml"
PODCAST = {
    "image": '"https://e.org/cover.jpg"', "categories": '["History"]', "explicit": "false",
}  # fmt: skip
AUDIO = "{url: https://e.org/1.mp3, length: 9, duration: 61}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_2_0 = "{https://podcastindex.org/namespace/1.0}"


def toml(podcast: Mapping[str, str] = PODCAST, above: str = "") -> str:
    """Return a configuration with a podcast, whose values are TOML."""
    return "\n".join([above, "[podcast]", *(f"{key} = {value}" for key, value in podcast.items())])


def channel(folder: Path, feed: str = "") -> Any:
    """Return the channel of a feed that was built."""
    return etree.fromstring((folder / "output" / feed / "rss.xml").read_bytes()).find("channel")


def recording(frames: int) -> bytes:
    """Return a recording of 36 ms and 36 bytes a frame: MPEG-2, layer III, 16 kHz."""
    return (bytes([0xFF, 0xF3, 0x18, 0xC4]) + bytes(32)) * frames


@pytest.mark.parametrize(
    ("text", "key"),
    [('[podcast]\nlanguage = "x-a"', "podcast.language"), ('[site]\nlanguage = "X-a"\n[podcast]', "site.language"),
     ('[podcast]\nlanguage = "gsw"', "podcast.language"), ('[site]\nlanguage = "haw-US"\n[podcast]', "site.language"),
     (f'[site]\ntitle = "{256 * "a"}"\n[podcast]', "site.title"),
     (f'[site]\nauthor = "{256 * "a"}"\n[podcast]', "site.author")],
)  # fmt: skip
def test_what_no_directory_takes_is_said_before_a_build(text: str, key: str) -> None:
    """Also where a podcast has it of the site: the mistake is found on its line, with what to write instead."""
    _, problems = parse_config(text)
    assert [(problem.field, problem.line, bool(problem.fix)) for problem in problems] == [(key, 2, True)]


@pytest.mark.parametrize(
    ("address", "guid"),
    [
        ("https://podnews.net/rss", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
        ("http://mp3s.nashownotes.com/pc20rss.xml", "917393e3-1b1e-5cef-ace4-edaa54e1f810"),
        ("https://podnews.net/rss//", "9b024349-ccf0-5f69-a609-6b82873eab3c"),
    ],
)
def test_the_guid_is_the_one_that_directories_compute(address: str, guid: str) -> None:
    """The first two are the examples of the podcast namespace; scheme and last slashes do not count."""
    assert guid_of(address) == guid


def test_the_guid_stays_when_the_feed_moves(tmp_path: Path) -> None:
    """Directories know the podcast by it; twice, so that the last address is not enough."""
    lay(tmp_path, {"posts/a.md": post(enclosure=AUDIO), "feedtool.toml": toml()})
    build(cwd=tmp_path)
    guid = channel(tmp_path).findtext(f"{_2_0}guid")
    for host in ("a", "b"):
        build("--site-url", f"https://{host}.example.org/", cwd=tmp_path)
    assert channel(tmp_path).findtext(f"{_2_0}guid") == guid
    manifest = tmp_path / "output/feeds.json"
    manifest.write_text(manifest.read_text().replace(str(guid), "no UUID"))
    assert build(cwd=tmp_path).status == 0
    assert channel(tmp_path).findtext(f"{_2_0}guid") == guid_of(f"{SITE_URL}rss.xml")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"<language>en-IE</language>", b"<language>gsw</language>", "check-podcast-language"),
        (b'driftwood.mp3"', b'driftwood.ogg"', "check-podcast-ending"),
        (b"<description>", b"<description>" + b"Words. " * 600, "check-podcast-description"),
    ],
)
def test_what_apple_refuses_is_found(old: bytes, new: bytes, code: str) -> None:
    """By its guide: languages of two letters, endings of recordings, 4,000 bytes of a description."""
    content = RSS.read_bytes()
    assert old in content
    assert {each.code for each in check_document("rss.xml", content.replace(old, new, 1), now_ms=1 << 42)} == {code}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("61", 61),
        ("1:01", 61),
        ("01:01:01", 3661),
        ("90:00", 5400),
        ("2718.28", 2718),
        ("1:61", None),
        ("1h", None),
        ("-1", None),
    ],
)
def test_durations_are_seconds(written: str, expected: int | None) -> None:
    """Clock times and seconds are read; what is neither is refused."""
    try:
        assert seconds(written) == str(expected)
    except ValueError:
        assert expected is None


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.of_podcast], ids=lambda row: row.key)
def test_a_podcast_may_have_any_key_alone(row: Any, tmp_path: Path) -> None:
    """Each key with its example becomes the elements that the table names, and the feed stays good."""
    lay(tmp_path, {"posts/a.md": post(enclosure=AUDIO), "feedtool.toml": toml({row.key: row.example})})
    assert build(cwd=tmp_path).status == 0
    for element in row.elements:
        prefix, _, name = element.rpartition(":")
        assert channel(tmp_path).find(f"{{{NAMESPACES[prefix]}}}{name}" if prefix else name) is not None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('image = "cover.gif"', "JPEG or PNG"),
        ('image = "ftp://e.org/cover.jpg"', "not a web address"),
        ('image = "/cover.jpg"', "not an absolute web address"),
        ('new_feed_url = "example.net/rss.xml"', "not an absolute web address"),
        ('people = [{ name = "Ada", img = "ada.jpg" }]', "not an absolute web address"),
        ('categories = ["Sciense"]', 'such as "Science"'),
        ('categories = ["Earth Sciences"]', 'such as "Science > Earth Sciences"'),
        ('categories = "Arts"', "expected a list"),
        ('explicit = "perhaps"', "neither true nor false"),
        ('type = "weekly"', "episodic, serial"),
        ('owner = { name = "Ada" }', "no email"),
        ('owner = { name = "Ada", email = "ada" }', "not a mail address"),
        ('guid = "1"', "not a UUID"),
        ('funding = [{ url = "https://e.org/", txt = "Give" }]', 'unknown part "txt"'),
        ('people = [{ role = "host" }]', "no name"),
        ('location = [{ name = "Cork", geo = "51,8" }]', "geo URI"),
        ('medium = "radio"', "not one of"),
        ('custom = "Talks"', "no feed has the name"),
        ('typ = "serial"', 'Did you mean "type"'),
    ],
)
def test_a_wrong_value_is_said_with_its_line(line: str, reason: str, tmp_path: Path) -> None:
    """Nothing is built, so that no directory sees a podcast half described."""
    lay(tmp_path, {"posts/a.md": post(enclosure=AUDIO), "feedtool.toml": f"[podcast]\n{line}\n"})
    built = build(cwd=tmp_path)
    assert built.status == 2
    assert "feedtool.toml:" in built.err
    assert reason in built.err


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"episode": "one"}, "not a number"),
        ({"season": "0"}, "not a whole number"),
        ({"episode_type": "teaser"}, "full, trailer, bonus"),
        ({"explicit": "maybe"}, "neither true nor false"),
        ({"transcript": "https://e.org/text"}, "no type"),
        ({"soundbites": "[{start: 1}]"}, "no duration"),
        ({"podcast": "{season: [1]}"}, "not text"),
        ({"chapters": "javascript:alert(1)"}, "not a web address"),
        ({"people": "[{name: A, rôle: host}]"}, "unknown part"),
    ],
)
def test_a_wrong_value_of_a_header_costs_only_itself(header: dict[str, str], reason: str, tmp_path: Path) -> None:
    """The episode stays, and the line is named; in a site without podcasts the same key is nobody's business."""
    lay(tmp_path, {"posts/a.md": post(enclosure=AUDIO, **header), "feedtool.toml": toml()})
    built = build(cwd=tmp_path)
    assert built.status == 0
    assert "posts/a.md:5: warning:" in built.err
    assert reason in built.err
    item = channel(tmp_path).find("item")
    assert [child.tag for child in item if child.tag.startswith((ITUNES, _2_0))] == [f"{ITUNES}duration"]
    (tmp_path / "feedtool.toml").unlink()
    assert "warning: " not in build(cwd=tmp_path).err.replace("warning: 0", "")


def test_only_podcasts_have_the_elements_of_podcasts(tmp_path: Path) -> None:
    """An episode is in other feeds as well, where directories must not take it for one of theirs."""
    episode = post(enclosure=AUDIO, episode="3", category="Talks", tags="[x]")
    lay(tmp_path, {"posts/a.md": episode, "feedtool.toml": toml({"category": '"Talks"', **PODCAST})})
    build(cwd=tmp_path)
    with_them = {path.parent.name for path in (tmp_path / "output").rglob("rss.xml") if b"itunes" in path.read_bytes()}
    assert with_them == {"talks"}
    assert channel(tmp_path, "category/talks").findtext(f"{_2_0}guid") == guid_of(f"{SITE_URL}category/talks/rss.xml")


def test_a_recording_beside_its_post_is_measured(tmp_path: Path) -> None:
    """Length and duration come from the file, unless the header says them; a build notices a new recording."""
    pytest.importorskip("mutagen")
    lay(tmp_path, {
        "posts/a.md": post("A", enclosure="a.mp3"),
        "posts/b.md": post("B", enclosure="{url: sub/b%20b.mp3, length: 7, duration: '1:00'}"),
        "posts/c.md": post("C", enclosure="[gone.mp3, ../posts/a.mp3, /posts/a.mp3]"),
        "posts/d.md": post("D", enclosure="{url: broken.mp3}"),
        "posts/a.mp3": recording(200), "posts/sub/b b.mp3": recording(10), "posts/broken.mp3": b"\0" * 99,
        "feedtool.toml": toml(),
    })  # fmt: skip
    assert build(cwd=tmp_path).status == 0
    assert _measures(tmp_path) == {"A": ("7200", "7"), "B": ("7", "60"), "C": ("0", None), "D": ("99", None)}
    lay(tmp_path, {"posts/a.mp3": recording(400)})
    assert "0 written" not in build(cwd=tmp_path).out
    assert _measures(tmp_path)["A"] == ("14400", "14")
    cached = tree(tmp_path / "output")
    assert "0 written" in build(cwd=tmp_path).out
    build("--no-cache", cwd=tmp_path)
    assert tree(tmp_path / "output") == cached
    (tmp_path / "posts/a.mp3").unlink()
    build(cwd=tmp_path)
    assert _measures(tmp_path)["A"] == ("0", None)
    lay(tmp_path, {"posts/a.mp3": recording(200), "posts/gone.mp3": recording(10)})
    build(cwd=tmp_path)
    assert _measures(tmp_path)["A"] == ("7200", "7")
    assert _measures(tmp_path)["C"][0] == "360"


def test_no_file_elsewhere_is_measured(tmp_path: Path) -> None:
    """A link that a stranger commits tells nothing of the machine's files."""
    lay(tmp_path, {"secret/a.mp3": recording(9), "feedtool.toml": toml()})
    names = ["link.mp3", "folder/a.mp3", "..%2Fsecret%2Fa.mp3", "a%00.mp3", "file:///etc/passwd"]
    for number, name in enumerate(names):
        lay(tmp_path, {f"posts/{number}.md": post(str(number), enclosure=f"{{url: '{name}', type: audio/mpeg}}")})
    (tmp_path / "posts/link.mp3").symlink_to("../secret/a.mp3")
    (tmp_path / "posts/folder").symlink_to("../secret")
    build(cwd=tmp_path)
    assert {length for length, _ in _measures(tmp_path).values()} <= {"0"}


def _measures(folder: Path) -> dict[str, tuple[str, str | None]]:
    """Return length and duration of each episode, by title."""
    return {
        item.findtext("title"): (item.find("enclosure").get("length"), item.findtext(f"{ITUNES}duration"))
        for item in channel(folder).iter("item")
        if item.find("enclosure") is not None
    }


def test_without_the_package_the_length_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the duration needs mutagen, and a note says so."""
    monkeypatch.setattr(discovery, "find_spec", lambda _: None)
    monkeypatch.setitem(sys.modules, "mutagen", None)
    lay(tmp_path, {"posts/a.md": post("A", enclosure="a.mp3"), "posts/a.mp3": recording(9), "feedtool.toml": toml()})
    built = build(cwd=tmp_path)
    assert "[no-mutagen]" in built.err
    assert _measures(tmp_path) == {"A": ("324", None)}


def test_a_site_without_podcasts_does_not_look_at_recordings(tmp_path: Path) -> None:
    """Nothing but what its header says is published."""
    lay(tmp_path, {"posts/a.md": post("A", enclosure="a.mp3", episode="1"), "posts/a.mp3": recording(9)})
    build(cwd=tmp_path)
    assert _measures(tmp_path) == {"A": ("0", None)}
    assert b"itunes" not in (tmp_path / "output/rss.xml").read_bytes()


def test_json_feed_has_durations_and_titles_of_recordings(tmp_path: Path) -> None:
    """JSON Feed 1.1, attachments; Atom links and RSS's Media RSS have all enclosures as well."""
    two = "[{url: https://e.org/1.mp3, length: 9, duration: '1:02'}, {url: https://e.org/1.mp4, title: With pictures}]"
    lay(tmp_path, {"posts/a.md": post(enclosure=two)})
    build(cwd=tmp_path)
    attachments = json.loads((tmp_path / "output/feed.json").read_text())["items"][0]["attachments"]
    assert attachments == [
        {"url": "https://e.org/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 9, "duration_in_seconds": 62},
        {"url": "https://e.org/1.mp4", "mime_type": "video/mp4", "title": "With pictures"},
    ]
    more = channel(tmp_path).findall("item/{http://search.yahoo.com/mrss/}content")
    assert [each.attrib for each in more] == [{"url": "https://e.org/1.mp4", "type": "video/mp4", "medium": "video"}]


def test_a_feed_that_apple_and_psp_take_is_said_to_be_good() -> None:
    """The golden site has no finding."""
    assert check_document("rss.xml", RSS.read_bytes(), now_ms=1 << 42) == ()


def test_every_example_and_every_category_is_taken() -> None:
    """The table takes its own words."""
    names = [*CATEGORIES, *(f"{above} > {below}" for above, inner in CATEGORIES.items() for below in inner)]
    assert len(facts_of(ROWS["categories"], names)) == len(names) == 110


def test_the_page_names_every_key_of_an_episode() -> None:
    """docs/podcasts.md has each key of the table with its meaning."""
    page = (Path(__file__).parents[1] / "docs" / "podcasts.md").read_text(encoding="utf-8")
    missing = [
        row.key for row in ROWS.values()
        if row.of_episode and not row.of_podcast and f"| `{row.key}` | {row.meaning} |" not in page
    ]  # fmt: skip
    assert missing == []


def test_explain_says_what_is_known_of_an_episode(tmp_path: Path) -> None:
    """With the line of the header that says it."""
    lay(tmp_path, {"posts/a.md": post(enclosure=AUDIO, episode="3"), "feedtool.toml": toml()})
    said = run("explain", "posts/a.md", cwd=tmp_path).out
    assert "episode 3" in said
    assert "front matter's `episode`, line 5" in said


@heavy
def test_podcastparser_reads_every_field() -> None:
    """The parser of gPodder finds in the feed what the posts say."""
    podcastparser = pytest.importorskip("podcastparser", reason="the package podcastparser is not installed")
    with RSS.open("rb") as stream:
        found = podcastparser.parse("https://mudlark.example.org/feeds/tides/rss.xml", stream)
    episodes = found.pop("episodes")
    assert found == {
        "title": "Tides", "link": "https://mudlark.example.org/feeds/tides/", "generator": "feedtool",
        "description": "Two seasons on what rivers and seas bring ashore.", "language": "en-IE",
        "cover_url": "https://mudlark.example.org/art/tides.jpg", "itunes_author": "Orla Finn & Bashir Noor",
        "itunes_categories": [["Science", "Earth Sciences"], ["Society & Culture", "Places & Travel"]],
        "itunes_owner": {"name": "Orla Finn", "email": "orla@mudlark.example.org"}, "type": "serial", "explicit": False,
    }  # fmt: skip
    told = [
        (one["title"], one.get("season"), one.get("number"), one.get("type"), one["total_time"], one.get("explicit"),
         one.get("episode_art_url"), one["enclosures"][0]["url"].rpartition("/")[2], one["enclosures"][0]["file_size"])
        for one in episodes
    ]  # fmt: skip
    art = "https://mudlark.example.org/art/"
    # the oldest first: a serial podcast is heard from its beginning
    assert told[::-1] == [
        ("鰻 and elvers", 2, 1, None, 2759, None, f"{art}eels.png", "eels.mp3", 27182818),
        ("Sea glass", 1, 2, None, 2718, True, f"{art}glass.jpg", "glass.m4a", 31415926),
        ("Driftwood", 1, 1, "full", 5, None, f"{art}driftwood.jpg", "driftwood.mp3", 5040),
        ("What is coming", 1, None, "trailer", 65, None, None, "trailer.mp3", 999999),
    ]
    assert [one["guid"][:9] for one in episodes] == ["urn:uuid:"] * 4


_FEEDSMITH = """
import(require('url').pathToFileURL(require.resolve('feedsmith')).href).then((feedsmith) => {
  const { itunes, podcast, items } = feedsmith.parseRssFeed(require('fs').readFileSync(process.argv[1], 'utf8'))
  console.log(JSON.stringify({ itunes, podcast, items: items.map(({ itunes, podcast }) => ({ itunes, podcast })) }))
})
"""


@heavy
def test_feedsmith_reads_every_field() -> None:
    """A parser that knows Podcasting 2.0 finds what the posts say; NODE_PATH names the folder with the npm package."""
    node = shutil.which("node")
    if not node or not (Path(os.environ.get("NODE_PATH", "-")) / "feedsmith").is_dir():
        pytest.skip("no node, or NODE_PATH names no folder with the npm package feedsmith")
    done = subprocess.run([node, "-e", _FEEDSMITH, str(RSS)], capture_output=True, check=True, timeout=60)
    found = json.loads(done.stdout)
    home = "https://mudlark.example.org/"
    assert found["podcast"] == {
        "locked": {"value": True}, "guid": guid_of(f"{home}feeds/tides/rss.xml"), "medium": "podcast",
        "fundings": [
            {"url": f"{home}give", "display": "Keep us afloat"}, {"url": f"{home}members", "display": "Join"},
        ],
        "persons": [
            {"display": "Orla Finn", "role": "host", "img": f"{home}art/orla.jpg", "href": f"{home}orla"},
            {"display": "Bashir Noor", "role": "editor", "group": "audio post-production"},
        ],
        "locations": [
            {"display": "Cork", "rel": "creator", "geo": "geo:51.897,-8.47", "osm": "R339759", "country": "IE"},
        ],
    }  # fmt: skip
    assert found["items"][2]["itunes"] == {
        "duration": 5, "image": f"{home}art/driftwood.jpg", "episode": 1, "season": 1, "episodeType": "full",
    }  # fmt: skip
    assert found["items"][2]["podcast"] == {
        "season": {"number": 1, "name": "The estuary"}, "episode": {"number": 1},
        "chapters": {"url": f"{home}text/driftwood.json", "type": "application/json+chapters"},
        "transcripts": [
            {"url": f"{home}text/driftwood.html", "type": "text/html"},
            {"url": f"{home}text/driftwood.srt", "type": "application/x-subrip", "language": "ga", "rel": "captions"},
            {"url": f"{home}video/driftwood.vtt", "type": "text/vtt", "rel": "captions"},
        ],
        "persons": [
            {"display": "Orla Finn", "role": "host"},
            {"display": "Ngozi Àjàyí", "role": "guest", "href": "https://ajayi.example.org/"},
        ],
        "locations": [{"display": "Cobh", "geo": "geo:51.85,-8.29", "country": "IE"}],
        "soundbites": [
            {"startTime": 1, "duration": 2.5, "display": "Why oak floats & elm does not"}, {"startTime": 3, "duration": 1},
        ],
        "alternateEnclosures": [{
            "type": "video/mp4", "length": 48123456, "title": "With pictures",
            "sources": [{"uri": f"{home}video/driftwood.mp4"}],
        }],
    }  # fmt: skip
    assert found["items"][0]["podcast"]["episode"] == {"number": 1, "display": "II, 1"}
