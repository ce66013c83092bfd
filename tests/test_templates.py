"""Templates of the user's own: they change what pages look like, and nothing else, whoever wrote them."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from pathlib import Path

import pytest
from heavy import first, sampled
from runs import build, lay, post, run, stamps, tree

from feedtool.build.feed_jobs import FeedJob, feed_key
from feedtool.config import TEMPLATE_NAMES, Config, Templates
from feedtool.model import Feed

SHORT = '{% extends "builtin/feed.html" %}\n{% block howto %}<p class="mine">Take it.</p>{% endblock %}\n'
SITE = {
    "posts/a.md": post("Tea & <bread>", tags="[tea, bread]", category="Kitchen", body="Words."),
    "posts/b.md": post("Rain", tags="[tea]", date="2024-02-03", body="Wet."),
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a site that is built."""
    lay(tmp_path, SITE)
    assert build(cwd=tmp_path).status == 0
    return tmp_path


def changed(site: Path, before: dict[str, int]) -> set[str]:
    """Return the files of the output that are not the ones that they were."""
    return {path for path, stamp in stamps(site / "output").items() if before.get(path) != stamp}


def test_a_template_changes_one_block_of_the_pages_and_no_feed(site: Path) -> None:
    """The pages of feeds are written anew, their list of files too, and not a single feed; then nothing more."""
    before = stamps(site / "output")
    lay(site, {"templates/feed.html": SHORT})
    done = build(cwd=site)
    assert (0, "") == (done.status, done.err)
    pages = {path for path in before if path.endswith("/index.html") and "entry/" not in path} | {"entries.html"}
    assert pages | {"ledger/files.json", "ledger/index.json"} == changed(site, before)
    assert all('<p class="mine">Take it.</p>' in (site / "output" / page).read_text() for page in pages)
    assert all("Latest entries" in (site / "output" / page).read_text() for page in pages)
    again = stamps(site / "output")
    assert "0 written" in build(cwd=site).out
    assert again == stamps(site / "output")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    first(
        3,
        [
            ("index.html", '{% extends "builtin/index.html" %}{% block footer %}Mine{% endblock %}', {"index.html"}),
            ("feed.css", "entry { color: red }\n", {"feed.css"}),
            (
                "base.html",
                '{% extends "builtin/base.html" %}{% block scripts %}Mine{% endblock %}',
                {"index.html", "pages"},
            ),
            ("style.css", "body { color: red }\n", {"index.html", "pages", "style"}),
            ("extra.css", "body { color: red }\n", {"index.html", "pages", "style"}),
            ("script.js", "console.info(1)\n", {"index.html", "pages"}),
            ("search.js", "console.info(1)\n", {"index.html", "pages"}),
        ],
    ),
)
def test_each_template_changes_what_is_made_of_it(site: Path, name: str, text: str, expected: set[str]) -> None:
    """Every name that is known is taken, and without it the output is as it was."""
    before, old = tree(site / "output"), stamps(site / "output")
    lay(site, {f"templates/{name}": text})
    build(cwd=site)
    expected = (expected - {"style"}) | (styles(site) - before.keys() if "style" in expected else set())
    pages = {path for path in before if path.endswith(("/index.html", "entries.html"))}
    wanted = (
        (expected - {"pages"}) | (pages if "pages" in expected else set()) | {"ledger/files.json", "ledger/index.json"}
    )
    # each page's policy names the digests of both scripts
    assert wanted <= changed(site, old) <= wanted | pages | {"index.html"}
    assert any(mark.encode() in tree(site / "output")[path] for path in wanted for mark in ("red", "Mine", "info(1)"))
    (site / "templates" / name).unlink()
    build(cwd=site)
    build(cwd=site)
    assert before == tree(site / "output")


def test_an_old_style_stays_while_pages_of_caches_name_it(site: Path) -> None:
    """The build that makes a new one leaves it, the next one does not."""
    (old,) = styles(site)
    lay(site, {"templates/extra.css": "p { color: red }\n"})
    assert build(cwd=site).err == ""
    assert len(styles(site)) == 2
    assert {Path(path).name for path in named_styles(site)} == styles(site) - {old}
    lay(site, {"posts/c.md": post("Snow")})
    assert build(cwd=site).err == ""
    assert styles(site) == {Path(path).name for path in named_styles(site)}


def test_an_old_style_stays_while_old_pages_do(site: Path) -> None:
    """The page of a feed that is no longer made looks as it did, until it is pruned."""
    (old,) = styles(site)
    lay(site, {"feedtool.toml": "[feeds.tag]\nenabled = false\n", "templates/extra.css": "p { color: red }\n"})
    build(cwd=site)
    lay(site, {"posts/c.md": post("Snow")})
    build(cwd=site)
    assert old in styles(site)
    assert all(path.is_file() for path in named_styles(site))
    build("--prune", cwd=site)
    assert old not in styles(site)


def styles(site: Path) -> set[str]:
    """Return the names of the pages' styles that there are."""
    return {path.name for path in (site / "output").glob("style-*.css")}


def named_styles(site: Path) -> set[Path]:
    """Return the styles that the pages name."""
    pages = (site / "output").rglob("*.html")
    found = ((page, re.findall(r'<link rel="stylesheet" href="([^"]+)">', page.read_text())) for page in pages)
    return {(page.parent / href).resolve() for page, hrefs in found for href in hrefs}


def test_every_name_is_one_of_ours() -> None:
    """What can be replaced is what there is."""
    ours = {path.name for path in (Path(__file__).parents[1] / "feedtool/generators/pages/templates").iterdir()}
    assert ours | {"extra.css"} == set(TEMPLATE_NAMES)


@pytest.mark.parametrize(
    ("name", "text", "line", "told"),
    first(
        3,
        [
            ("feed.html", "<p>\n{% for x in %}</p>", 2, "Expected an expression"),
            ("feed.html", "<p>\n\n{{ feed.titel }}</p>", 3, "has no attribute 'titel'"),
            ("feed.html", "{{ 1 / 0 }}", 1, "ZeroDivisionError"),
            ("feed.html", '{% include "nothing.html" %}', 1, 'template "nothing.html" does not exist'),
            ("feed.html", '{% extends "feed.html" %}', 1, 'begin the name with "builtin/"'),
            ("base.html", "<p>\n{{ nothing }}", 2, "'nothing' is undefined"),
            ("style.css", "p {}\n</STYLE >", 2, "ends the element early"),
            ("script.js", "1 <!--\n", 1, "ends the element early"),
        ],
    ),
)
def test_a_mistake_is_told_with_its_line_and_ours_serve(site: Path, name: str, text: str, line: int, told: str) -> None:
    """The pages are those that there would be without the template, however often it is built."""
    before = tree(site / "output")
    lay(site, {f"templates/{name}": text})
    for _ in range(2):
        done = build(cwd=site)
        assert (0, 1) == (done.status, done.err.count(f"templates/{name}:{line}: error: "))
        assert told in done.err
        assert "[bad-template]" in done.err
        assert before == tree(site / "output")
    assert build("--strict", cwd=site).status == 1


def test_a_mistake_that_shows_in_one_feed_costs_that_feed_alone(site: Path) -> None:
    """Where a template fails with what one feed holds, the others have their pages as it makes them."""
    lay(site, {"templates/feed.html": '<p>Mine{% if feed.term == "bread" %}{{ nothing }}{% endif %}'})
    done = build(cwd=site)
    files = tree(site / "output").items()
    pages = {path: content.decode() for path, content in files if path.endswith(("g/index.html", "d/index.html"))}
    assert {"tag/bread/index.html"} == {path for path, text in pages.items() if "Mine" not in text}
    assert "templates/feed.html:1: error: 'nothing' is undefined" in done.err


ATTACKS = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ feed.__class__.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ feed.file.__func__.__globals__ }}",
    "{{ entries[0].__dict__ }}",
    '{% include "/etc/passwd" %}',
    '{% include "../posts/a.md" %}',
    '{% import "feedtool.toml" as x %}',
    '{% include "builtin/../../../../config.py" %}',
    "{{ ('%s' | attr('__class__')).mro() }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(feed) }}",
    "{{ [].append(1) }}",
    "{{ 'x' * 10000000000000 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ format_names.update({'atom': 'x'}) }}",
    "{% for x in range(10 ** 9) %}{% endfor %}",
]


@pytest.mark.parametrize("attack", sampled(ATTACKS, *ATTACKS[::4]))
def test_a_template_from_a_stranger_reaches_nothing(site: Path, attack: str) -> None:
    """It sees what it is given, cannot change it, reads no file and runs no code."""
    before = tree(site / "output")
    lay(site, {"feedtool.toml": "", "templates/feed.html": f"<p>{attack}</p>"})
    done = build(cwd=site)
    assert "[bad-template]" in done.err
    assert before == tree(site / "output")


def test_what_a_template_writes_is_escaped(site: Path) -> None:
    """Markup in a title is text in a template of the user's as in ours."""
    lay(site, {"templates/feed.html": "{% for entry in entries %}<p>{{ entry.title }}</p>{% endfor %}"})
    build(cwd=site)
    assert "<p>Tea &amp; &lt;bread&gt;</p>" in (site / "output/tag/bread/index.html").read_text()


def test_a_page_has_one_policy_with_the_digests_of_what_is_in_it(site: Path) -> None:
    """A template may still hold the style; what a browser reads as its end of line is counted in its digest."""
    inline = '{% extends "builtin/base.html" %}{% block icon %}<style>{{ style }}</style>{% endblock %}'
    lay(site, {"templates/base.html": inline, "templates/extra.css": b"p { color: red }\r\n"})
    build(cwd=site)
    text = (site / "output/index.html").read_text()
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style.endswith("p { color: red }\n")
    assert f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy


def test_a_broken_page_of_the_users_costs_no_style_of_theirs(site: Path) -> None:
    """The built-in page that stands in for it names the style that there is."""
    lay(site, {"templates/feed.html": "{{ feed.titel }}", "templates/extra.css": "p { color: red }\n"})
    assert "[bad-template]" in build(cwd=site).err
    assert all(path.is_file() for path in named_styles(site))


def test_the_sheet_of_feeds_is_known_as_ours_whoever_wrote_it(tmp_path: Path) -> None:
    """A sheet of the user's bears our mark, so that a build that lost its manifest may replace it; copies lie beside."""
    lay(
        tmp_path,
        {**SITE, "templates/feed.css": "entry { color: red }\n" * 50, "feedtool.toml": '[feeds]\ntwins = ["gz"]\n'},
    )
    build(cwd=tmp_path)
    assert {"feed.css", "feed.css.gz"} <= tree(tmp_path / "output").keys()
    (tmp_path / "output/feeds.json").unlink()
    shutil.rmtree(tmp_path / ".feedtool")
    lay(tmp_path, {"templates/feed.css": "entry { color: blue }\n"})
    done = build(cwd=tmp_path)
    assert ("", True) == (done.err, b"blue" in tree(tmp_path / "output")["feed.css"])


def test_a_sheet_that_somebody_else_made_stays(tmp_path: Path) -> None:
    """A site's own feed.css in the output folder is told of, and left as it is."""
    lay(tmp_path, {**SITE, "output/feed.css": "p { color: red }\n"})
    done = build(cwd=tmp_path)
    assert ("p { color: red }\n", True) == ((tmp_path / "output/feed.css").read_text(), "[foreign-file]" in done.err)


def test_templates_lie_where_the_configuration_says(tmp_path: Path) -> None:
    """Beside the configuration file, under any name; a folder that was named has to be there."""
    settings = '[site]\nurl = "https://feeds.example.org/"\ntemplates = "look"\n'
    lay(tmp_path / "site", {**SITE, "feedtool.toml": settings, "look/feed.html": SHORT})
    run("build", "--jobs", "1", "--config", "site/feedtool.toml", cwd=tmp_path)
    assert "Take it." in (tmp_path / "site/output/tag/tea/index.html").read_text()
    run(
        "build",
        "--jobs",
        "1",
        "--config",
        "site/feedtool.toml",
        "--posts",
        "site/posts",
        "--output",
        "other",
        cwd=tmp_path,
    )
    assert "Take it." in (tmp_path / "other/tag/tea/index.html").read_text()
    lay(tmp_path / "site", {"feedtool.toml": settings.replace("look", "luck")})
    done = run("build", "--jobs", "1", "--config", "site/feedtool.toml", cwd=tmp_path)
    assert "luck: error: site.templates: the folder does not exist" in done.err
    assert "Take it." not in (tmp_path / "site/output/tag/tea/index.html").read_text()


def test_workers_know_the_templates(tmp_path: Path) -> None:
    """Pages made by several processes are those made by one."""
    lay(tmp_path / "one", {**SITE, "templates/feed.html": SHORT})
    lay(tmp_path / "two", {**SITE, "templates/feed.html": SHORT})
    build("--config", "feedtool.toml", cwd=lay(tmp_path / "one", {"feedtool.toml": '[site]\ntitle = "x"\n'}))
    run(
        "build", "--jobs", "2", "--site-url", "https://feeds.example.org/",
        cwd=lay(tmp_path / "two", {"feedtool.toml": '[site]\ntitle = "x"\n'}),
    )  # fmt: skip
    assert tree(tmp_path / "one/output") == tree(tmp_path / "two/output")


def test_templates_are_part_of_a_feeds_key() -> None:
    """Another text is another key; the folder that messages name is not."""
    feed = Feed(
        kind="all",
        title="t",
        description="d",
        language="en",
        author="a",
        url="u",
        home_url="u",
        formats=(),
        updated_ms=0,
    )
    job = FeedJob(feed=feed, entries=())
    keys = [
        feed_key(job, Config(templates=Templates(folder=folder, texts=texts)))
        for folder, texts in [("a", ()), ("a", (("x", "y"),)), ("b", (("x", "y"),))]
    ]
    assert keys[0] != keys[1] == keys[2]


def test_every_feed_in_xml_leads_to_the_sheet(tmp_path: Path) -> None:
    """Feeds, archive documents and the copies at earlier addresses find it, at whatever depth they lie."""
    settings = '[feeds]\nlimit = 1\narchives = true\n[feeds.tag]\npath = "by/tag/{slug}"\n[aliases]\n"chai" = "tea"\n'
    lay(tmp_path, {**SITE, "feedtool.toml": settings})
    build(cwd=tmp_path)
    output = tmp_path / "output"
    found = {
        path.relative_to(output).as_posix(): (path.parent / href[1]).resolve()
        for path in output.rglob("*.xml")
        if (href := re.search(r'<\?xml-stylesheet type="text/css" href="([^"]+)"\?>', path.read_text()))
    }
    assert {"atom.xml", "by/tag/chai/rss.xml", "by/tag/tea/rss.xml"} <= found.keys()
    assert any(path.startswith("by/tag/tea/archive/") for path in found)
    assert {output.resolve() / "feed.css"} == set(found.values())
    assert len(list(output.rglob("*.xml"))) == len(found)
