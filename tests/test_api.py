"""feedtool as a library: the same builds and checks, as functions that a program can rely on."""

from __future__ import annotations

import contextlib
import doctest
import os
import pickle
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from runs import SITE_URL, UNPRIVILEGED, lay, post, tree
from runs import build as build_by_command

import feedtool
from feedtool import ConfigError, OutputError, api, build, check, check_files, load_config, read_entries, read_posts

HERE = {"site.url": SITE_URL}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder with a post."""
    return lay(tmp_path, {"posts/2024/good.md": post(tags="[one, two]")})


def python(script: str, *, cwd: Path) -> str:
    """Run a program of its own, and return what it printed."""
    done = subprocess.run([sys.executable, "-c", script], cwd=cwd, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_examples_of_the_documentation_work(site: Path) -> None:
    """Whoever copies them gets what they say."""
    with contextlib.chdir(site):
        results = doctest.testmod(api, raise_on_error=False)
    assert (results.failed, results.attempted >= 8) == (0, True)


def test_everything_promised_is_there() -> None:
    """Each name can be imported from the package, is listed by dir, and says what it is."""
    assert set(feedtool.__all__) <= set(dir(feedtool))
    assert set(api.__all__) < set(feedtool.__all__)
    own = {name for name, value in vars(api).items() if getattr(value, "__module__", "") == api.__name__}
    assert {name for name in own if name[0] != "_"} <= set(api.__all__)
    for name in set(feedtool.__all__) - {"__version__"}:
        assert getattr(feedtool, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'build_sight'"):
        getattr(feedtool, "build_sight")  # noqa: B009


def test_importing_it_costs_nothing(tmp_path: Path) -> None:
    """No module is loaded before it is needed, and what builds not before something is built."""
    script = """
import sys, feedtool
assert feedtool.__version__ and dir(feedtool)
print(sorted(name for name in sys.modules if name.startswith("feedtool.")))
feedtool.load_config()
print([name for name in ("lxml", "bs4", "feedgen", "jinja2", "typer", "rich") if name in sys.modules])
import feedtool.build.pipeline, feedtool.check.document
from feedtool import build, check, report
print(callable(build), callable(check))
"""
    assert python(script, cwd=tmp_path).splitlines() == [
        "['feedtool.build', 'feedtool.check', 'feedtool.frozen']",
        "[]",
        "True True",
    ]


def test_a_program_gets_the_bytes_that_the_command_line_writes(site: Path) -> None:
    """In several processes too."""
    build_by_command(cwd=site)
    script = f"""
from feedtool import build, load_config
if __name__ == "__main__":
    print(build(load_config(overrides={HERE!r}), output="by-two", jobs=2).entries)
"""
    lay(site, {"program.py": script})
    done = subprocess.run([sys.executable, "program.py"], cwd=site, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
    assert tree(site / "by-two") == tree(site / "output")


def test_a_program_may_build_from_a_thread(site: Path) -> None:
    """Several processes are started another way then, which needs the program to guard its own start."""
    script = """
import threading
from feedtool import build, load_config
def work():
    config = load_config(overrides={"site.url": "https://feeds.example.org/"})
    print(build(config, jobs=2).entries)
if __name__ == "__main__":
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
"""
    lay(site, {"program.py": script})
    done = subprocess.run([sys.executable, "program.py"], cwd=site, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


def test_by_default_no_process_is_started_and_nothing_is_printed(site: Path) -> None:
    """A library does its work where it is called, and leaves talking to its caller."""
    lay(site, {"posts/wrong.md": post(lang="Klingon"), "posts/empty.md": ""})
    script = """
import sys
started = []
sys.addaudithook(lambda event, _: started.append(event) if event in (
    "os.fork", "os.forkpty", "os.posix_spawn", "os.exec", "os.system", "subprocess.Popen", "socket.connect") else None)
sys.argv = ["x", "--bad"]
from feedtool import build, check_files, check, load_config, read_posts
config = load_config()
outcome = build(config)
check(config)
check_files(["output"])
list(read_posts(config))
assert len(outcome.problems) >= 3, outcome
assert not started, started
"""
    assert python(script, cwd=site) == ""


def test_a_long_running_program_may_build_often(site: Path) -> None:
    """The garbage collector is left as it was found."""
    script = f"""
import gc
from feedtool import build, load_config
from feedtool.build.executors import processes

config = load_config(overrides={HERE!r})
build(config, jobs=2)
with processes(2) as mapper:
    assert len(list(mapper(abs, range(3)))) == 3
assert gc.get_freeze_count() < 1000
gc.freeze()
build(config, jobs=2)
assert gc.get_freeze_count() > 1000
"""
    assert python(script, cwd=site) == ""


def test_what_is_wrong_with_the_configuration_is_raised_at_once(tmp_path: Path) -> None:
    """All of it, as values and as text; a build with a default in place of what was meant would be worse."""
    lay(tmp_path, {"feedtool.toml": '[site]\ntitel = "x"\ntimezone = "Mars"\n'})
    with pytest.raises(ConfigError) as raised:
        load_config(tmp_path / "feedtool.toml")
    error = pickle.loads(pickle.dumps(raised.value))  # noqa: S301 - our own
    assert [(problem.line, problem.code) for problem in error.problems] == [(2, "unknown-key"), (3, "bad-value")]
    assert f"{tmp_path}/feedtool.toml:2: error: site.titel: unknown key  [unknown-key]" in str(error)
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_config(tmp_path / "nothing.toml")


def test_paths_of_a_configuration_are_relative_to_its_file(site: Path, tmp_path: Path) -> None:
    """As on the command line, wherever the program runs; `base` says otherwise."""
    lay(site, {"feedtool.toml": 'output = "public"\n[site]\nurl = "https://feeds.example.org/"\n'})
    config = load_config(site / "feedtool.toml")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with contextlib.chdir(elsewhere):
        assert build(config).is_built
        assert (site / "public/atom.xml").is_file()
        assert not build(config, base=elsewhere).is_built
        assert list(elsewhere.iterdir()) == []


def test_a_cache_is_kept_where_the_program_says_and_nowhere_else(site: Path) -> None:
    """Nothing is left behind without a word."""
    config = load_config(overrides=HERE)
    build(config, base=site)
    assert sorted(path.name for path in site.iterdir()) == ["output", "posts"]
    build(config, base=site, cache=site / "remembered")
    assert (site / "remembered/cache.sqlite").is_file()
    assert build(config, base=site, cache=site / "remembered").changed == ()


def test_the_present_moment_may_be_told(site: Path) -> None:
    """A post is in the future as of the moment that the program names; where it need not wait, the bytes are the same."""
    config = load_config(overrides=HERE | {"posts.future": True})
    early = build(config, base=site, output=site / "early", now=datetime(2023, 1, 1, tzinfo=UTC))
    late = build(config, base=site, output=site / "late", now=datetime(2025, 1, 1, tzinfo=UTC))
    assert ([problem.code for problem in early.problems], late.problems) == (["future-date"], ())
    assert tree(site / "early") == tree(site / "late")


@pytest.mark.parametrize(("given", "words"), [({"now": datetime(2024, 1, 1)}, "time zone"), ({"jobs": -1}, "jobs")])  # noqa: DTZ001
def test_a_slip_of_the_programmer_is_told_as_one(site: Path, given: dict[str, object], words: str) -> None:
    """Before anything is written."""
    with pytest.raises(ValueError, match=words):
        build(load_config(), base=site, **given)  # type: ignore[arg-type]
    assert not (site / "output").exists()


def test_where_the_output_cannot_be_written_is_raised(site: Path) -> None:
    """With the place and the cure; nothing was changed."""
    lay(site, {"output": "a file"})
    with pytest.raises(OutputError, match="a file is where a folder must be"):
        build(load_config(overrides=HERE), base=site)
    assert (site / "output").read_text() == "a file"


@pytest.mark.skipif(sys.platform != "linux", reason="gives up root's rights as Linux knows them")
def test_where_there_is_no_room_for_a_cache_the_build_does_without(site: Path) -> None:
    """What cannot be remembered is told as a problem, and costs nothing else."""
    (site / "locked").mkdir(mode=0o555)
    script = f"""{UNPRIVILEGED}
from feedtool import build, load_config
outcome = build(load_config(), cache="locked/cache")
print(outcome.is_built, [problem.code for problem in outcome.problems])
"""
    os.chmod(site, 0o777)  # noqa: PTH101, S103 - whoever the program is now may write the output
    assert python(script, cwd=site) == "True ['no-site-url', 'unusable-cache']\n"


def test_a_check_changes_nothing_and_says_what_subscribers_would_see(site: Path) -> None:
    """Beside the output, or beside what the program says is published."""
    config = load_config(overrides=HERE)
    assert check(config, base=site).seen is None
    assert not (site / "output").exists()
    build(config, base=site)
    published = {path: content for path, content in tree(site / "output").items() if path.endswith(".json")}
    lay(site, {"posts/new.md": post("New", date="2024-05-05")})
    before = tree(site)
    for checked in (check(config, base=site), check(config, base=site, output="x", against=published)):
        assert checked.seen is not None
        assert (checked.seen.new, checked.seen.anew, checked.outcome.entries) == (1, 0, 2)
    assert tree(site) == before


def test_files_are_checked_as_on_the_command_line(site: Path) -> None:
    """By name or by folder; there is no such thing as a check of nothing."""
    lay(site, {"feedtool.toml": '[site]\nlanguage = "en"\n'})
    build_by_command(cwd=site)
    assert check_files([site / "output"]) == ()
    lay(site, {"output/atom.xml": "<feed"})
    assert {problem.level for problem in check_files([str(site / "output/atom.xml")])} == {"error"}
    assert [problem.code for problem in check_files([])] == ["no-feeds"]


def test_no_entries_are_no_missing_posts(site: Path) -> None:
    """A program that gives none is told so, and not of options that it does not have."""
    config = load_config(overrides={"site.url": SITE_URL})
    checked, outcome = check(config, base=site, entries=[]), build(config, base=site, entries=[])
    assert {(each.code, each.message) for each in checked.problems} == {("nothing-to-build", "no entry was given")}
    assert checked.problems == checked.outcome.problems == outcome.problems
    assert "--" not in outcome.problems[0].fix


@pytest.mark.parametrize(
    "key", ["site.title", "aliases.Tea", "podcast.title", "podcast.author", "posts.ids_root", "feeds.tag.title"]
)
def test_text_that_no_feed_can_hold_is_refused(key: str) -> None:
    """Half of a pair of surrogates, as Python reads a byte that is not UTF-8; the error names the key."""
    with pytest.raises(ConfigError) as refused:
        load_config(overrides={key: "Tea\udcff"})
    [problem] = refused.value.problems
    assert key.startswith(problem.field)
    assert "U+DCFF" in problem.message


def test_posts_are_read_one_by_one(site: Path) -> None:
    """What each file says, with what is wrong with it; drafts and broken files are told from posts."""
    lay(site, {"posts/a.md": "", "posts/b.md": post("Draft", draft="true"), "posts/c.md": post("C", lang="Klingon")})
    config = load_config(overrides={"posts.dirs": ["posts", "missing"]})
    readings = list(read_posts(config, base=site))
    told = [(each.path, each.post and each.post.title, each.is_draft, len(each.problems)) for each in readings]
    assert told == [
        ("posts/2024/good.md", "A good post", False, 0),
        ("posts/a.md", None, False, 1),
        ("posts/b.md", None, True, 0),
        ("posts/c.md", "C", False, 1),
        ("", None, False, 1),
    ]
    assert readings[0].post
    assert readings[0].post.tags == ("one", "two")


def test_entries_come_and_go_by_their_dates(tmp_path: Path) -> None:
    """Of posts that wait or have expired at that moment there is no entry; where dates do not rule, there is."""
    later, over = post("Later", date="2030-01-01"), post("Over", expiryDate="2024-06-01")
    lay(tmp_path, {"posts/a.md": post("Now"), "posts/b.md": later, "posts/c.md": over})
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    def titles(**settings: object) -> set[str]:
        config = load_config(overrides=HERE | settings)
        return {entry.title for entry in read_entries(config, base=tmp_path, now=moment)}

    assert titles() == {"Now"}
    assert titles(**{"posts.future": True}) == {"Now", "Later", "Over"}


def test_progress_is_told_to_who_asks(site: Path) -> None:
    """Stage by stage, up to the end of each."""
    heard: list[tuple[str, int, int]] = []
    build(
        load_config(overrides=HERE), base=site, progress=lambda stage, done, total: heard.append((stage, done, total))
    )
    assert [each for each in heard if each[1] == each[2]] == [("reading", 1, 1), ("cleaning", 1, 1), ("writing", 3, 3)]
