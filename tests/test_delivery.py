"""What people copy or run from the repository beside the command itself: workflows, hooks, the container."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from runs import lay, post, run

from feedtool.model import Host

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs/workflows"
GITHUB = sorted(
    path
    for path in (*DOCS.glob("*.yml"), *(ROOT / ".github/workflows").glob("*.yml"))
    if not path.name.startswith("gitlab-")
)
GITLAB = sorted(DOCS.glob("gitlab-*.yml"))
#: who publishes what is pinned by its commit: nobody but ourselves is taken at a tag's word
OURS = "feedtool/feedtool@v"

each_workflow = pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.name)


def loaded(path: Path) -> dict[Any, Any]:
    """Return what a YAML file says; its key `on` is True to YAML 1.1."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def steps(path: Path) -> Iterator[dict[str, Any]]:
    """Yield each step of a workflow or an action."""
    whole = loaded(path)
    jobs = whole["jobs"].values() if "jobs" in whole else [whole["runs"]]
    for job in jobs:
        yield from job["steps"]


@pytest.mark.parametrize("path", [*GITHUB, ROOT / "action.yml"], ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """A tag can be moved to anything; the comment says which release the commit is."""
    lines = path.read_text(encoding="utf-8").splitlines()
    used = [
        line.partition("uses:")[2].strip() for line in lines if "uses:" in line and not line.strip().startswith("#")
    ]
    assert used
    for each in used:
        if not each.startswith((OURS, "./")):
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+){2}", each), each


def test_an_action_is_pinned_to_one_commit_everywhere() -> None:
    """Whoever raises a version raises it in all files."""
    pins: dict[str, set[str]] = {}
    for path in (*GITHUB, ROOT / "action.yml"):
        for step in steps(path):
            name, _, version = step.get("uses", "").partition("@")
            pins.setdefault(re.sub(r"^(actions/cache).*", r"\1", name), set()).add(version)
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}


@pytest.mark.parametrize("path", [*GITHUB, ROOT / "action.yml"], ids=lambda path: path.name)
def test_no_script_holds_what_somebody_else_wrote(path: Path) -> None:
    """Values reach scripts as variables of the environment: an expression within a script would be run."""
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []


@each_workflow
def test_a_workflow_may_do_no_more_than_it_must(path: Path) -> None:
    """Nothing by default, each job what it needs; no pull request runs with rights, no token stays on the disk."""
    whole = loaded(path)
    assert whole["permissions"] == {}
    assert "pull_request_target" not in whole[True]
    assert "concurrency" in whole
    for job in whole["jobs"].values():
        assert job["timeout-minutes"] <= 90
        assert set(job["permissions"]) <= {"contents", "pages", "id-token"}
        assert job["permissions"].get("contents", "read") == "read"
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.yml")), ids=lambda path: path.name)
def test_what_a_workflow_asks_of_feedtool_is_to_be_had(path: Path) -> None:
    """Inputs are those of the action; commands and options those of the command line."""
    inputs = set(loaded(ROOT / "action.yml")["inputs"])
    if path in GITHUB:
        ours = [step for step in steps(path) if step.get("uses", "").startswith(OURS)]
        assert len(ours) == 1
        assert set(ours[0].get("with", {})) <= inputs
        return
    (job,) = [job for job in loaded(path).values() if "script" in job]
    (line,) = [line for line in job["script"] if line.startswith("feedtool build")]
    options = {word for word in shlex.split(line) if word.startswith("--")}
    told = run("build", "--help", cwd=ROOT, env={"COLUMNS": "300", "TERM": "dumb"}).out
    assert [option for option in options if option not in told] == []


def test_the_release_is_the_one_that_there_is() -> None:
    """What people copy names the version at hand."""
    version = re.search('^__version__ = "(.+)"$', (ROOT / "feedtool/__init__.py").read_text(), re.MULTILINE)
    assert version
    for path in (*DOCS.glob("*.yml"), ROOT / "docs/hosting.md"):
        text = path.read_text(encoding="utf-8")
        named = re.findall(r"feedtool(?:\[publish\])?(?:@v|==)([0-9.]+[0-9])|rev: v([0-9.]+)", text)
        assert {"".join(each) for each in named} == {version[1]}, path


def test_the_page_on_hosting_leads_to_every_file() -> None:
    """And to none that is not there; the hosts that it names can be configured."""
    page = (ROOT / "docs/hosting.md").read_text(encoding="utf-8")
    links = set(re.findall(r"\]\(([^)#]+)\)", page))
    assert {f"workflows/{path.name}" for path in DOCS.iterdir()} <= links
    assert [link for link in links if not (ROOT / "docs" / link).is_file()] == []
    assert set(re.findall(r'host = "([^"]+)"', page)) <= set(get_args(Host))
    for path in DOCS.glob("*.yml"):
        assert set(re.findall(r'host = "([^"]+)"', path.read_text(encoding="utf-8"))) <= set(get_args(Host))


def test_the_hook_finds_what_is_wrong(tmp_path: Path) -> None:
    """It runs the check, in the folder of the configuration, whatever was committed."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["language"], hook["pass_filenames"]) == ("python", False)
    program, *arguments = shlex.split(hook["entry"])
    assert program in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    lay(tmp_path, {"posts/a.md": post(), "feedtool.toml": '[site]\nurl = "https://feeds.example.org/"\n'})
    assert run(*arguments, cwd=tmp_path).status == 0
    lay(tmp_path, {"posts/b.md": "no date"})
    assert run(*arguments, cwd=tmp_path).status == 1
    for name in ("posts/a.md", "posts/b.html", "feedtool.toml", "site/feedtool.toml"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "pictures/a.png")


def test_the_container_gets_what_it_copies() -> None:
    """Nothing else of the folder is sent, and nobody in it is root."""
    lines = (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines()
    copied = {name.removeprefix("./") for line in lines if line.startswith("COPY") and "--from" not in line
              for name in line.split()[1:-1]}  # fmt: skip
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert allowed[0] == "*"
    assert {line.removeprefix("!") for line in allowed if line.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users
    assert users[-1] not in ("0", "root")
