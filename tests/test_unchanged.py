"""A build that finds nothing to do answers at once, in the same words; and nothing that changed escapes it."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import SITE_URL, lay, post, tree
from typer.main import get_command

from feedtool import cli
from feedtool.build import Outcome
from feedtool.cli import Asked, building, commands, main

CONFIG = f'[site]\nurl = "{SITE_URL}"\n'
SITE = {
    "feedtool.toml": CONFIG,
    "posts/tea.md": post("Tea", tags="[tea]"),
    "posts/bad.md": post("Coffee", date="someday", tags="[coffee]"),
    "posts/2024-01-05-milk.md": post("Milk", date="2024-01-05", lang="Klingon"),
}
#: what the quick answer may not import
HEAVY = ("typer", "rich", "click", "markdown_it", "lxml", "bs4", "feedgen", "nh3", "jinja2", "dateutil",
         "feedtool.model", "feedtool.config", "feedtool.reader", "feedtool.build.pipeline", "concurrent")  # fmt: skip


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a site whose files are older than any clock's tick, as the working folder."""
    folder = lay(tmp_path / "site", SITE)
    monkeypatch.chdir(folder)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    time.sleep(0.06)
    return folder


class Shell:
    """Runs the command line in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capture = monkeypatch, capsys
        #: whether the last build was not answered at once
        self.was_built = False
        real = building.built

        def built(*values: Any, **others: Any) -> Outcome:
            self.was_built = True
            return real(*values, **others)

        monkeypatch.setattr(building, "built", built)

    def __call__(self, *words: str) -> tuple[object, str, str]:
        """Return exit status, output and errors, without the seconds."""
        self.was_built = False
        self._patch.setattr(sys, "argv", ["feedtool", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        gc.enable()
        out, err = self._capture.readouterr()
        return ended.value.code, _timeless(out), _timeless(err)


def _timeless(text: str) -> str:
    return re.sub(r"(seconds\W+)[\d.]+", r"\1", text)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Give what runs commands."""
    return Shell(monkeypatch, capsys)


def test_a_build_with_nothing_to_do_imports_little(site: Path) -> None:
    """Neither a parser of words, nor the configuration, nor what reads or renders a post."""
    script = (
        "import sys, feedtool.cli\ntry:\n    feedtool.cli.main()\n"
        f"finally:\n    print(*(name for name in sys.modules if name in {HEAVY!r}), file=sys.stderr)"
    )
    command = [sys.executable, "-c", script, "build", "--quiet"]
    built = [subprocess.run(command, check=False, cwd=site, capture_output=True, text=True) for _ in range(2)]
    said = [done.stderr.splitlines() for done in built]
    assert [done.returncode for done in built] == [0, 0]
    assert said[0][:-1] == said[1][:-1]
    assert {"typer", "feedtool.model", "lxml"} <= {*said[0][-1].split()}
    assert said[1][-1] == ""


def test_a_build_imports_what_its_changes_need(site: Path) -> None:
    """Each of these takes as long to import as some entries to make, and a post of HTML needs none of them."""
    for file in (site / "posts").rglob("*.md"):
        header = file.read_text(encoding="utf-8").rpartition("---")[0]
        file.write_text(f"{header}---\n<p>All of it is HTML.</p>\n", encoding="utf-8")
    seldom = (
        "typer", "multiprocessing", "markdown_it", "charset_normalizer.api", "bs4.element", "soupsieve.css_parser",
        "concurrent.futures", "yaml.loader", "frontmatter.default_handlers", "dateutil.parser.isoparser",
    )  # fmt: skip
    script = (
        "import sys, feedtool.cli\ntry:\n    feedtool.cli.main()\nfinally:\n"
        f"    print(*(name for name in ('lxml', *{seldom}) if name in sys.modules))"
    )
    for words in (
        {"lxml", *seldom} - {"multiprocessing", "markdown_it", "charset_normalizer.api", "bs4.element"},
        {"lxml"},
    ):
        command = [sys.executable, "-c", script, "build", "--quiet"]
        done = subprocess.run(command, check=False, cwd=site, capture_output=True, text=True)
        assert (done.returncode, {*done.stdout.split()} <= words, "lxml" in done.stdout) == (0, True, True), done.stdout
        file.write_text(f"{header}---\n<p>All of it is still HTML.</p>\n", encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [(), ("--quiet",), ("--verbose",), ("--json",), ("--strict",), ("--json", "--strict", "-q"),
     ("--limit", "1", "--format", "atom"), ("--config", "feedtool.toml", "--cache=kept")],
    ids=" ".join,
)  # fmt: skip
def test_the_quick_answer_is_in_the_same_words(site: Path, shell: Shell, words: tuple[str, ...]) -> None:
    """Messages, report and exit status are those of a build that parses its words."""
    shell("build", *words)
    before = tree(site / "output")
    parsed = shell("build", *words, "--jobs", "1")  # other words: not those of the last build
    assert shell.was_built
    shell("build", *words)
    quick = shell("build", *words)
    assert not shell.was_built
    assert quick == parsed
    assert tree(site / "output") == before


@pytest.mark.parametrize("words", [(), ("--limit=1", "--format", "atom", "--json", "--strict")], ids=" ".join)
def test_known_words_are_not_parsed_again(
    site: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """A changed post is built with the options of the build before: what it says, and its status, are the same."""
    shell("build", *words)
    copy = shutil.copytree(site, site.parent / "other/site")
    for folder in (site, copy):
        (folder / "posts/2024-01-05-milk.md").write_text(post("Green tea", date="2024-01-05"), encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(cli, "commands", lambda: pytest.fail("the words were parsed"))
        again = shell("build", *words)
    monkeypatch.chdir(copy)
    assert again == shell("build", *words, "--jobs", "1")
    assert {*tree(site / "output")} == {*tree(copy / "output")}
    assert b"Green tea" in (site / "output/atom.xml").read_bytes()
    assert shell("build", *words, "--limit", "none")[0] == 2


def test_every_option_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that is not parsed again has the options of the one before, all of them, also those to come."""
    monkeypatch.chdir(tmp_path)
    every = get_command(commands()).commands["build"].params  # type: ignore[attr-defined]
    options = [each for each in every if each.name not in ("against", "executor")]  # they may hold a password
    asked = Asked(("build",))
    words = [word for each in options for word in ((each.opts[0],) if each.is_flag else (each.opts[0], "3"))]
    with pytest.raises(SystemExit):
        commands()(["build", *words], obj=asked)
    assert asked.options
    assert asked.options == json.loads(json.dumps(asked.options))
    assert asked.options.keys() == {each.name for each in every}
    assert [each.name for each in options if asked.options[each.name] == each.default] == []


def test_a_new_configuration_counts(site: Path, shell: Shell) -> None:
    """Also where there was none at the build before, in the same words."""
    (site / "feedtool.toml").unlink()
    shell("build")
    shell("build")
    assert not shell.was_built
    (site / "feedtool.toml").write_text('[site]\ntitle = "Another"\n', encoding="utf-8")
    shell("build")
    assert b"Another" in (site / "output/atom.xml").read_bytes()


def test_the_size_of_the_cache_is_told(site: Path, shell: Shell) -> None:
    """To who asks for more, by any build that has a cache."""
    _, first, _ = shell("build", "--verbose")
    _, again, _ = shell("build", "--verbose")
    assert not shell.was_built
    megabytes = (site / ".feedtool/cache.sqlite").stat().st_size / 1e6
    assert re.search(rf"^cache +{megabytes:.1f} MB$", first, re.MULTILINE)
    assert first.count("\ncache ") == again.count("\ncache ") == 1
    assert "\ncache " not in shell("build")[1] + shell("build", "--verbose", "--no-cache")[1]


def test_annotations_and_the_summary_page_are_those_of_any_build(
    site: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitHub shows the problems beside the files after each build."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(site.parent / "page.md"))
    for _ in range(2):
        _, _, err = shell("build")
    assert not shell.was_built
    assert "::error file=posts/bad.md" in err
    assert (site.parent / "page.md").read_text().count("| entries | 2 in ") == 2


def edit(name: str, old: str, new: str) -> Callable[[Path], object]:
    """Return what replaces a text in a file."""
    return lambda site: (site / name).write_text((site / name).read_text().replace(old, new))


def link(site: Path) -> None:
    """Put a link to itself, elsewhere, in the place of a post."""
    (site / "posts/tea.md").rename(site / "tea")
    (site / "posts/tea.md").symlink_to("../tea")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a post": edit("posts/tea.md", "---\n\nGood", "updated: 2024-03-01\n---\n\nOther"),
    "a new post": lambda site: lay(site, {"posts/new.md": post("New", date="2024-02-02")}),
    "a lost post": lambda site: (site / "posts/tea.md").unlink(),
    "the configuration": edit("feedtool.toml", "[site]", '[site]\ntitle = "Other"'),
    "no configuration": lambda site: (site / "feedtool.toml").unlink(),
    "a template": edit("templates/extra.css", "red", "blue"),
    "a new template": lambda site: lay(site, {"templates/index.html": '{% extends "base.html" %}'}),
    "a lost output file": lambda site: (site / "output/rss.xml").unlink(),
    "an edited output file": edit("output/tag/tea/atom.xml", "Tea", "Hot"),
    "a lost output folder": lambda site: shutil.rmtree(site / "output"),
    "a post that became a link": link,
    "a markup that is not read": lambda site: lay(site, {"posts/a.rst": "A\n="}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_escapes_the_quick_answer(site: Path, shell: Shell, change: str) -> None:
    """After any change of what a build depends on, the output is that of a build from nothing; then it is quick again."""
    lay(site, {"templates/extra.css": "body { color: red }"})
    time.sleep(0.06)
    shell("build")
    shell("build")
    assert not shell.was_built
    if (site / "output/index.html").exists():
        shutil.copytree(site / "output", site.parent / "published")
    CHANGES[change](site)
    time.sleep(0.06)
    shell("build")
    assert shell.was_built
    if "output" not in change:
        found = tree(site / "output")
        shutil.rmtree(site / "output")
        shutil.copytree(site.parent / "published", site / "output")
        shell("build", "--no-cache")
        assert found == tree(site / "output")
    shell("build")
    shell("build")
    assert not shell.was_built


def test_a_fresh_clone_gets_the_quick_answer_too(site: Path, shell: Shell) -> None:
    """All posts are new files, and git knows that each has the content that it had.

    Of those that it wrote when it wrote its index, as the clock tells, it does not: they are read.
    """
    who = {f"GIT_{role}_{part}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}

    def git(*words: str) -> None:
        subprocess.run(["git", *words], check=True, capture_output=True, cwd=site, env=os.environ | who)

    lay(site, {f"posts/{n}.md": post(f"Note {n}", date=f"2024-01-{n + 1:02}") for n in range(25)})
    time.sleep(0.06)
    shell("build")
    before = tree(site / "output")
    git("init", "--quiet")
    git("add", "posts")
    git("commit", "--quiet", "--message", "All")
    for name, is_of_one_tick in (("3", False), ("4", True)):
        shutil.rmtree(site / "posts")
        git("checkout", "--", ".")
        time.sleep(0.06)
        git("rm", "--quiet", "--cached", "-r", ".")
        git("reset", "--quiet")
        if is_of_one_tick:
            os.utime(
                site / ".git/index", ns=(0, sorted(path.stat().st_mtime_ns for path in site.glob("posts/?.md"))[4])
            )
        shell("build")
        assert not shell.was_built
        assert tree(site / "output") == before
        (site / f"posts/{name}.md").write_text(post(f"Tote {name}", date=f"2024-01-0{int(name) + 1}"))
        time.sleep(0.06)
        shell("build")
        assert shell.was_built
        before = tree(site / "output")
        assert f"Tote {name}".encode() in before["atom.xml"]
        git("commit", "--quiet", "--all", "--message", "One")


@pytest.mark.parametrize("words", [("--no-cache",), ("--prune",), ("--cache", "nowhere"), ("--output", "elsewhere")])
def test_other_words_get_their_own_answer(site: Path, shell: Shell, words: tuple[str, ...]) -> None:
    """What the last build was asked holds for those words alone."""
    shell("build")
    shell("build")
    assert not shell.was_built
    shell("build", *words)
    assert shell.was_built
    assert (site / "elsewhere").exists() == ("elsewhere" in words)


def test_a_scheduled_post_comes_on_its_day(site: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick answer ends when the next post is due."""
    lay(
        site,
        {"feedtool.toml": CONFIG + "[posts]\nfuture = false\n", "posts/later.md": post("Later", date="2099-01-01")},
    )
    time.sleep(0.06)
    shell("build")
    assert '"later"' not in (site / "output/feed.json").read_text().lower()
    shell("build")
    assert not shell.was_built
    monkeypatch.setattr(time, "time_ns", lambda: 4_100_000_000_000_000_000)
    shell("build")
    assert shell.was_built
    assert '"later"' in (site / "output/feed.json").read_text().lower()


def test_a_build_while_another_is_at_work_waits(site: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick answer does not speak for an output that is being written."""
    fcntl = pytest.importorskip("fcntl")
    shell("build")
    handle = os.open(site / "output", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    monkeypatch.setattr(building, "built", lambda *_, **__: sys.exit(7))
    assert shell("build")[0] == 7
    os.close(handle)


def test_a_cache_from_elsewhere_cannot_steer_a_terminal(site: Path, shell: Shell) -> None:
    """What the quick answer prints has no control characters and no commands to a CI's runner."""
    lay(site, {"posts/2024-01-06-x.md": post("X", date="2024-01-06", lang="\\x1b[31m::stop")})
    time.sleep(0.06)
    shell("build")
    _, out, err = shell("build")
    assert not shell.was_built
    assert "\x1b" not in out + err


def test_no_password_of_an_address_is_in_the_cache(site: Path, shell: Shell) -> None:
    """A CI keeps the cache, and others may read it; the build finds nothing to do all the same."""
    shell("build")
    for _ in range(2):
        assert shell("build", "--against", "https://me:pass-word@example.org/feeds.json")[0] == 0
    assert not [
        path for path in (site / ".feedtool").rglob("*") if path.is_file() and b"pass-word" in path.read_bytes()
    ]
