"""Manners: what people see on a terminal, and programs in a pipe."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from heavy import heavy
from runs import lay, post, process, run
from terminals import on_terminal, stays

from feedtool.cli import commands
from feedtool.cli.options import EXAMPLES

pytestmark = heavy

#: of click, which typer brings along in one release and requires in another
ROOT: Any = typer.main.get_command(commands())
COMMANDS = sorted(ROOT.commands)

each_command = pytest.mark.parametrize("name", COMMANDS)

#: each post takes its time, on every machine
SLOW = """
import time, feedtool.build.pipeline, feedtool.sanitiser
clean = feedtool.sanitiser.clean
def slow(*values, **more):
    time.sleep(0.04)
    return clean(*values, **more)
feedtool.sanitiser.clean = slow
"""


def site(folder: Path, count: int = 1) -> Path:
    """Lay out posts whose dates are doubtful."""
    bad = {f"posts/2024-01-02-{n}.md": post(f"Post {n}", date="01/02/03") for n in range(count)}
    return lay(folder, bad)


@each_command
def test_every_command_shows_how_it_is_used(name: str, tmp_path: Path) -> None:
    """Its help ends with lines that can be typed as they stand."""
    shown = run(name, "--help", cwd=tmp_path)
    assert 0 == shown.status
    assert len(EXAMPLES[name]) >= 1
    assert all(line in shown.out and why in shown.out for line, why in EXAMPLES[name])
    assert shown.out == run(name, "-h", cwd=tmp_path).out


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line, _ in lines])
def test_an_example_is_understood(line: str) -> None:
    """No example names an option that is not there, or leaves out what is needed."""
    program, name, *rest = shlex.split(line.partition(" > ")[0])
    assert "feedtool" == program
    context = ROOT.commands[name].make_context(name, rest)
    assert name == context.info_name


def test_the_list_of_commands_cuts_no_sentence(tmp_path: Path) -> None:
    """Whoever types only `feedtool` learns what each command is for."""
    shown = run("--help", cwd=tmp_path).out
    told = re.findall(r"^  (\w+) +(\S.*)$", shown.partition("Commands:")[2].partition("Examples:")[0], re.MULTILINE)
    assert COMMANDS == sorted(name for name, _ in told)
    assert [] == [text for _, text in told if not text.endswith(".") or text.endswith("...")]


def test_colours_help_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    """A terminal shows levels in colours; NO_COLOR, a pipe, and a terminal that is none have none."""
    site(tmp_path)
    assert "\x1b[33mwarning" in on_terminal("build", "--no-cache", cwd=tmp_path)
    assert "\x1b[33m" in on_terminal("check", cwd=tmp_path)
    plain = on_terminal("build", "--no-cache", cwd=tmp_path, env={"NO_COLOR": "1"})
    assert not re.search(r"\x1b\[[0-9;]*m", plain)
    piped = process("build", "--no-cache", cwd=tmp_path)
    assert "warning" in piped.err
    assert "\x1b" not in piped.err + piped.out


def test_no_command_colours_what_goes_into_a_pipe(tmp_path: Path) -> None:
    """Nor what a terminal shows that knows no colours."""
    site(tmp_path)
    assert "\x1b[" not in on_terminal("build", "--no-cache", cwd=tmp_path, env={"TERM": "dumb"})
    for name in ("explain", "learn", "--help"):
        told = process(name, *(["bad-date"] if name == "explain" else []), cwd=tmp_path)
        assert "\x1b" not in told.out + told.err


def test_many_alike_are_counted_and_told_when_asked_for(tmp_path: Path) -> None:
    """Forty posts with one fault say it once and count the rest; -v lists every occurrence, and what it means."""
    site(tmp_path, 40)
    short = run("build", "--jobs", "1", "--no-cache", cwd=tmp_path).err
    assert 1 == len(re.findall(r"^posts/.*\[bad-date\] and 39 more: posts/\S+, posts/\S+$", short, re.MULTILINE))
    assert "-v lists every occurrence" in short
    assert "The next source of a date is used." not in short
    long = run("build", "--jobs", "1", "--no-cache", "-v", cwd=tmp_path).err
    assert 40 == len(re.findall(r"^posts/.*\[bad-date\]$", long, re.MULTILINE))
    assert 1 == long.count("The next source of a date is used.")
    assert " more: " not in long


@pytest.mark.parametrize("command", ["build", "check", "list", "links", "publish", "learn", "serve"])
def test_an_empty_or_a_wrong_folder_is_said_in_one_line(command: str, tmp_path: Path) -> None:
    """With what to do; a configuration in a folder above is named."""
    lay(tmp_path, {"site/posts/.keep": "", "site/a/b/.keep": "", "empty/.keep": ""})
    done = run(command, cwd=tmp_path / "empty")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert "no posts and no feedtool.toml here. Run `feedtool init`" in done.err
    lay(tmp_path, {"site/feedtool.toml": ""})
    above = run(command, cwd=tmp_path / "site/a/b")
    assert (above.status, above.err.count("\n")) == (2, 1)
    assert str(tmp_path / "site/feedtool.toml") in above.err
    assert [path.name for path in (tmp_path / "empty").iterdir()] == [".keep"]


def test_a_few_lines_tell_each_kind_of_problem(tmp_path: Path) -> None:
    """A site with hundreds of problems of many kinds has them told in ten lines; errors come first."""
    faults = {
        "a": "date: 2024-01-01\ntags:", "b": "", "c": "date: 2024-01-01\ntags: [a, '']", "d": "date: 2024-01-01\nurl: 'a b'",
        "e": "date: 2024-01-01\nauthor: {name: A, email: x}", "f": "date: 2024-01-01\nlang: x_y_z", "g": "date: 31.31.2024",
        "h": "date: 2024-01-01\nenclosure: x", "i": "date: 2024-01-01\nfrom: x", "j": "date: 2024-01-01\ncontent: x",
        "k": "date: 2024-01-01\ntags: [[a]]", "l": "date: 2024-01-01\ntitle: [b]", "m": "date: 2024-01-01\ndate: 2024-01-02",
    }  # fmt: skip
    lay(tmp_path, {f"posts/{of}{n}.md": f"---\n{line}\n---\nWords.\n" for of, line in faults.items() for n in range(9)})
    for command in ("build", "check"):
        done = run(command, "--jobs", "1", cwd=tmp_path)
        told = done.err if command == "build" else done.out
        lines = told.splitlines()
        assert len(lines) <= 12
        assert "error: no date can be found  [missing-date] and" in lines[command == "check"]
        assert re.search(r"^and \d+ more kinds: [a-z-]+ \(\d+\)", told, re.MULTILINE)
        assert "-v lists every occurrence, and explains each kind." in lines


def test_a_build_fits_on_a_screen(tmp_path: Path) -> None:
    """Problems by kind, however long their words are, and the summary below them: 24 lines of 80 columns."""
    faults = {
        "a": "date: 2024-01-01\ntags:",
        "b": "",
        "c": "date: 31.31.2024",
        "d": f"date: 2024-01-01\nurl: 'a {'很' * 300}'",
    }
    long = "a-rather-long-name-of-a-post-about-something-that-took-some-days"
    faults |= {
        "e": "date: 2024-01-01\nlang: x_y_z",
        "f": "date: 2024-01-01\ntitle: [b]",
        "g": "date: 2024-01-01\nfrom: x",
    }
    lay(
        tmp_path,
        {f"posts/{of}-{long}-{n}.md": f"---\n{line}\n---\nWords.\n" for of, line in faults.items() for n in range(5)},
    )
    env = {"COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}
    shown = on_terminal("build", "--jobs", "1", cwd=tmp_path, env=env, before=SLOW.replace("0.04", "0.08"))
    lines = stays(shown)
    assert "left" in shown, "how far it was is not on the screen in the end"
    assert len(lines) <= 23
    assert "error: no date can be found" in " ".join(" ".join(lines).split())
    assert lines[-1].startswith("next")


LONG = ("build", "--no-cache", "--limit", "0", "--jobs", "1")


def test_what_takes_long_shows_how_far_it_is(tmp_path: Path) -> None:
    """After a second there is a line with a rate, and nothing of it stays."""
    site(tmp_path, 45)
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", on_terminal(*LONG, cwd=tmp_path, before=SLOW))
    assert re.search(r"cleaning .* \d+/45 +\d+(\.\d)?/s", shown)
    assert re.search(r"\d (s|min) left", shown)


def test_what_is_said_meanwhile_stands_on_a_line_of_its_own(tmp_path: Path) -> None:
    """Such as that a build waits for another, or what a function under [plugins] prints."""
    site(tmp_path, 45)
    talking = SLOW.replace("time.sleep(0.04)", "time.sleep(0.04); print('words of mine')")
    shown = on_terminal(*LONG, cwd=tmp_path, before=talking)
    assert set(re.findall(r"(.)words of mine", shown, re.DOTALL)) == {"\r", "\n"}


@pytest.mark.parametrize("way", ["CI", "--quiet"])
def test_a_log_has_no_bar(tmp_path: Path, way: str) -> None:
    """Neither in CI, nor where somebody asks for quiet."""
    site(tmp_path, 40)
    quiet, env = (("--quiet",), {}) if way == "--quiet" else ((), {"CI": "true"})
    assert "left" not in on_terminal(*LONG, *quiet, cwd=tmp_path, env=env, before=SLOW)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_codes_and_rules(shell: str, tmp_path: Path) -> None:
    """Tab finds what a name begins with."""

    def completed(line: str) -> str:
        words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1), "_TYPER_COMPLETE_ARGS": line}
        words |= {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}
        return process(cwd=tmp_path, env=words | {"_FEEDTOOL_COMPLETE": f"complete_{shell}"}, before=_NAMED).out

    assert "explain" in completed("feedtool exp")
    assert "bad-date" in completed("feedtool explain bad-d")
    assert "related-box" in completed("feedtool explain related-b")
    assert "sarif" in completed("feedtool check --format sa")


#: completion goes by the name that the program was called by
_NAMED = "sys.argv[0] = 'feedtool'"
