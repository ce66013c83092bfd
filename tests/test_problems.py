"""Problems: each kind has a case that a person can read, and `feedtool explain` tells what it means.

A case is a folder `problems/<code>/` with posts, perhaps a feedtool.toml, and what is said of them; arguments.txt
holds other arguments than the site's address. What git cannot hold, a function here lays out.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from heavy import sampled
from runs import SITE_URL, UNPRIVILEGED, Run, build, lay, post, process, run

from feedtool.disk import LARGEST_POST
from feedtool.problems import Code
from feedtool.report import all_codes

CASES = Path(__file__).parent / "problems"

#: codes without a case here, and why
EXEMPT = {
    "internal-error": "stands for a mistake of ours that nobody knows of; test_build.py brings one about",
    "worker-died": "no input brings it about; test_spread.py kills workers",
    **dict.fromkeys(
        ("verify-xml", "verify-json", "verify-head", "verify-self", "verify-ids", "verify-entries", "verify-entry"),
        "no input brings it about while our documents are right; test_verify.py damages documents",
    ),
    **dict.fromkeys(("verify-address", "verify-list"), "as the other verify codes: test_verify.py damages documents"),
    **dict.fromkeys(
        ("shown-anew", "vanishing", "doubled", "nothing-known", "no-feeds", "unreadable-feed"),
        "said by `feedtool check`, not by a build: test_checking.py",
    ),
    **dict.fromkeys(
        ("foreign-object", "odd-object", "obsolete-object", "not-purged", "not-announced", "bad-published-manifest"),
        "said by `feedtool publish`, not by a build: publish/test_s3.py, publish/test_told.py, publish/test_trust.py",
    ),
    **dict.fromkeys(
        ("bad-plugin", "plugin-failed", "left-out"), "takes a program of the site's owner: test_plugins.py"
    ),
    "too-many-files": "takes many files; test_budgets.py sets the limit low",
    "many-files": "takes twenty thousand files; test_budgets.py counts them",
    "no-mutagen": "as no-brotli; test_podcasts.py takes the package away",
    "no-docutils": "whether the package is there is the machine's affair; reader/test_rst.py takes it away",
    "no-python-markdown": "as no-brotli; reader/test_markdown.py takes the package away",
    "no-brotli": "whether the package is there is the machine's affair; test_twins.py takes it away",
    "too-many-redirects": "takes a hundred aliases; test_hosts.py has them",
    **{code.name: "test_check.py has a feed for each" for code in all_codes() if code.name.startswith("check-")},
}


def _linked(folder: Path) -> None:
    lay(folder, {"posts/tea.md": post("Tea"), "secret/key.md": post("Key")})
    (folder / "posts" / "loop").symlink_to("../posts")
    (folder / "posts" / "key.md").symlink_to("../secret/key.md")


def _unreadable(folder: Path) -> None:
    lay(folder, {"posts/tea.md": post("Tea"), "posts/locked.md": post("Locked")})
    (folder / "posts" / "locked.md").chmod(0)


def _hourly(folder: Path) -> None:
    for hour in range(30):
        when = f"2024-05-{1 + hour // 24:02}T{hour % 24:02}:00:00Z"
        lay(folder, {f"posts/{hour}.md": f"---\ntitle: Hour {hour}\ndate: {when}\n---\nWords.\n"})
    lay(folder, {"feedtool.toml": "[feeds]\nlimit = 20\n"})


def _flooding(folder: Path) -> None:
    for second in range(60):
        when = f"2024-05-01T10:00:{second:02}Z"
        lay(folder, {f"posts/{second}.md": f"---\ntitle: Second {second}\ndate: {when}\n---\nWords.\n"})
    lay(folder, {"feedtool.toml": "[feeds]\narchives = true\nlimit = 25\n"})


def _abandoned(folder: Path) -> None:
    lay(folder, {"posts/tea.md": post("Tea")})
    build(cwd=folder)
    lay(folder, {"feedtool.toml": '[feeds]\nformats = ["atom"]\n'})


def _given_other_ids(folder: Path) -> None:
    lay(folder, {"posts/tea.md": post("Tea")})
    build(cwd=folder)
    lay(folder, {"feedtool.toml": '[posts]\nids = "jekyll"\n'})


def _emptied(folder: Path) -> None:
    lay(folder, {"posts/tea.md": post("Tea")})
    build(cwd=folder)
    shutil.rmtree(folder / "output")


def _rewritten(folder: Path) -> None:
    lay(folder, {"posts/tea.md": post("Tea", date="2024-05-01")})
    build(cwd=folder)
    (folder / "posts/tea.md").rename(folder / "posts/leaves.md")
    lay(folder, {"posts/leaves.md": post("Tea", date="2024-05-01", body="Nothing else is as it was.")})


def _misled(folder: Path) -> None:
    lay(folder, {"posts/tea.md": post("Tea")})
    build(cwd=folder)
    lay(folder, {"output/CNAME": "example.org"})
    manifest = folder / "output/ledger/files.json"
    manifest.write_text(manifest.read_text().replace('"files": {', f'"files": {{"CNAME": "{"0" * 64}",'))


def _huge(folder: Path) -> None:
    lay(folder, {"posts/tea.html": post("Tea", body=f"<p>{'word ' * 1_050_000}</p>")})
    lay(folder, {"feedtool.toml": "[feeds]\nmax_bytes = 0\n"})


BUILDERS: dict[str, Callable[[Path], object]] = {
    "byte-order-mark": lambda folder: lay(folder, {"posts/tea.md": b"\xef\xbb\xbf" + post("Tea").encode()}),
    "carriage-returns": lambda folder: lay(folder, {"posts/tea.md": post("Tea").replace("\n", "\r\n")}),
    "not-utf8": lambda folder: lay(
        folder, {"posts/tea.md": post("茶館", body="春天的早晨，老街的茶館開門了。").encode("big5")}
    ),
    "forbidden-characters": lambda folder: lay(folder, {"posts/tea.md": post("Tea", body="Wo\0rds\x08.\uffff")}),
    "too-large": lambda folder: lay(folder, {"posts/tea.md": post("Tea", body="word\n" * (LARGEST_POST // 5))}),
    "header-too-large": lambda folder: lay(folder, {"posts/tea.md": post("Tea", image="data:" + "A" * 70_000)}),
    "symbolic-link": _linked,
    "unreadable-file": _unreadable,
    "unusable-cache": lambda folder: lay(
        folder, {"posts/tea.md": post("Tea"), ".feedtool/cache.sqlite": "words " * 99}
    ),
    "bad-manifest": lambda folder: lay(folder, {"posts/tea.md": post("Tea"), "output/feeds.json": "{"}),
    "feed-too-short": _hourly,
    "feed-floods": _flooding,
    "feed-too-large": _huge,
    "left-over": _abandoned,
    "kept-file": _misled,
    "ids-kept": _given_other_ids,
    "doubtful-id": _rewritten,
    "lost-manifest": _emptied,
}

CODES: dict[str, Code] = {code.name: code for code in all_codes()}


_SAID: dict[str, Run] = {}


def said(case: str, folder: Path) -> Run:
    """Lay out a case and build it, or return what was said the first time."""
    if case not in _SAID:
        _SAID[case] = _built(case, folder)
    return _SAID[case]


def _built(case: str, folder: Path) -> Run:
    if case in BUILDERS:
        BUILDERS[case](folder)
    else:
        shutil.copytree(CASES / case, folder, dirs_exist_ok=True)
    if case == "unreadable-file":
        return process("build", "--jobs", "1", "--site-url", SITE_URL, cwd=folder, before=UNPRIVILEGED)
    arguments = folder / "arguments.txt"
    if arguments.exists():
        return run("build", "--jobs", "1", *arguments.read_text().split("\n")[:-1], cwd=folder)
    return build(cwd=folder)


ALL = sorted({path.name for path in CASES.iterdir()} | BUILDERS.keys())


@pytest.mark.parametrize("case", sampled(ALL, *ALL[::2]))
def test_a_problem_is_told_as_people_can_use_it(case: str, tmp_path: Path, update: bool) -> None:  # noqa: FBT001
    """File, line, field, what was read, what to write instead, and the code: word by word."""
    expected = CASES / case / "expected.txt"
    told = said(case, tmp_path).err
    if update:
        lay(CASES, {f"{case}/expected.txt": told})
    assert expected.read_text(encoding="utf-8") == told
    assert f"[{case}]" in told


@pytest.mark.parametrize("case", sorted({path.name for path in CASES.iterdir()} | BUILDERS.keys()))
def test_only_what_stops_a_build_stops_it(case: str, tmp_path: Path) -> None:
    """Configuration ends with 2, nothing to publish with 1, everything else with 0."""
    usage = {"config-unreadable", "config-syntax", "unknown-key", "wrong-type", "bad-value"}
    status = 2 if case in usage else 1 if case in {"nothing-to-build", "no-folder"} else 0
    assert said(case, tmp_path).status == status


def test_every_code_has_a_case() -> None:
    """No kind of problem is without an example, or a reason why there is none."""
    cases = {path.name for path in CASES.iterdir()} | BUILDERS.keys()
    assert CODES.keys() - cases == EXEMPT.keys()


def test_every_case_has_a_code() -> None:
    """A code that was renamed leaves no case behind."""
    assert {path.name for path in CASES.iterdir()} <= CODES.keys()


@pytest.mark.parametrize("name", sorted(CODES))
def test_explain_tells_what_a_code_means_and_what_to_do(name: str, tmp_path: Path) -> None:
    """`feedtool explain CODE` knows every code."""
    told = run("explain", name, cwd=tmp_path)
    assert (told.status, told.err) == (0, "")
    assert CODES[name].meaning in told.out
    assert CODES[name].fix in told.out


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_meaning_is_a_sentence(name: str) -> None:
    """It says what it means and what feedtool does, in words that end."""
    meaning = CODES[name].meaning
    assert (len(meaning.split()) > 4, meaning[-1]) == (True, ".")


@pytest.mark.parametrize(
    ("name", "near", "far"),
    [("bad-dat", {"bad-date", "bad-email"}, "feed-floods"), ("Share", {"share-link", "share-buttons"}, "bad-date")],
)
def test_an_unknown_name_is_told_with_those_that_are_near(tmp_path: Path, name: str, near: set[str], far: str) -> None:
    """Wrong usage: exit status 2, one line, and a handful of names that are spelled alike or share a word."""
    told = run("explain", name, cwd=tmp_path)
    proposed = told.err.partition("Did you mean ")[2].strip().removesuffix("?").split(", ")
    assert (told.status, len(told.err.splitlines())) == (2, 1)
    assert near <= set(proposed)
    assert (len(proposed) <= 5, far in proposed) == (True, False)


def test_where_no_name_is_near_it_is_said_where_they_are_listed(tmp_path: Path) -> None:
    """One line, and not the hundreds of names that there are."""
    told = run("explain", "no-such-code", cwd=tmp_path)
    assert (told.status, len(told.err.splitlines())) == (2, 1)
    assert "docs/configuration.md" in told.err
    assert not set(CODES) & set(told.err.replace(",", " ").split())
