"""The GitHub Action, run as a runner would: its own script, its own environment, its own files for outputs."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from heavy import heavy, sampled
from runs import SITE_URL, lay, post, tree

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["id"]: step for step in ACTION["runs"]["steps"] if "id" in step}

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="bash is where a runner has it, which is not known here"
)

HOSTILE = [
    "$(touch pwned)",
    "`touch pwned` > pwned",
    "; touch pwned; && touch pwned | touch pwned",
    "\"; touch pwned; '; touch pwned; '\"",
    "x\ntouch pwned",
    "x\nchanged=owned\nEOF\nchanged<<EOF\nowned",
    "x\r::set-output name=changed::owned",
    "##[set-output name=changed]owned",
    "--version",
    "${{ github.token }}\\",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step of the action did."""

    status: int
    log: str
    outputs: dict[str, str]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a checkout with two posts and an address."""
    folder = tmp_path / "a workspace"
    lay(folder, {"posts/a.md": post("A", tags="[one]"), "posts/b.md": post("B", tags="[two]")})
    return lay(folder, {"feedtool.toml": f'[site]\nurl = "{SITE_URL}"\n'})


def step(name: str, given: Mapping[str, str], *, cwd: Path, env: Mapping[str, str] | None = None) -> Step:
    """Run a step of action.yml with these inputs, as a runner does."""
    assert set(given) <= set(ACTION["inputs"])
    inputs = {key: str(about.get("default", "")) for key, about in ACTION["inputs"].items()} | dict(given)
    temp = cwd.parent / "runner temp"
    temp.mkdir(exist_ok=True)
    outputs = lay(temp, {"output.txt": ""}) / "output.txt"
    variables = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "INPUT_", "CI"))},
        **{key: _filled(text, inputs) for key, text in STEPS[name]["env"].items()},
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(outputs),
        "GITHUB_STEP_SUMMARY": str(temp / "summary.md"),
        "GITHUB_ACTION_PATH": str(ROOT),
        "RUNNER_TEMP": str(temp),
        **(env or {}),
    }
    script = lay(temp, {"script.sh": STEPS[name]["run"]}) / "script.sh"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=cwd, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120,
    )  # fmt: skip
    return Step(status=done.returncode, log=done.stdout, outputs=_parsed(outputs.read_text(encoding="utf-8")))


def run(*, cwd: Path, env: Mapping[str, str] | None = None, **given: str) -> Step:
    """Run the step that runs feedtool; names of inputs have "_" for "-"."""
    return step("run", {key.replace("_", "-"): value for key, value in given.items()}, cwd=cwd, env=env)


def _filled(text: str, inputs: Mapping[str, str]) -> str:
    if text in ("${{ steps.install.outputs.python }}", "${{ steps.python.outputs.python-path }}"):
        return sys.executable
    found = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", text)
    assert found, text
    return inputs[found[1]]


def _parsed(text: str) -> dict[str, str]:
    """Read an outputs file by the runner's rules: name<<word, lines, word; or name=value."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        name, mark, word = line.partition("<<")
        if mark and "=" not in name:
            value = []
            for inner in lines:
                if inner == word:
                    break
                value.append(inner)
            else:
                raise AssertionError(f"{name} has no end")
            found[name] = "\n".join(value)
        elif line:
            name, _, found[name] = line.partition("=")
    return found


def test_a_build_tells_the_next_steps_what_changed(site: Path) -> None:
    """Addresses of feeds to purge or to ping, and the numbers; the second time nothing did."""
    done = run(cwd=site)
    assert done.status == 0, done.log
    feeds = done.outputs["changed-feeds"].split("\n")
    assert sorted(feeds) == sorted(
        f"{SITE_URL}{folder}{name}"
        for folder in ("", "tag/one/", "tag/two/")
        for name in ("atom.xml", "rss.xml", "feed.json")
    )
    numbers = {"posts": "2", "entries": "2", "feeds": "3", "errors": "0", "warnings": "0", "changed": "true"}
    assert {name: done.outputs[name] for name in numbers} == numbers
    assert json.loads(Path(done.outputs["result"]).read_bytes())["is_built"] is True
    again = run(cwd=site)
    assert (again.outputs["changed"], again.outputs["changed-feeds"], again.outputs["posts"]) == ("false", "", "2")


@heavy
def test_a_fresh_checkout_is_compared_with_what_is_published(site: Path, tmp_path: Path) -> None:
    """With the cache and the published feeds.json alone, an hour without a new post deploys nothing."""
    run(cwd=site)
    (site / "output").rename(tmp_path / "published")
    manifest = str(tmp_path / "published/feeds.json")
    assert run(cwd=site, against=manifest).outputs["changed"] == "false"
    assert (site / "output/atom.xml").is_file()
    lay(site, {"posts/c.md": post("C", date="2024-02-02", tags="[two]")})
    changed = run(cwd=site, against=manifest).outputs["changed-feeds"]
    assert f"{SITE_URL}tag/two/atom.xml" in changed
    assert "tag/one" not in changed


def test_every_declared_output_can_be_had(site: Path) -> None:
    """What action.yml promises is what its step sets."""
    promised = {
        name: re.fullmatch(r"\$\{\{ steps\.run\.outputs\.([a-z-]+) \}\}", output["value"])
        for name, output in ACTION["outputs"].items()
    }
    assert {name: found and found[1] for name, found in promised.items()} == {name: name for name in promised}
    assert set(run(cwd=site).outputs) == set(promised)


def test_inputs_reach_the_command(site: Path) -> None:
    """Folders one a line, further arguments quoted as in a shell."""
    lay(site, {"more posts/c.md": post("C"), "set.toml": '[site]\ntitle = "Set"\n'})
    done = run(
        cwd=site, config="set.toml", posts="posts\n  more posts  \n\n", output="out put", site_url="https://x.example/",
        args="--limit 1 --format 'atom'", strict="true", cache="false",
    )  # fmt: skip
    assert done.status == 0, done.log
    assert done.outputs["posts"] == "3"
    assert set(done.outputs["changed-feeds"].split()) == {
        f"https://x.example/{folder}atom.xml" for folder in ("", "tag/one/", "tag/two/")
    }
    assert b"<title>Set</title>" in (site / "out put/atom.xml").read_bytes()
    assert not (site / ".feedtool").exists()


@pytest.mark.parametrize("value", sampled(HOSTILE, HOSTILE[0], HOSTILE[5]))
def test_no_argument_is_executed_or_sets_an_output(site: Path, value: str) -> None:
    """Arguments are words of the command, whatever a shell would make of them."""
    harmless(site, "args", value)


@heavy
@pytest.mark.parametrize("name", ["posts", "output", "site-url", "command"])
@pytest.mark.parametrize("value", [HOSTILE[0], HOSTILE[5]])
def test_no_input_is_executed_or_sets_an_output(site: Path, name: str, value: str) -> None:
    """Whatever somebody puts there is the value of one argument, or is refused."""
    harmless(site, name, value)


def harmless(site: Path, name: str, value: str) -> None:
    """Fail where the step that runs feedtool did more with an input than to read it."""
    done = step("run", {name: value}, cwd=site)
    assert not list(site.parent.rglob("pwned"))
    assert set(done.outputs) <= set(ACTION["outputs"])
    assert done.outputs.get("changed") in ("true", "false", None)
    commands = [line for line in done.log.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    if name != "args":  # who writes a workflow may be told what is wrong with its arguments in their own words
        assert [line for line in commands if not line.startswith(("::error ", "::warning ", "::notice "))] == []
    assert "Traceback" not in done.log


def test_no_value_ends_before_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks like the end of a value, or like another output, is a part of it."""
    value = "x\nEOF\nchanged<<EOF\nowned\nEOF\nend\n"
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    runpy.run_path(str(ROOT / ".github/action.py"))["_output"]({"a": value, "b": "y"})
    assert _parsed((tmp_path / "output").read_text(encoding="utf-8")) == {"a": value, "b": "y"}


def test_a_folder_may_be_called_as_it_likes(site: Path) -> None:
    """A name that a shell would run is a name."""
    (site / "posts").rename(site / "$(touch pwned); posts 'n' \"x\"")
    done = run(cwd=site, posts="$(touch pwned); posts 'n' \"x\"")
    assert (done.status, done.outputs["posts"]) == (0, "2")
    assert not (site / "pwned").exists()


@heavy
def test_modules_of_the_checkout_stand_in_for_none_of_ours(site: Path) -> None:
    """A repository that has a typer.py or a feedtool folder is no danger, and no trouble."""
    lay(site, dict.fromkeys(("feedtool/__init__.py", "typer.py", "json.py", "venv.py"), "raise SystemExit('owned')"))
    done = run(cwd=site)
    assert (done.status, "owned" in done.log, done.outputs["posts"]) == (0, False, "2")


def test_what_is_wrong_is_seen_beside_the_files(site: Path) -> None:
    """Annotations in the log, a table on the summary page, counts in the outputs; and strict fails."""
    lay(site, {"posts/c.md": post("C", lang="Klingon"), "posts/d.md": ""})
    done = run(cwd=site, strict="true")
    assert (done.status, done.outputs["errors"], done.outputs["warnings"]) == (1, "1", "1")
    assert re.findall("^::(?:error|warning) file=([^,]+),", done.log, re.MULTILINE) == ["posts/c.md", "posts/d.md"]
    assert "| posts read | 4 |" in (site.parent / "runner temp/summary.md").read_text(encoding="utf-8")
    assert run(cwd=site).status == 0


def test_a_wrong_configuration_fails_without_outputs_that_mislead(site: Path) -> None:
    """Nothing was built, so nothing changed; the log says where the mistake is."""
    lay(site, {"feedtool.toml": "[site]\nurll = 1\n"})
    done = run(cwd=site)
    assert (done.status, done.outputs) == (2, {"changed": "false", "changed-feeds": "", "result": ""})
    assert "::error file=feedtool.toml,line=2,title=unknown-key::" in done.log


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"command": "deploy"}, "command: 'deploy' is not one of build, check, publish"),
        ({"strict": "yes"}, "strict: 'yes' is not true or false"),
        ({"cache": "no"}, "cache: 'no' is not true or false"),
        ({"max-new": "0"}, "max-new: the command build does not take this input"),
        ({"command": "check", "output": "x"}, "output: the command check does not take this input"),
        ({"target": "s3://x/y"}, "target: the command build does not take this input"),
        ({"command": "publish", "max-new": "0"}, "max-new: the command publish does not take this input"),
        ({"args": "--limit '1"}, "args: No closing quotation"),
    ],
)
def test_an_input_that_cannot_be_meant_is_refused(site: Path, given: dict[str, str], words: str) -> None:
    """Before anything is built, with its name; what would be ignored in silence is a mistake too."""
    done = step("run", given, cwd=site)
    assert (done.status, done.outputs) == (2, {})
    assert f"::error title=feedtool::{words}" in done.log
    assert not (site / "output").exists()


@pytest.mark.parametrize(
    "packages",
    ["--index-url=https://evil.example/", "a; touch b", "../folder", "a @ https://evil.example/a.whl", "a[b"],
)
def test_only_names_of_packages_are_installed(site: Path, packages: str) -> None:
    """For functions under [plugins]; never an option of pip, a path or an address."""
    done = step("install", {"packages": packages}, cwd=site)
    assert (done.status, done.outputs) == (2, {})
    assert "::error title=feedtool::packages: " in done.log


@heavy
def test_a_check_guards_a_pull_request(site: Path) -> None:
    """It fails where subscribers would see old entries again, says so, and writes nothing."""
    run(cwd=site)
    before = tree(site / "output")
    lay(site, {"posts/a.md": post("A", tags="[one]", guid="https://example.org/another-id")})
    done = run(cwd=site, command="check", max_new="0")
    assert (done.status, done.outputs["posts"], done.outputs["changed"]) == (1, "2", "false")
    assert "would appear as new or duplicated; --max-new allows 0" in done.log
    assert tree(site / "output") == before
    lay(site, {"posts/a.md": post("A", tags="[one]")})
    assert run(cwd=site, command="check", max_new="0", strict="true").status == 0


@heavy
@pytest.mark.skipif(find_spec("feedtool.publish") is None, reason="there is no command to publish with")
def test_a_publication_tells_what_changed_and_puts_it(site: Path, tmp_path: Path) -> None:
    """Built once, with the outputs of a build, and then put where the target says."""
    target = tmp_path / "a target"
    target.mkdir()
    done = run(cwd=site, command="publish", target=target.as_uri())
    assert (done.status, done.outputs["changed"]) == (0, "true"), done.log
    assert (target / "tag/one/atom.xml").read_bytes() == (site / "output/tag/one/atom.xml").read_bytes()
    assert run(cwd=site, command="publish", target=target.as_uri()).outputs["changed"] == "false"


@heavy
def test_more_feeds_than_an_output_holds_are_named_in_a_file(site: Path) -> None:
    """The runner refuses outputs above a megabyte; the list ends with a whole address before that, and says so."""
    lay(site, {"posts/c.md": post("C", tags=json.dumps([f"t{n}" for n in range(300)]))})
    done = run(cwd=site, site_url="https://feeds.example.org/" + "x" * 900 + "/")
    lines = done.outputs["changed-feeds"].split("\n")
    assert len(done.outputs["changed-feeds"]) < 500_000 < 900 * 906
    assert lines[-1].endswith((".xml", ".json"))
    assert f"::notice title=feedtool::changed-feeds names {len(lines)} of 909 feeds" in done.log
    changed = json.loads(Path(done.outputs["result"]).read_bytes())["changed"]
    assert len([each for each in changed if each["is_feed"]]) == 909


def test_inputs_are_all_used_and_explained() -> None:
    """No input is declared that nothing reads."""
    text = json.dumps(ACTION["runs"])
    for name, about in ACTION["inputs"].items():
        assert f"inputs.{name}" in text
        assert about["description"].endswith(".")
        assert "default" in about
