"""What is written for people is true and complete: keys, commands, examples.

`pytest tests/test_docs.py --update` writes the generated pages anew.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import COMMANDS, ROOT, commands_page, example, reference_page
from runs import run

from feedtool.config import Config, Defaults, Feeds, Group, Posts, Publish, Sanitiser, Site, SiteRules
from feedtool.config.checks import TYPES
from feedtool.config.reading import parse_config
from feedtool.config.reference import KEYS, json_schema, key_lines
from feedtool.config.tables import Key, declared

TOP = Path(__file__).parents[1]
DOCS = TOP / "docs"
README = (TOP / "README.md").read_text(encoding="utf-8")
PAGES = {
    "configuration.md": reference_page(),
    "commands.md": commands_page(),
    "feedtool.schema.json": json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n",
}
#: what people read: README.md and the pages in docs/
WRITTEN = {"README.md": README} | {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}


@pytest.mark.parametrize(
    "name",
    # what help looks like is typer's affair, and the page of commands is made with the newest
    [pytest.param(name, marks=[pytest.mark.newest] if name == "commands.md" else []) for name in PAGES],
)
def test_generated_pages_are_what_the_code_says(name: str, update: bool) -> None:  # noqa: FBT001
    """No key, type, default, command or option is described other than it is."""
    if update:
        (DOCS / name).write_text(PAGES[name], encoding="utf-8")
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name]


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_every_key_is_described(key: Key) -> None:
    """A key is declared once, in its dataclass; all that is written about it comes from there."""
    assert re.fullmatch(r"\S.*\.", key.meaning)
    assert not re.search(r"\{kinds?\}", key.meaning + key.example)
    assert TYPES[key.check].words
    assert f"| `{key.last}` | {TYPES[key.check].words} |" in (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert key.meaning in json.dumps(json_schema(), ensure_ascii=False).replace('\\"', '"')
    assert key_lines(key.name)[1] == f"  {key.meaning}"


def test_every_field_of_the_configuration_is_a_key() -> None:
    """But for what the code itself sets: where the file is, the lines of its tables, and templates that were read."""
    own = {"Config.path", "Config.templates", "Defaults.line", "SiteRules.line"}
    tables = [Config, Site, Posts, Defaults, Feeds, Group, Sanitiser, SiteRules, Publish]
    assert own == {
        f"{of.__name__}.{each.name}" for of in tables for each in fields(of) if each.name not in declared(of)
    }


def test_the_example_of_everything_works() -> None:
    """The configuration at the end of the page has every key, and is taken as it stands."""
    config, problems = parse_config(example())
    assert () == problems
    assert "https://example.org/feeds/" == config.site.url
    written = tomllib.loads(example())
    assert {name for name in KEYS if "HOST" not in name and "ITEM" not in name} <= set(dotted(written))
    assert {"path", "values"} == set(written["posts"]["defaults"][0])


def dotted(table: dict[str, Any], above: str = "") -> list[str]:
    """Return every key and table, dotted."""
    found = []
    for name, value in table.items():
        found.append(above + name)
        found += dotted(value, f"{above}{name}.") if isinstance(value, dict) else []
    return found


@pytest.mark.parametrize("text", re.findall(r"```toml\n(.*?)```", "".join(WRITTEN.values()), re.DOTALL))
def test_every_configuration_in_the_docs_works(text: str) -> None:
    """Whoever copies one from the README or the docs gets no problem."""
    assert () == parse_config(text)[1]


def test_a_key_is_explained_where_one_works(tmp_path: Path) -> None:
    """`feedtool explain` tells of a key and of a whole table, and finds what was nearly meant."""
    assert "default 50" in run("explain", "feeds.limit", cwd=tmp_path).out
    table = run("explain", "site", cwd=tmp_path).out
    assert all(name in table for name in KEYS if name.startswith("site."))
    assert "Did you mean feeds.limit" in run("explain", "feeds.limt", cwd=tmp_path).err


def test_editors_get_the_schema(tmp_path: Path) -> None:
    """`feedtool schema` prints a valid JSON Schema that takes the example of everything."""
    schema = json.loads(run("schema", cwd=tmp_path).out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(tomllib.loads(example()), schema, jsonschema.Draft202012Validator)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.sampled_from(
        ["", " ", "x", "en", "zh-Hant", "UTC", "https://example.org/", "http://x", "atom", "gz", "nginx", "a/{slug}", "uuid",
         "{slug}", "/{year}/{slug}/", "tag:x,2020:{slug}", "{term}"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


@given(st.sampled_from([name for name in KEYS if "HOST" not in name]), VALUES)
def test_the_schema_refuses_nothing_that_the_build_takes(name: str, value: object) -> None:
    """An editor never underlines what works."""
    table: Any = value
    for part in reversed(name.split(".")):
        table = {part: table}
    if value is not None and not parse_config("", overrides={name: value})[1]:
        jsonschema.validate(table, json_schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "table",
    [{"site": {"titel": "x"}}, {"feeds": {"limit": "50"}}, {"feeds": {"formats": ["rdf"]}}, {"site": {"url": "example.org"}},
     {"feeds": {"tag": {"path": "tag"}}}, {"sanitiser": {"sites": {"a.example": {"dorp": []}}}}, {"output": ""}],
    ids=str,
)  # fmt: skip
def test_the_schema_underlines_what_the_build_refuses(table: dict[str, Any]) -> None:
    """Misspelt keys, wrong types, unknown words, and templates without their place are seen while one types."""
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(table)


def test_defaults_are_those_of_the_build() -> None:
    """What the page calls the default is what comes of writing it."""
    for key in KEYS.values():
        if key.default and ".ITEM." not in key.name:
            value = tomllib.loads(f"x = {key.default}")["x"]
            config, problems = parse_config("", overrides={key.name: value})
            assert ((), Config()) == (problems, config), key.name


def test_every_command_and_option_is_written_about_and_no_other() -> None:
    """The README and the docs name each command, and none that there is not; likewise options."""
    text = "\n".join(WRITTEN.values())
    named = set(re.findall(r"(?<![\w.-])(?<!from )feedtool ([a-z]+)\b(?! ?[.:=])", "\n".join(code_of(text))))
    assert set(COMMANDS) == named
    options = {
        flag for name in COMMANDS for each in ROOT.commands[name].params for flag in each.opts if flag[:2] == "--"
    }
    shown = {
        flag for line in code_of(text) if "feedtool" in line for flag in re.findall(r"(?<!\S)--[a-z][a-z-]*", line)
    }
    assert shown - options <= {"--help", "--version", "--install-completion", "--show-completion"} | PIP


#: options of pip, in lines that install feedtool
PIP = {"--quiet", "--editable"}


def code_of(text: str) -> list[str]:
    """Return the lines of code, and what stands between backticks."""
    fenced = re.sub(
        r"```.*?```", lambda found: "\n".join("    " + line for line in found[0].splitlines()), text, flags=re.DOTALL
    )
    blocks = [line for line in fenced.splitlines() if line.startswith("    ")]
    return blocks + re.findall(r"`([^`\n]+)`", fenced)


def test_every_link_within_the_docs_leads_somewhere() -> None:
    """No page of the repository is linked that is not there."""
    for name, text in WRITTEN.items():
        folder = TOP if name == "README.md" else DOCS
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (folder / link).exists(), f"{name}: {link}"
